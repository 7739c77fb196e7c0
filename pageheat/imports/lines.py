"""Reads a plain or gzipped file as lines, block by block; no line takes more memory than its limit."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from pageheat.services.contract.errors import PageheatError

BLOCK_BYTES = 1 << 20
"""Size of a block: some 10,000 lines, so that work done once a block costs nothing."""

MAX_LINE_BYTES = 65_536
"""Line limit: eight times the largest request that servers accept. A longer line is cut one byte after it."""

HEAD_BYTES = 65_536
"""Start of a file that identifies it, compressed or not, and after it has grown: some 500 lines."""

GZIP = b"\x1f\x8b"

OTHER_COMPRESSIONS = {
    b"\x28\xb5\x2f\xfd": "zstd -dc",
    b"BZh": "bzip2 -dc",
    b"\xfd7zXZ": "xz -dc",
    b"PK\x03\x04": "unzip -p",
}
"""Magic bytes of other compressed files, and the command that decompresses them."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Editors on Windows write it before UTF-8 text. It is not part of the first line."""


class NotRead(PageheatError):
    """A file cannot be read to its end; the message says why and what to do."""


class LogFile:
    """A file that is read once, from its beginning.

    Args:
        file: open in binary mode; may be a pipe.

    Raises:
        NotRead: the file cannot be read; `lines` raises it too.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._counted = _Counted(file)
        raw = io.BufferedReader(self._counted, BLOCK_BYTES)
        with _explained():
            first = raw.peek(1)
        for magic, decompress in OTHER_COMPRESSIONS.items():
            if first.startswith(magic):
                raise NotRead(f"compressed, but not with gzip; try: {decompress} FILE | pageheat import")
        self._file = gzip.GzipFile(fileobj=raw) if first.startswith(GZIP) else raw
        self._first = self._block().removeprefix(BYTE_ORDER_MARK)
        self.head = hashlib.sha256(self._first[:HEAD_BYTES]).hexdigest()

    @property
    def position(self) -> int:
        """Bytes read so far, before decompression."""
        return self._counted.position

    def first_line(self) -> bytes:
        """The first line that isn't blank; `lines` yields it again."""
        return self._first.lstrip().partition(b"\n")[0][:MAX_LINE_BYTES]

    def lines(self) -> Iterator[list[bytes]]:
        """Yield all lines without their ends, one list for each block. Call it once."""
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
    """A file that counts the bytes read from it."""

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
    """Turn errors of reading and decompression into NotRead."""
    try:
        yield
    except EOFError:
        raise NotRead(
            "truncated, its gzip data has no end; to import what is there: zcat FILE | pageheat import"
        ) from None
    except (OSError, zlib.error) as error:
        raise NotRead(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
