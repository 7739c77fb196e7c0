"""Looks as tests give them, counted one by one."""

from collections import Counter
from collections.abc import Sequence

from pageheat.services.contract.records import ROW_PX, LookCounts
from tests.support.fine import packed

Look = tuple[int, int, int]
"""Top and height, px, and ms."""


def look_counts(*views: Sequence[Look], page_px: int) -> LookCounts:
    """Count page views, each by its looks, the newest last, on a page of this height."""
    tops, bottoms, depths, folds = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    for looks in views:
        lowest = 0
        for top, height, ms in looks:
            first, last = top // ROW_PX, (min(top + height, page_px) - 1) // ROW_PX
            tops[first] += ms
            bottoms[last] += ms
            lowest = max(lowest, last)
        depths[lowest] += 1
        folds[(looks[-1][1] - 1) // ROW_PX] += 1
    layers = ({(row, 0): n for row, n in rows.items()} for rows in (tops, bottoms, depths, folds))
    return LookCounts(ROW_PX, len(views), *(packed(rows, 1) for rows in layers))
