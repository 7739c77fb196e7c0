"""Lines across a picture, each with a label at its left end, and a bar at the left edge."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pageheat.services.picture.lettering import FINER, font
from pageheat.services.picture.palettes import INKS, LEVELS

_GROUND, _INK = LEVELS, LEVELS + INKS - 1
"""Levels of the dark edge and of the light line, to be seen on any page."""

_LABEL, _TEXT, _PADDING, _GAP, _LEFT = 20, 12, 7, 3, 10
"""Of a label: height and size of its text, px beside its text, below it, and before the first one."""

_DASH_PX = 6

_BAR = slice(3, 6)


@dataclass(frozen=True)
class Line:
    """A line's place from the page's top, and its label."""

    y_px: int
    label: str
    dashed: bool = False


def draw(levels: NDArray[np.uint8], lines: Sequence[Line], spread_px: tuple[int, int] | None) -> None:
    """Draw all into a picture's levels, in place; labels that would meet are side by side."""
    height, width = levels.shape
    if spread_px:
        levels[slice(*spread_px), _BAR.start - 1 : _BAR.stop + 1] = _GROUND
        levels[slice(*spread_px), _BAR] = _INK
    ys = [min(max(line.y_px, 1), height - 2) for line in lines]
    for y, line in zip(ys, lines, strict=True):
        across = np.arange(width) // _DASH_PX % 2 == 0 if line.dashed else np.ones(width, bool)
        levels[y - 1 : y + 2, across] = _GROUND
        levels[y, across] = _INK
    ends: list[tuple[int, int]] = []  # of each label, its line and its right end
    for y, line in zip(ys, lines, strict=True):
        label = _label(line.label)
        left = max((end + _GAP for other, end in ends if abs(other - y) < _LABEL + 2 * _GAP), default=_LEFT)
        top = max(0, y - _GAP - _LABEL)
        place = levels[top : top + _LABEL, left : left + label.shape[1]]
        place[:] = label[: place.shape[0], : place.shape[1]]
        ends.append((y, left + label.shape[1]))


def _label(text: str) -> NDArray[np.uint8]:
    """A label's levels."""
    wide = round(font(_TEXT * FINER).getlength(text) / FINER) + 2 * _PADDING
    image = Image.new("L", (wide * FINER, _LABEL * FINER))
    middle = (wide * FINER / 2, _LABEL * FINER / 2)
    ImageDraw.Draw(image).text(middle, text, 255, font(_TEXT * FINER), "mm")
    ink = np.asarray(image.reduce(FINER)).astype(np.uint16)
    return (LEVELS + ink * (INKS - 1) // 255).astype(np.uint8)
