"""Where group_by sends a record."""

import pytest

from services.contract.dead_letters import DeadLetter
from services.contract.records import encode
from services.group_by.routing import PageFrame, read, route
from tests.frames import at, frame


def test_a_frame_goes_to_its_page_as_it_came_with_its_origin() -> None:
    value = encode(frame(at(10), page="/lamp", site="blog"))
    assert route(read(value), b"ann", value, 3, 71) == PageFrame(
        b"//blog/lamp", value, [("source.partition", b"3"), ("source.offset", b"71")]
    )


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\x00\xff", b"{}", b'{"v":9}', b"[" * 100_000],
    ids=["none", "empty", "binary", "no fields", "unknown version", "nested deeply"],
)
def test_what_cannot_be_read_goes_to_the_dead_letters_with_reason_and_origin(
    value: bytes | None,
) -> None:
    letter = route(read(value), b"ann", value, 3, 71)
    assert isinstance(letter, DeadLetter)
    assert letter.key == b"clickstream/3/71"
    assert letter.value == (value or b"")
    headers = dict(letter.headers)
    assert headers.pop("reason")
    assert headers == {
        "source.topic": b"clickstream",
        "source.partition": b"3",
        "source.offset": b"71",
        "source.key": b"ann",
        **({} if value is None else {"source.size": str(len(value)).encode()}),
    }


def test_a_dead_letter_is_short_enough_for_kafka_however_long_the_record() -> None:
    letter = route(read(b"\0" * 3_000_000), b"k" * 100_000, b"\0" * 3_000_000, 3, 71)
    assert isinstance(letter, DeadLetter)
    assert len(letter.value) + sum(len(value or b"") for _, value in letter.headers) < 300_000
    assert dict(letter.headers)["source.size"] == b"3000000"
