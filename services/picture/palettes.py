"""Palettes: heat → colour and opacity, as one table for a picture's pixels.

All are perceptually uniform: equal steps of heat look equally far apart, also to people with colour-deficient
sight and in a grey print. Opacity grows from 0, so cold places are not covered at all.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

LEVELS = 160
"""Levels of heat; level 0 is cold. The step between two levels is invisible; more would make larger files."""

INKS = 96
"""Shades from the legend's ground to its ink, for smooth text: the remainder of PNG's 256 colours."""

_GROUND, _INK = (24, 25, 29, 240), (255, 255, 255, 255)
"""Red, green, blue, alpha. The ground is slightly transparent, and dark on light pages."""


@dataclass(frozen=True)
class Palette:
    """Colours at even distances, cold to hot, and how opacity grows with heat h.

    Opacity is 1 − (1 − h ** `gentle`) ** `steep`, times the opacity of the hottest spot.
    """

    anchors: str
    gentle: float
    steep: float

    def colours(self, heat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Red, green, blue and alpha, 0 to 255 each, for heat from 0 to 1. Shape (heats, 4)."""
        anchors = np.array([list(bytes.fromhex(colour)) for colour in self.anchors.split()]).T
        places = np.linspace(0, 1, anchors.shape[1])
        alpha = 255 * (1 - (1 - heat**self.gentle) ** self.steep)
        return np.stack([*(np.interp(heat, places, channel) for channel in anchors), alpha], axis=1)


# The overlay's: frontends/heatmap/static/core/colours.js says where the colours and opacities come from.
_HAZE = {"gentle": 1.35, "steep": 3}
_SPOT = {"gentle": 1, "steep": 7}

_PLASMA = (
    "0d0887 310597 4c02a1 6600a7 7e03a8 9511a1 aa2395 bc3587 cc4778 "
    "da5a6a e66c5c f0804e f89540 fdac33 fdc527 f8df25 f0f921"
)

PALETTES = {
    "plasma": Palette(_PLASMA, **_HAZE),
    "mint": Palette("006b74 047e83 049392 06a89f 05beab 21d4b5 51e8bf 75fbc8 d0ffe4", **_SPOT),
    "red": Palette("92002e b20234 c53342 d55455 e4706a f28c80 ffa698 ffc7ba ffe5de", **_SPOT),
    "blue": Palette("1a2c94 2149a4 3063b3 447cc1 5c95ce 77addc 95c5e9 b4ddf7 ddf2fe", **_SPOT),
    "amber": Palette("772e00 8e4200 a35705 ba6d01 ce8406 e19d1f f2b734 ffd258 ffefb3", **_HAZE),
    "attention": Palette(_PLASMA, gentle=1, steep=1.5),
    "scroll": Palette(_PLASMA, gentle=1, steep=5),
    # For print: even steps of OKLab lightness from 0.84 down to 0.16, black ink on white paper.
    "grey": Palette("cacaca afafaf 959595 7c7c7c 636363 4c4c4c 353535 202020 0d0d0d", **_HAZE),
}


def levels_of(palette: Palette, heat: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The levels for heat from 0 to 1: closer together where the palette changes more."""
    return (np.interp(heat, _HEATS, _changes(palette)) * (LEVELS - 1)).round().astype(np.uint8)


def colour_table(palette: Palette, opacity: float) -> NDArray[np.uint8]:
    """A picture's colours: LEVELS of heat, then INKS from ground to ink; each red, green, blue, alpha."""
    heats = np.interp(np.linspace(0, 1, LEVELS), _changes(palette), _HEATS)
    levels = palette.colours(heats) * (1, 1, 1, opacity)
    inks = np.linspace(_GROUND, _INK, INKS)
    return np.concatenate([levels, inks]).round().astype(np.uint8)


_HEATS = np.linspace(0, 1, 1024)


@cache
def _changes(palette: Palette) -> NDArray[np.float64]:
    """The palette's change up to each of _HEATS, as a fraction of its total change.

    The change of a step is that of the channel that changes most; opacity is a channel too.
    """
    steps = np.abs(np.diff(palette.colours(_HEATS), axis=0)).max(axis=1)
    changes: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])
    return changes
