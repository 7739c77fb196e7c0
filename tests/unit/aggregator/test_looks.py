"""Looks in a sliding window: as a plain recount has them, whatever their order."""

import random
import tracemalloc
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest

from pageheat.services.aggregator import looks
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.looks import LookBuffer, PageLooks, extents, view_of
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.records import MAX_ROWS, LookCounts, Size
from tests.support.frames import BANDS, frame

Rows = dict[int, int]
Counts = tuple[Rows, Rows, Rows, Rows]
"""Tops, bottoms, depths, folds: row → number."""


def extent(top: int, height: int, ms: int = 1_000, document: float = 10_000) -> int:
    return int(extents(np.array([top]), np.array([height]), np.array([ms]), document)[0])


def read(counts: LookCounts) -> Counts:
    rows = [dict(zip(*(it.tolist() for it in cells(packed)), strict=True)) for packed in counts.layers]
    return rows[0], rows[1], rows[2], rows[3]


def entered(*seen: tuple[int, int, int]) -> PageLooks:
    """Looks as (page view, pane, extent)."""
    page = PageLooks()
    for look in seen:
        page.enter(*look)
    return page


ANN, BOB = view_of("ann", 0, 0), view_of("bob", 0, 0)


@pytest.mark.parametrize(
    ("top", "height", "document", "rows"),
    [
        (0, 720, 5_000, (0, 35)),
        (10, 720, 5_000, (0, 36)),  # to 730 px
        (4_280, 720, 5_000, (214, 249)),
        (4_290, 720, 5_000, (214, 249)),  # 10 px past its end
        (-60, 720, 5_000, (0, 35)),  # pulled down beyond its top
        (0, 1, 5_000, (0, 0)),
        (0, 720, 400.5, (0, 19)),  # a page that is shorter than the window
        (6_000, 720, 5_000, (300, 300)),  # past its end by all
        (5_000_000, 720, float("inf"), (MAX_ROWS - 1, MAX_ROWS - 1)),
        (100, 720, float("inf"), (5, 40)),
    ],
)
def test_a_look_is_in_view_from_its_first_row_to_its_last(
    top: int, height: int, document: float, rows: tuple[int, int]
) -> None:
    tops, bottoms, depths, _ = read(entered((ANN, 0, extent(top, height, 250, document))).together())
    assert (tops, bottoms, depths) == ({rows[0]: 250}, {rows[1]: 250}, {rows[1]: 1})


def test_the_fold_is_the_windows_height_wherever_it_is_and_however_short_the_page() -> None:
    page = entered((ANN, 0, extent(3_000, 720)), (BOB, 0, extent(0, 900, document=300)))
    assert read(page.together())[3] == {35: 1, 44: 1}


def test_a_view_counts_once_at_its_lowest_row_and_its_newest_fold() -> None:
    page = entered((ANN, 1, extent(0, 700)), (ANN, 2, extent(2_000, 700)), (ANN, 3, extent(400, 500)))
    counts = page.together()
    assert counts.views == 1
    assert read(counts)[2:] == ({134: 1}, {24: 1})
    page.leave(ANN, 1, extent(0, 700))
    page.leave(ANN, 2, extent(2_000, 700))
    assert read(page.together())[2:] == ({44: 1}, {24: 1})
    page.leave(ANN, 3, extent(400, 500))
    assert page.together() == LookCounts(20)


def test_the_views_of_a_session_and_its_bands_are_counted_apart_and_add_up() -> None:
    views = [view_of("ann", 0, 0), view_of("ann", 1, 0), view_of("ann", 0, 1)]
    page = entered(*((view, 5, extent(0, 700)) for view in views))
    assert page.together().views == 3
    assert [each.views for each in page.by_band(3)] == [2, 1, 0]
    assert read(page.together())[0] == {0: 3_000}


def test_a_look_without_duration_has_a_depth_and_no_attention() -> None:
    assert read(entered((ANN, 0, extent(0, 700, 0))).together()) == ({}, {}, {34: 1}, {34: 1})


def test_ms_of_more_than_32_bits_are_exact() -> None:
    page = PageLooks()
    for number in range(80_000):
        page.enter(view_of("many", number, 0), 1, extent(0, 700, 59_001))
    assert read(page.together())[0] == {0: 80_000 * 59_001}


def test_rows_are_merged_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MAX_LOOK_ENTRIES", 40)
    page = entered(*((view_of("ann", n, 0), 1, extent(20 * n, 1, 7)) for n in range(32)))
    counts = page.together()
    assert counts.row == 80  # 8 tops, 8 bottoms, 8 depths, and one fold
    assert read(counts) == (
        dict.fromkeys(range(8), 28),
        dict.fromkeys(range(8), 28),
        dict.fromkeys(range(8), 4),
        {0: 32},
    )
    assert {each.row for each in page.by_band(2)} == {80}


def test_many_rows_are_packed_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [(view_of("ann", n, 0), 1, extent(20 * n * n, 20 * n + 1, 50 * n)) for n in range(1, 90)]
    at_once = entered(*seen).together()
    monkeypatch.setattr(looks, "FEW_ENTRIES", 10_000)
    assert entered(*seen).together() == at_once


