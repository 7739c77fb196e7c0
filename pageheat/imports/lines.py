"""A file as lines: plain or gzipped, whichever it is, read in blocks; no line takes more than its bound."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from pageheat.services.contract.errors import PageheatError

BLOCK_BYTES = 1 << 20
"""Read at a time: some 10,000 lines, so that what is done once a block costs nothing."""

MAX_LINE_BYTES = 65_536
"""Of a line: eight times what servers take as a request. A longer one is cut off behind that and a byte."""

HEAD_BYTES = 65_536
"""Of a file's beginning, by which it is known again, packed or not, and when it has grown: some 500 lines."""

GZIP = b"\x1f\x8b"

PACKED_OTHERWISE = {
    b"\x28\xb5\x2f\xfd": "zstd -dc",
    b"BZh": "bzip2 -dc",
    b"\xfd7zXZ": "xz -dc",
    b"PK\x03\x04": "unzip -p",
}
"""How other packed files begin, and what unpacks them."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What editors on Windows write before UTF-8 text: no part of the first line."""


class NotRead(PageheatError):
    """A file cannot be read to its end; says why and what to do."""


class LogFile:
    """A file that is read once, from its beginning.

    Args:
        file: open for bytes; a pipe will do.

    Raises:
        NotRead: it cannot be read; so does `lines`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._counted = _Counted(file)
        raw = io.BufferedReader(self._counted, BLOCK_BYTES)
        with _explained():
            first = raw.peek(1)
        for magic, unpack in PACKED_OTHERWISE.items():
            if first.startswith(magic):
                raise NotRead(f"packed, but not by gzip: unpack it, {unpack} FILE | pageheat import")
        self._file = gzip.GzipFile(fileobj=raw) if first.startswith(GZIP) else raw
        self._first = self._block().removeprefix(BYTE_ORDER_MARK)
        self.head = hashlib.sha256(self._first[:HEAD_BYTES]).hexdigest()

    @property
    def position(self) -> int:
        """Bytes read so far, packed ones if it is packed."""
        return self._counted.position

    def first_line(self) -> bytes:
        """The first line that isn't blank; it is read again by `lines`."""
        return self._first.lstrip().partition(b"\n")[0][:MAX_LINE_BYTES]

    def lines(self) -> Iterator[list[bytes]]:
        """All lines without their ends, a block's at a time. Once."""
        block, rest = self._first, b""
        while block:
            *whole, rest = (rest + block).split(b"\n")
            yield whole
            rest = rest[: MAX_LINE_BYTES + 1]
            block = self._block()
        if rest:
            yield [rest]

    def _block(self) -> bytes:
        with _explained():
            return self._file.read(BLOCK_BYTES)


class _Counted(io.RawIOBase):
    """A file whose bytes are counted as they're read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


@contextmanager
def _explained() -> Iterator[None]:
    """What goes wrong in reading and unpacking, in the words of this module."""
    try:
        yield
    except EOFError:
        raise NotRead(
            "cut off, its gzip data has no end; if what is there will do: zcat FILE | pageheat import"
        ) from None
    except (OSError, zlib.error) as error:
        raise NotRead(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
