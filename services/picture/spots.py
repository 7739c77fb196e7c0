"""From events to a field: each event is a spot, and overlapping spots add up.

Events are counted on square cells, and the counts are convolved with the spot once: an event costs one
addition, and the cost of a picture depends only on the page's size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pageheat.services.picture.lines import Line

CELL_PX = 4
"""Side of a cell: half the smallest spot's radius. With interpolation, cells are invisible."""

BLUR = 1.5
"""Radius of a cell's spot, in its longer sides: a Gaussian's standard deviation is half of one; below, the
counts' cells show."""

NOISE = 1e-12
"""Fraction of the peak that counts as 0: the Fourier transform leaves 1e-15; no scale shows this little."""

Distances = NDArray[np.float64]

_GAUSSIAN_END = np.exp(-0.5 * 3**2)

PROFILES: dict[str, Callable[[Distances], Distances]] = {
    "gaussian": lambda d: np.maximum(np.exp(-0.5 * (3 * d) ** 2) - _GAUSSIAN_END, 0) / (1 - _GAUSSIAN_END),
    "cone": lambda d: np.maximum(1 - d, 0),
    "disc": lambda d: (d <= 1).astype(float),
}
"""The weight of an event at a distance, in radii: 1 at its place, 0 beyond 1. The Gaussian's standard
deviation is a third of the radius; it is lowered by the 1 % that remains at the radius."""


@dataclass(frozen=True)
class Field:
    """Heat on the cells of a page.

    `values` has shape (rows, columns) and covers the page from its top left corner; the last row and column
    may extend beyond it. `meaning` says which events a value counts. `total` is the number of events.
    """

    width_px: int
    height_px: int
    values: NDArray[np.float64]
    total: int
    meaning: str
    unit: str = ""
    """Of the values, such as " s"."""
    most: float | None = None
    """The end of the scale, whatever the values; None: the highest value."""
    lines: Sequence[Line] = ()
    spread_px: tuple[int, int] | None = None
    """From where to where a bar at the left edge is."""


def cells(length_px: int) -> int:
    """The number of cells that cover a length."""
    return -(-length_px // CELL_PX)


def count_on_cells(
    x: NDArray[np.int32], y: NDArray[np.int32], n: NDArray[np.int64], width_px: int, height_px: int
) -> NDArray[np.float64]:
    """Sum `n` per cell of a page; all (`x`, `y`), px, must be on the page. Shape (rows, columns)."""
    columns, rows = cells(width_px), cells(height_px)
    numbers = (y // CELL_PX).astype(np.int64) * columns + x // CELL_PX
    counts = np.bincount(numbers, weights=n, minlength=rows * columns)
    return counts.astype(np.float64, copy=False).reshape(rows, columns)


def spots(
    counts: NDArray[np.float64], width_px: int, height_px: int, profile: str, radius_px: float
) -> Field:
    """The field of a page's counts: at each place the events around it, weighted by distance."""
    nearer = "" if profile == "disc" else ", nearer ones weigh more"
    return Field(
        width_px,
        height_px,
        spread(counts, profile, radius_px),
        int(counts.sum()),
        f"within {radius_px:g} px{nearer}",
    )


def rows(
    page: NDArray[np.float64],
    top: NDArray[np.float64],
    bottom: NDArray[np.float64],
    size_px: tuple[int, int],
    row_px: int,
    profile: str,
    radius_px: float,
) -> Field:
    """The field of counts in rows: spread evenly over their cells, then by a round spot of a cell's size.

    The field's peak is the hottest cell's count, as in the overlay.

    Args:
        page: counts of shape (rows, columns), rows from the page's top; those below the page are left out.
        top, bottom: the same for what does not scroll: rows from the picture's top downwards, and from its
            bottom upwards.
        size_px: width and height of the page.
        row_px: height of a row, a multiple of CELL_PX.
        profile: of the spot.
        radius_px: of the spot, at least.
    """
    width_px, height_px = size_px
    column_px = width_px / page.shape[1]
    high = np.zeros((cells(height_px), page.shape[1]))
    on_page = [_on_cells(counts, row_px, len(high)) for counts in (page, top, bottom)]
    high[: len(on_page[0])] += on_page[0]
    high[: len(on_page[1])] += on_page[1]
    high[len(high) - len(on_page[2]) :] += on_page[2][::-1]
    even = high @ _overlaps(cells(width_px), column_px, page.shape[1]).T
    radius_px = max(radius_px, BLUR * max(column_px, row_px))
    values = spread(even, profile, radius_px)
    if peak := values.max():
        values *= max(float(counts.max(initial=0)) for counts in (page, top, bottom)) / peak
    meaning = f"on {column_px:.0f} by {row_px} px"
    return Field(width_px, height_px, values, round(float(high.sum())), meaning)


def _on_cells(counts: NDArray[np.float64], row_px: int, most: int) -> NDArray[np.float64]:
    """Rows as rows of cells, `most` of them at most."""
    cells_a_row = row_px // CELL_PX
    return (counts / cells_a_row).repeat(cells_a_row, axis=0)[:most]


def spread(counts: NDArray[np.float64], profile: str, radius_px: float) -> NDArray[np.float64]:
    """Convolve the counts with the spot: each cell's count at its place, and around it by the profile."""
    reach = int(radius_px // CELL_PX)
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    spot = PROFILES[profile](np.hypot(x, y) * CELL_PX / radius_px)
    rows, columns = counts.shape
    shape = _fast_length(rows + 2 * reach), _fast_length(columns + 2 * reach)
    spectrum = np.fft.rfft2(counts, shape)
    spectrum *= np.fft.rfft2(spot, shape)
    values: NDArray[np.float64] = np.fft.irfft2(spectrum, shape)[
        reach : reach + rows, reach : reach + columns
    ]
    values[values < NOISE * values.max()] = 0
    return values


def _fast_length(length: int) -> int:
    """The next length with a fast Fourier transform: without a prime factor above 5."""
    while True:
        remainder = length
        for prime in (2, 3, 5):
            while remainder % prime == 0:
                remainder //= prime
        if remainder == 1:
            return length
        length += 1


def _overlaps(cell_count: int, tile_px: float, tile_count: int) -> NDArray[np.float64]:
    """The fraction of each tile on each cell of a row, shape (cells, tiles)."""
    cell_starts = np.arange(cell_count)[:, None] * CELL_PX
    tile_starts = np.arange(tile_count)[None, :] * tile_px
    ends = np.minimum(cell_starts + CELL_PX, tile_starts + tile_px)
    overlaps: NDArray[np.float64] = np.maximum(ends - np.maximum(cell_starts, tile_starts), 0)
    return overlaps / tile_px
