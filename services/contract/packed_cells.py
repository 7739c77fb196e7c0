"""`PackedCells`: the counts of a layer's cells in few bytes, in one of two forms.

- *By cell*: for each cell with events, in the order of the numbers, two varints (see `varints.py`): how many
  cells without events are between it and the one before, and its count.
- *All*: a byte n and a byte 0, then the count of each cell from 0 on in n bytes, the lowest first. No layer
  by cell begins like this, as a cell by itself has a count. Trailing cells without events are left out.

The second is shorter where many cells have events, and takes a fraction of the time.
"""

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.varints import numbers, split_varints, varints

MAX_GAP = 2**31
"""Of cells without events between two: their numbers add up without an overflow."""

_BYTES_BY_CELL = 2
_WIDTHS = (1, 2, 4)
_NOTHING = np.zeros(0, np.int64)


def packed_by_cell(numbers: NDArray[np.int64], counts: NDArray[np.integer]) -> bytes:
    """Pack cells, whose numbers are in order; no count is 0."""
    if not len(numbers):
        return b""
    pairs = np.empty(2 * len(numbers), np.int64)
    pairs[0] = numbers[0]
    pairs[2::2] = np.diff(numbers) - 1
    pairs[1::2] = counts
    return varints(pairs)


def packed_layers(
    numbers: NDArray[np.int64], counts: NDArray[np.integer], begins: NDArray[np.integer]
) -> list[bytes]:
    """Pack many layers by cell: each begins at one of `begins` and ends at the next."""
    pairs = np.empty(2 * len(numbers), np.int64)
    gaps = pairs[::2]
    gaps[0:1] = numbers[0:1]
    np.subtract(numbers[1:], numbers[:-1], out=gaps[1:])
    gaps[1:] -= 1
    first = begins[begins < len(numbers)]
    gaps[first] = numbers[first]
    pairs[1::2] = counts
    return split_varints(pairs, 2 * begins)


def packed(counts: NDArray[np.integer], hot: int) -> bytes:
    """Pack the counts of all cells from 0 on, none above 2³² − 1; `hot` have events."""
    if not hot:
        return b""
    width = next(width for width in _WIDTHS if counts.itemsize == width or int(counts.max()) < 1 << 8 * width)
    if hot * _BYTES_BY_CELL < len(counts) * width:
        at = counts.nonzero()[0]
        return packed_by_cell(at, counts[at])
    data = counts.astype(f"<u{width}", copy=False).tobytes().rstrip(b"\0")
    return bytes((width, 0)) + data + bytes(-len(data) % width)


def cells(packed: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the cells with events, in order, and their counts.

    Raises:
        ValueError: the bytes have neither form, a count by cell is 0, or a cell's number too large.
    """
    if not packed:
        return _NOTHING, _NOTHING
    if packed[1:2] == b"\0" and packed[0] in _WIDTHS:
        counts = np.frombuffer(packed, f"<u{packed[0]}", offset=2)
        at = np.flatnonzero(counts)
        return at, counts[at].astype(np.int64)
    pairs = numbers(packed)
    if len(pairs) % 2 or not pairs[1::2].all():
        raise ValueError("a cell without a count")
    if pairs[::2].max(initial=0) >= MAX_GAP:
        raise ValueError("a cell far below any page")
    return np.cumsum(pairs[::2] + 1) - 1, pairs[1::2]
