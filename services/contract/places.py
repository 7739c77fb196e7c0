"""Where an event is on a length, and on an element's box: aggregator and history agree on it. Pure."""

import math

from pageheat.services.contract.records import LONG_SIDE_PX, MAX_SPOT_ROWS, SPOT_PX, SPOTS, WIDE_SPOTS

SPOT_ROW_BITS, SPOT_COLUMN_BITS = 13, 9
"""Of a spot's row and column, in its number."""


def tile(position_px: float, length_px: float, grid_size: int) -> int:
    """Column (or row) of a page coordinate: the document's length is divided into `grid_size` equal parts.

    Coordinates outside the document belong to the outermost tile.
    """
    return min(max(math.floor(grid_size * (position_px / length_px)), 0), grid_size - 1)


def spot_of(x: float, y: float, width_px: float, height_px: float) -> int:
    """The spot of a place, given as fractions of a box, as one number of column and row.

    Column and row below SPOTS are parts of sides up to LONG_SIDE_PX. Columns from there on are parts of a
    wider box, WIDE_SPOTS of them; rows from there on are SPOT_PX high, from the top of a higher box.
    """
    column, row = tile(x, 1, SPOTS), tile(y, 1, SPOTS)
    if width_px > LONG_SIDE_PX:
        column = SPOTS + tile(x, 1, WIDE_SPOTS)
    if height_px > LONG_SIDE_PX:
        inside_px = min(max(y, 0), 1) * height_px
        row = min(SPOTS + int(inside_px // SPOT_PX), MAX_SPOT_ROWS - 1)
    return column << SPOT_ROW_BITS | row
