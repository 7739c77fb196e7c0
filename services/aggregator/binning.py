"""Bins the events of many frames: numpy columns with the pane and cell of each event. Pure.

A numpy call costs as much as a few events counted one by one, and hardly more for a few thousand at once. So
the moves of many frames are joined as bytes, and become columns together; all other events are few.
"""

from collections.abc import Iterator
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
from pageheat.services.aggregator.looks import LookBuffer
from pageheat.services.aggregator.page import visit_of
from pageheat.services.contract import packed_rows
from pageheat.services.contract.records import MOVE_BYTES, Event, Frame, Point, Size

_LAYER = dict.fromkeys(LAYERS, ON_ELEMENTS) | {"move": 0, "click": 1}
_UNKNOWN = Size(1, 1)


class EventBuffer:
    """Buffered frames.

    Attributes:
        keys, documents, bands, visits: per frame: page key, document size (None if unknown), width band,
            visit (None if the frame has no session).
        looks: those of all frames.
        count: number of events and looks.
    """

    def __init__(self, cells: CellNumbers) -> None:
        self.keys: list[str] = []
        self.documents: list[Size | None] = []
        self._viewports: list[Size | None] = []
        self.bands: list[int] = []
        self.visits: list[int | None] = []
        self.looks = LookBuffer()
        self.count = 0
        self._cells = cells
        self._received: list[int] = []
        self._moves: list[bytes] = []
        self._fixed_moves: list[bytes] = []
        self._events: list[Event] = []  # the tutorial's moves, and all events but moves
        self._lengths: list[int] = []  # of each frame's part of them
        self._corners: list[tuple[slice, Point]] = []  # parts of them that are relative to that corner

    def add(self, frame: Frame) -> None:
        """Add a frame."""
        before, band = len(self._events), self._cells.bands.of(frame)
        self._moves.append(frame.moves)
        self._fixed_moves.append(frame.fixed_moves)
        self._events += frame.events
        self._lengths.append(len(frame.events))
        self.count += frame.event_count + frame.look_count
        self.looks.add(len(self.keys), frame, band)
        self.keys.append(frame.key)
        self.documents.append(frame.page.document)
        self._viewports.append(frame.page.viewport)
        self.bands.append(band)
        self.visits.append(None if frame.session is None else visit_of(frame.session, band))
        self._received.append(frame.received)
        if frame.origin == "first":
            self._corners.append((slice(before, len(self._events)), frame.page.first))

    def rows(self, step_ms: int) -> tuple["Rows", list["ElementEvent"]]:
        """The events as columns, in panes of `step_ms`, and all events but moves. Call it only once."""
        moves, fixed_moves = _joined(self._moves), _joined(self._fixed_moves)
        events = np.array([(event.x, event.y, event.age) for event in self._events]).reshape(-1, 3)
        for part, corner in self._corners:
            events[part, :2] += corner.x, corner.y
        columns = np.concatenate((moves, fixed_moves, events))
        x, y, age = columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64)
        frame = np.concatenate(
            (
                _frames([len(packed) // MOVE_BYTES for packed in self._moves]),
                _frames([len(packed) // MOVE_BYTES for packed in self._fixed_moves]),
                _frames(self._lengths),
            )
        )
        before = len(moves) + len(fixed_moves)
        others = [(at, event) for at, event in enumerate(self._events, before) if event.type != "move"]
        at = [row for row, _ in others]
        fixed = [*range(len(moves), before)]
        fixed += [row for row, event in enumerate(self._events, before) if event.fixed]
        pane = (np.array(self._received, np.int64)[frame] - age) // step_ms
        layer = np.zeros(len(frame), np.int64)
        layer[at] = [_LAYER[event.type] for _, event in others]
        cells = self._column_of_cells(frame, layer, x, y, np.array(fixed, np.int64))
        on_elements = map(
            ElementEvent,
            frame[at].tolist(),
            pane[at].tolist(),
            [event for _, event in others],
            x[at].tolist(),
            y[at].tolist(),
        )
        return Rows(frame, pane, cells), list(on_elements)

    def _column_of_cells(
        self, frame: Integers, layer: Integers, x: Reals, y: Reals, fixed: Integers
    ) -> Integers:
        bands = np.array(self.bands, np.int64)[frame]
        sizes = [document or _UNKNOWN for document in self.documents]
        widths, heights = np.array([size.width for size in sizes]), np.array([size.height for size in sizes])
        cell = self._cells.on_page(layer, bands, x / widths[frame], y, heights[frame])
        if len(fixed):
            viewports = [viewport or size for viewport, size in zip(self._viewports, sizes, strict=True)]
            widths, lengths = np.array([(size.width, size.height) for size in viewports])[frame[fixed]].T
            cell[fixed] = self._cells.on_viewport(
                *(layer[fixed], bands[fixed], x[fixed] / widths, y[fixed], lengths, heights[frame[fixed]])
            )
        if None in self.documents:
            unknown = np.array([document is None for document in self.documents])
            cell[unknown[frame]] = UNPLACED << LAYER_AT
        return cell


def _joined(packed: list[bytes]) -> Reals:
    """The moves of many frames: x, y and age of each."""
    return packed_rows.moves(b"".join(packed)).astype(np.float64)


def _frames(lengths: list[int]) -> Integers:
    """The index of each event's frame, from the number of events of each frame."""
    return np.repeat(np.arange(len(lengths)), lengths)


class ElementEvent(NamedTuple):
    """Any event but a move: its frame's index, its pane's number, and its page coordinates."""

    frame: int
    pane: int
    event: Event
    x: float
    y: float


class Rows:
    """One row per event: of all frames, in order of arrival, packed moves, then fixed ones, then all others.

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
        """Pairs of frame index and pane with events; few repeat, as a frame's moves are in order."""
        begins = np.ones(len(self.frame), bool)
        begins[1:] = (self.frame[1:] != self.frame[:-1]) | (self.pane[1:] != self.pane[:-1])
        return zip(self.frame[begins].tolist(), self.pane[begins].tolist(), strict=True)
