"""A page counted again, by brute force, from the records of its partition.

Deliberately unlike the aggregator: no panes, no running state. All events of a page lie in flat arrays,
and each grid is counted from nothing: those before its `position` with event time in [`start`, `end`).
"""

import json
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

MOVE, CLICK = 0, 1
TYPES = {"move": MOVE, "click": CLICK}

Json = dict[str, Any]


def parse(value: bytes | str | None) -> Json | None:
    """A JSON object, or None where the bytes are none."""
    try:
        parsed = json.loads(value) if value is not None else None
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def tile(position_px: float, length_px: float, grid_size: int) -> int:
    """Column (or row) of a page coordinate on a grid of `grid_size` tiles along `length_px`."""
    return max(0, min(grid_size - 1, math.floor(grid_size * (position_px / length_px))))


def page_key(site: str, path: str) -> str:
    """The key of a page: its path with one leading slash, behind `//site` unless that is the default."""
    only_slash = "/" + path.lstrip("/")
    return "//" + site + only_slash if site else only_slash


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """What counts of a record: the document's size, the session, and events as (time in ms, type, x, y)."""

    width: float
    height: float
    session: str
    events: list[tuple[int, int, float, float]]


def read_frame(value: bytes | None) -> SeenFrame | None:
    """A clickstream record's frame, or None where the bytes are none."""
    frame = parse(value)
    if frame is None:
        return None
    try:
        document = frame["page"]["document"]
        return SeenFrame(
            document["width"],
            document["height"],
            frame["session"],
            [
                (frame["received"] - event.get("age", 0), TYPES[event["type"]], event["x"], event["y"])
                for event in frame["events"]
            ],
        )
    except (KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True)
class Heat:
    """What a grid should say. `moves` and `clicks` have shape (columns, rows)."""

    moves: NDArray[np.int64]
    clicks: NDArray[np.int64]
    visitors: int
    newest_ms: int | None


class PageLog:
    """The events of one page, in the order of its partition of `clickstream-group-by-page`.

    Takes 29 bytes an event.
    """

    def __init__(self, grid_size: int) -> None:
        self.grid_size = grid_size
        self.sizes: set[tuple[float, float]] = set()
        self._offset = array("q")
        self._time_ms = array("q")
        self._tile = array("i")
        self._session = array("i")
        self._type = array("b")
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._offset)

    def add(self, offset: int, frame: SeenFrame) -> None:
        """Append a record's events; offsets must rise."""
        self.sizes.add((frame.width, frame.height))
        session = self._numbers.setdefault(frame.session, len(self._numbers))
        for time_ms, type_, x, y in frame.events:
            column = tile(x, frame.width, self.grid_size)
            row = tile(y, frame.height, self.grid_size)
            self._offset.append(offset)
            self._time_ms.append(time_ms)
            self._tile.append(column * self.grid_size + row)
            self._session.append(session)
            self._type.append(type_)

    def recount(self, start_ms: int, end_ms: int, position: int) -> Heat:
        """Count the events before offset `position` with event time in [`start_ms`, `end_ms`)."""
        time_ms = np.array(self._time_ms)
        counted = (np.array(self._offset) < position) & (start_ms <= time_ms) & (time_ms < end_ms)
        tiles, types = np.array(self._tile)[counted], np.array(self._type)[counted]
        return Heat(
            moves=self._layer(tiles[types == MOVE]),
            clicks=self._layer(tiles[types == CLICK]),
            visitors=len(np.unique(np.array(self._session)[counted])),
            newest_ms=int(time_ms[counted].max()) if counted.any() else None,
        )

    def first_waiting(self, start_ms: int, end_ms: int, position: int) -> int | None:
        """Offset of the first event in [`start_ms`, `end_ms`) that a grid at `position` leaves out."""
        time_ms, offset = np.array(self._time_ms), np.array(self._offset)
        waiting = (offset >= position) & (start_ms <= time_ms) & (time_ms < end_ms)
        return int(offset[waiting].min()) if waiting.any() else None

    def _layer(self, tiles: NDArray[np.int32]) -> NDArray[np.int64]:
        shape = (self.grid_size, self.grid_size)
        counts = np.bincount(tiles, minlength=self.grid_size**2).reshape(shape)
        return cast("NDArray[np.int64]", counts)


def read_cells(cells: Json, grid_size: int) -> NDArray[np.int64]:
    """A layer of a grid, `{"<x>": {"<y>": n}}`, as an array of shape (columns, rows).

    Raises:
        ValueError: a cell is outside the grid, or its count is no positive integer.
    """
    layer = np.zeros((grid_size, grid_size), dtype=np.int64)
    for column, rows in cells.items():
        for row, count in rows.items():
            x, y = int(column), int(row)
            if not (0 <= x < grid_size and 0 <= y < grid_size and type(count) is int and count > 0):
                raise ValueError(f"tile ({column}, {row}) has {count!r} on a grid of {grid_size}")
            layer[x, y] = count
    return layer


def differences(grid: Json, log: PageLog, newest_to_ms: int) -> Iterator[str]:
    """What a grid says that the recount does not, as `what: expected …, got …`.

    `newest` may be rounded down to a multiple of `newest_to_ms`.
    """
    heat = log.recount(grid["start"], grid["end"], grid["position"])
    totals = {"moves": int(heat.moves.sum()), "clicks": int(heat.clicks.sum())}
    if grid["totals"] != totals:
        yield f"totals: expected {totals}, got {grid['totals']}"
    for name, expected in (("value", heat.moves), ("clicks", heat.clicks)):
        try:
            got = read_cells(grid[name], log.grid_size)
        except (ValueError, AttributeError) as error:
            yield f"{name}: {error}"
            continue
        for column, row in np.argwhere(got != expected):
            yield (
                f"{name} of tile ({column}, {row}): expected {expected[column, row]}, got {got[column, row]}"
            )
    if grid["visitors"] != heat.visitors:
        yield f"visitors: expected {heat.visitors}, got {grid['visitors']}"
    newest = heat.newest_ms
    if newest is not None:
        newest -= newest % newest_to_ms
    if grid["newest"] != newest:
        yield f"newest: expected {newest}, got {grid['newest']}"
    size = (grid["page"].get("width"), grid["page"].get("height"))
    if heat.newest_ms is not None and size not in log.sizes:
        yield f"page: {size[0]}x{size[1]} is no visitor's document"
