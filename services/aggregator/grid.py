"""The grid: which tile an event falls on, and the numbering of cells.

A cell is (layer, width band, tile) in one small integer. So one dictionary counts all layers and bands, and a
pane's entry fits 64 bits.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Cells

LAYERS = ("move", "click", "rage", "dead", "rest")
"""The event types, counted separately."""


def tile(position_px: float, length_px: float, grid_size: int) -> int:
    """Column (or row) of a page coordinate: the document's length is divided into `grid_size` equal parts.

    Coordinates outside the document belong to the outermost tile.
    """
    return min(max(math.floor(grid_size * (position_px / length_px)), 0), grid_size - 1)


def total(cells: Cells) -> int:
    """The sum of all counts."""
    return sum(sum(rows.values()) for rows in cells.values())


class CellNumbers:
    """Cells of a grid of `grid_size` × `grid_size` tiles as integers from 0 to `count` − 1.

    The last cell, `unplaced`, counts events on a page of unknown size.
    """

    def __init__(self, grid_size: int, bands: Bands) -> None:
        self.grid_size = grid_size
        self.bands = bands
        self._tiles = grid_size * grid_size
        self._per_layer = len(bands.names) * self._tiles
        self.unplaced = len(LAYERS) * self._per_layer
        self.count = self.unplaced + 1
        self._names = [str(i) for i in range(grid_size)]
        sides, of_bands, shown = range(grid_size), range(len(bands.names)), range(2)  # moves and clicks
        # For each published cell: its row's name, and its column's number, by band and for all bands.
        # A lookup takes half the time of a calculation; the finest grid's tables take 15 MB.
        self._row = self._names * (len(shown) * len(of_bands) * grid_size)
        self._column_by_band = [i for i in range(len(shown) * len(of_bands) * grid_size) for _ in sides]
        self._column = [
            layer * grid_size + column for layer in shown for _ in of_bands for column in sides for _ in sides
        ]

    def of(
        self,
        layer: NDArray[np.int64],
        band: NDArray[np.int64],
        across: NDArray[np.float64],
        down: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """The cells of events, one array element per event.

        Args:
            layer: indices in LAYERS.
            band: indices of width bands.
            across: page x, as a fraction of the document's width.
            down: page y, as a fraction of its height.
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
        """Moves and clicks of each band, in the bands' order."""
        layers, bands = self._split(counts, self._column_by_band), len(self.bands.names)
        return list(zip(layers[:bands], layers[bands:], strict=True))

    def _tile(self, part: NDArray[np.float64]) -> NDArray[np.int64]:
        """`tile` of many positions, given as fractions of the document's length."""
        return np.clip(np.floor(self.grid_size * part), 0, self.grid_size - 1).astype(np.int64)

    def _split(self, counts: Mapping[int, int], column_of: Sequence[int]) -> list[Cells]:
        """Published cells by column number: one `Cells` for each `grid_size` columns."""
        columns: list[dict[str, int] | None] = [None] * (column_of[-1] + 1)
        row_of, limit = self._row, len(column_of)
        for cell, count in counts.items():
            if cell < limit:
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
