"""Turns a page's counts into its picture: selects the events to draw and the page's size. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pageheat.counts import PageCounts
from pageheat.plural import counted
from pageheat.services.aggregator.grid import LAYERS as TYPES
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.errors import PageheatError
from pageheat.services.picture.drawing import MAX_HEIGHT_PX, MAX_WIDTH_PX, Picture, TooLarge, draw, size_px
from pageheat.services.picture.looks import rows_of
from pageheat.services.picture.options import LAYERS, NOUNS, ROW_LAYERS, Options, WrongOption
from pageheat.services.picture.spots import count_on_cells, spots

Which = NDArray[np.bool_]

ORIGINS = ("page", "first")

BOTTOM = 2
"""The origin of events that are drawn at the picture's bottom: see `PageCounts`."""


class NothingToDraw(PageheatError):
    """A page has no event of the wanted kind; the message lists the kinds that it has."""


@dataclass(frozen=True)
class PagePicture:
    """A page's picture, and how many events it leaves out.

    `outside` events are beyond the page's edges, from another layout; `elsewhere` have the other origin.
    """

    picture: Picture
    origin: str
    outside: int
    elsewhere: int


def require_band(options: Options, bands: Bands) -> None:
    """Refuse a band that WIDTH_BANDS doesn't name.

    Raises:
        WrongOption: with the bands that there are.
    """
    if options.band is not None and options.band not in bands.names:
        raise WrongOption(f"band={options.band}: should be one of {', '.join(bands.names)}")


def picture_of(
    counts: PageCounts,
    options: Options,
    bands: Bands,
    size: tuple[int, int] | None = None,
    over: Image.Image | None = None,
) -> PagePicture:
    """Draw what was done on a page.

    Args:
        counts: the page's events.
        options: the look, and the layer, origin and band to draw.
        bands: the width bands.
        size: width and height of the page, px. Default: its newest known size, else the screenshot's, else
            large enough for the spots of all events within the maximum size of a page.
        over: a screenshot of the page to draw over.

    Raises:
        NothingToDraw: the page has no such event.
        TooLarge: the size is more than a picture can have.
    """
    in_band = _of_band(counts, options, bands)
    if options.layer in ROW_LAYERS:
        return _rows(
            counts, in_band, options, size or _known_size(counts) or (over.size if over else None), over
        )
    wanted = in_band & (counts.layer == TYPES.index(LAYERS[options.layer]))
    if not wanted.any():
        raise NothingToDraw(_what_there_is(counts, in_band, options))
    origin = options.origin or _usual_origin(counts, wanted)
    at_bottom = counts.origin == BOTTOM
    drawn = placed = wanted & ((counts.origin == ORIGINS.index(origin)) | at_bottom)
    if not drawn.any():
        there = ORIGINS[1 - ORIGINS.index(origin)]
        raise NothingToDraw(
            f"{counts.page}: all {options.noun} count from the other origin: --origin {there}"
        )
    shot = over.size if over else None
    width, height = _size_px(counts, drawn, size or _known_size(counts) or shot, options.radius)
    y = np.where(at_bottom, height - 1 - counts.y, counts.y)
    drawn = drawn & (counts.x >= 0) & (counts.x < width) & (y >= 0) & (y < height)
    if not drawn.any():
        raise NothingToDraw(
            f"{counts.page}: no {options.noun} are on its {width:,} × {height:,} px; --size sets another size"
        )
    cells = count_on_cells(counts.x[drawn], y[drawn], counts.n[drawn], width, height)
    field = spots(cells, width, height, options.profile, options.radius)
    return PagePicture(
        draw(field, options, over),
        origin,
        outside=_events(counts, placed) - field.total,
        elsewhere=_events(counts, wanted) - _events(counts, placed),
    )


def _rows(
    counts: PageCounts,
    in_band: Which,
    options: Options,
    size: tuple[float, float] | None,
    over: Image.Image | None,
) -> PagePicture:
    """A picture of what was in view; live counts have only the looks of the wanted band."""
    if not counts.looks.depths:
        raise NothingToDraw(_what_there_is(counts, in_band, options))
    if size is None:
        raise NothingToDraw(f"{counts.page}: no browser has sent its size; --size sets it")
    field = rows_of(options.layer, counts.looks, size_px(*size))
    return PagePicture(draw(field, options, over), "page", outside=0, elsewhere=0)


def amount(number: int, layer: str) -> str:
    """A number of a layer's events, in words."""
    return counted(number, *NOUNS[layer])


def _of_band(counts: PageCounts, options: Options, bands: Bands) -> Which:
    if options.band is None:
        return np.ones(len(counts.n), bool)
    band = np.searchsorted(bands.edges, counts.viewport, side="right")
    band[counts.viewport == 0] = bands.unknown
    return np.asarray(band == bands.names.index(options.band))


def _usual_origin(counts: PageCounts, wanted: Which) -> str:
    """The page's corner, unless all events count from the first element, as in a log of 2006."""
    return ORIGINS[int((counts.origin[wanted] == ORIGINS.index("first")).all())]


def _known_size(counts: PageCounts) -> tuple[float, float] | None:
    return (counts.document.width, counts.document.height) if counts.document else None


def _size_px(
    counts: PageCounts, drawn: Which, known: tuple[float, float] | None, radius_px: float
) -> tuple[int, int]:
    if known:
        return size_px(*known)
    try:
        reach_x = _reach(counts.x[drawn], radius_px, MAX_WIDTH_PX)
        return size_px(reach_x, _reach(counts.y[drawn], radius_px, MAX_HEIGHT_PX))
    except TooLarge as error:
        raise TooLarge(f"its events reach too far: {error}. --size sets its real size") from None


def _reach(positions: NDArray[np.int32], radius_px: float, most_px: int) -> int:
    """The length that the events' spots need; ignores events beyond any page, as clients can send any."""
    farthest = int(positions.max(where=positions < most_px, initial=0))
    return min(farthest + 1 + math.ceil(radius_px), most_px)


def _events(counts: PageCounts, which: Which) -> int:
    return int(counts.n[which].sum())


def _what_there_is(counts: PageCounts, in_band: Which, options: Options) -> str:
    """The message that a page has no event of the wanted layer, with the layers that it has."""

    def others() -> Iterator[str]:
        for layer, type_ in LAYERS.items():
            if number := _events(counts, in_band & (counts.layer == TYPES.index(type_))):
                yield f"{amount(number, layer)} (--layer {layer})"
        if counts.looks.views:
            yield f"{amount(counts.looks.views, ROW_LAYERS[0])} (--layer {' or '.join(ROW_LAYERS)})"

    by = f" by visitors of the band {options.band}" if options.band else ""
    has = ", ".join(others()) or "nothing"
    return f"{counts.page} has no {options.noun}{by}; it has {has}"
