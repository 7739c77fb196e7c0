"""Counts looks: how long each row of a page was in view, and how far down its page views reached. Pure.

A look's *extent* is its first and its last row, its fold's row and its ms, in one integer. It is added when
its pane enters the window, and subtracted when that pane leaves. A page view keeps only the rows that may
still be its depth, as for the maximum of a sliding window: of two looks, the one that leaves later and
reaches as far down makes the other one needless.

Looks of a page view may come in any order. The counts are a function of those in the window; only if two are
in the same pane, the fold is that of the later one in the log.
"""

from bisect import insort
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pageheat.services.aggregator.cell_counts import summed_runs
from pageheat.services.aggregator.grid import ROW_BITS, Integers
from pageheat.services.contract.packed_rows import looks
from pageheat.services.contract.records import (
    LOOK_BYTES,
    MAX_LOOK_MS,
    MAX_ROWS,
    ROW_PX,
    Frame,
    LookCounts,
)
from pageheat.services.contract.varints import put, varints

MAX_LOOK_ENTRIES = 16_384
"""Limit of a record's entries, row → number, all bands together: 200 kB. A page of 80,000 px has as many.
Beyond it, rows are merged."""

FEW_ENTRIES = 64
"""Up to here, Python's loop over the entries is faster than packing them at once."""

_HASH_BITS, _BAND_BITS = 40, 3
_HASH_MASK = (1 << _HASH_BITS) - 1
_ROW_MASK = (1 << ROW_BITS) - 1
_LAYERS, _LAYER_BITS = 4, 2
_TOPS, _BOTTOMS, _DEPTHS, _FOLDS = (layer << ROW_BITS for layer in range(_LAYERS))
"""In the order of LookCounts."""

VIEW_BITS = _HASH_BITS + _BAND_BITS
"""Of a page view's number. With 10,000 views of a page, one window in 22,000 counts one too few."""

_NO_END = float("inf")


def view_of(session: str | None, view: int, band: int) -> int:
    """The number that represents a page view in a band."""
    return band << _HASH_BITS | hash((session, view)) & _HASH_MASK


class Look(NamedTuple):
    """A look: its frame's index, its page view, its pane's number, and its extent."""

    frame: int
    view: int
    pane: int
    extent: int


