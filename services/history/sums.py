"""Counts by place, summed up. Pure."""

from dataclasses import replace

import numpy as np

from pageheat.services.history.layers import Integers
from pageheat.services.history.tables import Counts, Group
from pageheat.services.history.views import UNLABELLED

_CELL_BITS, _LAYER_BITS, _MINUTE_BITS = 24, 4, 13
"""Of a sorted number: a size in px is the largest cell, and events of a batch are two days apart at most."""

MAX_CELL = (1 << _CELL_BITS) - 1


def summed(
    groups: list[Group],
    group: Integers,
    minute: Integers,
    layer: Integers,
    cell: Integers,
    events: Integers,
    views: Integers,
) -> Counts:
    """Sum up counts of the same place; rows are in the order of group, minute and layer.

    Args:
        groups: what `group` numbers.
        group, minute, layer, cell: of each count.
        events, views: the counts.
    """
    if not len(group):
        none = np.empty(0, np.int64)
        return Counts([], none, none, none, none, none, none)
    base = int(minute.min())
    row = (group << _MINUTE_BITS | minute - base) << _LAYER_BITS | layer
    unique, inverse = np.unique(row << _CELL_BITS | cell, return_inverse=True)
    sums = _summed(inverse, events, len(unique)), _summed(inverse, views, len(unique))
    kept = (sums[0] != 0) | (sums[1] != 0)
    places = unique[kept]
    rows = places >> _CELL_BITS
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    heads = rows[begins]
    return Counts(
        [groups[number] for number in (heads >> _LAYER_BITS + _MINUTE_BITS).tolist()],
        (heads >> _LAYER_BITS & (1 << _MINUTE_BITS) - 1) + base,
        heads & (1 << _LAYER_BITS) - 1,
        np.append(begins[1:], len(places)),
        places & MAX_CELL,
        sums[0][kept],
        sums[1][kept],
    )


def _summed(inverse: Integers, numbers: Integers, length: int) -> Integers:
    return np.bincount(inverse, numbers, length).astype(np.int64)


def whole(counts: Counts, length: int) -> Counts:
    """The same counts of all bands and attributes together, by times of `length` minutes: what the database
    would add up from several rows of the same key, but slowly."""
    numbers: dict[str, int] = {}
    group = np.array([numbers.setdefault(it.page, len(numbers)) for it in counts.groups], np.int64)
    row = np.repeat(np.arange(len(group)), np.diff(counts.ends, prepend=0))
    found = summed(
        [Group(page, "", UNLABELLED) for page in numbers],
        group[row],
        (counts.minutes // length)[row],
        counts.layers[row],
        counts.cells,
        counts.events,
        counts.views,
    )
    return replace(found, minutes=found.minutes * length)
