"""Files as lines: compressed or not, whole or broken, in blocks of any size."""

import bz2
import gzip
import io
import lzma

import pytest

from pageheat.imports import lines
from pageheat.imports.lines import MAX_LINE_BYTES, LogFile, NotRead


def read(data: bytes) -> list[bytes]:
    return [line for block in LogFile(io.BytesIO(data)).lines() for line in block]


@pytest.mark.parametrize("block_bytes", [2, 3, 7, 1 << 20])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_lines_are_the_same_however_they_are_compressed_and_split_into_blocks(
    pack: type[bytes], block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    assert read(pack(b"one\r\n\ntwo\nthree")) == [b"one\r", b"", b"two", b"three"]
    assert read(pack(b"one\n")) == [b"one"]
    assert read(pack(b"")) == []


def test_concatenated_gzip_files_are_read_as_one() -> None:
    assert read(gzip.compress(b"one\ntw", mtime=0) + gzip.compress(b"o\n", mtime=0)) == [b"one", b"two"]


def test_a_line_beyond_the_limit_is_truncated_and_the_next_one_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 4096)
    short, long, _, last = read(b"short\n" + b"x" * 10 * MAX_LINE_BYTES + b"\n\nlast")
    assert (short, last) == (b"short", b"last")
    assert MAX_LINE_BYTES < len(long) < MAX_LINE_BYTES + 2 * 4096


def test_a_file_is_recognized_by_its_head_compressed_or_not_even_after_it_has_grown() -> None:
    log = b"".join(b"line %d\n" % i for i in range(20_000))
    head = LogFile(io.BytesIO(log)).head
    assert LogFile(io.BytesIO(gzip.compress(log, mtime=0))).head == head
    assert LogFile(io.BytesIO(log + b"more\n")).head == head
    assert LogFile(io.BytesIO(log[1:])).head != head


def test_the_first_line_can_be_peeked_at_and_is_read_again() -> None:
    log = LogFile(io.BytesIO(b"\ntimestamp xpos\r\n1 2\n"))
    assert log.first_line() == b"timestamp xpos\r"
    assert next(log.lines()) == [b"", b"timestamp xpos\r", b"1 2"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(pack: type[bytes]) -> None:
    log = LogFile(io.BytesIO(pack(b"\xef\xbb\xbf?x=1\n?x=2\n")))
    assert log.first_line() == b"?x=1"
    assert next(log.lines()) == [b"?x=1", b"?x=2"]


def test_the_position_is_in_bytes_of_the_file_on_disk() -> None:
    packed = gzip.compress(bytes(3_000_000), mtime=0)
    log = LogFile(io.BytesIO(packed))
    for _ in log.lines():
        pass
    assert log.position == len(packed)


class Failing(io.RawIOBase):
    def read(self, _: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(bytes(range(256)) * 99)[:-12], "truncated, its gzip data has no end"),
        (gzip.compress(b"one\n", mtime=0)[:-8] + bytes(8), "cannot be read: CRC check failed"),
        (gzip.compress(b"one\n", mtime=0) + b"tail", "cannot be read: Not a gzipped file"),
        (
            gzip.compress(b"one\n", mtime=0)[:10] + b"\xff" * 20,
            "cannot be read: Error -3 while decompressing",
        ),
        (
            bz2.compress(b"one\n"),
            "compressed, but not with gzip; try: bzip2 -dc FILE | pageheat import",
        ),
        (lzma.compress(b"one\n"), "xz -dc FILE"),
        (b"\x28\xb5\x2f\xfd\x00", "zstd -dc FILE"),
        (b"PK\x03\x04\x14\x00", "unzip -p FILE"),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(NotRead, match=reason):
        read(data)


def test_a_disk_error_is_reported() -> None:
    with pytest.raises(NotRead, match="cannot be read: Input/output error"):
        LogFile(Failing())  # type: ignore[arg-type]
