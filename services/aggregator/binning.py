"""The events of many frames as columns: in which pane and on which cell each falls. Pure.

A call of numpy's costs as much as some events do one by one, and hardly more for a few thousand at once.
"""

from collections.abc import Iterator, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from services.aggregator.grid import LAYERS, CellNumbers
from services.contract.records import Event, Frame, Size

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

_LAYER = {type_: layer for layer, type_ in enumerate(LAYERS)}
_UNKNOWN = Size(1, 1)


class Batch:
    """Frames, and a row for each of their events, in the order in which they came.

    Attributes:
        frames: the frames.
        bands: the width band of each.
        events: the events of all.
        frame: for each event the index of its frame.
        pane: the number of its pane: steps since the epoch.
        layer: the index of its type in LAYERS.
        x, y: its page coordinates, px.
        cell: the number of its cell.
    """

    def __init__(self, frames: Sequence[Frame], step_ms: int, cells: CellNumbers) -> None:
        self.frames = frames
        self.bands = [cells.bands.of(frame) for frame in frames]
        self.events: list[Event] = [event for frame in frames for event in frame.events]
        self.frame: Integers = np.repeat(np.arange(len(frames)), [len(frame.events) for frame in frames])
        received = _integers([frame.received for frame in frames])[self.frame]
        self.pane: Integers = (received - _integers([event.age for event in self.events])) // step_ms
        self.layer: Integers = np.zeros(len(self.events), np.int64)
        for row, event in enumerate(self.events):
            if event.type != "move":
                self.layer[row] = _LAYER[event.type]
        self.x = _reals([event.x for event in self.events])
        self.y = _reals([event.y for event in self.events])
        for index, frame in enumerate(frames):
            if frame.origin == "first":
                own = self.frame == index
                self.x[own] += frame.page.first.x
                self.y[own] += frame.page.first.y
        self.cell = self._cells(cells)

    def keep(self, wanted: NDArray[np.bool]) -> None:
        """Forget the events of all other rows."""
        self.events = [*compress(self.events, wanted.tolist())]
        self.frame, self.pane = self.frame[wanted], self.pane[wanted]
        self.layer, self.cell = self.layer[wanted], self.cell[wanted]
        self.x, self.y = self.x[wanted], self.y[wanted]

    def others(self) -> list[int]:
        """Rows of the events that are more than a move."""
        rows: list[int] = np.flatnonzero(self.layer).tolist()
        return rows

    def last_before(self, end: int) -> list[int]:
        """Of each frame its newest pane before `end`, or -1."""
        last = np.full(len(self.frames), -1)
        before = self.pane < end
        np.maximum.at(last, self.frame[before], self.pane[before])
        panes: list[int] = last.tolist()
        return panes

    def panes_from(self, end: int) -> Iterator[tuple[int, int]]:
        """Indices of frames that have events from pane `end` on, each with the number of such a pane."""
        rows = self.pane >= end
        frame, pane = self.frame[rows], self.pane[rows]
        begins = np.ones(len(frame), bool)
        begins[1:] = (frame[1:] != frame[:-1]) | (pane[1:] != pane[:-1])
        return zip(frame[begins].tolist(), pane[begins].tolist(), strict=True)

    def _cells(self, cells: CellNumbers) -> Integers:
        documents = [frame.page.document or _UNKNOWN for frame in self.frames]
        cell = cells.of(
            self.layer,
            _integers(self.bands)[self.frame],
            self.x / _reals([size.width for size in documents])[self.frame],
            self.y / _reals([size.height for size in documents])[self.frame],
        )
        unknown = [size is _UNKNOWN for size in documents]
        if any(unknown):
            cell[np.array(unknown)[self.frame]] = cells.unplaced
        return cell


def _integers(values: Sequence[int]) -> Integers:
    return np.fromiter(values, np.int64, len(values))


def _reals(values: Sequence[float]) -> Reals:
    return np.fromiter(values, np.float64, len(values))
