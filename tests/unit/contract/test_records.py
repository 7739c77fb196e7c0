"""Edge cases of the wire format."""

import pytest

from pageheat.services.contract.records import (
    MAX_EVENTS,
    MAX_FRAME_BYTES,
    Event,
    UnreadableRecord,
    decode_frame,
    encode,
)
from tests.support.frames import at, frame


def test_a_frame_is_read_back_as_written() -> None:
    written = frame(at(10, 1.5, 2), at(20, type_="click"), page="/é", site="blog")
    assert decode_frame(encode(written)) == written


def test_a_full_frame_is_shorter_than_the_limit() -> None:
    longest = Event("click", -123456.25, -123456.25, age=86_400_000, buttons=255, fixed=True)
    one = frame(at(0))
    one.events[:] = [longest] * MAX_EVENTS
    assert len(encode(one)) < MAX_FRAME_BYTES


def test_a_missing_value_is_unreadable() -> None:
    with pytest.raises(UnreadableRecord, match="no value"):
        decode_frame(None)
