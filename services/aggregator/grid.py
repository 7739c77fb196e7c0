"""The grid: which tile an event falls on, and the numbering of cells.

A cell is (layer, width band, tile) in one small integer, so that layers and bands are counted in one
state and a pane's entry fits 64 bits.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Cells

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
        self._names = [str(i) for i in range(grid_size)]
        sides, of_bands, told = range(grid_size), range(len(bands.names)), range(2)  # moves and clicks
        # Of each cell that is told: its row's name, and the number of its column, by band and in all bands.
        # To look them up takes half as long as to calculate them; the finest grid's take 15 MB.
        self._row = self._names * (len(told) * len(of_bands) * grid_size)
        self._column_by_band = [i for i in range(len(told) * len(of_bands) * grid_size) for _ in sides]
        self._column = [
            layer * grid_size + column for layer in told for _ in of_bands for column in sides for _ in sides
        ]

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
        moves, clicks = self._split(counts, self._column)
        return moves, clicks

    def layers_by_band(self, counts: Mapping[int, int]) -> list[tuple[Cells, Cells]]:
        """The same for each band, in the order of their names."""
        layers, bands = self._split(counts, self._column_by_band), len(self.bands.names)
        return list(zip(layers[:bands], layers[bands:], strict=True))

    def _tile(self, part: NDArray[np.float64]) -> NDArray[np.int64]:
        """`tile` of many positions, given in lengths of the document."""
        return np.clip(np.floor(self.grid_size * part), 0, self.grid_size - 1).astype(np.int64)

    def _split(self, counts: Mapping[int, int], column_of: Sequence[int]) -> list[Cells]:
        """Cells that are told, by the numbers of their columns, of which `grid_size` belong together."""
        columns: list[dict[str, int] | None] = [None] * (column_of[-1] + 1)
        row_of, told = self._row, len(column_of)
        for cell, count in counts.items():
            if cell < told:
                column, row = column_of[cell], row_of[cell]
                rows = columns[column]
                if rows is None:
                    columns[column] = {row: count}
                elif row in rows:  # in another band
                    rows[row] += count
                else:
                    rows[row] = count
        return [
            {name: rows for name, rows in zip(self._names, columns[first:], strict=False) if rows}
            for first in range(0, len(columns), self.grid_size)
        ]
