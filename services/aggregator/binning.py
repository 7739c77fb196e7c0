"""The events of many frames as columns: in which pane and on which cell each falls. Pure.

A call of numpy's costs as much as some events do one by one, and hardly more for a few thousand at once. So
frames are taken apart as they come, in Python, while what was decoded is at hand; their events become columns
together.
"""

from array import array
from collections.abc import Iterator
from struct import pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pageheat.services.aggregator.grid import LAYERS, CellNumbers
from pageheat.services.aggregator.page import visit_of
from pageheat.services.contract.records import Event, Frame, Point, Size

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

MAX_WHOLE = 512
"""Events that are not yet taken apart: so few are still in the processor's cache, where they were decoded."""

_LAYER = {type_: layer for layer, type_ in enumerate(LAYERS)}
_UNKNOWN = Size(1, 1)


class EventBuffer:
    """Frames, taken apart.

    Attributes:
        keys, documents, bands, visits: of each frame its page's key, the size of its document, its width band
            and its visit, None where nobody has told.
        count: how many events they have.
    """

    def __init__(self, cells: CellNumbers) -> None:
        self.keys: list[str] = []
        self.documents: list[Size | None] = []
        self.bands: list[int] = []
        self.visits: list[int | None] = []
        self.count = 0
        self._cells = cells
        self._received: list[int] = []
        self._lengths: list[int] = []
        self._corners: list[tuple[slice, Point]] = []  # rows of events that are told from there
        self._whole: list[Event] = []  # the last events, not yet taken apart
        self._x, self._y, self._age = array("d"), array("d"), array("d")
        self._others: list[Event] = []  # those that are more than a move
        self._at: list[int] = []  # and their rows

    def add(self, frame: Frame) -> None:
        """Take one more frame."""
        before, band = self.count, self._cells.bands.of(frame)
        self._whole += frame.events
        self.count += len(frame.events)
        self.keys.append(frame.key)
        self.documents.append(frame.page.document)
        self.bands.append(band)
        self.visits.append(None if frame.session is None else visit_of(frame.session, band))
        self._received.append(frame.received)
        self._lengths.append(len(frame.events))
        if frame.origin == "first":
            self._corners.append((slice(before, self.count), frame.page.first))
        if len(self._whole) >= MAX_WHOLE:
            self._take_apart()

    def rows(self, step_ms: int) -> tuple["Rows", list["ElementEvent"]]:
        """The events as columns, in panes of that step; and those that are more than a move. For once."""
        self._take_apart()
        x, y, age = np.frombuffer(self._x), np.frombuffer(self._y), np.frombuffer(self._age).astype(np.int64)
        for part, corner in self._corners:
            x[part] += corner.x
            y[part] += corner.y
        frame, at = np.repeat(np.arange(len(self.keys)), self._lengths), self._at
        pane = (np.array(self._received, np.int64)[frame] - age) // step_ms
        layer = np.zeros(len(frame), np.int64)
        layer[at] = [_LAYER[event.type] for event in self._others]
        others = map(
            ElementEvent, frame[at].tolist(), pane[at].tolist(), self._others, x[at].tolist(), y[at].tolist()
        )
        return Rows(frame, pane, self._column_of_cells(frame, layer, x, y)), list(others)

    def _take_apart(self) -> None:
        events, before = self._whole, len(self._x)
        self._whole = []
        # to pack real numbers takes half as long as arrays' and numpy's own ways, and as whole ones
        self._x.frombytes(pack(f"{len(events)}d", *[event.x for event in events]))
        self._y.frombytes(pack(f"{len(events)}d", *[event.y for event in events]))
        self._age.frombytes(pack(f"{len(events)}d", *[event.age for event in events]))
        others = [row for row, event in enumerate(events) if event.type != "move"]
        self._others += [events[row] for row in others]
        self._at += [before + row for row in others]

    def _column_of_cells(self, frame: Integers, layer: Integers, x: Reals, y: Reals) -> Integers:
        sizes = [document or _UNKNOWN for document in self.documents]
        cell = self._cells.of(
            layer,
            np.array(self.bands, np.int64)[frame],
            x / np.array([size.width for size in sizes])[frame],
            y / np.array([size.height for size in sizes])[frame],
        )
        if None in self.documents:
            unknown = np.array([document is None for document in self.documents])
            cell[unknown[frame]] = self._cells.unplaced
        return cell


class ElementEvent(NamedTuple):
    """An event that is more than a move: its frame's index, its pane's number, and its page coordinates."""

    frame: int
    pane: int
    event: Event
    x: float
    y: float


class Rows:
    """A row for each event, in the order in which they came.

    Attributes:
        frame: the index of its frame.
        pane: the number of its pane: steps since the epoch.
        cell: the number of its cell.
    """

    def __init__(self, frame: Integers, pane: Integers, cell: Integers) -> None:
        self.frame, self.pane, self.cell = frame, pane, cell

    def where(self, wanted: NDArray[np.bool]) -> "Rows":
        """Some of them."""
        return self if wanted.all() else Rows(self.frame[wanted], self.pane[wanted], self.cell[wanted])

    def last_panes(self, frames: int) -> list[int]:
        """Of each of so many frames the newest pane that it has events in, or -1."""
        last = np.full(frames, -1)
        np.maximum.at(last, self.frame, self.pane)
        panes: list[int] = last.tolist()
        return panes

    def panes(self) -> Iterator[tuple[int, int]]:
        """Indices of frames with the panes that they have events in; each once, if a frame's are in order."""
        begins = np.ones(len(self.frame), bool)
        begins[1:] = (self.frame[1:] != self.frame[:-1]) | (self.pane[1:] != self.pane[:-1])
        return zip(self.frame[begins].tolist(), self.pane[begins].tolist(), strict=True)
