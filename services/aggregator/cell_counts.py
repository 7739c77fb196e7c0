"""Running counts of a page's cells: sorted numpy arrays, 16 bytes a cell. Pure.

Changes are kept as they come, and merged when the counts are read: together they cost as much as one of them.
"""

import numpy as np

from pageheat.services.aggregator.grid import Integers

MAX_CHANGES = 32
"""Merged at the latest when there are so many: a page that nobody reads would keep every change."""

_NOTHING = np.zeros(0, np.int64)


class CellCounts:
    """Cells with their numbers of events, never 0."""

    __slots__ = ("_cells", "_changes", "_numbers")

    def __init__(self) -> None:
        self._cells = self._numbers = _NOTHING
        self._changes: list[tuple[Integers, Integers]] = []

    def add(self, cells: Integers, numbers: Integers) -> None:
        """Add numbers of events, which are negative if events leave."""
        self._changes.append((cells, numbers))
        if len(self._changes) >= MAX_CHANGES:
            self._merge()

    def read(self) -> tuple[Integers, Integers]:
        """The cells in order, and the number of events of each."""
        if self._changes:
            self._merge()
        return self._cells, self._numbers

    def _merge(self) -> None:
        all_cells, all_numbers = zip((self._cells, self._numbers), *self._changes, strict=True)
        cells, numbers = summed(np.concatenate(all_cells), np.concatenate(all_numbers))
        is_left = numbers != 0
        self._cells, self._numbers = cells[is_left], numbers[is_left]
        self._changes = []


def summed(keys: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """The distinct keys in order, and the sum of the numbers of each."""
    order = np.argsort(keys, kind="stable")  # merges runs that are sorted
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
    first = np.flatnonzero(begins)
    return keys[first], np.add.reduceat(numbers, first)
