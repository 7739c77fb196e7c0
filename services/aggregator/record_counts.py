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
    ROW_AT,
    ROW_BITS,
    SHOWN_LAYERS,
    TILE_AT,
    TILE_BITS,
    TOP,
    UNPLACED,
    Integers,
    tiles,
)
from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.records import ROW_PX, Cells, FineCounts, Totals
from pageheat.services.contract.varints import put

MAX_GRID_CELLS = 40_000
"""Limit of a grid's fine cells, 500 kB: all of a page of 16,000 px. If there are more, rows are merged."""

MAX_BREAKDOWN_CELLS = 30_000
"""Limit of a breakdown's fine cells, all bands together, 360 kB."""

FEW_CELLS = 512
"""Up to here, Python's loop over the cells is faster than numpy's over all tiles."""

FEW_PLACES = 64
"""Up to here, Python's loop over the cells is faster than packing them at once."""

_ROW_AT = ROW_AT - COLUMN_AT  # in a cell without tile and band
_LAYERS_OF_CELLS = np.arange(UNPLACED + 2, dtype=np.int64) << LAYER_AT
_LAYER_STARTS = np.arange(SHOWN_LAYERS + 1, dtype=np.int64) << LAYER_AT - COLUMN_AT


def totals(cells: Integers, numbers: Integers) -> Totals:
    """Moves and clicks in the shown cells, and events on a page of unknown size."""
    ends = np.searchsorted(cells, _LAYERS_OF_CELLS).tolist()
    events = [int(numbers[start:end].sum()) if end > start else 0 for start, end in pairwise(ends)]
    return Totals(sum(events[0:SHOWN_LAYERS:2]), sum(events[1:SHOWN_LAYERS:2]), events[UNPLACED])


def shown(cells: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """The cells of the layers that records have."""
    end = np.searchsorted(cells, SHOWN_LAYERS << LAYER_AT)
    return cells[:end], numbers[:end]


class TutorialTiles:
    """The tutorial's form of a grid's counts. Makes the names of tiles once: a lookup is faster."""

    def __init__(self, grid_size: int) -> None:
        self.size = grid_size
        self.names = [str(i) for i in range(grid_size)]
        self._rows = np.array(self.names * (2 * grid_size), object)

    def of(
        self, cells: Integers, numbers: Integers, height_px: float, *, heights_agree: bool
    ) -> tuple[Cells, Cells]:
        """Moves and clicks per tile, as column → row → count.

        Args:
            cells, numbers: the shown ones.
            height_px: the documents', if `heights_agree`, else the newest.
            heights_agree: whether all events have this document height.
        """
        size = self.size
        down = cells >> TILE_AT & (1 << TILE_BITS) - 1
        if not heights_agree:
            end = np.searchsorted(cells, TOP << LAYER_AT)  # what does not scroll keeps its tile
            middle_px = (cells[:end] >> ROW_AT & (1 << ROW_BITS) - 1) * ROW_PX + ROW_PX // 2
            down[:end] = tiles(middle_px, height_px, size)
        across = cells >> COLUMN_AT & (1 << COLUMN_BITS) - 1
        tile = ((cells >> LAYER_AT & 1) * size + across) * size + down
        if len(tile) <= FEW_CELLS:
            return self._of_few(tile.tolist(), numbers.tolist())
        columns = self.columns(np.bincount(tile, numbers, 2 * size * size).astype(np.int64))
        named = [dict(zip(self.names, part, strict=True)) for part in (columns[:size], columns[size:])]
        moves, clicks = ({name: rows for name, rows in layer.items() if rows} for layer in named)
        return moves, clicks

    def columns(self, counts: Integers) -> list[dict[str, int]]:
        """Row → count of each column of moves, then of clicks; `counts` are in this order."""
        hot = np.flatnonzero(counts)
        ends = np.searchsorted(hot, np.arange(2 * self.size + 1) * self.size).tolist()
        rows, values = self._rows[hot].tolist(), counts[hot].tolist()
        return [dict(zip(rows[start:end], values[start:end], strict=True)) for start, end in pairwise(ends)]

    def _of_few(self, tiles_: list[int], numbers: list[int]) -> tuple[Cells, Cells]:
        """As `of`, cell by cell."""
        columns: dict[int, dict[str, int]] = {}
        for tile, number in zip(tiles_, numbers, strict=True):
            column, row = divmod(tile, self.size)
            name = self.names[row]
            if (rows := columns.get(column)) is None:
                columns[column] = {name: number}
            else:
                rows[name] = rows.get(name, 0) + number
        size, names = self.size, self.names
        moves = {names[column]: rows for column, rows in columns.items() if column < size}
        clicks = {names[column - size]: rows for column, rows in columns.items() if column >= size}
        return moves, clicks


def fine_counts(cells: Integers, numbers: Integers, grid_size: int) -> FineCounts:
    """A grid's fine counts, all bands together."""
    if len(cells) <= min(FEW_PLACES, MAX_GRID_CELLS):
        return _fine_of_few(cells.tolist(), numbers.tolist(), grid_size)
    places, counts = summed_runs(cells >> COLUMN_AT, numbers)
    doublings = 0
    while len(places) > MAX_GRID_CELLS and doublings < ROW_BITS:
        doublings += 1
        places, counts = summed(_coarser(places), counts)
    return _fine(places, counts, grid_size, doublings)


def _fine_of_few(cells: list[int], numbers: list[int], grid_size: int) -> FineCounts:
    """As `fine_counts`, cell by cell."""
    counts: dict[int, int] = {}
    for cell, number in zip(cells, numbers, strict=True):
        place = cell >> COLUMN_AT
        counts[place] = counts.get(place, 0) + number
    layers = [bytearray() for _ in range(SHOWN_LAYERS)]
    before = [-1] * SHOWN_LAYERS
    for place, count in counts.items():
        layer, row = place >> LAYER_AT - COLUMN_AT, place >> _ROW_AT & (1 << ROW_BITS) - 1
        at = row * grid_size + (place & (1 << COLUMN_BITS) - 1)
        put(layers[layer], at - before[layer] - 1)
        put(layers[layer], count)
        before[layer] = at
    return FineCounts(ROW_PX, *map(bytes, layers))


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
    layers = [packed_by_cell(number[start:end], counts[start:end]) for start, end in pairwise(ends)]
    return FineCounts(ROW_PX << doublings, *layers)
