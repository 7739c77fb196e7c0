"""Our colours can be read on any page: WCAG 2.2, 1.4.3 and 1.4.11, for light and dark.

axe-core can't tell, as our parts are translucent: here the page below is the worst, all black or all white.
"""

import re

import pytest

from pageheat.frontends.heatmap.server import STATIC

Colour = tuple[float, ...]

THEME = dict(re.findall(r"^ +--(\w+): light-dark\((.+)\);$", (STATIC / "theme.css").read_text("utf-8"), re.M))
WHITE, BLACK = (255.0, 255.0, 255.0), (0.0, 0.0, 0.0)

TEXT = ("ink", "quiet", "accent", "warn", "rage", "dead")
GRAPHICS = ("live", "accent", "warn")


def colour(name: str, scheme: int) -> Colour:
    """Red, green, blue, and alpha if it has one; scheme 0 is light, 1 dark."""
    text = re.findall(r"#\w{6}|rgb\([^)]+\)", THEME[name])[scheme]
    if text.startswith("#"):
        return tuple(float(int(text[at : at + 2], 16)) for at in (1, 3, 5))
    return tuple(float(number) for number in re.findall(r"[\d.]+", text))


def over(above: Colour, below: Colour) -> Colour:
    """A colour over an opaque one."""
    red, green, blue, *rest = above
    alpha = rest[0] if rest else 1.0
    return tuple(alpha * a + (1 - alpha) * b for a, b in zip((red, green, blue), below, strict=True))


def luminance(it: Colour) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [c / 255 / 12.92 if c <= 10.314 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in it]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("page", [WHITE, BLACK], ids=["on white", "on black"])
def test_text_and_graphics_stand_out_from_our_glass_over_any_page(scheme: int, page: Colour) -> None:
    glass = over(colour("glass", scheme), page)
    low = {name: contrast(colour(name, scheme), glass) for name in TEXT}
    assert {name: ratio for name, ratio in low.items() if ratio < 4.5} == {}
    assert min(contrast(colour(name, scheme), glass) for name in GRAPHICS) >= 3


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("page", [WHITE, BLACK], ids=["on white", "on black"])
def test_text_stands_out_from_what_is_sunk_into_the_glass(scheme: int, page: Colour) -> None:
    trough = over(colour("trough", scheme), over(colour("glass", scheme), page))
    assert min(contrast(colour(name, scheme), trough) for name in ("ink", "quiet")) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_opaque_grounds(scheme: int) -> None:
    for ground in ("ground", "raised"):
        assert min(contrast(colour(name, scheme), colour(ground, scheme)) for name in TEXT) >= 4.5
    assert contrast(colour("ink", scheme), colour("chip", scheme)) >= 4.5
    assert contrast(colour("raised", scheme), colour("accent", scheme)) >= 4.5
