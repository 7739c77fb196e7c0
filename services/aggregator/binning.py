"""The events of many frames as columns: in which pane and on which cell each falls. Pure.

A call of numpy's costs as much as some events do one by one, and hardly more for a few thousand at once. So
frames are taken apart as they come, and their events become columns together.
"""

from collections.abc import Iterable, Iterator, Sequence
from struct import pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.aggregator.grid import LAYERS, CellNumbers
from services.aggregator.page import visit_of
from services.contract.records import Event, Frame, Point, Size

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

_LAYER = {type_: layer for layer, type_ in enumerate(LAYERS)}
_UNKNOWN = Size(1, 1)


class Batch:
    """Frames, taken apart.

    Attributes:
        keys, documents, bands, visits: of each frame its page's key, the size of its document, its width band
            and its visit, None where nobody has told.
        events: all of theirs.
    """

    def __init__(self, cells: CellNumbers) -> None:
        self.keys: list[str] = []
        self.documents: list[Size | None] = []
        self.bands: list[int] = []
        self.visits: list[int | None] = []
        self.events: list[Event] = []
        self._cells = cells
        self._received: list[int] = []
        self._lengths: list[int] = []
        self._corners: list[tuple[slice, Point]] = []  # rows of events that are told from there

    def add(self, frame: Frame) -> None:
        """Take one more frame."""
        before, band = len(self.events), self._cells.bands.of(frame)
        self.events += frame.events
        self.keys.append(frame.key)
        self.documents.append(frame.page.document)
        self.bands.append(band)
        self.visits.append(None if frame.session is None else visit_of(frame.session, band))
        self._received.append(frame.received)
        self._lengths.append(len(frame.events))
        if frame.origin == "first":
            self._corners.append((slice(before, len(self.events)), frame.page.first))

    def rows(self, step_ms: int) -> tuple["Rows", list["Other"]]:
        """The events as columns, in panes of that step; and those that are more than a move."""
        x, y = [event.x for event in self.events], [event.y for event in self.events]
        for part, corner in self._corners:
            x[part], y[part] = [each + corner.x for each in x[part]], [each + corner.y for each in y[part]]
        others = [
            Other(row, event, x[row], y[row]) for row, event in enumerate(self.events) if event.type != "move"
        ]
        frame = np.repeat(np.arange(len(self.keys)), self._lengths)
        age = _integers([event.age for event in self.events])
        pane = (_integers(self._received)[frame] - age) // step_ms
        return Rows(frame, pane, self._column_of_cells(frame, x, y, others)), others

    def _column_of_cells(
        self, frame: Integers, x: Sequence[float], y: Sequence[float], others: Iterable["Other"]
    ) -> Integers:
        layer = np.zeros(len(frame), np.int64)
        for other in others:
            layer[other.row] = _LAYER[other.event.type]
        sizes = [document or _UNKNOWN for document in self.documents]
        cell = self._cells.of(
            layer,
            _integers(self.bands)[frame],
            _reals(x) / _reals([size.width for size in sizes])[frame],
            _reals(y) / _reals([size.height for size in sizes])[frame],
        )
        if None in self.documents:
            unknown = np.array([document is None for document in self.documents])
            cell[unknown[frame]] = self._cells.unplaced
        return cell


class Other(NamedTuple):
    """An event that is more than a move: its row, and its page coordinates."""

    row: int
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


def _integers(values: Sequence[int]) -> Integers:
    return np.frombuffer(pack(f"{len(values)}q", *values), np.int64)  # twice as fast as numpy's own ways


def _reals(values: Sequence[float]) -> Reals:
    return np.frombuffer(pack(f"{len(values)}d", *values), np.float64)
