"""One warm page's running counts, and the grid and breakdown made from them.

A visit is a session in a width band. Cells, places and visits are numbers, as stored in the window's panes. A
pane's numbers are added once when it enters the window, and subtracted when it leaves.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pageheat.services.aggregator.elements import PageElements, no_elements
from pageheat.services.aggregator.grid import CellNumbers, total
from pageheat.services.contract.records import Band, Breakdown, Grid, Size, Totals

HASH_BITS = 40
"""Kept of a session's hash: with 10,000 visitors on a page, one window in 22,000 counts one too few."""

_HASH_MASK = (1 << HASH_BITS) - 1
_BAND_BITS = 3
VISIT_BITS = HASH_BITS + _BAND_BITS
_OTHER_BANDS = [band << HASH_BITS for band in range(1, 1 << _BAND_BITS)]
"""XOR differences between the visits of one session."""

MAX_BREAKDOWN_TILES = 30_000
"""Limit of a page's tiles by band: all of the usual grid, 300 kB. Beyond it, bands have no tiles."""


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
    """Counts of a page with an event in the panes."""

    __slots__ = ("counts", "elements", "events", "id", "key", "newest_pane", "size", "visitors", "visits")

    def __init__(self, id_: int, key: str) -> None:
        self.id = id_
        self.key = key
        self.counts: dict[int, int] = {}  # cell → events in the window, never 0
        self.elements: PageElements | None = None  # from the first event that is not a move
        self.visits: dict[int, int] = {}  # visit → its newest pane in the window
        self.visitors = 0  # sessions in `visits`, over all bands
        self.events = 0  # in all panes, including those not yet in the window
        self.newest_pane = 0  # valid while `counts` is not empty
        self.size: Size | None = None

    def count(self, counts: Iterable[tuple[int, int]]) -> None:
        """Add events that enter the window: pairs of cell and number of events."""
        totals = self.counts
        for cell, count in counts:
            totals[cell] = totals.get(cell, 0) + count

    def uncount(self, counts: Iterable[tuple[int, int]]) -> None:
        """Subtract events that leave the window and the panes."""
        totals = self.counts
        for cell, count in counts:
            left = totals[cell] - count
            if left:
                totals[cell] = left
            else:
                del totals[cell]
            self.events -= count

    def enter(self, visit: int, pane: int) -> None:
        """Record that a visit has an event in a pane of the window."""
        if visit not in self.visits and not self._has_other_band(visit):
            self.visitors += 1
        self.visits[visit] = pane

    def leave(self, visit: int, pane: int) -> None:
        """Record that a pane left the window; if it was the visit's newest, the visit ends."""
        if self.visits.get(visit) == pane:
            del self.visits[visit]
            if not self._has_other_band(visit):
                self.visitors -= 1

    def _has_other_band(self, visit: int) -> bool:
        """Whether the session has a visit in another band, too: the visitor resized the browser."""
        for difference in _OTHER_BANDS:  # noqa: SIM110 - a generator takes twice as long
            if visit ^ difference in self.visits:
                return True
        return False

    def grid(self, cells: CellNumbers, bounds: WindowBounds, step_ms: int) -> Grid:
        """Counts per tile."""
        moves, clicks = cells.layers(self.counts)
        return Grid(
            start=bounds.start,
            end=bounds.end,
            value=moves,
            clicks=clicks,
            grid_size=cells.grid_size,
            visitors=self.visitors,
            totals=Totals(total(moves), total(clicks), self.counts.get(cells.unplaced, 0)),
            newest=self.newest_pane * step_ms if self.counts else None,
            page=self.size,
            partition=bounds.partition,
            position=bounds.position,
        )

    def breakdown(self, cells: CellNumbers, bounds: WindowBounds) -> Breakdown:
        """Counts per width band, and per element."""
        bands = cells.bands
        tiles = cells.layers_by_band(self.counts if len(self.counts) <= MAX_BREAKDOWN_TILES else {})
        spots, elements = self.elements.by_band(bands) if self.elements else no_elements(bands)
        visitors = Counter(visit >> HASH_BITS for visit in self.visits)
        return Breakdown(
            start=bounds.start,
            end=bounds.end,
            page=self.size,
            partition=bounds.partition,
            position=bounds.position,
            grid_size=cells.grid_size,
            spots=spots,
            bands=[
                Band(name, visitors[i], *tiles[i], elements[i])
                for i, name in enumerate(bands.names)
                if i != bands.unknown or any(tiles[i]) or elements[i] or visitors[i]
            ],
        )
