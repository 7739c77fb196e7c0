"""From a page's running counts to those of a record: the tutorial's tiles, and fine rows. Pure.

All functions take the cells in order with the number of events of each, as `CellCounts.read` returns them.
"""

from itertools import pairwise

import numpy as np

from pageheat.services.aggregator.cell_counts import summed, summed_runs
from pageheat.services.aggregator.grid import (
    BAND_BITS,
    COLUMN_AT,
    COLUMN_BITS,
    LAYER_AT,
    PART_AT,
    PART_BITS,
    ROW_AT,
    ROW_BITS,
    SHOWN_LAYERS,
    TOP,
    UNPLACED,
    Integers,
    tiles,
)
from pageheat.services.contract.records import ROW_PX, Cells, FineCounts, PackedCells
from pageheat.services.contract.varints import varints

MAX_GRID_CELLS = 40_000
"""Limit of a grid's fine cells, 500 kB: all of a page of 16,000 px. If there are more, rows are merged."""

MAX_BREAKDOWN_CELLS = 30_000
"""Limit of a breakdown's fine cells, all bands together, 360 kB."""

FEW_CELLS = 128
"""Up to here, Python's loop over the cells is faster than numpy's over all tiles."""

_ROW_AT = ROW_AT - COLUMN_AT  # in a cell without part and band
_LAYER_STARTS = np.arange(SHOWN_LAYERS + 1, dtype=np.int64) << LAYER_AT - COLUMN_AT


def unplaced(cells: Integers, numbers: Integers) -> int:
    """The number of events on a page of unknown size."""
    return int(numbers[np.searchsorted(cells, UNPLACED << LAYER_AT) :].sum())


def totals(cells: Integers, numbers: Integers) -> tuple[int, int]:
    """The number of moves and of clicks in the shown cells."""
    clicks = int(numbers[(cells >> LAYER_AT & 1).astype(bool)].sum())
    return int(numbers.sum()) - clicks, clicks


def shown(cells: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """The cells of the layers that records have."""
    end = np.searchsorted(cells, SHOWN_LAYERS << LAYER_AT)
    return cells[:end], numbers[:end]


class TutorialTiles:
    """The tutorial's form of a grid's counts. Makes the names of tiles once: a lookup is faster."""

    def __init__(self, grid_size: int) -> None:
        self._size = grid_size
        self._names = [str(i) for i in range(grid_size)]
        self._rows = np.array(self._names * (2 * grid_size), object)

    def of(
        self, cells: Integers, numbers: Integers, height_px: float, *, heights_agree: bool
    ) -> tuple[Cells, Cells]:
        """Moves and clicks per tile, as column → row → count.

        Args:
            cells, numbers: the shown ones.
            height_px: the documents', if `heights_agree`, else the newest.
            heights_agree: whether all events have this document height.
        """
        size = self._size
        row, part = cells >> ROW_AT & (1 << ROW_BITS) - 1, cells >> PART_AT & (1 << PART_BITS) - 1
        middle_px = 0 if heights_agree else ROW_PX // 2
        down = tiles(row * ROW_PX + middle_px, height_px, size)
        if heights_agree:
            down += part
        first_fixed = np.searchsorted(cells, TOP << LAYER_AT)
        down[first_fixed:] = part[first_fixed:]
        across = cells >> COLUMN_AT & (1 << COLUMN_BITS) - 1
        tile = ((cells >> LAYER_AT & 1) * size + across) * size + down
        if len(tile) <= FEW_CELLS:
            return self._of_few(tile.tolist(), numbers.tolist())
        counts = np.bincount(tile, weights=numbers, minlength=2 * size * size)
        hot = np.flatnonzero(counts)
        ends = np.searchsorted(hot, np.arange(1, 2 * size + 1) * size).tolist()
        rows = self._rows[hot].tolist()
        values = counts[hot].astype(np.int64).tolist()
        moves: Cells = {}
        clicks: Cells = {}
        start = 0
        for column, end in enumerate(ends):
            if end > start:
                (moves if column < size else clicks)[self._names[column % size]] = dict(
                    zip(rows[start:end], values[start:end], strict=True)
                )
            start = end
        return moves, clicks

    def _of_few(self, tiles_: list[int], numbers: list[int]) -> tuple[Cells, Cells]:
        """As `of`, cell by cell."""
        moves: Cells = {}
        clicks: Cells = {}
        for tile, number in sorted(zip(tiles_, numbers, strict=True)):
            column, row = divmod(tile, self._size)
            layer = moves if column < self._size else clicks
            rows = layer.setdefault(self._names[column % self._size], {})
            name = self._names[row]
            rows[name] = rows.get(name, 0) + number
        return moves, clicks


def fine_counts(cells: Integers, numbers: Integers, grid_size: int) -> FineCounts:
    """A grid's fine counts, all bands together."""
    places, counts = summed_runs(cells >> COLUMN_AT, numbers)
    doublings = 0
    while len(places) > MAX_GRID_CELLS and doublings < ROW_BITS:
        doublings += 1
        places, counts = summed(_coarser(places), counts)
    return _fine(places, counts, grid_size, doublings)


def fine_counts_by_band(cells: Integers, numbers: Integers, grid_size: int, bands: int) -> list[FineCounts]:
    """The fine counts of each band, with equally high rows."""
    band = cells & (1 << BAND_BITS) - 1
    parts = [summed_runs(cells[band == i] >> COLUMN_AT, numbers[band == i]) for i in range(bands)]
    doublings = 0
    while sum(len(places) for places, _ in parts) > MAX_BREAKDOWN_CELLS and doublings < ROW_BITS:
        doublings += 1
        parts = [summed(_coarser(places), counts) for places, counts in parts]
    return [_fine(places, counts, grid_size, doublings) for places, counts in parts]


def has_counts(fine: FineCounts) -> bool:
    """Whether it has an event."""
    return any(fine.layers)


def _coarser(places: Integers) -> Integers:
    """Places (layer, row, column) on rows of double height."""
    column, row = places & (1 << COLUMN_BITS) - 1, places >> _ROW_AT & (1 << ROW_BITS) - 1
    layer = places >> LAYER_AT - COLUMN_AT
    coarser: Integers = (layer << ROW_BITS | row >> 1) << COLUMN_BITS | column
    return coarser


def _fine(places: Integers, counts: Integers, grid_size: int, doublings: int) -> FineCounts:
    ends = np.searchsorted(places, _LAYER_STARTS).tolist()
    row, column = places >> _ROW_AT & (1 << ROW_BITS) - 1, places & (1 << COLUMN_BITS) - 1
    number = row * grid_size + column
    layers = [
        _packed(number[start:end], counts[start:end]) if end > start else b"" for start, end in pairwise(ends)
    ]
    return FineCounts(ROW_PX << doublings, *layers)


def _packed(numbers: Integers, counts: Integers) -> PackedCells:
    """Cells in order, as `PackedCells`."""
    pairs = np.empty(2 * len(numbers), np.int64)
    pairs[0] = numbers[0]
    pairs[2::2] = np.diff(numbers) - 1
    pairs[1::2] = counts
    return varints(pairs)
