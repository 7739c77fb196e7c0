"""Recounts a page by brute force from the records of its partition.

Deliberately unlike the aggregator: no panes, no running state. All events of a page are in one flat table.
Each grid is counted from scratch: the events before its `position` with event time in [`start`, `end`).
"""

import json
import math
import struct
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.records import MAX_FIXED_ROWS, MAX_ROWS, ROW_PX
from pageheat.verification.fine_recount import ANCHORS, BOTTOM, PAGE, TOP, fine_differences, recounted_fine
from pageheat.verification.look_recount import LookLog, Looks, SeenLook, read_looks
from pageheat.verification.spots import spot_of

TYPES = {type_: number for number, type_ in enumerate(("move", "click", "rage", "dead", "dwell"))}
MOVE, CLICK = TYPES["move"], TYPES["click"]

NOWHERE = -1
"""Marks an event without a place, session or element."""

THE_PAGE = 0
"""Number of the pseudo-element for events without an element: the page."""

MAX_GRID_CELLS = 40_000
"""Fine cells of a grid, beyond which its rows are merged."""

Json = dict[str, Any]
Events = NDArray[np.void]
"""Rows of `EVENT`."""

EVENT = np.dtype(
    [
        ("offset", "<i8"),
        ("time_ms", "<i8"),
        ("width", "<f8"),  # px, selects the band; nan if unknown
        ("height", "<f8"),  # of the document, px; nan if unknown
        ("session", "<i4"),
        ("anchor", "<i4"),  # index in ANCHORS: what its row counts from
        ("row", "<i4"),  # of ROW_PX
        ("column", "<i4"),  # of the tutorial's grid
        ("tile", "<i4"),  # row of the tutorial's grid on a document of its own height
        ("element", "<i4"),
        ("spot_column", "<i4"),
        ("spot_row", "<i4"),
        ("type", "<i4"),
    ]
)
_row = struct.Struct("<qqdd9i")


def parse(value: bytes | str | None) -> Json | None:
    """Parse a JSON object; None if the value is not one."""
    try:
        parsed = json.loads(value) if value is not None else None
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def tile(position: float, length: float, parts: int) -> int:
    """Which of `parts` equal parts of a length has a position; positions outside are in the outermost."""
    return max(0, min(parts - 1, math.floor(parts * (position / length))))


def page_key(site: str, path: str) -> str:
    """A page's key: its path with one leading slash, after `//site` unless the site is the default."""
    only_slash = "/" + path.lstrip("/")
    return "//" + site + only_slash if site else only_slash


class SeenTarget(NamedTuple):
    """An event's element: a selector, a position as fractions of its box, and the box's size (0: unknown)."""

    selector: str
    x: float
    y: float
    width: float = 0
    height: float = 0


class SeenEvent(NamedTuple):
    """An event in page coordinates; those of a `fixed` one are in the viewport."""

    time_ms: int
    type: int
    x: float
    y: float
    target: SeenTarget | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """The relevant parts of a record: sizes of document and viewport, the width that selects the band,
    session, events, and whether a robot sent them; number of the session's page view, and looks."""

    document: tuple[float, float] | None
    width: float | None
    session: str | None
    events: list[SeenEvent]
    robot: bool = False
    viewport: tuple[float, float] | None = None
    view: int = 0
    looks: list[SeenLook] = field(default_factory=list)


def read_frame(value: bytes | None) -> SeenFrame | None:
    """Parse a clickstream record; None if it is not a frame."""
    frame = parse(value)
    if frame is None:
        return None
    try:
        page = frame["page"]
        document, viewport = page.get("document"), page.get("viewport")
        from_first = frame.get("origin") == "first"
        corner = page.get("first", {}) if from_first else {}
        band_size = None if from_first else viewport or document
        return SeenFrame(
            (document["width"], document["height"]) if document else None,
            band_size["width"] if band_size else None,
            frame.get("session"),
            [
                *_moves(frame.get("moves", ""), frame["received"], fixed=False),
                *_moves(frame.get("fixed_moves", ""), frame["received"], fixed=True),
                *(_event(event, frame["received"], corner) for event in frame.get("events", [])),
            ],
            frame.get("robot", False) is True,
            (viewport["width"], viewport["height"]) if viewport else None,
            frame.get("view", 0),
            list(read_looks(frame.get("looks", ""), frame["received"])),
        )
    except (KeyError, TypeError, AttributeError, ValueError, struct.error):
        return None


def _moves(packed: str, received: int, *, fixed: bool) -> Iterator[SeenEvent]:
    """Moves that a frame has as base64: x, y and age of each, four bytes a number, the lowest first.

    Raises:
        ValueError, struct.error: it has another form.
    """
    for x, y, age in struct.iter_unpack("<3i", b64decode(packed, validate=True)):
        yield SeenEvent(received - age, MOVE, x, y, None, fixed)


