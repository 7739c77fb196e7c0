"""What the history counts, and the numbering of places. Pure.

Everything that has a place on a page is a *count*: of a page, minute, width band and attributes, in a layer,
at a cell. A cell of moves and clicks is row · COLUMNS + column; rows are ROW_PX high from the top of what
scrolls, and columns divide its width. Those on what does not scroll are in layers of their own: rows count
from the viewport's top in its upper half, else from its bottom upwards. Cells of the other layers are rows,
or sizes in px.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.records import MAX_FIXED_ROWS, MAX_ROWS, ROW_PX

COLUMNS = 50
"""Columns of the history's cells, whatever GRID_SIZE is: so old counts and new ones are alike."""

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


class Layer(IntEnum):
    """The layers, by the numbers that the database has. None may change its number."""

    MOVE = 0
    CLICK = 1
    TOP_MOVE = 2
    TOP_CLICK = 3
    BOTTOM_MOVE = 4
    BOTTOM_CLICK = 5
    UNPLACED = 6
    """Moves and clicks on a page of unknown size. Cell 0."""
    LOOK_TOP = 7
    """Events are ms of the looks whose first row is the cell."""
    LOOK_BOTTOM = 8
    """Events are ms of the looks whose last row is the cell."""
    DEPTH = 9
    """Views whose lowest row in view this is. Where a view gets deeper, it counts −1 at the row before."""
    FOLD = 10
    """Views whose fold, the lower edge of the window on the page's top, is in this row; moves as DEPTH
    does."""
    VIEW = 11
    """Page views that began. Cell 0."""
    WIDTH = 12
    """Frames, and views, whose document has this width, px."""
    HEIGHT = 13
    """The same of its height."""


HEAT = (
    Layer.MOVE,
    Layer.CLICK,
    Layer.TOP_MOVE,
    Layer.TOP_CLICK,
    Layer.BOTTOM_MOVE,
    Layer.BOTTOM_CLICK,
)
"""The layers of a heat map, in the order of `FineCounts.layers`."""

KINDS = ("click", "rage", "dead", "dwell")
"""Kinds of events on elements."""


def on_page(x: Reals, y: Reals, width: Reals, height: Reals) -> Integers:
    """Cells of places on what scrolls, all in px."""
    last = np.ceil(height / ROW_PX).astype(np.int64) - 1
    row = np.minimum(_clipped(y / ROW_PX, MAX_ROWS - 1), last)
    return np.maximum(row, 0) * COLUMNS + _clipped(COLUMNS * (x / width), COLUMNS - 1)


def on_viewport(x: Reals, y: Reals, width: Reals, height: Reals) -> tuple[Integers, NDArray[np.bool]]:
    """Cells of places in the viewport, in px, and which are in its upper half."""
    is_upper = y < height / 2
    row = _clipped(np.where(is_upper, y, height - y) / ROW_PX, MAX_FIXED_ROWS - 1)
    return row * COLUMNS + _clipped(COLUMNS * (x / width), COLUMNS - 1), is_upper


def look_rows(top: int, height: int, document_height: float | None) -> tuple[int, int]:
    """First and last row of a look; a row counts if any of it was in view. Ends with the document."""
    end = top + height if document_height is None else min(top + height, document_height)
    first = min(max(top, 0) // ROW_PX, MAX_ROWS - 1)
    return first, min(max(int((end - 1) // ROW_PX), first), MAX_ROWS - 1)


def fold_row(height: int) -> int:
    """The row of the lower edge of a window of this height, on the page's top; the page may end above it."""
    return min(max(height - 1, 0) // ROW_PX, MAX_ROWS - 1)


def _clipped(numbers: Reals, most: int) -> Integers:
    return np.clip(numbers, 0, most).astype(np.int64)
