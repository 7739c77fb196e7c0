"""The options of a picture, parsed the same way from a command line and from an address's query."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pageheat.services.contract.errors import PageheatError
from pageheat.services.picture.palettes import PALETTES
from pageheat.services.picture.scales import SCALES
from pageheat.services.picture.spots import PROFILES

LAYERS = {"moves": "move", "clicks": "click", "rage": "rage", "dead": "dead", "dwell": "dwell"}
"""Layer → the type of its events."""

ROW_LAYERS = ("attention", "scroll")
"""Layers that lie across the page: for how long it was in view, and how far down page views reached."""

_ALL_LAYERS = (*LAYERS, *ROW_LAYERS)

NOUNS = {
    "moves": ("move", "moves"),
    "clicks": ("click", "clicks"),
    "rage": ("rage click", "rage clicks"),
    "dead": ("dead click", "dead clicks"),
    "dwell": ("second of dwell", "seconds of dwell"),
    "attention": ("page view", "page views"),
    "scroll": ("page view", "page views"),
}
"""The unit of a layer's counts: singular and plural."""

LAYER_PALETTES = {
    "moves": "plasma",
    "clicks": "mint",
    "rage": "red",
    "dead": "blue",
    "dwell": "amber",
    "attention": "attention",
    "scroll": "scroll",
}

SPOT_OPACITY, ROW_OPACITIES = 0.92, {"attention": 0.55, "scroll": 0.36}
"""Of the hottest spot, and of the highest row: rows lie across the page, which stays readable."""

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")

MIN_RADIUS_PX, MAX_RADIUS_PX = 8, 400
"""Below two cells a spot is no longer round; above 400, a narrow page is a single spot."""


class WrongOption(PageheatError):
    """An option is unknown or has a wrong value. One line names it and the allowed values."""


def _one_of(allowed: Mapping[str, object] | tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return text

    return read


def _number(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = float(text) if re.fullmatch(r"[0-9]{1,16}(\.[0-9]{1,16})?", text) else math.nan
        if not least <= number <= most:
            raise ValueError(f"a number from {least:g} to {most:,g}")
        return number

    return read


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", text):
        raise ValueError("the name of a band of WIDTH_BANDS, such as phone")
    return text


def _option(default: Any, read: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning})


@dataclass(frozen=True)
class Options:
    """The options of a picture."""

    layer: str = _option("clicks", _one_of(_ALL_LAYERS), ", ".join(_ALL_LAYERS))
    palette: str | None = _option(
        None, _one_of(PALETTES), f"{', '.join(PALETTES)} (default: the layer's own)"
    )
    opacity: float | None = _option(
        None,
        _number(0.05, 1),
        f"of the hottest spot, 0.05 to 1 (default: {SPOT_OPACITY}; "
        + ", ".join(f"{layer} {opacity}" for layer, opacity in ROW_OPACITIES.items())
        + ")",
    )
    radius: float = _option(
        30,
        _number(MIN_RADIUS_PX, MAX_RADIUS_PX),
        f"of an event's spot, {MIN_RADIUS_PX} to {MAX_RADIUS_PX} px",
    )
    profile: str = _option("gaussian", _one_of(PROFILES), f"of the spot: {', '.join(PROFILES)}")
    scale: str | None = _option(
        None,
        _one_of(SCALES),
        f"from counts to colours: {', '.join(SCALES)} (default: sqrt; {', '.join(ROW_LAYERS)} linear)",
    )
    maximum: float | None = _option(
        None, _number(0.001, 1e12), "the count of the hottest colour (default: the hottest spot's)"
    )
    legend: str | None = _option(None, _one_of(CORNERS), f"a corner: {', '.join(CORNERS)} (default: none)")
    origin: str | None = _option(
        None,
        _one_of(("page", "first")),
        "from where px count: page, or first, the body's first element (default: page, if it is known)",
    )
    band: str | None = _option(None, _name, "only visitors of this width band, such as phone")

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Options":
        """Parse options by name; missing options have their defaults.

        Raises:
            WrongOption: there is no such option, or its value is not allowed.
        """
        known = {option.name: option for option in dataclasses.fields(cls)}
        read = {}
        for name, text in texts.items():
            if name not in known:
                raise WrongOption(f"{name[:40]}: there is no such option; there are {', '.join(known)}")
            try:
                read[name] = known[name].metadata["read"](text)
            except ValueError as error:
                raise WrongOption(f"{name}={text[:40]}: should be {error}") from None
        return cls(**read)

    @property
    def noun(self) -> str:
        """The unit of the counts, in the plural."""
        return NOUNS[self.layer][1]

    @property
    def colours(self) -> str:
        """The palette's name; by default the layer's own, as in the overlay."""
        return self.palette or LAYER_PALETTES[self.layer]

    @property
    def cover(self) -> float:
        """The opacity; by default the layer's own."""
        return self.opacity or ROW_OPACITIES.get(self.layer, SPOT_OPACITY)

    @property
    def curve(self) -> str:
        """The scale's name; by default the layer's own: rows have the overlay's."""
        return self.scale or ("linear" if self.layer in ROW_LAYERS else "sqrt")