def _event(event: Json, received: int, corner: Json) -> SeenEvent:
    target = event.get("target")
    return SeenEvent(
        received - event.get("age", 0),
        TYPES[event["type"]],
        event["x"] + corner.get("x", 0),
        event["y"] + corner.get("y", 0),
        SeenTarget(**target) if target else None,
        event.get("fixed", False),
    )


class PageLog:
    """The events of one page and the looks at it, in the order of its partition.

    Uses 68 bytes per event.
    """

    def __init__(self, grid_size: int) -> None:
        self.grid_size = grid_size
        self.sizes: set[tuple[float, float]] = set()
        self.selectors = [""]
        self.looks = LookLog()
        self._rows = bytearray()
        self._elements = {"": THE_PAGE}
        self._sessions: dict[str, int] = {}
        self._tombstones: list[int] = []

    def __len__(self) -> int:
        return len(self._rows) // _row.size + len(self.looks.all())

    def add(self, offset: int, frame: SeenFrame) -> None:
        """Append a record's events and looks; offsets must increase."""
        session, width = NOWHERE, math.nan if frame.width is None else frame.width
        if frame.session is not None:
            session = self._sessions.setdefault(frame.session, len(self._sessions))
        height = math.nan
        if frame.document:
            self.sizes.add(frame.document)
            height = frame.document[1]
        document_px = frame.document[1] if frame.document else None
        for look in frame.looks:
            view = session, frame.view
            self.looks.add(offset, look, view=view, width=frame.width, document_px=document_px)
        for event in frame.events:
            place = _place(event, frame, self.grid_size)
            spot = self._spot(event, frame.document)
            self._rows += _row.pack(offset, event.time_ms, width, height, session, *place, *spot, event.type)

    def forget(self, offset: int) -> None:
        """Note the page's tombstone: grids beyond it count no event before it."""
        self._tombstones.append(offset)

    def counted(self, start_ms: int, end_ms: int, position: int) -> Events:
        """The events before offset `position` with event time in [`start_ms`, `end_ms`)."""
        return self._in_window(np.frombuffer(self._rows, EVENT), start_ms, end_ms, position)

    def seen(self, start_ms: int, end_ms: int, position: int) -> Looks:
        """The looks before offset `position` that ended in [`start_ms`, `end_ms`)."""
        return self._in_window(self.looks.all(), start_ms, end_ms, position)

    def _in_window(
        self, rows: NDArray[np.void], start_ms: int, end_ms: int, position: int
    ) -> NDArray[np.void]:
        time_ms, offset = rows["time_ms"], rows["offset"]
        forgotten = max((tombstone for tombstone in self._tombstones if tombstone < position), default=-1)
        in_log = (forgotten < offset) & (offset < position)
        return rows[in_log & (start_ms <= time_ms) & (time_ms < end_ms)]

    def first_waiting(self, start_ms: int, end_ms: int, position: int) -> int | None:
        """Offset of the first event or look in [`start_ms`, `end_ms`) that a grid at `position` misses."""
        found = []
        for rows in (np.frombuffer(self._rows, EVENT), self.looks.all()):
            time_ms, offset = rows["time_ms"], rows["offset"]
            found += offset[(offset >= position) & (start_ms <= time_ms) & (time_ms < end_ms)].tolist()
        return min(found, default=None)

    def _spot(self, event: SeenEvent, document: tuple[float, float] | None) -> tuple[int, int, int]:
        """Number of the element, and column and row of the spot on it; moves have none."""
        if event.type == MOVE or (event.target is None and document is None):
            return NOWHERE, NOWHERE, NOWHERE
        if event.target is None:
            assert document  # noqa: S101
            width, height = document
            return THE_PAGE, *spot_of(event.x / width, event.y / height, width, height)
        selector, *place = event.target
        element = self._elements.setdefault(selector, len(self._elements))
        if element == len(self.selectors):
            self.selectors.append(selector)
        return element, *spot_of(*place)


def _place(event: SeenEvent, frame: SeenFrame, parts: int) -> tuple[int, int, int, int]:
    """An event's anchor, row, column and tile."""
    if frame.document is None:
        return NOWHERE, NOWHERE, NOWHERE, NOWHERE
    width, height = frame.document
    tile_ = tile(event.y, height, parts)
    if not event.fixed:
        last = min(math.ceil(height / ROW_PX), MAX_ROWS) - 1
        return PAGE, max(0, min(last, math.floor(event.y / ROW_PX))), tile(event.x, width, parts), tile_
    seen_width, seen_height = frame.viewport or frame.document
    anchor, from_edge = TOP, event.y
    if event.y >= seen_height / 2:
        anchor, from_edge = BOTTOM, seen_height - event.y
    row = max(0, min(MAX_FIXED_ROWS - 1, math.floor(from_edge / ROW_PX)))
    return anchor, row, tile(event.x, seen_width, parts), tile_


