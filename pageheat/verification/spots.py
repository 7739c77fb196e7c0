"""The spot of an event on its element, counted independently of the aggregator."""

import math

from pageheat.services.contract.records import LONG_SIDE_PX, MAX_SPOT_ROWS, SPOT_PX, SPOTS, WIDE_SPOTS


def spot_of(x: float, y: float, width: float, height: float) -> tuple[int, int]:
    """Column and row of a place on a box of this size, px: fractions of its sides, within it."""
    x, y = min(max(x, 0), 1), min(max(y, 0), 1)
    if width > LONG_SIDE_PX:
        column = SPOTS + min(math.floor(WIDE_SPOTS * x), WIDE_SPOTS - 1)
    else:
        column = min(math.floor(SPOTS * x), SPOTS - 1)
    if height > LONG_SIDE_PX:
        return column, min(SPOTS + math.floor(y * height / SPOT_PX), MAX_SPOT_ROWS - 1)
    return column, min(math.floor(SPOTS * y), SPOTS - 1)


def coarser(column: int, row: int, spot_px: int) -> tuple[int, int]:
    """The same spot where spots are `spot_px` high on a high box, and equally fewer on others."""
    times = spot_px // SPOT_PX
    spots, wide = max(1, SPOTS // times), max(1, WIDE_SPOTS // times)
    column = column * spots // SPOTS if column < SPOTS else spots + (column - SPOTS) * wide // WIDE_SPOTS
    return column, row * spots // SPOTS if row < SPOTS else spots + (row - SPOTS) // times
