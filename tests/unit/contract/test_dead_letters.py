"""Dead letters hold what is needed to find, judge and resend the record, and are read back."""

import pytest

from pageheat.services.contract.dead_letters import (
    MAX_HEADER_BYTES,
    MAX_KEY_BYTES,
    MAX_VALUE_BYTES,
    DeadLetter,
    Headers,
    StoredDeadLetter,
)
from pageheat.services.contract.records import UnreadableRecord


def kept(letter: DeadLetter) -> StoredDeadLetter:
    return StoredDeadLetter.read(letter.key, letter.value, letter.headers)


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"ann", b"{}", [("source.offset", b"7"), ("source.partition", b"0")]),
        (b"", b"", [("empty", b""), ("null", None)]),
        (None, None, []),
        (b"\xff" * MAX_KEY_BYTES, b"\0" * MAX_VALUE_BYTES, [("h", b"x" * (MAX_HEADER_BYTES - 1))]),
    ],
    ids=["usual", "empty", "none", "longest"],
)
def test_a_record_is_read_back_unchanged(key: bytes | None, value: bytes | None, headers: Headers) -> None:
    letter = kept(DeadLetter("clickstream", 3, 8812, "why", key, value, headers))
    assert (letter.key, letter.value, list(letter.headers)) == (key, value, list(headers))
    assert (letter.origin, letter.reason, letter.cut) == ("clickstream/3/8812", "why", "")
    assert letter.size == len(value or b"")


@pytest.mark.parametrize(
    ("key", "value", "headers", "cut"),
    [
        (b"k", b"v" * (MAX_VALUE_BYTES + 1), [], "value"),
        (b"k" * (MAX_KEY_BYTES + 1), b"v", [], "key"),
        (b"k", b"v", [("h", b"x" * MAX_HEADER_BYTES)], "headers"),
        (b"k" * 9999, b"v" * 999_999, [("h", b"x" * 9999)] * 9, "value,key,headers"),
    ],
)
def test_long_values_are_truncated_and_marked(key: bytes, value: bytes, headers: Headers, cut: str) -> None:
    letter = DeadLetter("clickstream", 3, 8812, "r" * 9999, key, value, headers)
    assert kept(letter).cut == cut
    assert kept(letter).size == len(value)
    written = len(letter.value) + sum(len(name) + len(held or b"") for name, held in letter.headers)
    assert written < MAX_VALUE_BYTES + MAX_KEY_BYTES + MAX_HEADER_BYTES + 1000


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (None, []),
        (b"", []),
        (b"clickstream/3", []),
        (b"clickstream/3/-1", []),
        (b"clickstream/3/8812\n", []),
        (b"a b/3/8812", []),
        ("clickstream/٣/1".encode(), []),
        (b"clickstream/3/8812", [("source.size", b"many")]),
        (b"clickstream/3/8812", [("source.size", b"-1")]),
    ],
)
def test_an_invalid_dead_letter_is_unreadable(key: bytes | None, headers: Headers) -> None:
    with pytest.raises(UnreadableRecord):
        StoredDeadLetter.read(key, b"", headers)
