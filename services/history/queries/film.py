"""A range as a film: the heat of each of its steps, in one compact answer. Pure."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np

from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.records import ROW_PX, PackedCells
from pageheat.services.history.layers import COLUMNS, Integers, Layer
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection, TooMuch, counts
from pageheat.services.history.ranges import Range

MAX_FRAMES = 360
"""Frames of a film: six hours of minutes, a fortnight of hours, a year of days."""

MAX_FILM_CELLS = 200_000
"""Limit of its cells, 800 kB. If there are more, rows are merged."""

LAYERS = (Layer.MOVE, Layer.CLICK)

_ROW = np.dtype([("at", "<u4"), ("layer", "u1"), ("cell", "<u4"), ("events", "<i8")])


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step with heat: its beginning, and its cells, as `FineCounts` has them."""

    at: int
    moves: PackedCells = b""
    clicks: PackedCells = b""


class Film(Answer, frozen=True, rename={"begin": "from", "end": "to", "grid_size": "grid-size"}):
    """The frames in order; steps without heat are left out. Rows are `row` px high."""

    begin: int
    end: int
    exact: str
    step: int
    grid_size: int
    row: int
    frames: list[Frame]


def frame_step(range_: Range, name: str | None) -> int:
    """Length of a frame, ms: as named, or the shortest that is kept and gives no more than MAX_FRAMES.

    Raises:
        TooMuch: the named one gives more, or is no longer kept; or the range is too long for days.
    """
    if step := range_.step(name, MAX_FRAMES):
        return step
    given = f"step={name}: " if name else ""
    raise TooMuch(
        f"{given}a film has at most {MAX_FRAMES} frames, and where the range begins the shortest "
        f"is 1 {range_.finest}: ask for a shorter range or a longer step"
    )


def film(asks: Asks, selection: Selection, step: int) -> Film:
    """The film. Rows: start of the step in s, layer, cell, events."""
    range_ = selection.range
    span = range_.in_steps(step)
    sql, parameters = counts(
        selection.during(replace(range_, spans=(span,))),
        "toUnixTimestamp(time), layer, cell, sum(e)",
        LAYERS,
        group="GROUP BY time, layer, cell ORDER BY time, layer, cell",
    )
    found = np.frombuffer(asks.query(sql, parameters, format_="RowBinary"), _ROW)
    at, layer = found["at"].astype(np.int64), found["layer"].astype(np.int64)
    cells, events, row_px = found["cell"].astype(np.int64), found["events"].astype(np.int64), ROW_PX
    while len(cells) > MAX_FILM_CELLS:
        row_px *= 2
        at, layer, cells, events = _coarser(at, layer, cells, events)
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    frames = []
    for start, stop in pairwise([*starts.tolist(), len(at)]):
        split = start + int(np.searchsorted(layer[start:stop], Layer.CLICK))
        frames.append(
            Frame(
                int(at[start]) * 1000,
                packed_by_cell(cells[start:split], events[start:split]),
                packed_by_cell(cells[split:stop], events[split:stop]),
            )
        )
    return Film(span.begin_ms, span.end_ms, range_.exact, step, COLUMNS, row_px, frames)


def _coarser(
    at: Integers, layer: Integers, cells: Integers, events: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """On rows of double height."""
    place = cells // COLUMNS // 2 * COLUMNS + cells % COLUMNS
    unique, inverse = np.unique((at << 25) | (layer << 24) | place, return_inverse=True)
    sums = np.bincount(inverse, events, len(unique)).astype(np.int64)
    return unique >> 25, unique >> 24 & 1, unique & (1 << 24) - 1, sums
