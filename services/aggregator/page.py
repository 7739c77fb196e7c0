"""One warm page's running counts, and the grid and breakdown made from them.

A visit is a session in a width band. Cells, places and visits are numbers, as stored in the window's panes. A
pane's numbers are added once when it enters the window, and subtracted when it leaves.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from pageheat.services.aggregator.cell_counts import CellCounts
from pageheat.services.aggregator.dense_counts import MIN_CELLS, DenseCounts, TooTall
from pageheat.services.aggregator.elements import PageElements, no_elements
from pageheat.services.aggregator.grid import CellNumbers, Integers
from pageheat.services.aggregator.looks import PageLooks, no_looks
from pageheat.services.aggregator.record_counts import (
    GridCounts,
    Heights,
    fine_counts_by_band,
    grid_counts,
    has_counts,
)
from pageheat.services.contract.records import ROW_PX, Band, Breakdown, Grid, LookCounts, Size

MAX_TOGETHER = 64
"""Pages whose grids are made together: so many share the costs of a call, and those of few cells fit the
processor's cache."""

HASH_BITS = 40
"""Kept of a session's hash: with 10,000 visitors on a page, one window in 22,000 counts one too few."""

_HASH_MASK = (1 << HASH_BITS) - 1
_BAND_BITS = 3
VISIT_BITS = HASH_BITS + _BAND_BITS
_OTHER_BANDS = [band << HASH_BITS for band in range(1, 1 << _BAND_BITS)]
"""XOR differences between the visits of one session."""


def visit_of(session: str, band: int) -> int:
    """The number that represents a session's visit in a band."""
    return band << HASH_BITS | hash(session) & _HASH_MASK


class WindowBounds(NamedTuple):
    """A partition's window: [`start`, `end`) ms, counting the records before `position`."""

    start: int
    end: int
    partition: int
    position: int


