"""Counts of the live topic, from hand-made records."""

from dataclasses import dataclass

import pytest

from pageheat import live_counts
from pageheat.live_counts import LiveCounts, TooManyEvents
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.packed_rows import pack_looks
from pageheat.services.contract.records import (
    ROW_PX,
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    Event,
    Frame,
    LookCounts,
    Page,
    Point,
    Size,
    encode,
)
from tests.support.fine import packed
from tests.support.frames import at, frame

BANDS = Bands.parse("phone<600,desktop")
NOW_MS = 1_000_000


@dataclass
class Message:
    """A record of the topic as Kafka's consumer returns it."""

    frame: Frame
    source: tuple[int, int] | None = (0, 0)
    is_tombstone: bool = False

    def key(self) -> bytes:
        return self.frame.key.encode()

    def value(self) -> bytes | None:
        return None if self.is_tombstone else encode(self.frame)

    def partition(self) -> int:
        return 7

    def headers(self) -> list[tuple[str, bytes]] | None:
        if self.source is None:
            return None
        names = SOURCE_PARTITION, SOURCE_OFFSET
        return [(name, str(number).encode()) for name, number in zip(names, self.source, strict=True)]


def counted(
    *frames: Frame,
    since_ms: int = 0,
    page: str | None = None,
    origin: str = "page",
    band: str | None = None,
    count_robots: bool = False,
) -> LiveCounts:
    """These frames, each with its own source offset."""
    counts = LiveCounts(since_ms, page, origin, BANDS, band, count_robots=count_robots)
    for offset, it in enumerate(frames):
        counts.take(Message(it, (0, offset)))
    return counts


def on_page(
    *events: Event,
    first: Point = Point(0, 0),  # noqa: B008
    origin: str = "page",
    document: Size | None = Size(1000, 3000),  # noqa: B008
    viewport: Size | None = Size(1280, 720),  # noqa: B008
) -> Frame:
    """A frame of /lamp."""
    page = Page("/lamp", document, viewport, first)
    return Frame(2, "", NOW_MS, page, "ann", 0, events=list(events), origin=origin)  # type: ignore[arg-type]


def places(counts: LiveCounts, page: str = "/lamp") -> list[tuple[int, int]]:
    read = counts.read(page)
    return list(zip(read.x.tolist(), read.y.tolist(), strict=True))


def looking(*looks: tuple[int, int, int, int], session: str = "ann", view: int = 0) -> Frame:
    """A frame of looks (top, height, duration, age) at /lamp, 3,000 px high."""
    page = Page("/lamp", Size(1000, 3000), Size(1280, 720), Point(0, 0))
    return Frame(2, "", NOW_MS, page, session, 0, view, looks=pack_looks(looks))


def test_looks_are_counted_by_row_and_page_view_as_in_a_grid() -> None:
    counts = counted(
        looking((0, 720, 500, 9_000)),
        looking((400, 720, 4_000, 100)),
        looking((0, 720, 250, 50), view=1),
        looking((2_600, 720, 250, 50), (-30, 600, 1_000, 20), session="bob"),
    )
    # A look ends at the page's end, and one above its top begins there; bob's newest window has another fold.
    assert counts.read("/lamp").looks == LookCounts(
        ROW_PX,
        3,
        packed({(0, 0): 1_750, (20, 0): 4_000, (130, 0): 250}, 1),
        packed({(35, 0): 750, (55, 0): 4_000, (149, 0): 250, (29, 0): 1_000}, 1),
        packed({(55, 0): 1, (35, 0): 1, (149, 0): 1}, 1),
        packed({(35, 0): 2, (29, 0): 1}, 1),
    )


def test_looks_before_the_given_time_are_left_out() -> None:
    counts = counted(looking((0, 720, 500, 9_000), (400, 720, 4_000, 100)), since_ms=NOW_MS - 1_000)
    assert counts.read("/lamp").looks.tops == packed({(20, 0): 4_000}, 1)
    assert counted(looking((0, 720, 500, 9_000)), since_ms=NOW_MS).read("/lamp").looks.views == 0


def test_each_event_is_counted_at_its_place_on_its_page() -> None:
    counts = counted(
        frame(at(NOW_MS, 10.9, 20.2), at(NOW_MS, 30, 40, "click"), page="/lamp"),
        frame(at(NOW_MS, 1, 2, "rage"), page="/lamp", session="bob"),
        frame(at(NOW_MS, 5, 6, "dwell"), page="/chair"),
    )
    lamp = counts.read("/lamp")
    assert places(counts) == [(10, 20), (30, 40), (1, 2)]
    assert lamp.layer.tolist() == [0, 1, 2]
    assert lamp.n.tolist() == [1, 1, 1]
    assert lamp.viewport.tolist() == [1280] * 3
    assert lamp.document == Size(1000, 1000)
    assert counts.visitors("/lamp") == 2
    assert counts.pages() == ["/lamp", "/chair"]
    assert counts.read("/chair").layer.tolist() == [4]


