"""A busy page's counts, as the bytes that its grids consist of: a grid costs about what changed. Pure.

`CellCounts` has all that is known of a page, cell by cell. To make a record of thousands of them takes as
long after one change as after many. So a page with many cells also keeps the layers of its grid, with a place
for every cell.
"""

import numpy as np
from numpy.typing import NDArray

from pageheat.services.aggregator.grid import (
    COLUMN_AT,
    COLUMN_BITS,
    LAYER_AT,
    LAYER_BITS,
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
from pageheat.services.aggregator.record_counts import MAX_GRID_CELLS, GridCounts, middle_px
from pageheat.services.contract.packed_cells import packed
from pageheat.services.contract.records import ROW_PX, FineCounts, PackedCells, Totals

MIN_CELLS = 512
"""With fewer cells, a grid is made from them in little time, and layers would take more memory."""

MAX_PLACES_A_CELL = 8
"""Layers have at most so many places for each cell; pages too tall for that have none."""

FEW_CHANGES = 128
"""Up to here, Python's loop over the cells is faster than numpy's calls."""

_ROW_MASK, _COLUMN_MASK, _TILE_MASK = (1 << ROW_BITS) - 1, (1 << COLUMN_BITS) - 1, (1 << TILE_BITS) - 1
_WIDTHS = ("<u1", "<u2", "<u4")


class TooTall(Exception):
    """The layers have no place for a cell."""


class Layer:
    """Counts of cells, all of them 0 at first, in the fewest bytes for the highest count so far."""

    __slots__ = ("_counts", "_items", "_packed", "hot")

    def __init__(self, cells: int) -> None:
        self.hot = 0  # cells with events
        self._packed: PackedCells | None = b""
        self._set(np.zeros(cells, _WIDTHS[0]))

    def _set(self, counts: NDArray[np.unsignedinteger]) -> None:
        self._counts, self._items = counts, counts.data

    def add(self, cell: int, number: int) -> None:
        """Add a number of events to a cell's."""
        before = self._items[cell]
        after = before + number
        try:
            self._items[cell] = after
        except ValueError:  # it needs more bytes
            self._set(self._counts.astype(f"<u{2 * self._counts.itemsize}"))
            self.add(cell, number)
            return
        self.hot += (after > 0) - (before > 0)
        self._packed = None

    def add_many(self, cells: Integers, numbers: Integers) -> None:
        """`add` for many cells, each as often as it is named."""
        counts = self._counts.astype(np.int64)
        np.add.at(counts, cells, numbers)
        width = next(it for it in _WIDTHS if int(counts.max(initial=0)) <= np.iinfo(it).max)
        self._set(counts.astype(width))
        self.hot = int(np.count_nonzero(counts))
        self._packed = None

    @property
    def counts(self) -> NDArray[np.unsignedinteger]:
        """All of them, from cell 0 on."""
        return self._counts

    @property
    def packed(self) -> PackedCells:
        """The counts in a record."""
        if self._packed is None:
            self._packed = packed(self._counts, self.hot)
        return self._packed


class DenseCounts:
    """The shown counts of a page.

    Args:
        cells, numbers: all cells of the page, in order, and the number of events of each.
        grid_size: columns, and the tutorial's rows.

    Raises:
        TooTall: the page has too few cells for its height.
    """

    def __init__(self, cells: Integers, numbers: Integers, grid_size: int) -> None:
        shown = cells[: cells.searchsorted(SHOWN_LAYERS << LAYER_AT)]
        self._rows = int((shown >> ROW_AT & _ROW_MASK).max(initial=0)) + 1
        self._size = grid_size
        places, tiles_ = self._rows * grid_size, grid_size * grid_size
        if places > MAX_PLACES_A_CELL * len(cells):
            raise TooTall
        self._events = [0] * (1 << LAYER_BITS)  # by layer
        self._fine = [Layer(places) for _ in range(SHOWN_LAYERS)]
        self._tiles = Layer(tiles_), Layer(tiles_)  # moves and clicks
        self._fixed_tiles = Layer(tiles_), Layer(tiles_)  # those of them on what does not scroll
        self._add_many(cells, numbers)

    def add(self, cells: Integers, numbers: Integers) -> None:
        """Add numbers of events, which are negative if events leave.

        Raises:
            TooTall: a cell is below all others. Nothing that was added counts any more.
        """
        if len(cells) > FEW_CHANGES:
            self._add_many(cells, numbers)
            return
        size = self._size
        for cell, number in zip(cells.tolist(), numbers.tolist(), strict=True):
            layer = cell >> LAYER_AT
            self._events[layer] += number
            if layer >= SHOWN_LAYERS:
                continue
            row, column = cell >> ROW_AT & _ROW_MASK, cell >> COLUMN_AT & _COLUMN_MASK
            if row >= self._rows:
                raise TooTall
            tile = column * size + (cell >> TILE_AT & _TILE_MASK)
            self._fine[layer].add(row * size + column, number)
            self._tiles[layer & 1].add(tile, number)
            if layer >= TOP:
                self._fixed_tiles[layer & 1].add(tile, number)

    def _add_many(self, cells: Integers, numbers: Integers) -> None:
        """As `add`, layer by layer."""
        layer, row = cells >> LAYER_AT, cells >> ROW_AT & _ROW_MASK
        if int(row.max(initial=0)) >= self._rows:
            raise TooTall
        column, size = cells >> COLUMN_AT & _COLUMN_MASK, self._size
        tile = column * size + (cells >> TILE_AT & _TILE_MASK)
        for each in np.unique(layer).tolist():
            its = layer == each
            self._events[each] += int(numbers[its].sum())
            if each < SHOWN_LAYERS:
                self._fine[each].add_many(row[its] * size + column[its], numbers[its])
                self._tiles[each & 1].add_many(tile[its], numbers[its])
                if each >= TOP:
                    self._fixed_tiles[each & 1].add_many(tile[its], numbers[its])

    def grid_counts(self, height_px: float, *, heights_agree: bool) -> GridCounts | None:
        """The counts of its grid, by this height as in `Heights`; None if they are too many for a record."""
        if sum(layer.hot for layer in self._fine) > MAX_GRID_CELLS:
            return None
        if heights_agree:
            value, clicks = (layer.packed for layer in self._tiles)
        else:
            value, clicks = (self._tiles_by_row(kind, height_px) for kind in range(2))
        fine = FineCounts(ROW_PX, *(layer.packed for layer in self._fine))
        return GridCounts(value, clicks, self._totals(), fine)

    def _totals(self) -> Totals:
        events = self._events
        return Totals(sum(events[0:SHOWN_LAYERS:2]), sum(events[1:SHOWN_LAYERS:2]), events[UNPLACED])

    def _tiles_by_row(self, kind: int, height_px: float) -> PackedCells:
        """Moves or clicks by tile; those on what scrolls are on that of their row's middle on this height."""
        size, scrolling = self._size, self._fine[kind]
        counts = self._fixed_tiles[kind].counts.astype(np.int64).reshape(size, size)
        if scrolling.hot:
            rows = scrolling.counts.reshape(self._rows, size)
            down, first = np.unique(
                tiles(middle_px(np.arange(self._rows)), height_px, size), return_index=True
            )
            counts[:, down] += np.add.reduceat(rows, first, axis=0, dtype=np.int64).T
        return packed(counts.ravel(), int(np.count_nonzero(counts)))
