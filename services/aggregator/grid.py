"""Where an event is counted: its tile, its row, and the numbering of cells.

A page's moves and clicks are counted in columns, fractions of the width, and in rows of ROW_PX from the top
of what scrolls, so that a page may grow and keep its heat. With y and height in px:

    tile(y)  = ⌊grid_size · (y / height)⌋        of the tutorial's grid, clipped to it
    row(y)   = ⌊y / ROW_PX⌋                      clipped to the document and to MAX_ROWS

An event's tile is that of its own document's height. Where heights differ, the middle of the row stands for
all its events instead.

Events on what does not scroll are counted in layers of their own, by their place in the viewport: in its
upper half by rows from its top, else by rows from its bottom.

A cell is (layer, row, column, tile, width band) in one integer of CELL_BITS. Sorted, the cells of a layer and
row are together, and so are those that differ in band or tile only.
"""

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.places import tile as tile
from pageheat.services.contract.records import MAX_FIXED_ROWS, MAX_ROWS, ROW_PX, Cells

LAYERS = ("move", "click", "rage", "dead", "dwell")
"""The event types, in the order of their numbers."""

TOP, BOTTOM = 2, 4
"""Layers 0 and 1 are moves and clicks on the page; plus TOP or BOTTOM, those counted from the viewport's."""

SHOWN_LAYERS = 6
"""The layers that records have. Other layers have one cell each:"""

ON_ELEMENTS, UNPLACED = 6, 7
"""Events of other types, which are counted on elements; events on a page of unknown size."""

BAND_BITS, TILE_BITS, COLUMN_BITS, ROW_BITS, LAYER_BITS = 3, 8, 8, 15, 3
TILE_AT = BAND_BITS
COLUMN_AT = TILE_AT + TILE_BITS
ROW_AT = COLUMN_AT + COLUMN_BITS
LAYER_AT = ROW_AT + ROW_BITS
CELL_BITS = LAYER_AT + LAYER_BITS

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


def tiles(position_px: Reals | Integers, length_px: Reals | float, grid_size: int) -> Integers:
    """`tile` of many positions."""
    parts: Integers = (grid_size * (position_px / length_px)).astype(np.int64)  # rounds up below 0: clipped
    return _clipped(parts, grid_size - 1)


def total(cells: Cells) -> int:
    """The sum of all counts."""
    return sum(sum(rows.values()) for rows in cells.values())


class CellNumbers:
    """Cells of a page of `grid_size` columns."""

    def __init__(self, grid_size: int, bands: Bands) -> None:
        self.grid_size = grid_size
        self.bands = bands

    def on_page(self, layer: Integers, band: Integers, across: Reals, y: Reals, height: Reals) -> Integers:
        """The cells of events on what scrolls, one array element per event.

        Args:
            layer: 0 for moves, 1 for clicks, ON_ELEMENTS for others.
            band: indices of width bands.
            across: page x, as a fraction of the document's width.
            y: page y, px.
            height: the document's, px.
        """
        last = np.ceil(height / ROW_PX).astype(np.int64) - 1
        row = np.minimum(_clipped((y / ROW_PX).astype(np.int64), MAX_ROWS - 1), last)
        return self._packed(layer, band, across, row, tiles(y, height, self.grid_size))

    def on_viewport(
        self, layer: Integers, band: Integers, across: Reals, y: Reals, viewport: Reals, height: Reals
    ) -> Integers:
        """The cells of events on what does not scroll.

        Args:
            layer, band: as above.
            across: x in the viewport, as a fraction of its width.
            y: in the viewport, px.
            viewport: its height, px.
            height: the document's, px.
        """
        is_upper = y < viewport / 2
        distance = np.where(is_upper, y, viewport - y)
        row = _clipped((distance / ROW_PX).astype(np.int64), MAX_FIXED_ROWS - 1)
        anchored = layer + np.where(is_upper, TOP, BOTTOM) * (layer < ON_ELEMENTS)
        return self._packed(anchored, band, across, row, tiles(y, height, self.grid_size))

    def _packed(
        self, layer: Integers, band: Integers, across: Reals, row: Integers, tile: Integers
    ) -> Integers:
        column = _clipped((self.grid_size * across).astype(np.int64), self.grid_size - 1)
        cell: Integers = layer << LAYER_AT | row << ROW_AT | column << COLUMN_AT | tile << TILE_AT | band
        cell[layer == ON_ELEMENTS] = ON_ELEMENTS << LAYER_AT
        return cell


def _clipped(numbers: Integers, most: int) -> Integers:
    """The same array, with its numbers clipped to 0 … `most`: half the time of `clip`."""
    np.maximum(numbers, 0, out=numbers)
    return np.minimum(numbers, most, out=numbers)