class LookBuffer:
    """The looks of buffered frames, which are unpacked together."""

    def __init__(self) -> None:
        self.count = 0
        self._packed: list[bytes] = []
        self._frames: list[tuple[int, int, int, float]] = []  # index, page view, time, document's height

    def add(self, index: int, frame: Frame, band: int) -> None:
        """Add the looks of the frame with this index."""
        if frame.looks:
            document = frame.page.document
            height = document.height if document else _NO_END
            self.count += frame.look_count
            self._packed.append(frame.looks)
            self._frames.append((index, view_of(frame.session, frame.view, band), frame.received, height))

    def read(self, step_ms: int) -> list[Look]:
        """All looks, in order of arrival, in panes of `step_ms`."""
        if not self._packed:
            return []
        top, height, ms, age = looks(b"".join(self._packed)).T.astype(np.int64)
        of = np.repeat(np.arange(len(self._packed)), [len(packed) // LOOK_BYTES for packed in self._packed])
        frame, view, received, document = (np.array(column)[of] for column in zip(*self._frames, strict=True))
        pane, extent = (received - age) // step_ms, extents(top, height, ms, document)
        return [*map(Look, frame.tolist(), view.tolist(), pane.tolist(), extent.tolist())]


def extents(top: Integers, height: Integers, ms: Integers, document: Integers | float) -> Integers:
    """The extents of looks at `top` and so high, on documents of that height, px; infinite if unknown."""
    top, height = np.maximum(top, 0), np.maximum(height, 1)
    first = np.minimum(top // ROW_PX, MAX_ROWS - 1)
    end = np.minimum(top + height, document)
    last = np.clip(((end - 1) // ROW_PX).astype(np.int64), first, MAX_ROWS - 1)
    fold = np.minimum((height - 1) // ROW_PX, MAX_ROWS - 1)
    packed: Integers = (
        (np.clip(ms, 0, MAX_LOOK_MS) << ROW_BITS | fold) << ROW_BITS | last
    ) << ROW_BITS | first
    return packed


class _View:
    """One page view's looks in the window.

    Attributes:
        reaches: pane << ROW_BITS | last row, of the newest look, and of each that reaches further down than
            all newer ones; the newest is the last.
        fold: row of the newest look.
    """

    __slots__ = ("fold", "reaches")

    def __init__(self, reach: int, fold: int) -> None:
        self.reaches = [reach]
        self.fold = fold

    @property
    def depth(self) -> int:
        """The lowest row."""
        return self.reaches[0] & _ROW_MASK

    def add(self, pane: int, row: int, fold: int) -> None:
        """Add a look."""
        reaches, reach = self.reaches, pane << ROW_BITS | row
        if pane >= reaches[-1] >> ROW_BITS:
            self.fold = fold
            while reaches and reaches[-1] & _ROW_MASK <= row:
                reaches.pop()
            if not reaches or reaches[-1] >> ROW_BITS < pane:
                reaches.append(reach)
        elif not any(it >> ROW_BITS >= pane and it & _ROW_MASK >= row for it in reaches):
            reaches[:] = [it for it in reaches if it >> ROW_BITS > pane or it & _ROW_MASK > row]
            insort(reaches, reach)

    def leave(self, pane: int) -> bool:
        """Drop the looks up to a pane. Returns whether any are left."""
        reaches = self.reaches
        while reaches and reaches[0] >> ROW_BITS <= pane:
            del reaches[0]
        return bool(reaches)


Counts = dict[int, int]
"""(Band << _LAYER_BITS | layer) << ROW_BITS | row → ms or page views, never 0."""


class PageLooks:
    """One page's looks in the window: some 100 bytes an entry, and 250 a page view."""

    __slots__ = ("_by_band", "_counts", "_counts_by_band", "_together", "_views")

    def __init__(self) -> None:
        self._counts: Counts = {}  # of all bands, as band 0
        self._counts_by_band: Counts = {}
        self._views: dict[int, _View] = {}
        self._together: LookCounts | None = None  # as made last, if nothing has changed
        self._by_band: list[LookCounts] | None = None

    def enter(self, view: int, pane: int, extent: int) -> None:
        """Add a look that enters the window."""
        last, fold = extent >> ROW_BITS & _ROW_MASK, extent >> 2 * ROW_BITS & _ROW_MASK
        band = self._add_ms(view, extent, 1)
        seen = self._views.get(view)
        if seen is None:
            self._views[view] = _View(pane << ROW_BITS | last, fold)
            self._add(band, _DEPTHS | last, 1)
            self._add(band, _FOLDS | fold, 1)
            return
        depth_before, fold_before = seen.depth, seen.fold
        seen.add(pane, last, fold)
        self._move(band, _DEPTHS, depth_before, seen.depth)
        self._move(band, _FOLDS, fold_before, seen.fold)

    def leave(self, view: int, pane: int, extent: int) -> None:
        """Subtract a look whose pane leaves the window, as all before it have."""
        band = self._add_ms(view, extent, -1)
        seen = self._views.get(view)
        if seen is None:
            return  # another one of this pane was the last
        depth_before = seen.depth
        if seen.leave(pane):
            self._move(band, _DEPTHS, depth_before, seen.depth)
        else:
            del self._views[view]
            self._add(band, _DEPTHS | depth_before, -1)
            self._add(band, _FOLDS | seen.fold, -1)

    def together(self) -> LookCounts:
        """The counts of all bands."""
        if self._together is None:
            self._together = _records(self._counts, 1)[0]
        return self._together

    def by_band(self, bands: int) -> list[LookCounts]:
        """The counts of each band, with equally high rows."""
        if self._by_band is None:
            self._by_band = _records(self._counts_by_band, bands)
        return self._by_band

    def _add_ms(self, view: int, extent: int, sign: int) -> int:
        """Add the ms to the first and last row; returns the band's part of keys."""
        self._together = self._by_band = None
        band = view >> _HASH_BITS << _LAYER_BITS + ROW_BITS
        if ms := sign * (extent >> 3 * ROW_BITS):
            self._add(band, _TOPS | extent & _ROW_MASK, ms)
            self._add(band, _BOTTOMS | extent >> ROW_BITS & _ROW_MASK, ms)
        return band

    def _move(self, band: int, layer: int, before: int, after: int) -> None:
        """Count a page view in another row than before."""
        if before != after:
            self._add(band, layer | before, -1)
            self._add(band, layer | after, 1)

    def _add(self, band: int, key: int, number: int) -> None:
        for counts, at in ((self._counts, key), (self._counts_by_band, band | key)):
            if left := counts.get(at, 0) + number:
                counts[at] = left
            else:
                del counts[at]


def no_looks(bands: int) -> list[LookCounts]:
    """What `by_band` returns for a page without looks."""
    return [LookCounts(ROW_PX)] * bands


def _records(counts: Counts, bands: int) -> list[LookCounts]:
    """The record of each band, with rows so high that all entries fit."""
    if len(counts) <= min(FEW_ENTRIES, MAX_LOOK_ENTRIES):
        layers, views = _packed_few(counts, bands)
        return _records_of(ROW_PX, layers, views)
    keys = np.fromiter(counts, np.int64, len(counts))
    numbers = np.fromiter(counts.values(), np.int64, len(counts))
    order = np.argsort(keys)
    keys, numbers = keys[order], numbers[order]
    doublings = 0
    while len(keys) > MAX_LOOK_ENTRIES and doublings < ROW_BITS:
        doublings += 1
        keys, numbers = summed_runs(keys & ~_ROW_MASK | (keys & _ROW_MASK) >> 1, numbers)
    ends = np.searchsorted(keys, np.arange(1, _LAYERS * bands + 1) << ROW_BITS).tolist()
    runs = [slice(start, end) for start, end in pairwise([0, *ends])]
    views = [int(numbers[run].sum()) for run in runs[_DEPTHS >> ROW_BITS :: _LAYERS]]
    return _records_of(ROW_PX << doublings, _packed(keys & _ROW_MASK, numbers, runs), views)


def _records_of(row_px: int, layers: list[bytes], views: list[int]) -> list[LookCounts]:
    return [
        LookCounts(row_px, seen, *layers[_LAYERS * i : _LAYERS * (i + 1)]) for i, seen in enumerate(views)
    ]


def _packed(rows: Integers, numbers: Integers, runs: list[slice]) -> list[bytes]:
    """Each run as packed cells, all packed at once."""
    pairs = np.empty(2 * len(rows), np.int64)
    pairs[2::2] = np.diff(rows) - 1
    starts = [run.start for run in runs if run.start < run.stop]
    pairs[[2 * start for start in starts]] = rows[starts]
    pairs[1::2] = numbers
    packed = varints(pairs)
    ends = np.flatnonzero(np.frombuffer(packed, np.uint8) < 0x80)  # the last byte of each number
    ends = np.concatenate(([0], ends[1::2] + 1))
    return [packed[ends[run.start] : ends[run.stop]] for run in runs]


def _packed_few(counts: Counts, bands: int) -> tuple[list[bytes], list[int]]:
    """As above, entry by entry: each run packed, and the page views of each band."""
    layers = [bytearray() for _ in range(_LAYERS * bands)]
    views, before, layer_before = [0] * bands, -1, -1
    for key in sorted(counts):
        layer, row, number = key >> ROW_BITS, key & _ROW_MASK, counts[key]
        if layer != layer_before:
            layer_before, before = layer, -1
        put(layers[layer], row - before - 1)
        put(layers[layer], number)
        before = row
        if layer % _LAYERS == _DEPTHS >> ROW_BITS:
            views[layer // _LAYERS] += number
    return [bytes(layer) for layer in layers], views
