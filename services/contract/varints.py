"""Varints: whole numbers in 7 bits a byte, the lowest first; the eighth bit is set on all but the last byte.

`varints` and `numbers` are for many at once.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 9
"""Of a varint: 63 bits, more than any number here needs."""


def put(out: bytearray, number: int) -> None:
    """Append a number, not below 0."""
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def varints(numbers: NDArray[np.int64]) -> bytes:
    """Numbers, none below 0, as varints one after the other."""
    most = int(numbers.max(initial=0))
    if most < 1 << 7:
        return numbers.astype(np.uint8).tobytes()
    if most < 1 << 14:
        high = numbers >> 7
        pairs = np.empty((len(numbers), 2), np.uint8)
        pairs[:, 0] = numbers & 0x7F | (high != 0) << 7
        pairs[:, 1] = high
        is_used = np.ones(pairs.shape, bool)
        is_used[:, 1] = high
        return pairs[is_used].tobytes()
    long = np.flatnonzero(numbers >> 7)  # few, mostly: they need more than one byte
    extra = sum((numbers[long] >> bits > 0).astype(np.int64) for bits in range(7, most.bit_length(), 7))
    lengths = np.ones(len(numbers), np.int64)
    lengths[long] += extra
    starts = np.cumsum(lengths) - lengths
    out = np.empty(int(lengths.sum()), np.uint8)
    out[starts] = numbers & 0x7F
    for i in range(1, int(lengths.max())):
        has = long[lengths[long] > i]
        out[starts[has] + i - 1] |= 0x80
        out[starts[has] + i] = numbers[has] >> 7 * i & 0x7F
    return out.tobytes()


def split_varints(numbers: NDArray[np.int64], begins: NDArray[np.integer]) -> list[bytes]:
    """`varints` in parts: each begins at one of `begins` and ends at the next."""
    data = varints(numbers)
    if len(data) > len(numbers):
        lengths = np.ones(len(numbers), np.int64)
        for bits in range(7, int(numbers.max()).bit_length(), 7):
            lengths += numbers >> bits > 0
        begins = np.concatenate(([0], np.cumsum(lengths)))[begins]
    return [data[start:end] for start, end in pairwise(begins.tolist())]


def numbers(varints: bytes) -> NDArray[np.int64]:
    """The numbers in a row of varints.

    Raises:
        ValueError: the last one does not end, or one is too long.
    """
    data = np.frombuffer(varints, np.uint8)
    ends = np.flatnonzero(data < 0x80)
    if len(data) and (not len(ends) or ends[-1] != len(data) - 1):
        raise ValueError("the last varint does not end")
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    lengths = ends - starts + 1
    if len(ends) and lengths.max() > MAX_BYTES:
        raise ValueError(f"a varint has more than {MAX_BYTES} bytes")
    values = data[starts].astype(np.int64) & 0x7F
    long = np.flatnonzero(lengths > 1)
    for i in range(1, int(lengths.max(initial=0))):
        has = long[lengths[long] > i]
        values[has] |= (data[starts[has] + i].astype(np.int64) & 0x7F) << 7 * i
    return values
