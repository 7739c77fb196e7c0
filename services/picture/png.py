"""A palette PNG, written for smooth pictures of few colours.

Neighbouring levels of a smooth field differ by little, so each line is told by its differences from the one
above (PNG's filter "Up"): runs of a few small numbers, which Deflate packs without a search for repetitions
(strategy RLE). Libraries leave palette pictures unfiltered; on a page of 1280 × 4000 px that comes to twice
or three times the bytes in the same time, or to about as many in three times as long.
"""

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

UP = 2
"""PNG's number of the filter."""

STRIP = 64
"""Lines filtered at once: on a usual page they stay within the processor's cache."""


class TooLong(Exception):
    """The bytes of a picture would be more than are wanted."""


def encode(levels: NDArray[np.uint8], colours: NDArray[np.uint8], most_bytes: float = math.inf) -> bytes:
    """The PNG.

    Args:
        levels: the number of each pixel's colour, shape (height, width).
        colours: red, green, blue and alpha of each, shape (up to 256, 4).
        most_bytes: that pixels may take.

    Raises:
        TooLong: they take more; found out as soon as so many have been written.
    """
    height, width = levels.shape
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", colours[:, :3].tobytes()),
            _chunk(b"tRNS", colours[:, 3].tobytes()),
            _chunk(b"IDAT", _deflate(levels, most_bytes)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _deflate(levels: NDArray[np.uint8], most_bytes: float) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    height, width = levels.shape
    lines = np.empty((min(STRIP, height), 1 + width), np.uint8)
    lines[:, 0] = UP
    above = np.zeros(width, np.uint8)
    parts = []
    written = 0
    for top in range(0, height, STRIP):
        strip = levels[top : top + STRIP]
        filtered = lines[: len(strip)]
        np.subtract(strip[0], above, out=filtered[0, 1:])
        np.subtract(strip[1:], strip[:-1], out=filtered[1:, 1:])
        above = strip[-1]
        parts.append(deflate.compress(filtered.data))
        written += len(parts[-1])
        if written > most_bytes:
            raise TooLong
    return b"".join([*parts, deflate.flush()])
