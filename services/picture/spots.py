"""From events to a field: each event is a spot, and where spots overlap they add up.

Events are counted on square cells, and the counts are convolved with the spot once: what an event costs is
an addition, what a picture costs depends on the page's size alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELL_PX = 4
"""Side of a cell. Half the smallest spot's radius; interpolated between, cells are not seen."""

BLUR = 1.5
"""Radius of a tile's spot, in tiles: a Gaussian's standard deviation is half a tile; less shows tiles."""

NOISE = 1e-12
"""Of the peak: what the Fourier transform leaves (1e-15) where nothing is; no scale shows as little."""

Distances = NDArray[np.float64]

_GAUSSIAN_END = np.exp(-0.5 * 3**2)

PROFILES: dict[str, Callable[[Distances], Distances]] = {
    "gaussian": lambda d: np.maximum(np.exp(-0.5 * (3 * d) ** 2) - _GAUSSIAN_END, 0) / (1 - _GAUSSIAN_END),
    "cone": lambda d: np.maximum(1 - d, 0),
    "disc": lambda d: (d <= 1).astype(float),
}
"""The weight of an event at a distance, in radii: 1 at its place, 0 beyond 1. The Gaussian's standard
deviation is a third of the radius, and it is lowered by the 1 % that it has left there."""


@dataclass(frozen=True)
class Field:
    """Heat on the cells of a page.

    `values` has shape (rows, columns) and covers the page from its top left corner, its last row and column
    perhaps in part. `meaning` says of which events a value is the number. `total` is the number of events.
    """

    width_px: int
    height_px: int
    values: NDArray[np.float64]
    total: int
    meaning: str


def cells(length_px: int) -> int:
    """How many cells cover a length."""
    return -(-length_px // CELL_PX)


def count_on_cells(
    x: NDArray[np.int32], y: NDArray[np.int32], n: NDArray[np.int64], width_px: int, height_px: int
) -> NDArray[np.float64]:
    """Sum `n` on the cells of a page; all (`x`, `y`), px, must lie on it. Shape (rows, columns)."""
    columns, rows = cells(width_px), cells(height_px)
    numbers = (y // CELL_PX).astype(np.int64) * columns + x // CELL_PX
    counts = np.bincount(numbers, weights=n, minlength=rows * columns)
    return counts.astype(np.float64, copy=False).reshape(rows, columns)


def spots(
    counts: NDArray[np.float64], width_px: int, height_px: int, profile: str, radius_px: float
) -> Field:
    """The field of a page's counts: at each place the events around it, weighed by their distance."""
    nearer = "" if profile == "disc" else ", nearer ones weigh more"
    return Field(
        width_px,
        height_px,
        spread(counts, profile, radius_px, radius_px),
        int(counts.sum()),
        f"within {radius_px:g} px{nearer}",
    )


def tiles(
    counts: NDArray[np.float64], width_px: int, height_px: int, profile: str, radius_px: float
) -> Field:
    """The field of a grid's tiles, shape (rows, columns), spread evenly, then by a spot of their size.

    The field's peak has the hottest tile's count, as in the overlay.
    """
    rows, columns = counts.shape
    tile_width, tile_height = width_px / columns, height_px / rows
    even = (
        _overlaps(cells(height_px), tile_height, rows)
        @ counts
        @ _overlaps(cells(width_px), tile_width, columns).T
    )
    values = spread(even, profile, max(radius_px, BLUR * tile_width), max(radius_px, BLUR * tile_height))
    if peak := values.max():
        values *= counts.max() / peak
    meaning = f"on a tile of {tile_width:.0f} by {tile_height:.0f} px"
    return Field(width_px, height_px, values, int(counts.sum()), meaning)


def spread(
    counts: NDArray[np.float64], profile: str, radius_x_px: float, radius_y_px: float
) -> NDArray[np.float64]:
    """Have each cell's count at its place, and around it as much of it as the profile says."""
    across, down = int(radius_x_px // CELL_PX), int(radius_y_px // CELL_PX)
    y, x = np.ogrid[-down : down + 1, -across : across + 1]
    spot = PROFILES[profile](np.hypot(x * CELL_PX / radius_x_px, y * CELL_PX / radius_y_px))
    rows, columns = counts.shape
    shape = _quick(rows + 2 * down), _quick(columns + 2 * across)
    spectrum = np.fft.rfft2(counts, shape)
    spectrum *= np.fft.rfft2(spot, shape)
    values: NDArray[np.float64] = np.fft.irfft2(spectrum, shape)[
        down : down + rows, across : across + columns
    ]
    values[values < NOISE * values.max()] = 0
    return values


def _quick(length: int) -> int:
    """The next length of which a Fourier transform is quick: without a prime factor above 5."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _overlaps(cell_count: int, tile_px: float, tile_count: int) -> NDArray[np.float64]:
    """Which part of each tile lies on each cell of a row, shape (cells, tiles)."""
    cell_starts = np.arange(cell_count)[:, None] * CELL_PX
    tile_starts = np.arange(tile_count)[None, :] * tile_px
    ends = np.minimum(cell_starts + CELL_PX, tile_starts + tile_px)
    overlaps: NDArray[np.float64] = np.maximum(ends - np.maximum(cell_starts, tile_starts), 0)
    return overlaps / tile_px
