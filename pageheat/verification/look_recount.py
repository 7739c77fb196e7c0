"""Recounts looks by brute force: time in view, depths and folds, from one flat table of looks.

Deliberately unlike the aggregator: no sliding maximum and no running sums. Each record is counted from
scratch.
"""

import base64
import math
import struct
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.records import MAX_LOOK_MS, MAX_ROWS, ROW_PX

MAX_ENTRIES = 16_384
"""Of a record's looks, beyond which its rows are merged."""

COLUMNS = ("tops", "bottoms", "depths", "folds")

Looks = NDArray[np.void]
"""Rows of `LOOK`."""

LOOK = np.dtype(
    [
        ("offset", "<i8"),
        ("time_ms", "<i8"),
        ("width", "<f8"),  # px, selects the band; nan if unknown
        ("session", "<i4"),
        ("view", "<i4"),  # of a session
        ("first", "<i4"),  # row of ROW_PX
        ("last", "<i4"),
        ("fold", "<i4"),
        ("ms", "<i4"),
    ]
)
_row = struct.Struct("<qqd6i")

Counts = Counter[tuple[str, int]]
"""Column and row → ms or page views."""


class SeenLook(NamedTuple):
    """A look that ended at `time_ms`; `top` and `height` in px of what scrolls."""

    time_ms: int
    top: int
    height: int
    ms: int


def read_looks(packed: str, received: int) -> Iterator[SeenLook]:
    """Looks that a frame has as base64: top, height, ms and age, four bytes a number, the lowest first.

    Raises:
        ValueError, struct.error: it has another form.
    """
    for top, height, ms, age in struct.iter_unpack("<4i", base64.b64decode(packed, validate=True)):
        yield SeenLook(received - age, top, height, ms)


class LookLog:
    """The looks at one page, in the order of its partition. Uses 48 bytes per look."""

    def __init__(self) -> None:
        self._rows = bytearray()
        self._views: dict[tuple[int, int], int] = {}

    def add(
        self,
        offset: int,
        look: SeenLook,
        *,
        view: tuple[int, int],
        width: float | None,
        document_px: float | None,
    ) -> None:
        """Append a look of a page view, which is the number of a session and the view's in it."""
        top = max(0, look.top)
        end = top + look.height if document_px is None else min(top + look.height, document_px)
        first = min(top // ROW_PX, MAX_ROWS - 1)
        last = min(max(first, math.floor((end - 1) / ROW_PX)), MAX_ROWS - 1)
        fold = min((look.height - 1) // ROW_PX, MAX_ROWS - 1)
        number = self._views.setdefault(view, len(self._views))
        ms = min(max(look.ms, 0), MAX_LOOK_MS)
        self._rows += _row.pack(
            *(offset, look.time_ms, math.nan if width is None else width, view[0], number),
            *(first, last, fold, ms),
        )

    @property
    def views(self) -> int:
        """Number of page views with a look."""
        return len(self._views)

    def all(self) -> Looks:
        """All looks."""
        return np.frombuffer(self._rows, LOOK)


def recounted_looks(
    looks: Looks, bands: NDArray[np.int64], step_ms: int, *, together: bool
) -> tuple[dict[int, Counts], int]:
    """The expected counts by band, and the height of a row, px.

    Args:
        looks: those of the window, in the order of the log.
        bands: the band of each: a page view is one of a session in one band.
        step_ms: of two looks that end in the same step, the later one in the log is the newer.
        together: count all bands as band 0.
    """
    counts: dict[int, Counts] = {}
    views: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    fields = (looks[name].tolist() for name in ("view", "time_ms", "first", "last", "fold", "ms"))
    for band, view, time_ms, first, last, fold, ms in zip(bands.tolist(), *fields, strict=True):
        own = counts.setdefault(0 if together else band, Counter())
        own["tops", first] += ms
        own["bottoms", last] += ms
        views.setdefault((band, view), []).append((time_ms // step_ms, last, fold))
    for (band, _), seen in views.items():
        own = counts[0 if together else band]
        newest = max(step for step, _, _ in seen)
        own["depths", max(last for _, last, _ in seen)] += 1
        own["folds", [fold for step, _, fold in seen if step == newest][-1]] += 1
    counts = {band: +own for band, own in counts.items()}
    row_px = ROW_PX
    while sum(map(len, counts.values())) > MAX_ENTRIES and row_px < MAX_ROWS * ROW_PX:
        row_px *= 2
        counts = {band: _halved(own) for band, own in counts.items()}
    return counts, row_px


def look_differences(name: str, record: Any, expected: Counts, row_px: int) -> Iterator[str]:
    """Each row of a record's `looks` whose number is not the expected one."""
    try:
        if record["row"] != row_px:
            yield f"{name}: expected rows of {row_px} px, got {record['row']}"
            return
        got = _read(record)
        views = sum(number for (column, _), number in expected.items() if column == "depths")
        if record.get("views", 0) != views:
            yield f"{name}: expected {views} page views, got {record.get('views', 0)}"
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield f"{name}: {error!r}"
        return
    for entry in sorted(expected.keys() | got.keys()):
        if expected[entry] != got[entry]:
            yield f"{name} {entry[0]} of row {entry[1]}: expected {expected[entry]}, got {got[entry]}"


def _halved(counts: Counts) -> Counts:
    halved: Counts = Counter()
    for (column, row), number in counts.items():
        halved[column, row // 2] += number
    return halved


def _read(record: dict[str, Any]) -> Counts:
    """The counts in a record's `looks`: pairs of varints, the rows between two entries, and the number."""
    counts: Counts = Counter()
    for column in COLUMNS:
        row, pair, number, bits = -1, list[int](), 0, 0
        data = record.get(column, b"")
        if isinstance(data, str):  # in JSON
            data = base64.b64decode(data, validate=True)
        for byte in data:
            number += (byte % 128) << bits
            bits += 7
            if byte < 128:
                pair.append(number)
                number = bits = 0
            if len(pair) == 2:
                row += pair[0] + 1
                counts[column, row] = pair[1]
                pair = []
        if pair or bits:
            raise ValueError(f"{column} ends too early")
    return counts
