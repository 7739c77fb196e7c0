"""Counts looks one by one, as the aggregator does in its window: see `LookCounts`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from pageheat.services.contract import packed_rows
from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.records import MAX_ROWS, ROW_PX, Frame, LookCounts, PackedCells

PageView = tuple[str | None, int, int]
"""Session, number of the view, and width band."""


@dataclass
class LookCounter:
    """The looks at one page."""

    tops: Counter[int] = field(default_factory=Counter)
    bottoms: Counter[int] = field(default_factory=Counter)
    depths: dict[PageView, int] = field(default_factory=dict)
    folds: dict[PageView, tuple[int, int]] = field(default_factory=dict)
    """Of each page view, the end of its newest look, and the row of the window's lower edge then."""

    def add(self, frame: Frame, band: int, since_ms: int) -> int:
        """Count a frame's looks that ended since then; return how many."""
        view = frame.session, frame.view, band
        counted = 0
        for top, height, duration, age in packed_rows.looks(frame.looks).tolist():
            ended = frame.received - age
            if ended < since_ms:
                continue
            counted += 1
            first, fold = _row(max(top, 0)), _row(height - 1)
            bottom = top + height
            if frame.page.document:
                bottom = min(bottom, ceil(frame.page.document.height))
            last = max(first, _row(bottom - 1))
            self.tops[first] += duration
            self.bottoms[last] += duration
            self.depths[view] = max(last, self.depths.get(view, 0))
            if ended >= self.folds.get(view, (ended, 0))[0]:
                self.folds[view] = ended, fold
        return counted

    def counts(self) -> LookCounts:
        """All that were added."""
        return LookCounts(
            ROW_PX,
            len(self.depths),
            _packed(self.tops),
            _packed(self.bottoms),
            _packed(Counter(self.depths.values())),
            _packed(Counter(row for _, row in self.folds.values())),
        )


def _row(px: int) -> int:
    return min(max(px, 0) // ROW_PX, MAX_ROWS - 1)


def _packed(rows: Mapping[int, int]) -> PackedCells:
    at = sorted(row for row, count in rows.items() if count)
    return packed_by_cell(np.array(at, np.int64), np.array([rows[row] for row in at], np.int64))
