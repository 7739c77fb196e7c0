"""A page's heat in a range, in the live grid's form. Pure."""

from typing import Literal

import msgspec
import numpy as np

from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.places import tile
from pageheat.services.contract.records import ROW_PX, FineCounts, LookCounts, Totals
from pageheat.services.contract.records import Cells as Tiles
from pageheat.services.history.layers import COLUMNS, HEAT, Integers, Layer
from pageheat.services.history.queries import looks
from pageheat.services.history.queries.cells import Cells, cells_of
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection

MAX_CELLS = 60_000
"""Limit of an answer's fine cells, some 300 kB. If there are more, rows are merged."""

MAX_SIZES = 8
"""Sizes of the page that are named, the most frequent first."""

Count = Literal["events", "views"]


class Seen(msgspec.Struct, frozen=True):
    """A height or width of the document, px, and the views that had it."""

    px: int
    views: int


class Grid(Answer, frozen=True, rename={"grid_size": "grid-size", "begin": "from", "end_": "to"}):
    """The fields of a live grid, and what is of a range. See docs/protocol.md.

    `start` and `end` are `begin` and `end_`, for viewers of live grids. `partition` and `position` are null:
    a range's records are of no single position.
    """

    start: int
    end: int
    visitors: int
    totals: Totals
    newest: int | None
    page: dict[str, int] | None
    partition: None
    position: None
    value: Tiles
    clicks: Tiles
    grid_size: int
    fine: FineCounts
    looks: LookCounts
    begin: int
    end_: int
    exact: str
    views: int
    heights: list[Seen]
    widths: list[Seen]
    count: Count


def grid(asks: Asks, selection: Selection, *, count: Count = "events", layer: str = "") -> Grid:
    """The heat of a page.

    Args:
        asks: the database.
        selection: which rows.
        count: what happened, or the views that came to each place.
        layer: "moves" or "clicks"; "" for both.
    """
    sizes = (Layer.WIDTH, Layer.HEIGHT)
    found = cells_of(asks, selection, (*HEAT, Layer.UNPLACED, *looks.LAYERS, *sizes))
    wanted = [each for each in HEAT if not layer or f"{each.name}S".lower().endswith(layer)]
    counted = {
        each: (found[each].cells, found[each].views if count == "views" else found[each].events)
        for each in wanted
    }
    height = _newest(found[Layer.HEIGHT])
    width = _newest(found[Layer.WIDTH])
    looked = looks.of_cells(found)
    fold = looked.average_fold or height
    times = [int(found[each].newest_s.max()) for each in HEAT if len(found[each].newest_s)]
    return Grid(
        start=selection.range.begin_ms,
        end=selection.range.end_ms,
        visitors=looked.views,
        totals=Totals(
            sum(int(counted[each][1].sum()) for each in wanted if each % 2 == 0),
            sum(int(counted[each][1].sum()) for each in wanted if each % 2),
            int(found[Layer.UNPLACED].events.sum()),
        ),
        newest=max(times) * 1000 if times else None,
        page={"width": width or 0, "height": height} if height else None,
        partition=None,
        position=None,
        value=_tiles(counted, (Layer.MOVE, Layer.TOP_MOVE, Layer.BOTTOM_MOVE), height, fold),
        clicks=_tiles(counted, (Layer.CLICK, Layer.TOP_CLICK, Layer.BOTTOM_CLICK), height, fold),
        grid_size=COLUMNS,
        fine=_fine(counted),
        looks=looks.as_counts(looked, found),
        begin=selection.range.begin_ms,
        end_=selection.range.end_ms,
        exact=selection.range.exact,
        views=looked.views,
        heights=_seen(found[Layer.HEIGHT]),
        widths=_seen(found[Layer.WIDTH]),
        count=count,
    )


def _newest(sizes: Cells) -> int | None:
    """The size that was seen last; of several in the newest row, that of most views."""
    if not len(sizes.cells):
        return None
    return int(sizes.cells[np.lexsort((sizes.views, sizes.newest_s))[-1]])


def _seen(sizes: Cells) -> list[Seen]:
    order = np.argsort(-sizes.views, kind="stable")[:MAX_SIZES]
    return [Seen(int(sizes.cells[i]), int(sizes.views[i])) for i in order]


def _tiles(
    counted: dict[Layer, tuple[Integers, Integers]],
    layers: tuple[Layer, ...],
    height: int | None,
    fold: int | None,
) -> Tiles:
    """Column → row → count: rows go to the tile of their middle, by the newest height.

    What is fixed to the window's bottom is where that is on the page's top, by the average fold.
    """
    tiles: dict[int, dict[int, int]] = {}
    for layer in layers:
        if layer not in counted or height is None or fold is None:
            continue
        for cell, number in zip(*(each.tolist() for each in counted[layer]), strict=True):
            row, column = divmod(cell, COLUMNS)
            middle_px = row * ROW_PX + ROW_PX // 2
            if layer in (Layer.BOTTOM_MOVE, Layer.BOTTOM_CLICK):
                middle_px = fold - middle_px
            rows = tiles.setdefault(column, {})
            down = tile(middle_px, height, COLUMNS)
            rows[down] = rows.get(down, 0) + number
    return {
        str(column): {str(row): number for row, number in sorted(rows.items()) if number}
        for column, rows in sorted(tiles.items())
    }


def _fine(counted: dict[Layer, tuple[Integers, Integers]]) -> FineCounts:
    row_px = ROW_PX
    while sum(len(cells) for cells, _ in counted.values()) > MAX_CELLS:
        row_px *= 2
        counted = {layer: _coarser(*each) for layer, each in counted.items()}
    return FineCounts(row_px, *(_packed(*counted[layer]) if layer in counted else b"" for layer in HEAT))


def _packed(cells: Integers, counts: Integers) -> bytes:
    kept = counts > 0
    return packed_by_cell(cells[kept], counts[kept])


def _coarser(cells: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """On rows of double height."""
    row, column = cells // COLUMNS, cells % COLUMNS
    places, inverse = np.unique(row // 2 * COLUMNS + column, return_inverse=True)
    return places, np.bincount(inverse, counts, len(places)).astype(np.int64)
