"""One warm page's running state: what its window holds now, and how that is told.

A visit is a session in a width band. All numbers are what the window's panes keep of an event; what a pane
brings in is counted here once, and taken out again when the pane leaves.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pageheat.services.aggregator.elements import PageElements, no_elements
from pageheat.services.aggregator.grid import CellNumbers, total
from pageheat.services.contract.records import Band, Breakdown, Grid, Size, Totals

HASH_BITS = 40
"""Of a session's hash: 10,000 visitors of a page are one too few once in 22,000 windows."""

_HASH_MASK = (1 << HASH_BITS) - 1
_BAND_BITS = 3
VISIT_BITS = HASH_BITS + _BAND_BITS
_OTHER_BANDS = [band << HASH_BITS for band in range(1, 1 << _BAND_BITS)]
"""What a session's visits differ by."""

MAX_BREAKDOWN_TILES = 30_000
"""Tiles of a page told by band: all of the usual grid, 300 kB. A finer grid's bands may go without."""


def visit_of(session: str, band: int) -> int:
    """The number of a session's visit in a band."""
    return band << HASH_BITS | hash(session) & _HASH_MASK


class WindowBounds(NamedTuple):
    """Which window of which partition is told: [`start`, `end`) ms, up to `position`."""

    start: int
    end: int
    partition: int
    position: int


class PageCounts:
    """A page with an event in the panes."""

    __slots__ = ("counts", "elements", "events", "id", "key", "newest_pane", "size", "visitors", "visits")

    def __init__(self, id_: int, key: str) -> None:
        self.id = id_
        self.key = key
        self.counts: dict[int, int] = {}  # cell → events in the window, never 0
        self.elements: PageElements | None = None  # from the first event that is more than a move
        self.visits: dict[int, int] = {}  # visit → the last pane in the window with an event of it
        self.visitors = 0  # sessions in `visits`, whatever their bands
        self.events = 0  # in all panes, those not yet in the window included
        self.newest_pane = 0  # valid while `counts` is not empty
        self.size: Size | None = None

    def count(self, counts: Iterable[tuple[int, int]]) -> None:
        """Events are in the window from now on: their cells, and how many are on each."""
        before = self.counts
        for cell, count in counts:
            before[cell] = before.get(cell, 0) + count

    def uncount(self, counts: Iterable[tuple[int, int]]) -> None:
        """Events have left the window and the panes."""
        before = self.counts
        for cell, count in counts:
            left = before[cell] - count
            if left:
                before[cell] = left
            else:
                del before[cell]
            self.events -= count

    def enter(self, visit: int, pane: int) -> None:
        """A visit has an event in a pane of the window."""
        if visit not in self.visits and not self._is_elsewhere(visit):
            self.visitors += 1
        self.visits[visit] = pane

    def leave(self, visit: int, pane: int) -> None:
        """A pane has left the window; if it was the visit's last, so has the visit."""
        if self.visits.get(visit) == pane:
            del self.visits[visit]
            if not self._is_elsewhere(visit):
                self.visitors -= 1

    def _is_elsewhere(self, visit: int) -> bool:
        """Whether its session has a visit in another band too: its visitor has resized the browser."""
        for difference in _OTHER_BANDS:  # noqa: SIM110 - a generator would cost as much again
            if visit ^ difference in self.visits:
                return True
        return False

    def grid(self, cells: CellNumbers, span: WindowBounds, step_ms: int) -> Grid:
        """What the page's visitors did, per tile."""
        moves, clicks = cells.layers(self.counts)
        return Grid(
            start=span.start,
            end=span.end,
            value=moves,
            clicks=clicks,
            grid_size=cells.grid_size,
            visitors=self.visitors,
            totals=Totals(total(moves), total(clicks), self.counts.get(cells.unplaced, 0)),
            newest=self.newest_pane * step_ms if self.counts else None,
            page=self.size,
            partition=span.partition,
            position=span.position,
        )

    def detail(self, cells: CellNumbers, span: WindowBounds) -> Breakdown:
        """What they did per width band, and per element."""
        bands = cells.bands
        tiles = cells.layers_by_band(self.counts if len(self.counts) <= MAX_BREAKDOWN_TILES else {})
        spots, elements = self.elements.by_band(bands) if self.elements else no_elements(bands)
        visitors = Counter(visit >> HASH_BITS for visit in self.visits)
        return Breakdown(
            start=span.start,
            end=span.end,
            page=self.size,
            partition=span.partition,
            position=span.position,
            grid_size=cells.grid_size,
            spots=spots,
            bands=[
                Band(name, visitors[i], *tiles[i], elements[i])
                for i, name in enumerate(bands.names)
                if i != bands.unknown or any(tiles[i]) or elements[i] or visitors[i]
            ],
        )
