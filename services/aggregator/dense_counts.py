"""A busy page's counts, in arrays with a place for every cell: a grid costs about what changed. Pure.

`CellCounts` has all that is known of a page, cell by cell. To make a record of thousands of them takes as
long after one change as after many. So a page with many cells also keeps what its grids consist of: the fine
counts, and the tutorial's tiles with the JSON of their columns.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from pageheat.services.aggregator.cell_counts import MAX_CHANGES
from pageheat.services.aggregator.grid import (
    COLUMN_AT,
    COLUMN_BITS,
    LAYER_AT,
    ROW_AT,
    ROW_BITS,
    SHOWN_LAYERS,
    TILE_AT,
    TILE_BITS,
    UNPLACED,
    Integers,
    tiles,
)
from pageheat.services.aggregator.record_counts import MAX_GRID_CELLS, TutorialTiles
from pageheat.services.contract.packed_cells import packed
from pageheat.services.contract.records import ROW_PX, FineCounts, PackedCells, TileCounts, Totals

MIN_CELLS = 512
"""With fewer cells, a grid is made from them in little time, and arrays would take more memory."""

MAX_PLACES_A_CELL = 8
"""Arrays have at most so many places a layer for each cell, 32 bytes; pages too tall for that have none."""

_LAYERS = 1 << 3
"""Those of grids, and the others."""

FEW_CHANGES = 128
"""Up to here, Python's loop over the cells is faster than numpy's calls."""

MANY_TILES = 512
"""If more have changed, it is faster to write all."""

_ROW_MASK, _COLUMN_MASK, _TILE_MASK = (1 << ROW_BITS) - 1, (1 << COLUMN_BITS) - 1, (1 << TILE_BITS) - 1
_encoder = msgspec.json.Encoder()


class TooTall(Exception):
    """The arrays have no place for a cell."""


class DenseCounts:
    """The shown counts of a page.

    Args:
        cells, numbers: all cells of the page, in order, and the number of events of each.
        form: makes the tutorial's tiles.

    Raises:
        TooTall: the page has too few cells for its height.
    """

    def __init__(self, cells: Integers, numbers: Integers, form: TutorialTiles) -> None:
        size = form.size
        shown = cells[: np.searchsorted(cells, SHOWN_LAYERS << LAYER_AT)]
        self._rows = rows = int((shown >> ROW_AT & _ROW_MASK).max(initial=0)) + 1
        self._places = places = rows * size
        if places > MAX_PLACES_A_CELL * len(cells):
            raise TooTall
        self._size = size
        self._form = form
        # Layer by layer, row · size + column; all other layers have one place at the end.
        self._fine = np.zeros(SHOWN_LAYERS * places + 1, np.int32)
        self._fine_starts = np.minimum(np.arange(_LAYERS), SHOWN_LAYERS) * places
        self._packed: list[PackedCells] = [b""] * SHOWN_LAYERS
        self._hot = [0] * SHOWN_LAYERS  # cells with events in `_packed`
        self._stale: set[int] = set()  # layers that have changed since
        self._events = np.zeros(_LAYERS, np.int64)  # by layer
        # Moves, then clicks, column · size + row: of what scrolls, then of what does not; then one place.
        tiles_ = size * size
        self._tiles = np.zeros(4 * tiles_ + 1, np.int32)
        self._tile_starts = np.array([0, 1, 2, 3, 2, 3, 4, 4]) * tiles_
        self._shown = np.zeros(2 * tiles_, np.int32)  # as in `_columns`
        self._columns: list[dict[str, int]] = [{} for _ in range(2 * size)]  # row → events
        self._json: tuple[dict[str, msgspec.Raw], dict[str, msgspec.Raw]] = {}, {}  # those with events
        self._changes = [(cells, numbers)]

    def add(self, cells: Integers, numbers: Integers) -> bool:
        """Add numbers of events, negative if events leave; False if MAX_CHANGES wait to be taken."""
        self._changes.append((cells, numbers))
        return len(self._changes) < MAX_CHANGES

    def take_changes(self) -> None:
        """Count what was added since the last call; call it before anything is read.

        Raises:
            TooTall: a cell is below all others.
        """
        changes, self._changes = self._changes, []
        for cells, numbers in changes:
            if len(cells) <= FEW_CHANGES:
                self._take_few(cells, numbers)
            else:
                self._take_many(cells, numbers)

    def _take_many(self, cells: Integers, numbers: Integers) -> None:
        layer, row = cells >> LAYER_AT, cells >> ROW_AT & _ROW_MASK
        if int(row.max(initial=0)) >= self._rows:
            raise TooTall
        column, tile = cells >> COLUMN_AT & _COLUMN_MASK, cells >> TILE_AT & _TILE_MASK
        counts = numbers.astype(np.int32)
        np.add.at(self._fine, self._fine_starts[layer] + row * self._size + column, counts)
        np.add.at(self._tiles, self._tile_starts[layer] + column * self._size + tile, counts)
        np.add.at(self._events, layer, numbers)
        self._stale.update(np.unique(layer).tolist())

    def _take_few(self, cells: Integers, numbers: Integers) -> None:
        """As `_take_many`, cell by cell."""
        fine, tiles_, events = self._fine.data, self._tiles.data, self._events.data
        fine_starts, tile_starts, size = self._fine_starts.data, self._tile_starts.data, self._size
        for cell, number in zip(cells.tolist(), numbers.tolist(), strict=True):
            layer, row = cell >> LAYER_AT, cell >> ROW_AT & _ROW_MASK
            column, tile = cell >> COLUMN_AT & _COLUMN_MASK, cell >> TILE_AT & _TILE_MASK
            if row >= self._rows:
                raise TooTall
            fine[fine_starts[layer] + row * size + column] += number
            tiles_[tile_starts[layer] + column * size + tile] += number
            events[layer] += number
            self._stale.add(layer)

    @property
    def totals(self) -> Totals:
        """Moves, clicks, and events on a page of unknown size."""
        events = self._events.tolist()
        return Totals(sum(events[0:SHOWN_LAYERS:2]), sum(events[1:SHOWN_LAYERS:2]), events[UNPLACED])

    def fine(self) -> FineCounts | None:
        """The fine counts; None if they are too many for a record."""
        for layer in self._stale:
            if layer < SHOWN_LAYERS:
                start = layer * self._places
                self._packed[layer], self._hot[layer] = packed(self._fine[start : start + self._places])
        self._stale.clear()
        return FineCounts(ROW_PX, *self._packed) if sum(self._hot) <= MAX_GRID_CELLS else None

    def tiles(self, height_px: float, *, heights_agree: bool) -> tuple[TileCounts, TileCounts]:
        """Moves and clicks per tile; see `TutorialTiles.of`."""
        size = self._size
        half = 2 * size * size
        scrolling = self._tiles[:half] if heights_agree else self._by_rows(height_px)
        now = scrolling + self._tiles[half:-1]
        changed = np.flatnonzero(now != self._shown)
        self._shown = now
        names, dirty = self._form.names, set()
        if len(changed) > MANY_TILES:
            self._columns, dirty = self._form.columns(now), set(range(2 * size))
        else:
            for tile, count in zip(changed.tolist(), now[changed].tolist(), strict=True):
                column, row = divmod(tile, size)
                dirty.add(column)
                if count:
                    self._columns[column][names[row]] = count
                else:
                    del self._columns[column][names[row]]
        for column in dirty:
            layer, name = self._json[column >= size], names[column % size]
            if rows := self._columns[column]:
                layer[name] = msgspec.Raw(_encoder.encode(rows))
            else:
                layer.pop(name, None)
        moves, clicks = self._json
        return moves.copy(), clicks.copy()

    def _by_rows(self, height_px: float) -> NDArray[np.int32]:
        """Events on what scrolls, each row by its middle on this height."""
        size = self._size
        counts = np.zeros((2, size, size), np.int32)
        down, first = np.unique(
            tiles(np.arange(self._rows) * ROW_PX + ROW_PX // 2, height_px, size), return_index=True
        )
        rows = self._fine[: 2 * self._places].reshape(2, self._rows, size)
        counts[:, :, down] = np.add.reduceat(rows, first, axis=1).transpose(0, 2, 1)
        return counts.ravel()