@dataclass(frozen=True)
class RecountedHeat:
    """A grid's expected counts. `moves` and `clicks` have shape (columns, rows)."""

    moves: NDArray[np.int64]
    clicks: NDArray[np.int64]
    unplaced: int
    visitors: int
    newest_ms: int | None

    @classmethod
    def of(cls, events: Events, looks: Looks, grid_size: int, page: Json | None) -> "RecountedHeat":
        """Count these events and looks on a page whose newest size is `page`."""
        placed = events[events["anchor"] != NOWHERE]
        rows = placed["tile"].copy()
        if page and len(np.unique(placed["height"])) > 1:
            # The heights differ: the middle of each row, on the newest height. Fixed events keep their tiles.
            scrolls = placed["anchor"] == ANCHORS.index("")
            middles = (placed["row"][scrolls] * ROW_PX + ROW_PX / 2).tolist()
            rows[scrolls] = [tile(middle, page["height"], grid_size) for middle in middles]
        sessions = np.concatenate((events["session"], looks["session"]))
        times_ms = np.concatenate((events["time_ms"], looks["time_ms"]))
        is_move, is_click = placed["type"] == MOVE, placed["type"] == CLICK
        return cls(
            moves=_layer(placed["column"][is_move], rows[is_move], grid_size),
            clicks=_layer(placed["column"][is_click], rows[is_click], grid_size),
            unplaced=len(events) - len(placed),
            visitors=len(np.unique(sessions[sessions != NOWHERE])),
            newest_ms=int(times_ms.max()) if len(times_ms) else None,
        )


def _layer(columns: NDArray[np.int32], rows: NDArray[np.int32], grid_size: int) -> NDArray[np.int64]:
    layer = np.zeros((grid_size, grid_size), np.int64)
    np.add.at(layer, (columns, rows), 1)
    return layer


def read_cells(cells: Json, parts: int) -> NDArray[np.int64]:
    """Convert counts `{"<x>": {"<y>": n}}` to an array of shape (`parts`, `parts`): columns, rows.

    Raises:
        ValueError: a cell is outside, or its count is not a positive integer.
    """
    layer = np.zeros((parts, parts), dtype=np.int64)
    for column, rows in cells.items():
        for row, count in rows.items():
            x, y = int(column), int(row)
            if not (0 <= x < parts and 0 <= y < parts and type(count) is int and count > 0):
                raise ValueError(f"tile ({column}, {row}) has {count!r} on a grid of {parts}")
            layer[x, y] = count
    return layer


def layer_differences(name: str, cells: Json, expected: NDArray[np.int64]) -> Iterator[str]:
    """Each tile of a layer whose count is not the expected one."""
    try:
        got = read_cells(cells, len(expected))
    except (ValueError, AttributeError) as error:
        yield f"{name}: {error}"
        return
    for column, row in np.argwhere(got != expected):
        yield f"{name} of tile ({column}, {row}): expected {expected[column, row]}, got {got[column, row]}"


def differences(grid: Json, log: PageLog, newest_to_ms: int) -> Iterator[str]:
    """Differences between a grid and the recount, as `what: expected …, got …`.

    `newest` may be rounded down to a multiple of `newest_to_ms`.
    """
    events = log.counted(grid["start"], grid["end"], grid["position"])
    looks = log.seen(grid["start"], grid["end"], grid["position"])
    heat = RecountedHeat.of(events, looks, log.grid_size, grid["page"])
    totals = {"moves": int(heat.moves.sum()), "clicks": int(heat.clicks.sum()), "unplaced": heat.unplaced}
    if grid["totals"] != totals:
        yield f"totals: expected {totals}, got {grid['totals']}"
    yield from layer_differences("value", grid["value"], heat.moves)
    yield from layer_differences("clicks", grid["clicks"], heat.clicks)
    fine, row_px = recounted_fine(events, log.grid_size, MAX_GRID_CELLS)
    yield from fine_differences("fine", grid["fine"], log.grid_size, fine[0], row_px)
    if grid["visitors"] != heat.visitors:
        yield f"visitors: expected {heat.visitors}, got {grid['visitors']}"
    newest = heat.newest_ms
    if newest is not None:
        newest -= newest % newest_to_ms
    if grid["newest"] != newest:
        yield f"newest: expected {newest}, got {grid['newest']}"
    yield from _page_differences(grid["page"], log, is_known=heat.unplaced < len(events))


def _page_differences(page: Json | None, log: PageLog, *, is_known: bool) -> Iterator[str]:
    """`is_known`: the window's events include a size; otherwise it may be from earlier events."""
    size = (page.get("width"), page.get("height")) if page else None
    if is_known and size not in log.sizes:
        yield f"page: {f'{size[0]}x{size[1]}' if size else None} is not a visitor's document size"
