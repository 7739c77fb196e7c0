"""Edge cases of the wire format."""

from collections.abc import Callable

import msgspec
import pytest

from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.contract import packed_rows
from pageheat.services.contract.records import (
    MAX_EVENTS,
    MAX_FRAME_BYTES,
    MAX_LOOKS,
    Breakdown,
    Event,
    Frame,
    Grid,
    Heartbeat,
    UnreadableRecord,
    decode_breakdown,
    decode_frame,
    decode_grid,
    decode_heartbeat,
    decode_routed,
    decode_summary,
    encode,
)
from pageheat.services.contract.versions import NewerRecord
from tests.support.frames import at, frame
from tests.support.heatmap_records import detail, grid

Record = Frame | Grid | Breakdown | Heartbeat
Read = Callable[[bytes], object]


def test_a_frame_is_read_back_as_written() -> None:
    written = frame(at(10, 1.5, 2), at(20, type_="click"), page="/é", site="blog")
    assert decode_frame(encode(written)) == written


def test_a_full_frame_is_shorter_than_the_limit() -> None:
    longest = Event("click", -123456.25, -123456.25, age=86_400_000, buttons=255, fixed=True)
    one = frame(at(0))
    one.events[:] = [longest] * MAX_EVENTS
    assert len(encode(one)) < MAX_FRAME_BYTES


def test_a_full_frame_of_packed_moves_and_looks_is_much_shorter() -> None:
    furthest = at(-86_400_000, -1e7, -1e7)
    looks = [(10_000_000, 10_000_000, 60_000, 86_400_000)] * MAX_LOOKS
    assert len(encode(frame(*[furthest] * MAX_EVENTS, received=0, looks=looks))) < MAX_FRAME_BYTES / 6


def test_a_frames_events_are_those_of_all_forms() -> None:
    one = frame(
        at(1, 5, 6), at(2, 7, 8, fixed=True), at(3, 0.5, 1), at(4, type_="click"), looks=[(0, 9, 9, 0)]
    )
    assert one.event_count == 4
    assert [(event.type, event.x, event.age, event.fixed) for event in packed_rows.events(one)] == [
        ("move", 5, 3, False),
        ("move", 7, 2, True),
        ("move", 0.5, 1, False),
        ("click", 0, 0, False),
    ]


@pytest.mark.parametrize(("field", "size"), [("moves", 12), ("fixed_moves", 12), ("looks", 16)])
def test_half_a_row_is_unreadable(field: str, size: int) -> None:
    for bytes_, whole in ((size - 1, False), (2 * size, True), (2 * size + 4, False)):
        value = encode(msgspec.structs.replace(frame(at(0)), **{field: bytes(bytes_)}))
        if whole:
            assert decode_frame(value)
        else:
            with pytest.raises(UnreadableRecord, match=f"{size} bytes a"):
                decode_frame(value)


def test_the_former_version_is_unreadable() -> None:
    with pytest.raises(UnreadableRecord, match=r"\$\.v"):
        decode_frame(encode(frame(at(0))).replace(b'"v":2', b'"v":1'))


@pytest.mark.parametrize(
    ("record", "read"),
    [
        (frame(at(0)), decode_frame),
        (frame(at(0)), decode_routed),
        (grid(1_000_000, 5), decode_grid),
        (grid(1_000_000, 5), decode_summary),
        (Heartbeat(4, 7, 9), decode_heartbeat),
        (detail(1_000_000, 5), decode_breakdown),
        (detail(1_000_000, 5), PageBreakdown),
    ],
)
def test_a_record_of_a_later_program_is_told_apart(record: Record, read: Read) -> None:
    value = encode(record)
    assert read(value)
    later = value.replace(b'"v":%d' % record.v, b'"v":%d' % (record.v + 1))
    later = later.replace(b"\xa1v" + bytes([record.v]), b"\xa1v" + bytes([record.v + 1]))
    with pytest.raises(NewerRecord, match=f"has version {record.v + 1}, and this program reads {record.v}"):
        read(later)


def test_heat_without_a_version_is_of_the_first() -> None:
    packed = encode(Heartbeat(4, 7, 9)).replace(b"\x84", b"\x83", 1).replace(b"\xa1v\x01", b"")
    assert decode_heartbeat(packed) == Heartbeat(4, 7, 9)


def test_a_missing_value_is_unreadable() -> None:
    with pytest.raises(UnreadableRecord, match="no value"):
        decode_frame(None)
