"""How long rows were in view, and how far down views came: scroll, attention and fold. Pure.

A view that was in view before the range counts only for the rows that it reached in the range.
"""

from dataclasses import dataclass

import numpy as np

from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.records import ROW_PX, LookCounts
from pageheat.services.history.layers import Integers, Layer
from pageheat.services.history.queries.cells import Cells, cells_of
from pageheat.services.history.queries.source import Asks, Selection

LAYERS = (Layer.LOOK_TOP, Layer.LOOK_BOTTOM, Layer.DEPTH, Layer.FOLD, Layer.VIEW)

SHARES = (75, 50, 25)
"""Percents of views whose depth is told."""


@dataclass(frozen=True)
class Looks:
    """What was looked at, by row.

    Attributes:
        views: page views.
        ms: time for which each row was in view.
        reached: views that came as far as each row; it never rises.
        folds: views by the row of their fold.
    """

    views: int
    ms: Integers
    reached: Integers
    folds: Integers

    def depth(self, percent: int) -> int | None:
        """How far down this share of the views came, px; None if there are none."""
        if not len(self.reached) or not self.reached[0]:
            return None
        return int(np.count_nonzero(self.reached * 100 >= percent * self.reached[0])) * ROW_PX

    def fold(self, share: float) -> int | None:
        """The fold that this share of the views has at most, px: its row's lower edge."""
        total = np.cumsum(self.folds)
        if not len(total) or not total[-1]:
            return None
        return (int(np.searchsorted(total, share * total[-1])) + 1) * ROW_PX

    @property
    def average_fold(self) -> int | None:
        """The average of the views' folds, px."""
        count = int(self.folds.sum())
        if not count:
            return None
        edges = (np.arange(len(self.folds)) + 1) * ROW_PX
        return round(float(np.dot(edges, self.folds)) / count)


def looks_of(asks: Asks, selection: Selection) -> Looks:
    """What was looked at."""
    return of_cells(cells_of(asks, selection, LAYERS))


def of_cells(found: dict[Layer, Cells]) -> Looks:
    """The same of counts that were asked for already."""
    tops = found[Layer.LOOK_TOP].dense(found[Layer.LOOK_TOP].events)
    bottoms = found[Layer.LOOK_BOTTOM].dense(found[Layer.LOOK_BOTTOM].events)
    length = max(len(tops), len(bottoms))
    began = np.cumsum(np.pad(tops, (0, length - len(tops))))
    ended = np.cumsum(np.pad(bottoms, (0, length - len(bottoms))))
    depths = found[Layer.DEPTH].dense(found[Layer.DEPTH].views)
    # a view that went on from before the range counts −1 where it was
    reached = np.maximum.accumulate(np.cumsum(depths[::-1]))[::-1] if len(depths) else depths
    return Looks(
        int(found[Layer.VIEW].views.sum()),
        began - np.concatenate([[0], ended[:-1]]) if length else began,
        np.maximum(reached, 0),
        np.maximum(found[Layer.FOLD].dense(found[Layer.FOLD].views), 0),
    )


def as_counts(looks: Looks, found: dict[Layer, Cells]) -> LookCounts:
    """The same in the live grid's form."""
    top, bottom = found[Layer.LOOK_TOP], found[Layer.LOOK_BOTTOM]
    depths = -np.diff(looks.reached, append=0)
    return LookCounts(
        row=ROW_PX,
        views=int(looks.reached[0]) if len(looks.reached) else 0,
        tops=packed_by_cell(top.cells, top.events),
        bottoms=packed_by_cell(bottom.cells, bottom.events),
        depths=_packed(depths),
        folds=_packed(looks.folds),
    )


def _packed(counts: Integers) -> bytes:
    at = np.flatnonzero(counts)
    return packed_by_cell(at, counts[at])
