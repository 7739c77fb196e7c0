"""Grids, breakdowns and statuses as snapshots, which `delta.py` encodes. Pure.

| kind | numbers | names | layers |
| --- | --- | --- | --- |
| status | STATE; `time`; `end` unless it is null | 0: the page's key | |
| grid | SPAN; `row`; `visitors`; `unplaced`; LOOK-ROW; `end` − `newest` unless it is null | | FINE; LOOKS |
| breakdown | SPAN; `spots`; `spot-px`; `row`; BAND; LOOK-ROW; visitors of each band | bands from 0, \
elements from 8 | spots; FINE and LOOKS of the requested band |

STATE is 1 if the page is counted up to now, 2 if Kafka is away, else 0.
SPAN is `end`, `end` − `start`, `position`, `partition`, the page's width and height in whole px (0 if
unknown), `grid-size`. BAND is 1 + the number of the requested band, 0 for none. FINE is the six layers of
`fine`: moves, clicks, top-moves, top-clicks, bottom-moves, bottom-clicks, in rows of `row` px; a cell is
row · grid-size + column. LOOKS is the four layers of `looks`: tops, bottoms, depths, folds; a cell is a row
of LOOK-ROW px. They are missing if there are no looks. `views` is the sum of depths.
A spot's cell is ((element · 8 + band) · 4 + kind) · 2²² + column · 2¹³ + row, where element and band are the
numbers of their names and kind is the index in KINDS.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Annotated, TypeVar

import msgspec

from pageheat.services.broadcaster.delta import BREAKDOWN, GRID, STATUS, Snapshot
from pageheat.services.broadcaster.warm import Status
from pageheat.services.contract.bands import MAX_BANDS
from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.records import (
    MAX_ROWS,
    MAX_SELECTOR_CHARS,
    MAX_SPOT_ROWS,
    ROW_PX,
    SPOT_PX,
    SPOTS,
    UNDECODABLE,
    Count,
    FineCounts,
    GridSize,
    GridSummary,
    LookCounts,
    PackedCells,
    Size,
    Time,
    UnreadableRecord,
)

KINDS = ("clicks", "rage", "dead", "dwell")

TOP_ASPECT = 2.5
"""Height of the top of a page, in its widths: thumbnails are not taller."""

_ALL_BANDS = MAX_BANDS + 1  # those of the settings, and "unknown"

MAX_SPOT_COLUMNS = 512
"""Columns of spots have 9 bits of a cell: SPOTS and WIDE_SPOTS are fewer."""

_SPOTS_A_BOX = MAX_SPOT_COLUMNS * MAX_SPOT_ROWS

_Some = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
_SpotColumn = Annotated[int, msgspec.Meta(ge=0, lt=MAX_SPOT_COLUMNS)]
_SpotRow = Annotated[int, msgspec.Meta(ge=0, lt=MAX_SPOT_ROWS)]
_Spots = dict[_SpotColumn, dict[_SpotRow, _Some]]


class _Grid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    grid_size: GridSize
    fine: FineCounts
    looks: LookCounts = LookCounts(ROW_PX)


class _Element(msgspec.Struct):
    selector: Annotated[str, msgspec.Meta(max_length=MAX_SELECTOR_CHARS)]
    clicks: _Spots = {}
    rage: _Spots = {}
    dead: _Spots = {}
    dwell: _Spots = {}


class _Band(msgspec.Struct):
    name: str
    visitors: Count
    fine: FineCounts
    elements: list[_Element]
    looks: LookCounts = LookCounts(ROW_PX)


class _Breakdown(msgspec.Struct, rename={"grid_size": "grid-size", "spot_px": "spot-px"}):
    start: Time
    end: Time
    page: Size | None
    partition: Count
    position: Count
    grid_size: GridSize
    spots: Annotated[int, msgspec.Meta(ge=1, le=SPOTS)]
    spot_px: Annotated[int, msgspec.Meta(ge=SPOT_PX)]
    bands: Annotated[list[_Band], msgspec.Meta(max_length=_ALL_BANDS)]


_grid_decoder = msgspec.msgpack.Decoder(_Grid)
_breakdown_decoder = msgspec.json.Decoder(_Breakdown)

T = TypeVar("T")


def of_status(page: str, status: Status, *, kafka_away: bool = False) -> Snapshot:
    """The status of the page with this key."""
    end = [] if status.end is None else [status.end]
    state = 1 if status.is_live else 2 if kafka_away else 0
    return Snapshot(STATUS, [state, status.time, *end], {0: page}, ())


def of_grid(record: bytes) -> Snapshot:
    """A grid, from its record.

    Raises:
        UnreadableRecord: it is not a valid grid.
    """
    grid = _decoded(_grid_decoder, record)
    return _of_grid(grid, grid.looks, _layers(grid.fine, grid.grid_size))


def of_top(record: bytes) -> Snapshot:
    """The top of a grid, TOP_ASPECT of its page's widths high, without looks.

    Without what stays at the window's bottom, too.

    Raises:
        UnreadableRecord: it is not a valid grid.
    """
    grid = _decoded(_grid_decoder, record)
    rows = math.ceil(TOP_ASPECT * grid.page.width / grid.fine.row) if grid.page else MAX_ROWS
    top = msgspec.structs.replace(grid.fine, bottom_moves=b"", bottom_clicks=b"")
    return _of_grid(grid, LookCounts(ROW_PX), _layers(top, grid.grid_size, rows))


def of_breakdown(record: bytes, band: str | None, names: Mapping[int, str]) -> Snapshot:
    """A breakdown, from its JSON, with the tiles of a band.

    Args:
        names: names of the snapshot before it; they keep their numbers.

    Raises:
        UnreadableRecord: it is not a valid breakdown.
    """
    breakdown = _decoded(_breakdown_decoder, record)
    numbers = _numbered({element.selector for band in breakdown.bands for element in band.elements}, names)
    spots: dict[int, int] = {}
    for i, each in enumerate(breakdown.bands):
        for element in each.elements:
            for j, kind in enumerate(KINDS):
                first = ((numbers[element.selector] * _ALL_BANDS + i) * len(KINDS) + j) * _SPOTS_A_BOX
                places: _Spots = getattr(element, kind)
                spots |= {
                    first + x * MAX_SPOT_ROWS + y: n for x, rows in places.items() for y, n in rows.items()
                }
    layers, row, requested_band, look_row = [spots], ROW_PX, 0, ROW_PX
    for i, each in enumerate(breakdown.bands):
        if each.name == band:
            layers += _layers(each.fine, breakdown.grid_size) + _look_layers(each.looks)
            row, requested_band, look_row = each.fine.row, i + 1, each.looks.row
    visitors = [each.visitors for each in breakdown.bands]
    return Snapshot(
        BREAKDOWN,
        [*_span(breakdown), breakdown.spots, breakdown.spot_px, row, requested_band, look_row, *visitors],
        {i: each.name for i, each in enumerate(breakdown.bands)} | {n: name for name, n in numbers.items()},
        layers,
    )


def _of_grid(grid: _Grid, looks: LookCounts, layers: list[dict[int, int]]) -> Snapshot:
    age = [] if grid.newest is None else [grid.end - grid.newest]
    numbers = [*_span(grid), grid.fine.row, grid.visitors, grid.totals.unplaced, looks.row, *age]
    return Snapshot(GRID, numbers, {}, [*layers, *_look_layers(looks)])


def _span(record: _Grid | _Breakdown) -> Sequence[int]:
    page = record.page
    size = (round(page.width), round(page.height)) if page else (0, 0)
    return record.end, record.end - record.start, record.position, record.partition, *size, record.grid_size


def _layers(fine: FineCounts, size: int, rows: int = MAX_ROWS) -> list[dict[int, int]]:
    """The layers of a grid of so many columns, as far as they are in the first rows."""
    try:
        columns = [cells(packed) for packed in fine.layers]
    except ValueError as error:
        raise UnreadableRecord(str(error)) from None
    if any(numbers.max(initial=0) >= MAX_ROWS * size for numbers, _ in columns):
        raise UnreadableRecord(f"a cell below row {MAX_ROWS}")
    ends = [int(numbers.searchsorted(rows * size)) for numbers, _ in columns]
    return [
        dict(zip(numbers[:end].tolist(), counts[:end].tolist(), strict=True))
        for end, (numbers, counts) in zip(ends, columns, strict=True)
    ]


def _look_layers(looks: LookCounts) -> list[dict[int, int]]:
    """Tops, bottoms, depths and folds: row → ms or page views. Empty if there are none."""
    if not any(looks.layers):
        return []
    return [dict(zip(rows, counts, strict=True)) for rows, counts in map(_read_rows, looks.layers)]


def _read_rows(packed: PackedCells) -> tuple[list[int], list[int]]:
    try:
        rows, counts = cells(packed)
    except ValueError as error:
        raise UnreadableRecord(str(error)) from None
    if rows.max(initial=0) >= MAX_ROWS:
        raise UnreadableRecord(f"a look below row {MAX_ROWS}")
    return rows.tolist(), counts.tolist()


def _numbered(selectors: Iterable[str], names: Mapping[int, str]) -> dict[str, int]:
    """Selector → number: the one it has already, else the lowest free one."""
    wanted = set(selectors)
    known = {name: n for n, name in names.items() if n >= _ALL_BANDS and name in wanted}
    taken = set(known.values())
    free = (n for n in count(_ALL_BANDS) if n not in taken)
    return known | dict(zip(sorted(wanted - known.keys()), free, strict=False))


def _decoded(decoder: msgspec.json.Decoder[T] | msgspec.msgpack.Decoder[T], record: bytes) -> T:
    try:
        return decoder.decode(record)
    except UNDECODABLE as error:
        raise UnreadableRecord(str(error)) from None
