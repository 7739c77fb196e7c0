"""Draws a field of heat: as a transparent palette PNG of the page's size, or over a screenshot of it."""

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pageheat.services.contract.errors import PageheatError
from pageheat.services.picture import legend, lines, png
from pageheat.services.picture.options import Options
from pageheat.services.picture.palettes import PALETTES, colour_table, levels_of
from pageheat.services.picture.scales import SCALES
from pageheat.services.picture.spots import CELL_PX, Field

MAX_WIDTH_PX, MAX_HEIGHT_PX = 10_000, 50_000
"""Real pages are smaller; the sizes that visitors' browsers report may be anything."""

MAX_PIXELS = 64_000_000
"""1280 × 50,000: drawing takes 230 MB and a second or two."""

FINE_BYTES, FINE_PIXELS = 200_000, 1280 * 4000
"""Limit for a picture drawn px by px; in proportion for pictures of more pixels."""

DOT_PX = 2
"""Side of the dots of a picture beyond that limit: invisible on a blur, and a third smaller."""


class TooLarge(PageheatError):
    """A page is too large for a picture."""


@dataclass(frozen=True)
class Picture:
    """A PNG and its key figures: `total` events, and `maximum`, the count of the hottest colour."""

    png: bytes
    width_px: int
    height_px: int
    total: int
    maximum: float


def size_px(width: float, height: float) -> tuple[int, int]:
    """A page's size in whole px.

    Raises:
        TooLarge: a picture cannot have this size.
    """
    size = max(1, round(width)), max(1, round(height))
    if size[0] > MAX_WIDTH_PX or size[1] > MAX_HEIGHT_PX or size[0] * size[1] > MAX_PIXELS:
        raise TooLarge(
            f"{size[0]:,} × {size[1]:,} px are too many for a picture: at most {MAX_WIDTH_PX:,} × "
            f"{MAX_HEIGHT_PX:,}, and {MAX_PIXELS // 1_000_000} million in all"
        )
    return size


def draw(
    field: Field, options: Options, over: Image.Image | None = None, caption: Sequence[str] = ()
) -> Picture:
    """Draw the field, over a screenshot if given; a `caption` is in the legend.

    Draws px by px, or in dots of DOT_PX if that would take more than FINE_BYTES. A screenshot is scaled to
    the page's width; the picture then has the screenshot's height, and is RGB.

    Raises:
        TooLarge: the screenshot is too large at that width.
    """
    scale = SCALES[options.curve]
    maximum = options.maximum or field.most or float(field.values.max(initial=0)) or 1.0
    palette = PALETTES[options.colours]
    cells = levels_of(palette, scale.fractions(field.values, maximum))
    colours = colour_table(palette, options.cover)
    width, height = size = field.width_px, field.height_px
    if over is not None:
        size = size_px(width, over.height * width / over.width)

    def levels(dot_px: int) -> NDArray[np.uint8]:
        drawn = _fit(_enlarge(cells, width, height, dot_px), size[1])
        lines.draw(drawn, field.lines, field.spread_px)
        if options.legend:
            legend.draw(drawn, options, field, scale, maximum, caption)
        return drawn

    if over is not None:
        shown = _opaque(over).resize(size, Image.Resampling.LANCZOS)
        data = _lay(levels(1), colours, shown)
    else:
        data = b""
        with suppress(png.TooLong):
            data = png.encode(levels(1), colours, FINE_BYTES * max(1, width * height / FINE_PIXELS))
        data = data or png.encode(levels(DOT_PX), colours)
    return Picture(data, *size, field.total, maximum)


def _enlarge(cells: NDArray[np.uint8], width: int, height: int, dot_px: int) -> NDArray[np.uint8]:
    """Interpolate the cells' levels to px, with equal levels on dots of `dot_px`, a divisor of CELL_PX.

    Interpolating levels takes one byte per dot; interpolating counts would take eight.
    """
    columns, rows = -(-width // dot_px), -(-height // dot_px)
    dots = Image.fromarray(cells).resize(
        (columns, rows),
        Image.Resampling.BILINEAR,
        box=(0, 0, columns * dot_px / CELL_PX, rows * dot_px / CELL_PX),
    )
    levels = np.asarray(dots)
    if dot_px > 1:
        levels = levels.repeat(dot_px, axis=0).repeat(dot_px, axis=1)
    return levels[:height, :width]


def _fit(levels: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Cut at the height, or extend with cold rows."""
    fitted = np.zeros((height, levels.shape[1]), np.uint8)
    fitted[: len(levels)] = levels[:height]
    return fitted


def _opaque(image: Image.Image) -> Image.Image:
    """A screenshot as RGB, with white behind what is transparent."""
    if image.has_transparency_data:
        shown = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
    return image.convert("RGB")


def _lay(levels: NDArray[np.uint8], colours: NDArray[np.uint8], page: Image.Image) -> bytes:
    """Lay the levels' colours over the page; return a PNG."""
    heat = Image.fromarray(levels)
    opacity = heat.point(colours[:, 3].tolist())
    heat.putpalette(colours[:, :3].tobytes())
    page.paste(heat.convert("RGB"), mask=opacity)
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
