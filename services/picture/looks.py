"""From looks to a field: rows across the page, and lines where shares of the page views came to.

It says the same as the overlay: frontends/heatmap/static/core/looks.js.
"""

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.packed_cells import cells as unpacked
from pageheat.services.contract.records import MAX_ROWS, ROW_PX, LookCounts, PackedCells
from pageheat.services.picture.lines import Line
from pageheat.services.picture.spots import CELL_PX, Field, cells

MARKED = (0.75, 0.5, 0.25)
"""The shares of page views whose depth is marked."""

BEYOND = 0.1
"""Of the windows, this part is above the fold's spread, and this part below."""

Rows = NDArray[np.int64]
"""Of each row: ms, or page views."""


def ms_in_view(looks: LookCounts) -> Rows:
    """The ms for which each row was in view, as far down as any was."""
    bottoms = _by_row(looks.bottoms)
    tops = _by_row(looks.tops, len(bottoms))
    return np.cumsum(tops) - np.cumsum(bottoms) + bottoms


def views_reaching(looks: LookCounts, height_px: int) -> Rows:
    """The page views that reached each row. If the page fits all windows, all of them reached its end."""
    depths = _by_row(looks.depths)
    folds = np.flatnonzero(_by_row(looks.folds))
    rows = -(-height_px // looks.row)
    if len(folds) and folds[0] >= rows - 1:
        return np.full(rows, depths.sum())
    return depths[::-1].cumsum()[::-1]


def rows_of(layer: str, looks: LookCounts, size_px: tuple[int, int]) -> Field:
    """The field of a layer across the page, "attention" or "scroll".

    Raises:
        ValueError: the counts have another form.
    """
    if looks.row < ROW_PX or looks.row % ROW_PX:
        raise ValueError(f"rows of {looks.row} px")
    width, height = size_px
    views = int(_by_row(looks.depths).sum())
    if layer == "attention":
        values = ms_in_view(looks) / 1000
        return Field(
            width,
            height,
            _across(values, looks.row, size_px),
            views,
            f"attention: seconds in view, by {looks.row} px",
            " s",
        )
    reached = views_reaching(looks, height)
    return Field(
        width,
        height,
        _across(100 * reached / max(views, 1), looks.row, size_px),
        views,
        "scroll: page views that came this far",
        " %",
        100,
        *(_marks(looks, reached, height) if views else ((), None)),
    )


def _marks(looks: LookCounts, reached: Rows, height_px: int) -> tuple[list[Line], tuple[int, int] | None]:
    """The lines of 75, 50 and 25 % and of the average fold, and the folds' spread."""
    rows = {share: int((reached >= share * reached[0]).sum()) for share in MARKED}
    lines = [
        Line(min(number * looks.row, height_px), f"{100 * share:.0f} %") for share, number in rows.items()
    ]
    folds = _by_row(looks.folds)
    if not folds.any():
        return lines, None
    middles = (np.arange(len(folds)) + 0.5) * looks.row
    average = float(folds @ middles / folds.sum())
    below = folds.cumsum()
    low, high = (int(middles[below.searchsorted(part * below[-1])]) for part in (BEYOND, 1 - BEYOND))
    lines.append(Line(round(average), f"Average fold, {average:,.0f} px", dashed=True))
    return lines, (low, high)


def _across(values: NDArray[np.float64], row_px: int, size_px: tuple[int, int]) -> NDArray[np.float64]:
    """Rows as cells of the page."""
    width, height = size_px
    down = np.zeros(cells(height))
    on_page = values.repeat(row_px // CELL_PX)[: len(down)]
    down[: len(on_page)] = on_page
    return np.broadcast_to(down[:, None], (len(down), cells(width)))


def _by_row(packed: PackedCells, length: int = 0) -> Rows:
    """A layer's counts from the first row to the last that has some, or of so many rows.

    Raises:
        ValueError: the bytes have another form, or a row is below MAX_ROWS.
    """
    numbers, counts = unpacked(packed)
    if numbers.max(initial=0) >= MAX_ROWS:
        raise ValueError(f"a look below row {MAX_ROWS}")
    length = length or int(numbers.max(initial=-1)) + 1
    rows = np.zeros(max(length, int(numbers.max(initial=-1)) + 1), np.int64)
    rows[numbers] = counts
    return rows[:length]
