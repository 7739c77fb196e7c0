"""From a page's counts to the field of a layer: fine counts by place, or looks across the page. Pure."""

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.records import (
    MAX_GRID_SIZE,
    ROW_PX,
    FineCounts,
    LookCounts,
    PackedCells,
    Size,
)
from pageheat.services.picture.drawing import size_px
from pageheat.services.picture.looks import rows_of
from pageheat.services.picture.options import ROW_LAYERS, Options
from pageheat.services.picture.spots import Field, rows

PLACED_LAYERS = ("moves", "clicks")
"""Layers counted by position on the page, as ROW_LAYERS are; the others are counted on elements."""


def field_of(fine: FineCounts, looks: LookCounts, grid_size: int, page: Size, options: Options) -> Field:
    """The field of the options' layer.

    Raises:
        ValueError: the grid's size is not allowed, or the counts have another form.
        TooLarge: the page is too large for a picture.
    """
    size = size_px(page.width, page.height)
    if options.layer in ROW_LAYERS:
        return rows_of(options.layer, looks, size)
    if not 1 <= grid_size <= MAX_GRID_SIZE:
        raise ValueError(f"a grid of {grid_size} columns")
    if fine.row % ROW_PX:
        raise ValueError(f"rows of {fine.row} px")
    rows_on_page = -(-size[1] // fine.row)
    layers = fine.layers[PLACED_LAYERS.index(options.layer) :: len(PLACED_LAYERS)]
    on_page, top, bottom = (layer_counts(packed, grid_size, rows_on_page) for packed in layers)
    return rows(on_page, top, bottom, size, fine.row, options.profile, options.radius)


def layer_counts(packed: PackedCells, columns: int, rows: int) -> NDArray[np.float64]:
    """A layer's counts in its first rows, shape (rows, columns).

    Raises:
        ValueError: the bytes have another form.
    """
    numbers, values = cells(packed)
    counts = np.zeros((rows, columns))
    on_page = numbers < counts.size
    counts.ravel()[numbers[on_page]] = values[on_page]
    return counts
