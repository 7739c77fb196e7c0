"""Fan-out: only the newest, no viewer waits for another, and what many share is made once."""

import weakref
from collections.abc import Callable
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from pageheat.services.broadcaster import fanout
from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.delta import GRID, STATUS, Snapshot
from pageheat.services.broadcaster.fanout import Audience, Viewer, Viewers
from pageheat.services.broadcaster.messages import DeltaMessage
from pageheat.services.broadcaster.warm import Heat
from pageheat.services.contract.records import decode_summary, encode
from tests.support.heatmap_records import detail, grid


class Told:
    """A message whose frame names its recipient and the message sent before it."""

    def __init__(self, kind: int, text: str) -> None:
        self.kind, self.mark = kind, text

    def frame(self, last: object) -> bytes:
        return (f"{self.mark} after {last}" if last else self.mark).encode()


class Socket:
    """A socket with room for `room` frames."""

    def __init__(self, room: int = 1_000) -> None:
        self.room = room
        self.written: list[bytes] = []
        self.has_room: Callable[[], None] = lambda: None

    @property
    def is_full(self) -> bool:
        return len(self.written) >= self.room

    def write(self, frame: bytes) -> None:
        self.written.append(frame)


def viewer(socket: Socket, *, wants_deltas: bool = False, band: str | None = None) -> Viewer:
    return Viewer(socket, cast(Any, None), wants_deltas=wants_deltas, band=band)


def heat(position: int) -> Heat:
    record = encode(grid(1_000_000, position))
    return Heat.of(decode_summary(record), record)


def dropped_grids() -> float:
    return REGISTRY.get_sample_value("pageheat_broadcaster_grids_dropped_total") or 0


def test_a_viewer_that_cannot_keep_up_gets_the_newest_grid_alone() -> None:
    socket = Socket(room=1)
    slow, before = viewer(socket), dropped_grids()
    assert [slow.show(Told(GRID, f"grid {number}")) for number in range(5)] == [True] + 4 * [False]
    socket.room = 3
    socket.has_room()
    assert socket.written == [b"grid 0", b"grid 4 after grid 0"]
    assert dropped_grids() == before + 3
    slow.show(Told(GRID, "grid 5"))
    assert socket.written[2:] == [b"grid 5 after grid 4"]


def test_status_breakdown_and_grid_do_not_replace_each_other_and_are_sent_in_this_order() -> None:
    socket = Socket(room=0)
    slow = viewer(socket)
    for kind, text in [(GRID, "grid"), (STATUS, "old"), (STATUS, "new"), (1, "detail")]:
        slow.show(Told(kind, text))
    for room in (1, 2, 9):
        socket.room = room
        socket.has_room()
        assert len(socket.written) == min(room, 3)
    assert socket.written == [b"new", b"detail", b"grid"]


def test_a_viewer_that_has_left_gets_nothing_not_even_what_was_waiting() -> None:
    socket, audience = Socket(room=0), Audience()
    leaving = viewer(socket)
    audience.add(leaving)
    audience.show(heat(1))
    audience.discard(leaving)
    socket.room = 9
    socket.has_room()
    assert socket.written == []


def test_a_delta_refers_to_the_message_before_or_a_keyframe_is_sent() -> None:
    one = DeltaMessage(Snapshot(GRID, [100], {}, ()))
    two = DeltaMessage(Snapshot(GRID, [101], {}, ()), one)
    three = DeltaMessage(Snapshot(GRID, [102], {}, ()), two)
    assert three.frame(two.mark) != three.frame(None)
    assert three.frame(one.mark) == three.frame(None), "a viewer that missed the second gets a keyframe"


def test_a_viewer_keeps_no_reference_to_messages_it_has_sent() -> None:
    stuck = viewer(Socket(room=1), wants_deltas=True)
    stuck.show(first := DeltaMessage(Snapshot(GRID, [1], {}, ())))
    gone = weakref.ref(first)
    stuck.show(DeltaMessage(Snapshot(GRID, [2], {}, ()), first))
    del first
    assert gone() is None


def test_a_grid_is_encoded_once_for_all_its_viewers_and_not_without_viewers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []

    def counting(name: str) -> Any:
        real = getattr(fanout, name)

        def make(*args: Any) -> Any:
            made.append(name)
            return real(*args)

        return make

    for name in ("of_grid", "of_breakdown", "WholeGrid"):
        monkeypatch.setattr(fanout, name, counting(name))
    audience = Audience()
    audience.show(heat(1))
    audience.show_breakdown(PageBreakdown(encode(detail(1_000_000, 1))))
    assert made == []
    bands = [None, "phone", "phone", "tv"]
    for band in bands:
        audience.add(viewer(Socket(), wants_deltas=True, band=band))
    audience.show(heat(2))
    audience.show_breakdown(PageBreakdown(encode(detail(1_000_000, 1))))
    assert made == ["of_grid", "of_breakdown", "of_breakdown"], "with the phones' tiles, and without bands"
    for _ in range(3):
        audience.add(viewer(Socket()))
    audience.show(heat(3))
    assert made[3:] == ["WholeGrid", "of_grid"]


def test_viewers_are_found_by_their_page() -> None:
    viewers = Viewers()
    ann, bob, cy = (viewer(Socket(), wants_deltas=wants_deltas) for wants_deltas in (True, False, True))
    for page, each in (("/a", ann), ("/a", bob), ("/b", cy)):
        viewers.add(page, each)
    assert set(viewers.of("/a") or ()) == {ann, bob}
    assert len(viewers) == 3
    for _ in range(2):
        viewers.discard("/b", cy)
    assert viewers.of("/b") is None
    assert [page for page, _ in viewers.pages()] == ["/a"]
