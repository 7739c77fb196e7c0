"""Frames of one partition → rows by minute, page, band, attributes, layer and place. Pure.

Frames are unpacked as they arrive; places, minutes and sums are computed by numpy for all of them together.
"""

from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.packed_rows import looks, moves
from pageheat.services.contract.places import spot_of
from pageheat.services.contract.records import Event, Frame, Size
from pageheat.services.history.layers import (
    KINDS,
    Integers,
    Layer,
    Reals,
    fold_row,
    look_rows,
    on_page,
    on_viewport,
)
from pageheat.services.history.sums import MAX_CELL, summed
from pageheat.services.history.tables import Click, ElementCounts, Group, Rows
from pageheat.services.history.touches import Touches, keys
from pageheat.services.history.views import UNLABELLED, Labels, View, minute_of

Flags = NDArray[np.bool]

_ELEMENT = 1 << 48
"""Added to an element's number, so that it is no other place."""


class Batch:
    """Collects frames of one partition, in the order of their records.

    Attributes:
        events: number of events and looks; what bounds a batch.
    """

    def __init__(self, bands: Bands) -> None:
        self._bands = bands
        self.events = 0
        self._groups: dict[tuple[str, int, Labels], int] = {}
        self._received: list[int] = []
        self._group: list[int] = []
        self._view: list[int] = []
        self._sizes: list[tuple[float, float]] = []  # of the document; (0, 0) if unknown
        self._windows: list[tuple[float, float]] = []
        self._moves: list[bytes] = []
        self._fixed: list[bytes] = []
        self._others: list[tuple[int, float, float, int, bool, bool]] = []  # frame, x, y, age, click, fixed
        # frame, time, event, and its index among the others, or -1
        self._on_elements: list[tuple[int, int, Event, int]] = []
        # group, minute, layer, cell, events, views
        self._counted: list[tuple[int, int, int, int, int, int]] = []
        self._seen: dict[int, View] = {}

    def __len__(self) -> int:
        """The number of frames."""
        return len(self._received)

    def add(self, frame: Frame, key: str, view: View | None, *, begins: bool) -> None:
        """Add a frame of a page, and of its view; `begins`: it is the view's first one."""
        index, document = len(self._received), frame.page.document
        group = self._number(key, self._bands.of(frame), view.labels if view else UNLABELLED)
        self._received.append(frame.received)
        self._group.append(group)
        self._view.append(view.id if view else 0)
        self._sizes.append((document.width, document.height) if document else (0, 0))
        window = frame.page.viewport or document or Size(1, 1)
        self._windows.append((window.width, window.height))
        self._moves.append(frame.moves)
        self._fixed.append(frame.fixed_moves)
        corner = frame.page.first if frame.origin == "first" else None
        for event in frame.events:
            x, y = (event.x + corner.x, event.y + corner.y) if corner else (event.x, event.y)
            at = -1
            if event.type in ("move", "click"):
                at = len(self._others)
                self._others.append((index, x, y, event.age, event.type == "click", event.fixed))
            if event.type != "move":
                self._on_elements.append((index, frame.received - event.age, event, at))
        self.events += (len(frame.moves) + len(frame.fixed_moves)) // 12 + len(frame.events) + 1
        if view:
            self._seen[view.id] = view
            view.clicks += sum(event.type == "click" for event in frame.events)
            mine = self._number(key, view.band, view.labels)
            if begins:
                self._counted.append((mine, minute_of(view.began_ms), Layer.VIEW, 0, 0, 1))
            if frame.looks:
                self._look(frame, group, mine, view)

    def _look(self, frame: Frame, group: int, mine: int, view: View) -> None:
        """Count a frame's looks; depth and fold are of the view, whatever its window's width is now."""
        height_px = frame.page.document.height if frame.page.document else None
        for top, height, duration, age in looks(frame.looks).tolist():
            minute = minute_of(frame.received - age)
            first, last = look_rows(top, height, height_px)
            self._counted.append((group, minute, Layer.LOOK_TOP, first, duration, 0))
            self._counted.append((group, minute, Layer.LOOK_BOTTOM, last, duration, 0))
            view.looked_ms += duration
            if last > view.depth:
                self._moved(mine, minute, Layer.DEPTH, view.depth, last)
                view.depth = last
            fold = fold_row(height)
            if fold != view.fold:
                self._moved(mine, minute, Layer.FOLD, view.fold, fold)
                view.fold = fold
            self.events += 1

    def _moved(self, group: int, minute: int, layer: Layer, before: int, now: int) -> None:
        if before >= 0:
            self._counted.append((group, minute, layer, before, 0, -1))
        self._counted.append((group, minute, layer, now, 0, 1))

    def _number(self, key: str, band: int, labels: Labels) -> int:
        return self._groups.setdefault((key, band, labels), len(self._groups))

    def remember(self, touches: Touches) -> None:
        """Let `touches` know this batch's, as if it had been counted; it makes no rows."""
        self._touch(touches, *self._placed())

    def rows(self, touches: Touches) -> Rows:
        """The rows of all frames; `touches` says what is touched first, and remembers it."""
        frame, minute, layer, cell = self._placed()
        is_first = self._touch(touches, frame, minute, layer, cell)
        groups = self._all_groups()
        counted = np.array(self._counted, np.int64).reshape(-1, 6).T
        group = np.array(self._group, np.int64)[frame]
        counts = summed(
            groups,
            np.concatenate([group, counted[0]]),
            np.concatenate([minute, counted[1]]),
            np.concatenate([layer, counted[2]]),
            np.concatenate([cell, counted[3]]),
            np.concatenate([np.ones(len(frame), np.int64), counted[4]]),
            np.concatenate([is_first[: len(frame)].astype(np.int64), counted[5]]),
        )
        names = self._bands.names
        return Rows(
            counts,
            self._elements(groups, is_first[len(frame) :].tolist()),
            self._clicks(groups),
            [(view, names[view.band]) for view in sorted(self._seen.values(), key=lambda view: view.id)],
        )

    def _all_groups(self) -> list[Group]:
        return [Group(page, self._bands.names[band], labels) for page, band, labels in self._groups]

    def _touch(
        self, touches: Touches, frame: Integers, minute: Integers, layer: Integers, cell: Integers
    ) -> Flags:
        """Which places are touched first: of the placed ones, and then of the events on elements."""
        of_elements = np.array([index for index, *_ in self._on_elements], np.int64)
        numbers = np.array([_element_number(event) for _, _, event, _ in self._on_elements], np.int64)
        frames = np.concatenate([frame, of_elements])
        places = np.concatenate([layer << 32 | cell, numbers])
        view = np.array(self._view, np.uint64)[frames]
        received = np.array(self._received, np.int64)[frames]
        order = np.argsort(frames, kind="stable")
        order = order[view[order] != 0]
        is_first = np.zeros(len(frames), np.bool)
        is_first[order] = touches.first(keys(view[order], places[order]), minute_of(received[order]))
        return is_first

    def _placed(self) -> tuple[Integers, Integers, Integers, Integers]:
        """Frame, minute, layer and cell of each event that has a place, and of each document's size."""
        frames = np.arange(len(self._received))
        scrolling, fixed = moves(b"".join(self._moves)), moves(b"".join(self._fixed))
        others = np.array(self._others, np.float64).reshape(-1, 6).T
        frame = np.concatenate([
            np.repeat(frames, [len(each) // 12 for each in self._moves]),
            np.repeat(frames, [len(each) // 12 for each in self._fixed]),
            others[0].astype(np.int64),
        ])  # fmt: skip
        x, y, age = (np.concatenate([scrolling[:, i], fixed[:, i], others[1 + i]]) for i in range(3))
        quiet = len(scrolling) + len(fixed)
        is_click = np.concatenate([np.zeros(quiet, np.bool), others[4] > 0])
        is_fixed = np.concatenate(
            [np.zeros(len(scrolling), np.bool), np.ones(len(fixed), np.bool), others[5] > 0]
        )
        sizes = np.array(self._sizes, np.float64).reshape(-1, 2)
        layer, cell = self._cells(frame, x, y, is_click, is_fixed, sizes)
        received = np.array(self._received, np.int64)
        minute = minute_of(received[frame] - age.astype(np.int64))
        sized = np.flatnonzero(sizes[:, 0])
        px = np.clip(np.rint(sizes[sized]), 1, MAX_CELL).astype(np.int64)
        return (
            np.concatenate([frame, sized, sized]),
            np.concatenate([minute, *[minute_of(received[sized])] * 2]),
            np.concatenate([layer, np.full(len(sized), Layer.WIDTH), np.full(len(sized), Layer.HEIGHT)]),
            np.concatenate([cell, px[:, 0], px[:, 1]]),
        )

    def _cells(
        self,
        frame: Integers,
        x: Reals,
        y: Reals,
        is_click: Flags,
        is_fixed: Flags,
        sizes: Reals,
    ) -> tuple[Integers, Integers]:
        """Layer and cell of each event."""
        width, height = sizes[frame].T
        is_known = width > 0
        cell = on_page(x, y, np.where(is_known, width, 1), np.where(is_known, height, 1))
        layer = is_click.astype(np.int64)
        at = np.flatnonzero(is_fixed)
        window = np.array(self._windows, np.float64).reshape(-1, 2)[frame[at]]
        cell[at], is_upper = on_viewport(x[at], y[at], window[:, 0], window[:, 1])
        layer[at] += np.where(is_upper, Layer.TOP_MOVE, Layer.BOTTOM_MOVE)
        cell[~is_known], layer[~is_known] = 0, Layer.UNPLACED
        return layer, cell

    def _clicks(self, groups: list[Group]) -> list[Click]:
        others = np.array([self._others[at] for *_, at in self._on_elements if at >= 0], np.float64)
        others = others.reshape(-1, 6).T
        sizes = np.array(self._sizes, np.float64).reshape(-1, 2)
        frame = others[0].astype(np.int64)
        layer, cell = self._cells(frame, others[1], others[2], others[4] > 0, others[5] > 0, sizes)
        places = iter(zip(layer.tolist(), cell.tolist(), strict=True))
        found = []
        for index, time_ms, event, at in self._on_elements:
            group, view = groups[self._group[index]], self._view[index]
            layer_, cell_ = next(places) if at >= 0 else (Layer.UNPLACED, 0)
            selector = event.target.selector if event.target else ""
            found.append(Click(time_ms, group, view, event.type, layer_, cell_, selector))
        return found

    def _elements(self, groups: list[Group], is_first: Iterable[bool]) -> ElementCounts:
        found: dict[tuple[int, int, str, str], tuple[dict[int, int], list[int]]] = {}
        for (index, time_ms, event, _), first in zip(self._on_elements, is_first, strict=True):
            spot = _spot(event, self._sizes[index])
            if spot is None:
                continue
            selector = event.target.selector if event.target else ""
            place = self._group[index], minute_of(time_ms), selector, event.type
            spots, views = found.setdefault(place, ({}, [0]))
            spots[spot] = spots.get(spot, 0) + 1
            views[0] += first
        places = sorted(found)
        spots_ = [sorted(found[place][0].items()) for place in places]
        return ElementCounts(
            [groups[place[0]] for place in places],
            [place[1] for place in places],
            [place[2] for place in places],
            [place[3] for place in places],
            [found[place][1][0] for place in places],
            [[spot for spot, _ in each] for each in spots_],
            [[count for _, count in each] for each in spots_],
        )


def _element_number(event: Event) -> int:
    selector = event.target.selector if event.target else ""
    return _ELEMENT | KINDS.index(event.type) << 32 | crc32(selector.encode())


def _spot(event: Event, size: tuple[float, float]) -> int | None:
    """Where on its element an event is; on the page, if it has none."""
    target = event.target
    if target:
        return spot_of(target.x, target.y, target.width, target.height)
    width, height = size
    return spot_of(event.x / width, event.y / height, width, height) if width else None
