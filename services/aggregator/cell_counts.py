"""Running counts of a page's cells: sorted numpy arrays, 16 bytes a cell. Pure.

Changes are kept as they come, and merged when the counts are read: those of many pages at once, as a call of
numpy takes as long as a thousand cells.
"""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pageheat.services.aggregator.grid import CELL_BITS, Integers

MAX_CHANGES = 1_024
"""Merged at the latest when there are so many: a page that nobody reads would keep every change."""

CELL_MASK = (1 << CELL_BITS) - 1
_FIRST_AND_END = np.array([0, 1 << CELL_BITS])
_NOTHING = np.zeros(0, np.int64)


class CellsOfPages(NamedTuple):
    """The cells of some pages, page by page, in order.

    Attributes:
        pages: how many.
        keys: the page's index · 2^CELL_BITS + the cell.
        numbers: of events in each cell, never 0.
    """

    pages: int
    keys: Integers
    numbers: Integers

    def where(self, cells: Integers) -> NDArray[np.intp]:
        """Where these cells are or would be: a row a page."""
        pages = np.arange(self.pages)[:, None] << CELL_BITS
        return self.keys.searchsorted(pages + cells)


class CellCounts:
    """Cells with their numbers of events, never 0."""

    __slots__ = ("_cells", "_changed", "_changes", "_numbers")

    def __init__(self) -> None:
        self._cells = self._numbers = _NOTHING
        self._changed, self._changes = array("q"), array("q")

    def add(self, cells: Integers, numbers: Integers) -> None:
        """Add numbers of events, which are negative if events leave."""
        self._changed.frombytes(cells.tobytes())
        self._changes.frombytes(numbers.tobytes())
        if len(self._changed) >= MAX_CHANGES:
            self.of_pages([self])

    def read(self) -> tuple[Integers, Integers]:
        """The cells in order, and the number of events of each."""
        if self._changed:
            self.of_pages([self])
        return self._cells, self._numbers

    @classmethod
    def of_pages(cls, counts: Sequence["CellCounts"]) -> CellsOfPages:
        """The counts of many pages."""
        keys = _keys([each._cells for each in counts])
        numbers = np.concatenate([each._numbers for each in counts])
        changed = _keys([np.frombuffer(each._changed, np.int64) for each in counts])
        if not len(changed):
            return CellsOfPages(len(counts), keys, numbers)
        changes = np.concatenate([np.frombuffer(each._changes, np.int64) for each in counts])
        merged = CellsOfPages(len(counts), *_added(keys, numbers, *summed(changed, changes)))
        cells = merged.keys & CELL_MASK
        for each, (start, end) in zip(counts, merged.where(_FIRST_AND_END).tolist(), strict=True):
            # copies, as a part would keep the whole alive
            each._cells, each._numbers = cells[start:end].copy(), merged.numbers[start:end].copy()
            each._changed, each._changes = array("q"), array("q")
        return merged


def summed(keys: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """The distinct keys in order, and the sum of the numbers of each."""
    order = np.argsort(keys)
    return summed_runs(keys[order], numbers[order])


def summed_runs(keys: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """`summed` for keys of which equal ones are together."""
    if not len(keys):
        return keys, numbers
    begins = np.empty(len(keys), bool)
    begins[0] = True
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    if begins.all():
        return keys, numbers
    first = begins.nonzero()[0]
    return keys[first], np.add.reduceat(numbers, first)


def _keys(cells: Sequence[Integers]) -> Integers:
    """The keys of cells, page by page."""
    keys: Integers = np.concatenate(cells)
    if len(cells) > 1:
        keys |= np.arange(len(cells)).repeat([*map(len, cells)]) << CELL_BITS
    return keys


def _added(
    keys: Integers, numbers: Integers, changed: Integers, changes: Integers
) -> tuple[Integers, Integers]:
    """Keys in order with their numbers, after the changes; a key whose number is 0 is left out."""
    at = keys.searchsorted(changed)
    is_new = np.ones(len(changed), bool)
    inside = at < len(keys)
    is_new[inside] = keys[at[inside]] != changed[inside]
    numbers[at[~is_new]] += changes[~is_new]
    if is_new.any():
        keys = np.insert(keys, at[is_new], changed[is_new])
        numbers = np.insert(numbers, at[is_new], changes[is_new])
    is_left = numbers != 0
    return (keys, numbers) if is_left.all() else (keys[is_left], numbers[is_left])
