"""A field of heat drawn: as a transparent palette PNG of the page's size, or over a screenshot of it."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.contract.errors import PageheatError
from services.picture import legend, png
from services.picture.options import Options
from services.picture.palettes import PALETTES, colour_table, levels_of
from services.picture.scales import SCALES
from services.picture.spots import CELL_PX, Field

MAX_WIDTH_PX, MAX_HEIGHT_PX = 10_000, 50_000
"""Pages that people have seen are below; what visitors' browsers claim may be anything."""

MAX_PIXELS = 64_000_000
"""1280 × 50,000: 230 MB while it is drawn, and a second of work."""


class TooLarge(PageheatError):
    """A page has a size of which no picture is made."""


@dataclass(frozen=True)
class Picture:
    """A PNG, and what its colours say: `total` events, `maximum` of them at the hottest colour."""

    png: bytes
    width_px: int
    height_px: int
    total: int
    maximum: float


def size_px(width: float, height: float) -> tuple[int, int]:
    """A page's size in whole px, if a picture can have it.

    Raises:
        TooLarge: it can't.
    """
    size = max(1, round(width)), max(1, round(height))
    if size[0] > MAX_WIDTH_PX or size[1] > MAX_HEIGHT_PX or size[0] * size[1] > MAX_PIXELS:
        raise TooLarge(
            f"{size[0]:,} × {size[1]:,} px are too many for a picture; it has at most {MAX_WIDTH_PX:,} × "
            f"{MAX_HEIGHT_PX:,}, and {MAX_PIXELS // 1_000_000} million in all"
        )
    return size


def draw(field: Field, options: Options, over: Image.Image | None = None) -> Picture:
    """Draw the field; over a screenshot if there is one.

    A screenshot is brought to the page's width; the picture ends where it ends, and is RGB.

    Raises:
        TooLarge: the screenshot would be, at that width.
    """
    scale = SCALES[options.scale]
    maximum = options.maximum or float(field.values.max()) or 1.0
    palette = PALETTES[options.colours]
    levels = _enlarge(field, levels_of(palette, scale.fractions(field.values, maximum)))
    if over is not None:
        size = size_px(field.width_px, over.height * field.width_px / over.width)
        shown = over.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        levels = _fit(levels, shown.height)
    if options.legend:
        levels = levels.copy()  # Pillow's own are read-only
        legend.draw(levels, options, field.total, scale, maximum, field.meaning)
    colours = colour_table(palette, options.opacity)
    data = png.encode(levels, colours) if over is None else _lay(levels, colours, shown)
    return Picture(data, levels.shape[1], levels.shape[0], field.total, maximum)


def _enlarge(field: Field, cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Levels of cells to those of px. As levels they are interpolated in a byte a px, not in eight."""
    width, height = field.width_px, field.height_px
    image = Image.fromarray(cells).resize(
        (width, height), Image.Resampling.BILINEAR, box=(0, 0, width / CELL_PX, height / CELL_PX)
    )
    return np.asarray(image)


def _fit(levels: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Cut at the height, or go on cold."""
    fitted = np.zeros((height, levels.shape[1]), np.uint8)
    fitted[: len(levels)] = levels[:height]
    return fitted


def _lay(levels: NDArray[np.uint8], colours: NDArray[np.uint8], page: Image.Image) -> bytes:
    """The levels' colours laid over the page, as a PNG."""
    heat = Image.fromarray(levels)
    opacity = heat.point(colours[:, 3].tolist())
    heat.putpalette(colours[:, :3].tobytes())
    page.paste(heat.convert("RGB"), mask=opacity)
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
