"""Recounts the fine rows of grids and breakdowns, and reads them with code of its own."""

import base64
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.records import MAX_ROWS, ROW_PX

ANCHORS = ("", "top-", "bottom-")
"""Where rows are counted from: the top of what scrolls, and top and bottom of the viewport."""

PAGE, TOP, BOTTOM = range(len(ANCHORS))

LAYERS = ("moves", "clicks")
"""By the number of their type."""

Fine = Counter[tuple[str, int, int]]
"""Layer, row, column → number of events."""


def recounted_fine(
    events: NDArray[np.void], grid_size: int, most: int, bands: NDArray[np.int64] | None = None
) -> tuple[dict[int, Fine], int]:
    """The expected counts by band, and the height of a row, px: so high that there are at most `most` cells.

    Args:
        events: rows of `recount.EVENT`.
        grid_size: the number of columns.
        most: cells of all bands together.
        bands: each event's band; None counts them all as band 0.
    """
    numbers = np.zeros(len(events), np.int64) if bands is None else bands
    is_shown = (events["anchor"] >= 0) & (events["type"] < len(LAYERS))
    shown, numbers = events[is_shown], numbers[is_shown]
    row_px = ROW_PX
    while True:
        rows = shown["row"] // (row_px // ROW_PX)
        places = np.stack((numbers, shown["anchor"], shown["type"], rows, shown["column"]))
        different, counts = np.unique(places, axis=1, return_counts=True)
        if len(counts) <= most or row_px == MAX_ROWS * ROW_PX:
            break
        row_px *= 2
    found: dict[int, Fine] = {0: Counter()} if bands is None else {}
    for (band, anchor, type_, row, column), count in zip(different.T.tolist(), counts.tolist(), strict=True):
        found.setdefault(band, Counter())[ANCHORS[anchor] + LAYERS[type_], row, column] = count
    return found, row_px


def read_fine(fine: dict[str, Any], grid_size: int) -> Fine:
    """The counts in a record's `fine`.

    Raises:
        ValueError: it has another form.
    """
    counts: Fine = Counter()
    for layer in (anchor + name for anchor in ANCHORS for name in LAYERS):
        data = fine.get(layer, b"")
        if isinstance(data, str):  # in JSON
            data = base64.b64decode(data, validate=True)
        for cell, count in read_layer(data):
            counts[layer, cell // grid_size, cell % grid_size] = count
    return counts


def read_layer(data: bytes) -> Iterator[tuple[int, int]]:
    """The number and the count of each cell with events in a packed layer.

    Raises:
        ValueError: it has another form.
    """
    if len(data) > 1 and not data[1]:  # all cells, in so many bytes each
        if data[0] not in (1, 2, 4) or len(data) % data[0] != 2 % data[0]:
            raise ValueError(f"cells of {data[0]} bytes")
        for cell, at in enumerate(range(2, len(data), data[0])):
            if count := int.from_bytes(data[at : at + data[0]], "little"):
                yield cell, count
        return
    numbers = _varints(data)
    cell = -1
    for gap, count in zip(numbers[::2], numbers[1::2], strict=True):
        cell += gap + 1
        if not count:
            raise ValueError(f"cell {cell} has 0")
        yield cell, count


def coarser(fine: Fine, times: int) -> Fine:
    """The counts in rows that are `times` as high."""
    counts: Fine = Counter()
    for (layer, row, column), count in fine.items():
        counts[layer, row // times, column] += count
    return counts


def fine_differences(name: str, fine: Any, grid_size: int, expected: Fine, row_px: int) -> Iterator[str]:
    """Each fine cell whose count is not the expected one."""
    try:
        if fine["row"] != row_px:
            yield f"{name}: expected rows of {row_px} px, got {fine['row']}"
            return
        got = read_fine(fine, grid_size)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield f"{name}: {error!r}"
        return
    for cell in sorted(expected.keys() | got.keys()):
        if expected[cell] != got[cell]:
            layer, row, column = cell
            yield f"{name} {layer} of cell ({column}, {row}): expected {expected[cell]}, got {got[cell]}"


def _varints(data: bytes) -> list[int]:
    numbers, number, bits = [], 0, 0
    for byte in data:
        number |= (byte & 0x7F) << bits
        bits += 7
        if byte < 0x80:
            numbers.append(number)
            number = bits = 0
    if bits:
        raise ValueError("the last number does not end")
    return numbers
