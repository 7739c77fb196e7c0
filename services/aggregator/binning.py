"""Bins the events of many frames: numpy columns with the pane and cell of each event. Pure.

A numpy call costs as much as a few events counted one by one, and hardly more for a few thousand at once. So
frames are unpacked in Python as they arrive, while they are still in the processor's cache; their events are
converted to columns together.
"""

from array import array
from collections.abc import Iterator
from struct import pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pageheat.services.aggregator.grid import (
    LAYER_AT,
    LAYERS,
    ON_ELEMENTS,
    UNPLACED,
    CellNumbers,
    Integers,
    Reals,
)
from pageheat.services.aggregator.page import visit_of
from pageheat.services.contract.records import Event, Frame, Point, Size

MAX_RAW = 512
"""Limit of events not yet unpacked: so few are still in the processor's cache from decoding."""

_LAYER = dict.fromkeys(LAYERS, ON_ELEMENTS) | {"move": 0, "click": 1}
_UNKNOWN = Size(1, 1)


class EventBuffer:
    """Buffered frames, unpacked into columns.

    Attributes:
        keys, documents, bands, visits: per frame: page key, document size (None if unknown), width band,
            visit (None if the frame has no session).
        count: number of events.
    """

    def __init__(self, cells: CellNumbers) -> None:
        self.keys: list[str] = []
        self.documents: list[Size | None] = []
        self._viewports: list[Size | None] = []
        self.bands: list[int] = []
        self.visits: list[int | None] = []
        self.count = 0
        self._cells = cells
        self._received: list[int] = []
        self._lengths: list[int] = []
        self._corners: list[tuple[slice, Point]] = []  # rows whose coordinates are relative to that corner
        self._raw: list[Event] = []  # the newest events, not yet unpacked
        self._x, self._y, self._age = array("d"), array("d"), array("d")
        self._others: list[Event] = []  # all events but moves
        self._other_rows: list[int] = []  # their rows
        self._fixed_rows: list[int] = []  # rows of events on what does not scroll

    def add(self, frame: Frame) -> None:
        """Add a frame."""
        before, band = self.count, self._cells.bands.of(frame)
        self._raw += frame.events
        self.count += len(frame.events)
        self.keys.append(frame.key)
        self.documents.append(frame.page.document)
        self._viewports.append(frame.page.viewport)
        self.bands.append(band)
        self.visits.append(None if frame.session is None else visit_of(frame.session, band))
        self._received.append(frame.received)
        self._lengths.append(len(frame.events))
        if frame.origin == "first":
            self._corners.append((slice(before, self.count), frame.page.first))
        if len(self._raw) >= MAX_RAW:
            self._unpack()

    def rows(self, step_ms: int) -> tuple["Rows", list["ElementEvent"]]:
        """The events as columns, in panes of `step_ms`, and all events but moves. Call it only once."""
        self._unpack()
        x, y, age = np.frombuffer(self._x), np.frombuffer(self._y), np.frombuffer(self._age).astype(np.int64)
        for part, corner in self._corners:
            x[part] += corner.x
            y[part] += corner.y
        frame, at = np.repeat(np.arange(len(self.keys)), self._lengths), self._other_rows
        pane = (np.array(self._received, np.int64)[frame] - age) // step_ms
        layer = np.zeros(len(frame), np.int64)
        layer[at] = [_LAYER[event.type] for event in self._others]
        others = map(
            ElementEvent, frame[at].tolist(), pane[at].tolist(), self._others, x[at].tolist(), y[at].tolist()
        )
        return Rows(frame, pane, self._column_of_cells(frame, layer, x, y)), list(others)

    def _unpack(self) -> None:
        events, before = self._raw, len(self._x)
        self._raw = []
        # packing floats takes half the time of array's and numpy's conversions, and of packing integers
        self._x.frombytes(pack(f"{len(events)}d", *[event.x for event in events]))
        self._y.frombytes(pack(f"{len(events)}d", *[event.y for event in events]))
        self._age.frombytes(pack(f"{len(events)}d", *[event.age for event in events]))
        special = [row for row, event in enumerate(events) if event.fixed or event.type != "move"]
        others = [row for row in special if events[row].type != "move"]
        self._others += [events[row] for row in others]
        self._other_rows += [before + row for row in others]
        self._fixed_rows += [before + row for row in special if events[row].fixed]

    def _column_of_cells(self, frame: Integers, layer: Integers, x: Reals, y: Reals) -> Integers:
        bands = np.array(self.bands, np.int64)[frame]
        sizes = [document or _UNKNOWN for document in self.documents]
        widths, heights = np.array([size.width for size in sizes]), np.array([size.height for size in sizes])
        cell = self._cells.on_page(layer, bands, x / widths[frame], y, heights[frame])
        if self._fixed_rows:
            at = np.array(self._fixed_rows)
            viewports = [viewport or size for viewport, size in zip(self._viewports, sizes, strict=True)]
            widths, lengths = np.array([(size.width, size.height) for size in viewports])[frame[at]].T
            cell[at] = self._cells.on_viewport(
                layer[at], bands[at], x[at] / widths, y[at], lengths, heights[frame[at]]
            )
        if None in self.documents:
            unknown = np.array([document is None for document in self.documents])
            cell[unknown[frame]] = UNPLACED << LAYER_AT
        return cell


class ElementEvent(NamedTuple):
    """Any event but a move: its frame's index, its pane's number, and its page coordinates."""

    frame: int
    pane: int
    event: Event
    x: float
    y: float


class Rows:
    """One row per event, in order of arrival.

    Attributes:
        frame: index of its frame.
        pane: number of its pane: steps since the epoch.
        cell: number of its cell.
    """

    def __init__(self, frame: Integers, pane: Integers, cell: Integers) -> None:
        self.frame, self.pane, self.cell = frame, pane, cell

    def where(self, mask: NDArray[np.bool]) -> "Rows":
        """The rows selected by a mask."""
        return self if mask.all() else Rows(self.frame[mask], self.pane[mask], self.cell[mask])

    def last_panes(self, frames: int) -> list[int]:
        """For each of `frames` frames, the newest pane with an event of it, or -1."""
        last = np.full(frames, -1)
        np.maximum.at(last, self.frame, self.pane)
        panes: list[int] = last.tolist()
        return panes

    def panes(self) -> Iterator[tuple[int, int]]:
        """Pairs of frame index and pane with events; no pair repeats if a frame's events are in order."""
        begins = np.ones(len(self.frame), bool)
        begins[1:] = (self.frame[1:] != self.frame[:-1]) | (self.pane[1:] != self.pane[:-1])
        return zip(self.frame[begins].tolist(), self.pane[begins].tolist(), strict=True)
