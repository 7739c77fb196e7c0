"""The files of a command line, standard input among them."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pageheat.imports.lines import NotRead

STANDARD_INPUT = Path("-")


def name_of(file: Path) -> str:
    """How a file is called in what is said, whatever bytes its name has."""
    if file == STANDARD_INPUT:
        return "standard input"
    return os.fsencode(file).decode("utf-8", "backslashreplace")


def size_of(file: Path) -> int | None:
    """Bytes of a file; None of a pipe."""
    try:
        found = os.stat(0) if file == STANDARD_INPUT else file.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else None


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """A file, open for bytes.

    Raises:
        NotRead: it is not there or not to be read.
    """
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise NotRead("cannot be read: it is closed")
        yield sys.stdin.buffer
        return
    try:
        data = file.open("rb")
    except OSError as error:
        raise NotRead(f"cannot be read: {error.strerror}") from None
    with data:
        yield data
