"""Opens the files named on a command line, including standard input."""

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
    """A file's name for messages; works for any bytes in the name."""
    if file == STANDARD_INPUT:
        return "standard input"
    return os.fsencode(file).decode("utf-8", "backslashreplace")


def size_of(file: Path) -> int | None:
    """A file's size in bytes; None for a pipe."""
    try:
        found = os.stat(0) if file == STANDARD_INPUT else file.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else None


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """Open a file in binary mode.

    Raises:
        NotRead: the file is missing or unreadable.
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
