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
from pageheat.services.history.ranges import Range, Span

MAX_FRAMES = 366
"""Frames of a film: six hours of minutes, a fortnight of hours, a year of days."""

FRAMES_AT_ONCE = 48
"""Frames that one query reads: those of a year take more memory than a query may have."""

MAX_FILM_CELLS = 200_000
"""Limit of its cells, 800 kB. If there are more, rows are merged."""

LAYERS = (Layer.MOVE, Layer.CLICK)

_ROW = np.dtype([("place", "<i8"), ("events", "<i8")])

_PLACE = (
    "bitOr(bitShiftLeft(toInt64(toUnixTimestamp(time)), 25), bitOr(bitShiftLeft(toInt64(layer), 24), cell))"
)
"""Start of the step in s, layer and cell in one number: rows are grouped by it, and put in order, in half the
time."""

_CELL = (1 << 24) - 1


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
    """The film."""
    range_ = selection.range
    span = range_.in_steps(step)
    places, events, row_px = np.empty(0, np.int64), np.empty(0, np.int64), ROW_PX
    for begin_ms in range(span.begin_ms, span.end_ms, FRAMES_AT_ONCE * step):
        end_ms = min(begin_ms + FRAMES_AT_ONCE * step, span.end_ms)
        more = _read(asks, selection, Span(span.level, begin_ms, end_ms))
        for _ in range((row_px // ROW_PX).bit_length() - 1):
            more = _coarser(*more)
        places, events = np.concatenate((places, more[0])), np.concatenate((events, more[1]))
        while len(places) > MAX_FILM_CELLS:
            row_px *= 2
            places, events = _coarser(places, events)
    order = np.argsort(places)
    places, events = places[order], events[order]
    at, layer, cells = places >> 25, places >> 24 & 1, places & _CELL
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


def _read(asks: Asks, selection: Selection, span: Span) -> tuple[Integers, Integers]:
    """The counts of some frames. Rows: a place, as `_PLACE` has it, and its events."""
    sql, parameters = counts(
        selection.during(replace(selection.range, spans=(span,))),
        f"{_PLACE} AS place, sum(e)",
        LAYERS,
        group="GROUP BY place",
    )
    found = np.frombuffer(asks.query(sql, parameters, format_="RowBinary"), _ROW)
    return found["place"], found["events"]


def _coarser(places: Integers, events: Integers) -> tuple[Integers, Integers]:
    """On rows of double height."""
    cells = places & _CELL
    wider, inverse = np.unique(
        places - cells + cells // COLUMNS // 2 * COLUMNS + cells % COLUMNS, return_inverse=True
    )
    return wider, np.bincount(inverse, events, len(wider)).astype(np.int64)
