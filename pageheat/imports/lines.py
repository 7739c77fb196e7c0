"""Reads a plain or gzipped file as lines, block by block; no line takes more memory than its limit.

Lines end with LF, CRLF or CR. UTF-16 is converted to UTF-8.
"""

import codecs
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

BYTE_ORDER_MARK = codecs.BOM_UTF8
"""Editors on Windows write it before UTF-8 text; `cat` brings it into the middle. It is part of no line."""

UTF_16_BYTES = 64
"""Start of a file by which UTF-16 is recognized; PowerShell's `>` writes it, with a mark before it."""

UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class NotRead(PageheatError):
    """A file cannot be read to its end; the message says why and what to do."""


class LogFile:
    """A file that is read once, from its beginning.

    Args:
        file: open in binary mode; may be a pipe.
        command: what messages say to pipe other forms of the file into.

    Raises:
        NotRead: the file cannot be read; `lines` raises it too.
    """

    def __init__(self, file: BinaryIO, command: str = "pageheat import") -> None:
        self._command = command
        self._counted = _Counted(file)
        raw = io.BufferedReader(self._counted, BLOCK_BYTES)
        with _explained(command):
            first = raw.peek(1)
        for magic, decompress in OTHER_COMPRESSIONS.items():
            if first.startswith(magic):
                raise NotRead(f"compressed, but not with gzip; try: {decompress} FILE | {command}")
        self._gunzipped = _Gunzipped(raw) if first.startswith(GZIP) else None
        self._file = io.BufferedReader(self._gunzipped, BLOCK_BYTES) if self._gunzipped else raw
        self._to_utf_8 = _as_it_is
        self._first = self._beginning()
        self.head = hashlib.sha256(self._first[:HEAD_BYTES]).hexdigest()

    @property
    def position(self) -> int:
        """Bytes read so far, before decompression."""
        return self._counted.position

    @property
    def rubbish_bytes(self) -> int:
        """Bytes so far that follow the gzip data and are not part of it; they are skipped, as by zcat."""
        return self._gunzipped.rubbish_bytes if self._gunzipped else 0

    def first_line(self) -> bytes:
        """The first line that isn't blank; `lines` yields it again."""
        return self._first.lstrip().partition(b"\n")[0][:MAX_LINE_BYTES]

    def lines(self) -> Iterator[list[bytes]]:
        """Yield all lines without their ends, one list for each block. Call it once."""
        block, rest = self._first, b""
        while block:
            text = rest + block
            if BYTE_ORDER_MARK in text:
                text = text.removeprefix(BYTE_ORDER_MARK).replace(b"\n" + BYTE_ORDER_MARK, b"\n")
            *whole, rest = text.split(b"\n")
            yield whole
            rest = rest[: MAX_LINE_BYTES + 1]
            block = self._block()
        if rest:
            yield [rest]

    def _beginning(self) -> bytes:
        """The first block, which tells the encoding."""
        block = self._raw_block()
        if block.startswith(GZIP):
            raise NotRead(f"gzipped twice; try: zcat FILE | {self._command}")
        if block.startswith(UTF_32):
            raise NotRead(f"UTF-32 text; try: iconv -f UTF-32 -t UTF-8 FILE | {self._command}")
        if encoding := _utf_16_of(block):
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            self._to_utf_8 = lambda data: decoder.decode(data, final=not data).encode()
        return self._with_lf(block).removeprefix(BYTE_ORDER_MARK)

    def _block(self) -> bytes:
        return self._with_lf(self._raw_block())

    def _with_lf(self, data: bytes) -> bytes:
        """A block in UTF-8 whose only line end is LF; empty only at the end of the file."""
        block = self._to_utf_8(data)
        while data and (block.endswith(b"\r") or not block):  # the LF of a CRLF may come next
            data = self._raw_block(2)
            block += self._to_utf_8(data)
        return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block

    def _raw_block(self, size: int | None = None) -> bytes:
        with _explained(self._command):
            return self._file.read(size or BLOCK_BYTES)


def _as_it_is(data: bytes) -> bytes:
    return data


def _utf_16_of(block: bytes) -> str | None:
    """The byte order of UTF-16 text, by its mark or by the zeros of its ASCII characters."""
    start = block[:UTF_16_BYTES]
    if start.startswith(codecs.BOM_UTF16_LE) or (start[1::2] and not any(start[1::2]) and all(start[::2])):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE) or (start[::2] and not any(start[::2]) and all(start[1::2])):
        return "utf-16-be"
    return None


class _Gunzipped(io.RawIOBase):
    """The data of a gzip file. Python's own reader fails at bytes behind the data, and loses what is before.

    `readinto` raises EOFError if the data has no end, and zlib.error if it is damaged.
    """

    def __init__(self, file: "io.BufferedReader[_Counted]") -> None:
        self._file = file
        self._member = _gzip_member()
        self._input = b""
        self.rubbish_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._member.eof:
                if not self._next_member():
                    return 0
            elif not self._input and not (more := self._file.read1(BLOCK_BYTES)):
                raise EOFError
            elif not self._input:
                self._input = more
            data = self._member.decompress(self._input, len(buffer))
            self._input = self._member.unused_data or self._member.unconsumed_tail
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _next_member(self) -> bool:
        """Whether another member follows. Zeros are padding; anything else is rubbish."""
        rest = self._input.lstrip(b"\0")
        while not rest:
            if not (block := self._file.read(BLOCK_BYTES)):
                return False
            rest = block.lstrip(b"\0")
        self._input = rest if len(rest) >= len(GZIP) else rest + self._file.read(1)
        if self._input.startswith(GZIP):
            self._member = _gzip_member()
            return True
        while self._input:
            self.rubbish_bytes += len(self._input)
            self._input = self._file.read(BLOCK_BYTES)
        return False


def _gzip_member() -> Any:
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


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
def _explained(command: str) -> Iterator[None]:
    """Turn errors of reading and decompression into NotRead."""
    try:
        yield
    except EOFError:
        raise NotRead(
            f"truncated, its gzip data has no end; to import what is there: zcat FILE | {command}"
        ) from None
    except zlib.error as error:
        reason = str(error).rpartition(": ")[2]
        raise NotRead(
            f"its gzip data is damaged ({reason}); to import what is intact: zcat FILE | {command}"
        ) from None
    except OSError as error:
        raise NotRead(f"cannot be read: {error.strerror or error}") from None