def test_a_resent_frame_counts_once() -> None:
    counts = LiveCounts(0, None, "page", BANDS, None)
    for source in [(0, 5), (0, 6), (0, 5), (0, 6), (1, 5)]:
        counts.take(Message(frame(at(NOW_MS, source[1], source[0])), source))
    assert places(counts, "/") == [(5, 0), (6, 0), (5, 1)]


def test_events_before_the_given_time_are_left_out_even_late_ones() -> None:
    late = frame(at(NOW_MS - 5_000, 1, 1), at(NOW_MS, 2, 2), received=NOW_MS)
    assert places(counted(late, since_ms=NOW_MS - 4_000), "/") == [(2, 2)]


def test_only_the_requested_page_is_counted_but_all_are_named() -> None:
    counts = counted(frame(at(NOW_MS), page="/lamp"), frame(at(NOW_MS), page="/chair"), page="/chair")
    assert len(places(counts, "/chair")) == 1
    assert places(counts) == []
    assert sorted(counts.pages()) == ["/chair", "/lamp"]


def test_only_the_bands_visitors_are_counted_and_decide_the_pages_size() -> None:
    phone = on_page(Event("click", 1, 1), document=Size(390, 9000), viewport=Size(390, 800))
    wide = on_page(Event("click", 2, 2))
    unknown = on_page(Event("click", 3, 3), origin="first")
    for band, place, size in [("phone", (1, 1), Size(390, 9000)), ("desktop", (2, 2), Size(1000, 3000))]:
        counts = counted(phone, wide, unknown, band=band)
        assert places(counts) == [place]
        assert counts.read("/lamp").document == size


def test_robots_count_only_if_wanted() -> None:
    frames = frame(at(NOW_MS, 1, 1)), frame(at(NOW_MS, 2, 2), session="robot", robot=True)
    for count_robots, places_, visitors in [(False, [(1, 1)], 1), (True, [(1, 1), (2, 2)], 2)]:
        counts = counted(*frames, count_robots=count_robots)
        assert (places(counts, "/"), counts.visitors("/")) == (places_, visitors)


def test_positions_count_from_the_requested_origin() -> None:
    first = Point(100, 50)
    frames = [
        on_page(Event("click", 300, 400), first=first),
        on_page(Event("click", 7, 8), first=first, origin="first"),
    ]
    by_page, by_first = counted(*frames), counted(*frames, origin="first")
    assert places(by_page) == [(300, 400), (107, 58)]
    assert by_page.read("/lamp").origin.tolist() == [0, 0]
    assert by_page.read("/lamp").viewport.tolist() == [1280, 0]
    assert places(by_first) == [(200, 350), (7, 8)]
    assert by_first.read("/lamp").origin.tolist() == [1, 1]
    assert by_first.read("/lamp").document == Size(900, 2950)


def test_clicks_from_a_first_element_of_unknown_position_keep_their_origin() -> None:
    counts = counted(on_page(Event("click", 7, 8), origin="first", document=None, viewport=None))
    assert places(counts) == [(7, 8)]
    assert counts.read("/lamp").origin.tolist() == [1]
    assert counts.read("/lamp").document is None


def test_an_unreadable_record_is_skipped() -> None:
    counts = LiveCounts(0, None, "page", BANDS, None)
    counts.take(Message(frame(at(NOW_MS)), None))
    assert places(counts, "/") == []


def test_more_events_than_fit_into_memory_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_counts, "MAX_EVENTS", 2)
    with pytest.raises(TooManyEvents, match="more than 2 events to draw: name a page, or a shorter --since"):
        counted(frame(at(NOW_MS), at(NOW_MS), at(NOW_MS)))


def test_a_page_counts_from_zero_after_its_tombstone() -> None:
    counts = LiveCounts(0, None, "page", BANDS, None)
    lamp, chair = frame(at(1)), frame(at(1), page="/chair")
    for offset, it in enumerate((lamp, lamp, chair)):
        counts.take(Message(it, (0, offset)))
    counts.take(Message(lamp, None, is_tombstone=True))
    assert counts.pages() == ["/chair"]
    counts.take(Message(lamp, (0, 3)))
    assert len(counts.read(lamp.key).x) == 1
