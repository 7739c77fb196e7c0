"""Where group_by sends a record."""

from functools import partial

import pytest

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.records import UnreadableRecord, decode_frame, encode
from pageheat.services.contract.versions import NewerRecord
from pageheat.services.group_by.routing import PageFrame, Routing
from tests.support.frames import at, frame


def test_a_frame_goes_unchanged_to_its_page_with_its_origin() -> None:
    value = encode(frame(at(10), page="/lamp", site="blog"))
    assert Routing(3).route(71, b"ann", value) == PageFrame(
        b"//blog/lamp", value, [("source.partition", b"3"), ("source.offset", b"71")]
    )


def test_what_routes_no_frame_is_not_read() -> None:
    """The aggregator reads all, and makes a dead letter of what is wrong."""
    value = encode(frame(at(10), page="/lamp")).replace(b'"moves":"', b'"moves":"?')
    assert isinstance(Routing(3).route(71, b"ann", value), PageFrame)
    with pytest.raises(UnreadableRecord):
        decode_frame(value)


def test_a_duplicate_frame_is_dropped() -> None:
    value = encode(frame(at(10)))
    routing = Routing(3)
    assert isinstance(routing.route(71, b"ann", value), PageFrame)
    assert routing.route(72, b"ann", value) is None


def test_a_frame_learned_on_recovery_is_a_duplicate() -> None:
    value = encode(frame(at(10)))
    routing = Routing(3)
    routing.learn(b"no frame")
    routing.learn(value)
    assert routing.route(72, b"ann", value) is None


def test_a_frame_without_a_session_is_never_a_duplicate() -> None:
    value = encode(frame(at(10), session=None))
    routing = Routing(3)
    assert [routing.route(offset, None, value) is None for offset in range(2)] == [False, False]


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\x00\xff", b"{}", b'{"v":1}', b"[" * 100_000],
    ids=["none", "empty", "binary", "no fields", "former version", "nested deeply"],
)
def test_an_unreadable_frame_becomes_a_dead_letter_with_reason_and_origin(
    value: bytes | None,
) -> None:
    letter = Routing(3).route(71, b"ann", value)
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


def test_a_frame_of_a_later_program_is_no_dead_letter() -> None:
    """group_by ends, and reads it again when it is upgraded."""
    later = encode(frame(at(10))).replace(b'"v":2', b'"v":3')
    for read in (partial(Routing(3).route, 71, b"ann"), Routing(3).learn):
        with pytest.raises(NewerRecord, match="a frame has version 3, and this program reads 2"):
            read(later)


def test_a_dead_letter_is_short_enough_for_kafka_however_long_the_record() -> None:
    letter = Routing(3).route(71, b"k" * 100_000, b"\0" * 3_000_000)
    assert isinstance(letter, DeadLetter)
    assert len(letter.value) + sum(len(value or b"") for _, value in letter.headers) < 300_000
    assert dict(letter.headers)["source.size"] == b"3000000"
