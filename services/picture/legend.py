"""The legend: a small panel with the colours, their meaning, the total number of events, and a caption."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pageheat.services.picture.lettering import FINER, font
from pageheat.services.picture.options import Options
from pageheat.services.picture.palettes import INKS, LEVELS, PALETTES, levels_of
from pageheat.services.picture.scales import Scale
from pageheat.services.picture.spots import Field

MARGIN_PX = 16
"""Between the panel and the picture's edges."""

_WIDTH, _PADDING, _LINE, _STRIP, _GAP, _ROUND = 264, 14, 18, 12, 8, 7
_CAPTION = 16
_HEIGHT = 2 * _PADDING + _LINE + _GAP + _STRIP + 3 * _LINE - 2

_INK, _FAINT = 255, 170
"""Of 255: for the numbers, and for the explanations."""


def draw(
    levels: NDArray[np.uint8],
    options: Options,
    field: Field,
    scale: Scale,
    maximum: float,
    caption: Sequence[str] = (),
) -> None:
    """Draw the panel into a picture's levels, in place; if it doesn't fit, draw nothing.

    Args:
        levels: levels of the picture, shape (height, width).
        options: options of the picture, with `legend` set.
        field: what is drawn.
        scale: maps counts to colours.
        maximum: the count of the hottest colour.
        caption: further lines: of what and of when the picture is.
    """
    panel_px = _HEIGHT + (_GAP + len(caption) * _CAPTION if caption else 0)
    corner, palette = options.legend or "", PALETTES[options.colours]
    height, width = levels.shape
    if width < _WIDTH + 2 * MARGIN_PX or height < panel_px + 2 * MARGIN_PX:
        return
    top = MARGIN_PX if corner.startswith("top") else height - MARGIN_PX - panel_px
    left = MARGIN_PX if corner.endswith("left") else width - MARGIN_PX - _WIDTH
    place = levels[top : top + panel_px, left : left + _WIDTH]
    ink = np.asarray(_text(options.noun, field, scale, maximum, panel_px, caption))
    panel = (LEVELS + ink.astype(np.uint16) * (INKS - 1) // 255).astype(np.uint8)
    strip_top = _PADDING + _LINE + _GAP
    panel[strip_top : strip_top + _STRIP, _PADDING:-_PADDING] = levels_of(
        palette, np.linspace(0, 1, _WIDTH - 2 * _PADDING)
    )
    np.copyto(place, panel, where=_shape(panel_px))


def _text(
    noun: str, field: Field, scale: Scale, maximum: float, height: int, caption: Sequence[str]
) -> Image.Image:
    """The panel's text as ink, 0 to 255."""
    image = Image.new("L", (_WIDTH * FINER, height * FINER))
    canvas = ImageDraw.Draw(image)

    def write(x: float, y: int, text: str, size: int, ink: int, anchor: str) -> None:
        canvas.text((x * FINER, y * FINER), text, ink, font(size * FINER), anchor)

    left, middle, right = _PADDING, _WIDTH / 2, _WIDTH - _PADDING
    y = _PADDING
    write(left, y, noun.capitalize(), 14, _INK, "la")
    write(right, y, f"{field.total:,}", 14, _INK, "ra")
    y += _LINE + _GAP + _STRIP + 5
    write(left, y, "0", 12, _INK, "la")
    write(middle, y, number(scale.count_at(0.5, maximum)), 12, _INK, "ma")
    write(right, y, number(maximum) + field.unit, 12, _INK, "ra")
    write(left, y + _LINE + 3, field.meaning, 11, _FAINT, "la")
    write(left, y + 2 * _LINE, scale.name, 11, _FAINT, "la")
    for number_, line in enumerate(caption):
        y = _HEIGHT - _PADDING + _GAP + number_ * _CAPTION
        write(left, y, _fitting(line, font(11 * FINER)), 11, _INK, "la")
    return image.reduce(FINER)


def _fitting(line: str, lettering: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The line, cut in its middle if there is no room."""
    room = (_WIDTH - 2 * _PADDING) * FINER
    shown, kept = line, len(line)
    while lettering.getlength(shown) > room and kept > 2:
        kept -= 1
        shown = f"{line[: kept // 2]}…{line[-(kept - kept // 2) :]}"
    return shown


def number(count: float) -> str:
    """A count for reading: whole from 10 on, else to two digits."""
    return f"{count:,.0f}" if count >= 10 else f"{count:.2g}"


@cache
def _shape(height: int) -> NDArray[np.bool_]:
    """The mask of the panel, with its round corners."""
    image = Image.new("1", (_WIDTH, height))
    ImageDraw.Draw(image).rounded_rectangle((0, 0, _WIDTH - 1, height - 1), _ROUND, fill=1)
    return np.asarray(image)
