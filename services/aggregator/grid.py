"""The grid: which tile an event falls on, and the numbering of cells.

A cell is (layer, width band, tile) in one small integer, so that layers and bands are counted in one
state and a pane's entry fits 64 bits.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.contract.bands import Bands
from services.contract.records import Cells

LAYERS = ("move", "click", "rage", "dead", "rest")
"""The event types, each counted apart."""


def tile(position_px: float, length_px: float, grid_size: int) -> int:
    """Column (or row) of a page coordinate: the document's length in `grid_size` equal parts.

    What lies outside the document belongs to the outermost tile.
    """
    return min(max(math.floor(grid_size * (position_px / length_px)), 0), grid_size - 1)


def total(cells: Cells) -> int:
    """All counts together."""
    return sum(sum(rows.values()) for rows in cells.values())


class CellNumbers:
    """Cells of a grid of `grid_size` × `grid_size` tiles as integers from 0 to `count` − 1.

    The last of them, `unplaced`, stands for events on a page of unknown size.
    """

    def __init__(self, grid_size: int, bands: Bands) -> None:
        self.grid_size = grid_size
        self.bands = bands
        self._tiles = grid_size * grid_size
        self._per_layer = len(bands.names) * self._tiles
        self.unplaced = len(LAYERS) * self._per_layer
        self.count = self.unplaced + 1
        names = [str(i) for i in range(grid_size)]
        self._column = [name for name in names for _ in names]  # of each tile
        self._row = names * grid_size

    def of(
        self,
        layer: NDArray[np.int64],
        band: NDArray[np.int64],
        across: NDArray[np.float64],
        down: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """The cells of events, an element each.

        Args:
            layer: indices in LAYERS.
            band: indices of width bands.
            across: page coordinates from the left, in widths of the document.
            down: those from the top, in its heights.
        """
        return (
            layer * self._per_layer
            + band * self._tiles
            + self._tile(across) * self.grid_size
            + self._tile(down)
        )

    def layers(self, counts: Mapping[int, int]) -> tuple[Cells, Cells]:
        """Moves and clicks per cell as column → row → count, all bands together."""
        (moves, clicks), *_ = self._split(counts, bands=1)
        return moves, clicks

    def layers_by_band(self, counts: Mapping[int, int]) -> list[tuple[Cells, Cells]]:
        """The same for each band, in the order of their names."""
        return self._split(counts, bands=len(self.bands.names))

    def _tile(self, part: NDArray[np.float64]) -> NDArray[np.int64]:
        """`tile` of many positions, given in lengths of the document."""
        return np.clip(np.floor(self.grid_size * part), 0, self.grid_size - 1).astype(np.int64)

    def _split(self, counts: Mapping[int, int], bands: int) -> list[tuple[Cells, Cells]]:
        tiles, per_layer = self._tiles, self._per_layer
        result: list[tuple[Cells, Cells]] = [({}, {}) for _ in range(bands)]
        for cell, count in counts.items():
            layer = cell // per_layer
            if layer > 1:
                continue
            place = cell % tiles
            band = cell % per_layer // tiles if bands > 1 else 0
            cells, column, row = result[band][layer], self._column[place], self._row[place]
            rows = cells.get(column)
            if rows is None:
                rows = cells[column] = {}
            rows[row] = rows.get(row, 0) + count
        return result
