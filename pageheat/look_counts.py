"""Counts looks one by one, as the aggregator does in its window: see `LookCounts`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pageheat.services.aggregator.grid import ROW_BITS
from pageheat.services.aggregator.looks import extents
from pageheat.services.contract import packed_rows
from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.records import ROW_PX, Frame, LookCounts, PackedCells

_ROW = (1 << ROW_BITS) - 1

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
        if not frame.looks:
            return 0
        view = frame.session, frame.view, band
        document = frame.page.document
        top, height, took, age = packed_rows.looks(frame.looks).T.astype(np.int64)
        ended = frame.received - age
        seen = extents(top, height, took, document.height if document else np.inf)
        counted = 0
        for end, extent in zip(ended.tolist(), seen.tolist(), strict=True):
            if end < since_ms:
                continue
            counted += 1
            first, last, fold = (extent >> place * ROW_BITS & _ROW for place in range(3))
            duration = extent >> 3 * ROW_BITS
            self.tops[first] += duration
            self.bottoms[last] += duration
            self.depths[view] = max(last, self.depths.get(view, 0))
            if end >= self.folds.get(view, (end, 0))[0]:
                self.folds[view] = end, fold
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


def _packed(rows: Mapping[int, int]) -> PackedCells:
    at = sorted(row for row, count in rows.items() if count)
    return packed_by_cell(np.array(at, np.int64), np.array([rows[row] for row in at], np.int64))