class PageCounts:
    """Counts of a page with an event or a look in the panes."""

    __slots__ = (
        "counts",
        "dense",
        "due",
        "elements",
        "events",
        "heights",
        "id",
        "in_window",
        "key",
        "looks",
        "newest_pane",
        "size",
        "visitors",
        "visits",
    )

    def __init__(self, id_: int, key: str) -> None:
        self.id = id_
        self.key = key
        self.counts = CellCounts()  # of the events in the window
        self.dense: DenseCounts | None = None  # the same again, while there are many cells
        self.elements: PageElements | None = None  # from the first event that is not a move
        self.looks: PageLooks | None = None  # from the first one in the window
        self.visits: dict[int, int] = {}  # visit → its newest pane in the window
        self.visitors = 0  # sessions in `visits`, over all bands
        self.heights: dict[float, int] = {}  # document height, px → its newest pane in the window
        self.in_window = 0  # events and looks
        self.events = 0  # and looks, in all panes, including those not yet in the window
        self.due = 0  # the step from which on its grid may be published again, if nobody watches
        self.newest_pane = 0  # valid while there are some in the window
        self.size: Size | None = None

    def count(self, cells: Integers, numbers: Integers) -> None:
        """Add events that enter the window: cells, and the number of events of each."""
        self.in_window += _total(numbers)
        self._add(cells, numbers)

    def uncount(self, cells: Integers, numbers: Integers) -> None:
        """Subtract events that leave the window and the panes."""
        left = _total(numbers)
        self.in_window -= left
        self.events -= left
        self._add(cells, -numbers)

    def _add(self, cells: Integers, numbers: Integers) -> None:
        self.counts.add(cells, numbers)
        if self.dense:
            try:
                self.dense.add(cells, numbers)
            except TooTall:
                self.dense = None

    def enter(self, visit: int, pane: int) -> None:
        """Record that a visit has an event or a look in a pane of the window."""
        if visit not in self.visits and not self._has_other_band(visit):
            self.visitors += 1
        self.visits[visit] = pane

    def leave(self, visit: int, pane: int) -> None:
        """Record that a pane left the window; if it was the visit's newest, the visit ends."""
        if self.visits.get(visit) == pane:
            del self.visits[visit]
            if not self._has_other_band(visit):
                self.visitors -= 1

    def enter_look(self, view: int, pane: int, extent: int) -> None:
        """Add a look that enters the window."""
        self.looks = self.looks or PageLooks()
        self.looks.enter(view, pane, extent)
        self.in_window += 1
        if pane > self.newest_pane:
            self.newest_pane = pane

    def leave_look(self, view: int, pane: int, extent: int) -> None:
        """Subtract a look that leaves the window and the panes."""
        assert self.looks is not None, "it has entered"  # noqa: S101
        self.looks.leave(view, pane, extent)
        self.in_window -= 1
        self.events -= 1

    def enter_height(self, height: float, pane: int) -> None:
        """Record that an event in a pane of the window has this document height."""
        self.heights[height] = pane

    def leave_height(self, height: float, pane: int) -> None:
        """Record that a pane left the window; if it was the height's newest, the height is gone."""
        if self.heights.get(height) == pane:
            del self.heights[height]

    def _has_other_band(self, visit: int) -> bool:
        """Whether the session has a visit in another band, too: the visitor resized the browser."""
        for difference in _OTHER_BANDS:  # noqa: SIM110 - a generator takes twice as long
            if visit ^ difference in self.visits:
                return True
        return False

    @property
    def height_px(self) -> float:
        """The height by which its tiles are cut: that on which all of its events are, or else the newest."""
        if self.heights_agree:
            return next(iter(self.heights))
        return self.size.height if self.size else 1

    @property
    def heights_agree(self) -> bool:
        """Whether all of its events are on one document height."""
        return len(self.heights) == 1

    def dense_counts(self, grid_size: int) -> DenseCounts | None:
        """`dense`, where it is worth its memory."""
        if self.in_window < MIN_CELLS // 2:
            self.dense = None
        elif self.dense is None and self.in_window >= MIN_CELLS:
            cells, numbers = self.counts.read()
            if len(cells) >= MIN_CELLS:
                with suppress(TooTall):
                    self.dense = DenseCounts(cells, numbers, grid_size)
        return self.dense

    def grid(self, counts: GridCounts, grid_size: int, bounds: WindowBounds, step_ms: int) -> Grid:
        """Its grid, with these counts."""
        return Grid(
            start=bounds.start,
            end=bounds.end,
            value=counts.value,
            clicks=counts.clicks,
            grid_size=grid_size,
            visitors=self.visitors,
            totals=counts.totals,
            newest=self.newest_pane * step_ms if self.in_window else None,
            page=self.size,
            partition=bounds.partition,
            position=bounds.position,
            fine=counts.fine,
            looks=self.looks.together() if self.looks else LookCounts(ROW_PX),
        )

    def breakdown(self, cells: CellNumbers, bounds: WindowBounds) -> Breakdown:
        """Counts per width band, and per element."""
        bands = cells.bands
        fine = fine_counts_by_band(*self.counts.read(), cells.grid_size, len(bands.names))
        (spots, spot_px), elements = self.elements.by_band(bands) if self.elements else no_elements(bands)
        looks = (self.looks.by_band if self.looks else no_looks)(len(bands.names))
        visitors = Counter(visit >> HASH_BITS for visit in self.visits)
        return Breakdown(
            start=bounds.start,
            end=bounds.end,
            page=self.size,
            partition=bounds.partition,
            position=bounds.position,
            grid_size=cells.grid_size,
            spots=spots,
            spot_px=spot_px,
            bands=[
                Band(name, visitors[i], fine[i], elements[i], looks[i])
                for i, name in enumerate(bands.names)
                if i != bands.unknown or has_counts(fine[i]) or elements[i] or visitors[i] or looks[i].views
            ],
        )


def grids(
    pages: Sequence[PageCounts], grid_size: int, bounds: WindowBounds, step_ms: int
) -> Iterator[tuple[str, Grid]]:
    """The key and the grid of each page, some at a time: whoever stops early makes few for nothing."""
    for first in range(0, len(pages), MAX_TOGETHER):
        together = []
        for page in pages[first : first + MAX_TOGETHER]:
            dense = page.dense_counts(grid_size)
            counts = dense and dense.grid_counts(page.height_px, heights_agree=page.heights_agree)
            if counts:
                yield page.key, page.grid(counts, grid_size, bounds, step_ms)
            else:
                together.append(page)
        if not together:
            continue
        cells = CellCounts.of_pages([page.counts for page in together])
        heights = Heights(
            np.array([page.height_px for page in together]),
            np.array([page.heights_agree for page in together]),
        )
        for page, counts in zip(together, grid_counts(cells, heights, grid_size), strict=True):
            yield page.key, page.grid(counts, grid_size, bounds, step_ms)


def _total(numbers: Integers) -> int:
    """Their sum. Most pages have few events a step, of which numpy's sum takes ten times as long."""
    return sum(numbers.tolist()) if len(numbers) <= 16 else int(numbers.sum())
