"""From pages' running counts to those of records: the tutorial's tiles, and fine rows. Pure.

Grids are made for many pages at once: their cells are worked on together, and only the results are taken
apart.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pageheat.services.aggregator.cell_counts import CellsOfPages, summed, summed_runs
from pageheat.services.aggregator.grid import (
    BAND_BITS,
    CELL_BITS,
    COLUMN_AT,
    COLUMN_BITS,
    LAYER_AT,
    LAYER_BITS,
    ROW_AT,
    ROW_BITS,
    SHOWN_LAYERS,
    TILE_AT,
    TILE_BITS,
    TOP,
    UNPLACED,
    Integers,
    Reals,
    tiles,
)
from pageheat.services.contract.packed_cells import packed_layers
from pageheat.services.contract.records import ROW_PX, FineCounts, PackedCells, Totals

MAX_GRID_CELLS = 40_000
"""Limit of a grid's fine cells, 500 kB: all of a page of 16,000 px. If there are more, rows are merged."""

MAX_BREAKDOWN_CELLS = 30_000
"""Limit of a breakdown's fine cells, all bands together, 360 kB."""

_LAYERS = 1 << LAYER_BITS
_LAYER_CELLS = np.arange(_LAYERS + 1) << LAYER_AT
_ROW_AT = ROW_AT - COLUMN_AT  # in a place: a cell, or a key, without tile and band
_LAYER_AT = LAYER_AT - COLUMN_AT


class GridCounts(NamedTuple):
    """What a grid says of a page's events: moves and clicks by tile, and so on as in `Grid`."""

    value: PackedCells
    clicks: PackedCells
    totals: Totals
    fine: FineCounts


class Heights(NamedTuple):
    """By which document height each page's tiles are cut.

    Attributes:
        px: the height on which all of the page's events are, or else the newest.
        agree: whether all of the page's events are on it.
    """

    px: Reals
    agree: NDArray[np.bool]


def grid_counts(cells: CellsOfPages, heights: Heights, grid_size: int) -> list[GridCounts]:
    """The counts of pages' grids."""
    keys, numbers = cells.keys, cells.numbers
    totals = _totals(cells)
    is_shown = keys & _LAYER_CELLS[-1] - 1 < SHOWN_LAYERS << LAYER_AT
    if not is_shown.all():
        keys, numbers = keys[is_shown], numbers[is_shown]
    fine = _fine(keys >> COLUMN_AT, numbers, grid_size, cells.pages, MAX_GRID_CELLS)
    tiles_ = _tiles(keys, numbers, heights, grid_size)
    return [*map(GridCounts, tiles_[::2], tiles_[1::2], totals, fine)]


def _totals(cells: CellsOfPages) -> list[Totals]:
    sums = np.concatenate(([0], np.cumsum(cells.numbers)))[cells.where(_LAYER_CELLS)]
    by_layer = np.diff(sums, axis=1)
    moves, clicks = (by_layer[:, kind:SHOWN_LAYERS:2].sum(axis=1).tolist() for kind in (0, 1))
    return [*map(Totals, moves, clicks, by_layer[:, UNPLACED].tolist())]


def _tiles(keys: Integers, numbers: Integers, heights: Heights, grid_size: int) -> list[PackedCells]:
    """Of each page, moves and clicks by tile."""
    page, layer = keys >> CELL_BITS, keys >> LAYER_AT & _LAYERS - 1
    down = keys >> TILE_AT & (1 << TILE_BITS) - 1
    if not heights.agree.all():
        by_row = (layer < TOP) & ~heights.agree[page]  # what does not scroll keeps its tile
        down[by_row] = tiles(middle_px(keys[by_row] >> ROW_AT), heights.px[page[by_row]], grid_size)
    across = keys >> COLUMN_AT & (1 << COLUMN_BITS) - 1
    each = grid_size * grid_size
    at, counts = summed(((page * 2 + (layer & 1)) * grid_size + across) * grid_size + down, numbers)
    return packed_layers(at % each, counts, at.searchsorted(np.arange(2 * len(heights.px) + 1) * each))


def middle_px(rows: Integers) -> Integers:
    """The middle of rows; bits above their numbers are ignored."""
    middles: Integers = (rows & (1 << ROW_BITS) - 1) * ROW_PX + ROW_PX // 2
    return middles


def fine_counts_by_band(cells: Integers, numbers: Integers, grid_size: int, bands: int) -> list[FineCounts]:
    """The fine counts of each band of a page, with equally high rows."""
    shown = cells.searchsorted(SHOWN_LAYERS << LAYER_AT)
    cells, numbers = cells[:shown], numbers[:shown]
    band = cells & (1 << BAND_BITS) - 1
    places, counts = summed(band << CELL_BITS - COLUMN_AT | cells >> COLUMN_AT, numbers)
    doublings = 0
    while len(places) > MAX_BREAKDOWN_CELLS and doublings < ROW_BITS:
        doublings += 1
        places, counts = summed(_coarser(places), counts)
    return _packed(places, counts, grid_size, bands, doublings)


def has_counts(fine: FineCounts) -> bool:
    """Whether it has an event."""
    return any(fine.layers)


def _fine(places: Integers, numbers: Integers, grid_size: int, pages: int, most: int) -> list[FineCounts]:
    """The fine counts of each page, in rows so high that none has more than `most` cells."""
    places, counts = summed_runs(places, numbers)
    made = _packed(places, counts, grid_size, pages, 0)
    begins = places.searchsorted(np.arange(pages + 1) << CELL_BITS - COLUMN_AT)
    for page in (np.diff(begins) > most).nonzero()[0].tolist():
        part = slice(begins[page], begins[page + 1])
        own, own_counts, doublings = places[part] & (1 << CELL_BITS - COLUMN_AT) - 1, counts[part], 0
        while len(own) > most and doublings < ROW_BITS:
            doublings += 1
            own, own_counts = summed(_coarser(own), own_counts)
        made[page] = _packed(own, own_counts, grid_size, 1, doublings)[0]
    return made


def _coarser(places: Integers) -> Integers:
    """Places (page, layer, row, column) on rows of double height."""
    column, row = places & (1 << COLUMN_BITS) - 1, places >> _ROW_AT & (1 << ROW_BITS) - 1
    coarser: Integers = (places >> _LAYER_AT << ROW_BITS | row >> 1) << COLUMN_BITS | column
    return coarser


def _packed(
    places: Integers, counts: Integers, grid_size: int, pages: int, doublings: int
) -> list[FineCounts]:
    """The fine counts of each page (or band) in rows of this height."""
    row, column = places >> _ROW_AT & (1 << ROW_BITS) - 1, places & (1 << COLUMN_BITS) - 1
    begins = places.searchsorted(np.arange(pages * _LAYERS + 1) << _LAYER_AT)
    layers = packed_layers(row * grid_size + column, counts, begins)
    return [
        FineCounts(ROW_PX << doublings, *layers[first : first + SHOWN_LAYERS])
        for first in range(0, pages * _LAYERS, _LAYERS)
    ]