def test_a_buffers_looks_have_their_frames_view_and_pane() -> None:
    buffer = LookBuffer()
    document = Size(1_000, 5_000)
    buffer.add(3, frame(session="ann", received=10_000, document=document, looks=[(0, 700, 250, 10)]), 1)
    buffer.add(4, frame(session="bob", received=10_000), 1)
    twice = [(0, 700, 250, 600), (40, 700, 5_000, -300)]
    buffer.add(9, frame(session="ann", received=10_000, document=None, view=2, looks=twice), 0)
    assert buffer.count == 3
    assert buffer.read(250) == [
        (3, view_of("ann", 0, 1), 39, extent(0, 700, 250)),
        (9, view_of("ann", 2, 0), 37, extent(0, 700, 250)),
        (9, view_of("ann", 2, 0), 41, extent(40, 700, 5_000)),
    ]


class Seen(NamedTuple):
    """A look in the log, by its band, view, pane, first and last row, fold and ms."""

    band: int
    view: int
    pane: int
    first: int
    last: int
    fold: int
    ms: int

    @property
    def entry(self) -> tuple[int, int, int]:
        packed = ((self.ms << 15 | self.fold) << 15 | self.last) << 15 | self.first
        return view_of("ann", self.view, self.band), self.pane, packed


def recounted(seen: list[Seen]) -> Counts:
    tops, bottoms = Counter[int](), Counter[int]()
    for look in seen:
        tops[look.first] += look.ms
        bottoms[look.last] += look.ms
    views = {(look.band, look.view) for look in seen}
    each = [[look for look in seen if (look.band, look.view) == view] for view in views]
    depths = Counter(max(look.last for look in own) for own in each)
    folds = Counter(max(enumerate(own), key=lambda it: (it[1].pane, it[0]))[1].fold for own in each)
    return dict(+tops), dict(+bottoms), dict(depths), dict(folds)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_order_of_looks_the_counts_are_those_of_a_recount(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "FEW_ENTRIES", 64 if seed % 2 else 1)
    rng = random.Random(seed)
    length, page = rng.choice([1, 3, 12]), PageLooks()
    log: list[Seen] = []
    ahead: list[Seen] = []
    for end in range(100, 160):
        for look in [it for it in ahead if it.pane == end - 1]:
            page.enter(*look.entry)
        for look in [it for it in log if it.pane == end - length - 1]:
            page.leave(*look.entry)
        for _ in range(rng.choice([0, 0, 1, 4])):
            first, rows = rng.randrange(6), rng.choice([0, 1, 4])
            pane = rng.randrange(end - length, end + 2)
            look = Seen(
                rng.randrange(2),
                rng.randrange(3),
                pane,
                first,
                first + rows,
                rows,
                rng.choice([0, 250, 5_000]),
            )
            log.append(look)
            if pane < end:
                page.enter(*look.entry)
            else:
                ahead.append(look)
        window = [it for it in log if end - length <= it.pane < end]
        assert read(page.together()) == recounted(window)
        assert page.together().views == len({(it.band, it.view) for it in window})
        for band, counts in enumerate(page.by_band(2)):
            assert read(counts) == recounted([it for it in window if it.band == band])


def test_a_look_alone_makes_its_page_warm_its_session_a_visitor_and_leaves_with_its_step() -> None:
    window = Window(0, 0, 0, window_ms=1_000, step_ms=250, cells=CellNumbers(50, BANDS))
    window.add(0, (0, 0), frame(session="ann", received=300, looks=[(0, 700, 250, 100)]))
    (seen,) = dict(window.advance(250)).values()
    assert seen is not None
    assert (seen.visitors, seen.newest, seen.totals.moves, seen.looks.views) == (1, 0, 0, 1)
    detail = dict(window.breakdowns())["/"]
    assert detail is not None
    (band,) = (band for band in detail.bands if band.visitors)
    assert (band.visitors, band.looks) == (1, seen.looks)
    assert dict(window.advance(1_000)) == {}
    (cooled,) = dict(window.advance(1_250)).values()
    assert cooled is not None
    assert (cooled.visitors, cooled.newest, cooled.looks) == (0, None, LookCounts(20))
    assert dict(window.advance(1_500)) == {"/": None}


def test_looks_that_are_late_ahead_or_of_robots_are_dropped_and_counted_and_forgotten_ones_are_gone() -> None:
    window = Window(0, 0, 10_000, window_ms=1_000, step_ms=250, cells=CellNumbers(50, BANDS))
    ages = [(0, 700, 250, age) for age in (2_000, 100, -100, -80_000)]
    window.add(0, (0, 0), frame(received=10_000, looks=ages))
    window.add(1, (0, 1), frame(received=10_000, looks=ages, robot=True))
    drops = window.drops
    assert (drops.late, drops.future, drops.robot) == (1, 1, 4)
    window.forget(2, "/")
    window.add(3, (0, 3), frame(received=10_000, session="bob", looks=[(0, 700, 5_000, 0)]))
    window.touch()
    (seen,) = dict(window.advance(10_500)).values()
    assert seen is not None
    assert (seen.looks.views, read(seen.looks)[0], seen.visitors) == (1, {0: 5_000}, 1)
    assert [key for key, _ in window.advance(12_000)] == ["/"]
    dict(window.advance(12_250))
    assert window.page_count == 0


def test_a_page_view_of_sixty_looks_takes_less_than_2_500_bytes() -> None:
    window = Window(0, 0, 0, window_ms=300_000, step_ms=250, cells=CellNumbers(50, BANDS))
    tracemalloc.start()
    for number in range(200):
        for second in range(0, 300, 5):
            looked = [(100 * (second % 7), 700, 5_000, 0)]
            source = number * 60 + second // 5
            seen = frame(session=f"{number}", received=second * 1_000, looks=looked)
            window.add(source, (0, source), seen)
    dict(window.advance(300_000))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / 200 < 2_500
