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
    assert read(pack(b"one\r\n\ntwo\nthree")) == [b"one", b"", b"two", b"three"]
    assert read(pack(b"one\n")) == [b"one"]
    assert read(pack(b"")) == []


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_a_line_ends_with_lf_crlf_or_cr(
    end: bytes, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    assert read(end.join([b"one", b"", b"two", b""])) == [b"one", b"", b"two"]


@pytest.mark.parametrize("block_bytes", [65, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_and_without_a_byte_order_mark(
    encoding: str, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    texts = ["x" * 31, "small café 🏺", "cut \N{REPLACEMENT CHARACTER}"]
    log = "\r\n".join(texts).removesuffix("\N{REPLACEMENT CHARACTER}").encode(encoding) + b"\0"
    assert read(log) == [text.encode() for text in texts]


@pytest.mark.parametrize("block_bytes", [2, 3, 1 << 20])
@pytest.mark.parametrize(("behind", "rubbish"), [(b"tail", 4), (bytes(512), 0), (bytes(9) + b"x", 1)])
def test_bytes_behind_gzip_data_are_skipped_and_all_but_padding_is_counted(
    behind: bytes, rubbish: int, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    log = LogFile(io.BytesIO(gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0) + behind))
    assert [line for block in log.lines() for line in block] == [b"one", b"two"]
    assert log.rubbish_bytes == rubbish


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
    assert log.first_line() == b"timestamp xpos"
    assert next(log.lines()) == [b"", b"timestamp xpos", b"1 2"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(pack: type[bytes]) -> None:
    log = LogFile(io.BytesIO(pack(b"\xef\xbb\xbf?x=1\n?x=2\n")))
    assert log.first_line() == b"?x=1"
    assert next(log.lines()) == [b"?x=1", b"?x=2"]


@pytest.mark.parametrize("block_bytes", [1, 2, 5, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_within_joined_files_are_no_part_of_a_line(
    encoding: str, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = "?x=1\n".encode(encoding) + "?x=2\r\n".encode(encoding) + "?x=3".encode(encoding)
    if encoding == "utf-8-sig":
        monkeypatch.setattr(lines, "BLOCK_BYTES", block_bytes)
    assert read(joined) == [b"?x=1", b"?x=2", b"?x=3"]


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
        (
            gzip.compress(b"one\n", mtime=0)[:-8] + bytes(8),
            "its gzip data is damaged .incorrect data check.; to import",
        ),
        (
            gzip.compress(gzip.compress(b"one\n", mtime=0), mtime=0),
            "gzipped twice; try: zcat FILE . pageheat import",
        ),
        ("one\n".encode("utf-32"), "UTF-32 text; try: iconv -f UTF-32 -t UTF-8 FILE"),
        (
            gzip.compress(b"one\n", mtime=0)[:10] + b"\xff" * 20,
            "its gzip data is damaged .invalid ",
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
