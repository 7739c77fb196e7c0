"""Grids, breakdowns and statuses as snapshots, which `delta.py` encodes. Pure.

| kind | numbers | names | layers |
| --- | --- | --- | --- |
| status | 1 if live, else 0; `time`; `end` unless it is null | 0: the page's key | |
| grid | SPAN; `row`; `visitors`; `unplaced`; `end` − `newest` unless it is null | | FINE |
| breakdown | SPAN; `spots`; `spot-px`; `row`; BAND; visitors of each band | bands from 0, elements from 8 | \
spots; FINE of the requested band |

SPAN is `end`, `end` − `start`, `position`, `partition`, the page's width and height in whole px (0 if
unknown), `grid-size`. BAND is 1 + the number of the requested band, 0 for none. FINE is the six layers of
`fine`: moves, clicks, top-moves, top-clicks, bottom-moves, bottom-clicks, in rows of `row` px; a cell is
row · grid-size + column. A spot's cell is ((element · 8 + band) · 4 + kind) · 2²² + column · 2¹³ + row, where
element and band are the numbers of their names and kind is the index in KINDS.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Annotated, TypeVar

import msgspec

from pageheat.services.broadcaster.delta import BREAKDOWN, GRID, STATUS, Snapshot
from pageheat.services.broadcaster.warm import Status
from pageheat.services.contract.bands import MAX_BANDS
from pageheat.services.contract.records import (
    MAX_SELECTOR_BYTES,
    SPOTS,
    UNDECODABLE,
    Count,
    GridSummary,
    Size,
    Time,
    UnreadableRecord,
)

MAX_GRID_SIZE = 200
"""The maximum of GRID_SIZE."""

KINDS = ("clicks", "rage", "dead", "rests")

_ALL_BANDS = MAX_BANDS + 1  # those of the settings, and "unknown"

_GridSize = Annotated[int, msgspec.Meta(ge=1, le=MAX_GRID_SIZE)]
_Some = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
_Tile = Annotated[int, msgspec.Meta(ge=0, lt=MAX_GRID_SIZE)]
_Spot = Annotated[int, msgspec.Meta(ge=0, lt=SPOTS)]
_Tiles = dict[_Tile, dict[_Tile, _Some]]
_Spots = dict[_Spot, dict[_Spot, _Some]]


class _Grid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    value: _Tiles
    clicks: _Tiles
    grid_size: _GridSize


class _Element(msgspec.Struct):
    selector: Annotated[str, msgspec.Meta(max_length=MAX_SELECTOR_BYTES)]
    clicks: _Spots = {}
    rage: _Spots = {}
    dead: _Spots = {}
    rests: _Spots = {}


class _Band(msgspec.Struct):
    name: str
    visitors: Count
    value: _Tiles
    clicks: _Tiles
    elements: list[_Element]


class _Breakdown(msgspec.Struct, rename={"grid_size": "grid-size"}):
    start: Time
    end: Time
    page: Size | None
    partition: Count
    position: Count
    grid_size: _GridSize
    spots: Annotated[int, msgspec.Meta(ge=1, le=SPOTS)]
    bands: Annotated[list[_Band], msgspec.Meta(max_length=_ALL_BANDS)]


_grid_decoder = msgspec.json.Decoder(_Grid)
_breakdown_decoder = msgspec.json.Decoder(_Breakdown)

T = TypeVar("T")


def of_status(page: str, status: Status) -> Snapshot:
    """The status of the page with this key."""
    end = [] if status.end is None else [status.end]
    return Snapshot(STATUS, [int(status.is_live), status.time, *end], {0: page}, ())


def of_grid(record: bytes) -> Snapshot:
    """A grid, from its JSON.

    Raises:
        UnreadableRecord: it is not a valid grid.
    """
    grid = _decoded(_grid_decoder, record)
    age = [] if grid.newest is None else [grid.end - grid.newest]
    return Snapshot(
        GRID,
        [*_span(grid), grid.visitors, grid.totals.unplaced, *age],
        {},
        [_tiles(grid.value, grid.grid_size), _tiles(grid.clicks, grid.grid_size)],
    )


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
                first = ((numbers[element.selector] * _ALL_BANDS + i) * len(KINDS) + j) * SPOTS * SPOTS
                cells: _Spots = getattr(element, kind)
                spots |= {first + x * SPOTS + y: n for x, rows in cells.items() for y, n in rows.items()}
    layers, requested_band = [spots], 0
    for i, each in enumerate(breakdown.bands):
        if each.name == band:
            layers += [_tiles(each.value, breakdown.grid_size), _tiles(each.clicks, breakdown.grid_size)]
            requested_band = i + 1
    return Snapshot(
        BREAKDOWN,
        [*_span(breakdown), breakdown.spots, requested_band, *(each.visitors for each in breakdown.bands)],
        {i: each.name for i, each in enumerate(breakdown.bands)} | {n: name for name, n in numbers.items()},
        layers,
    )


def _span(record: _Grid | _Breakdown) -> Sequence[int]:
    page = record.page
    size = (round(page.width), round(page.height)) if page else (0, 0)
    return record.end, record.end - record.start, record.position, record.partition, *size, record.grid_size


def _tiles(cells: _Tiles, size: int) -> dict[int, int]:
    if any(x >= size or max(rows, default=0) >= size for x, rows in cells.items()):
        raise UnreadableRecord(f"a tile outside a grid of {size}")
    return {x * size + y: n for x, rows in cells.items() for y, n in rows.items()}


def _numbered(selectors: Iterable[str], names: Mapping[int, str]) -> dict[str, int]:
    """Selector → number: the one it has already, else the lowest free one."""
    wanted = set(selectors)
    known = {name: n for n, name in names.items() if n >= _ALL_BANDS and name in wanted}
    taken = set(known.values())
    free = (n for n in count(_ALL_BANDS) if n not in taken)
    return known | dict(zip(sorted(wanted - known.keys()), free, strict=False))


def _decoded(decoder: msgspec.json.Decoder[T], record: bytes) -> T:
    try:
        return decoder.decode(record)
    except UNDECODABLE as error:
        raise UnreadableRecord(str(error)) from None
