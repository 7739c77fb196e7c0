"""The grid: which tile an event falls on, and the numbering of cells.

A cell is (layer, width band, tile) in one small integer, so that layers and bands are counted in one
state and a pane's entry fits 64 bits.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping

from services.contract.records import Cells, Event, Page

LAYERS = ("move", "click")
"""The event types, each counted apart."""

BANDS = ("phone", "tablet", "desktop", "wide")
"""Visitors by the width of their viewport."""

BAND_EDGES_PX = (600, 1024, 1600)
"""Viewport widths at which the next band begins."""


def band(page: Page) -> int:
    """Index into BANDS of a visitor's viewport; of the document where the viewport is unknown."""
    return bisect_right(BAND_EDGES_PX, (page.viewport or page.document).width)


def tile(position_px: float, length_px: float, grid_size: int) -> int:
    """Column (or row) of a page coordinate: the document's length in `grid_size` equal parts.

    What lies outside the document belongs to the outermost tile.
    """
    return min(max(math.floor(grid_size * (position_px / length_px)), 0), grid_size - 1)


class CellNumbers:
    """Cells of a grid of `grid_size` × `grid_size` tiles as integers from 0 to `count` − 1."""

    def __init__(self, grid_size: int) -> None:
        self.grid_size = grid_size
        self._tiles = grid_size * grid_size
        self.count = len(LAYERS) * len(BANDS) * self._tiles
        self._layer = {name: i * len(BANDS) * self._tiles for i, name in enumerate(LAYERS)}
        self._names = [str(i) for i in range(grid_size)]

    def of(self, event: Event, page: Page, page_band: int) -> int:
        """The cell of an event on a page."""
        size = self.grid_size
        document = page.document
        return (
            self._layer[event.type]
            + page_band * self._tiles
            + tile(event.x, document.width, size) * size
            + tile(event.y, document.height, size)
        )

    def layers(self, counts: Mapping[int, int]) -> dict[str, Cells]:
        """Counts per cell as layer → column → row → count, all bands together."""
        names, size = self._names, self.grid_size
        result: dict[str, Cells] = {name: {} for name in LAYERS}
        per_layer = len(BANDS) * self._tiles
        for cell, count in counts.items():
            column, row = divmod(cell % self._tiles, size)
            rows = result[LAYERS[cell // per_layer]].setdefault(names[column], {})
            rows[names[row]] = rows.get(names[row], 0) + count
        return result
