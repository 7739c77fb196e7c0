"""One page's counts to its picture: which of the events are drawn, and on how large a page. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pageheat.counts import PageCounts
from pageheat.services.aggregator.grid import LAYERS as TYPES
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.errors import PageheatError
from pageheat.services.picture.drawing import MAX_HEIGHT_PX, MAX_WIDTH_PX, Picture, TooLarge, draw, size_px
from pageheat.services.picture.options import LAYERS, NOUNS, Options, WrongOption
from pageheat.services.picture.spots import count_on_cells, spots

Which = NDArray[np.bool_]

ORIGINS = ("page", "first")


class NothingToDraw(PageheatError):
    """A page has no event of the wanted kind; says which there are."""


@dataclass(frozen=True)
class PagePicture:
    """A page's picture, and the events that should be on it but are not.

    `outside` of them lie beyond the page's edges, of another layout; `elsewhere` count from the other origin.
    """

    picture: Picture
    origin: str
    outside: int
    elsewhere: int


def require_band(options: Options, bands: Bands) -> None:
    """Refuse a band that WIDTH_BANDS doesn't name.

    Raises:
        WrongOption: it doesn't.
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
        counts: what was done.
        options: how it is to look, and of which layer, origin and band.
        bands: the width bands.
        size: width and height of the page, px; else its newest known one, else the screenshot's, else so
            large that the outermost spots have room, of the events that lie on any page at all.
        over: a screenshot of the page to draw over.

    Raises:
        NothingToDraw: there is no such event.
        TooLarge: no picture can have that size.
    """
    told = _of_band(counts, options, bands)
    wanted = told & (counts.layer == TYPES.index(LAYERS[options.layer]))
    if not wanted.any():
        raise NothingToDraw(_what_there_is(counts, told, options))
    origin = options.origin or _usual_origin(counts, wanted)
    drawn = wanted & (counts.origin == ORIGINS.index(origin))
    if not drawn.any():
        there = ORIGINS[1 - ORIGINS.index(origin)]
        raise NothingToDraw(
            f"{counts.page}: all {options.noun} count from the other origin: --origin {there}"
        )
    shot = over.size if over else None
    width, height = _size_px(counts, drawn, size or _known_size(counts) or shot, options.radius)
    drawn &= (counts.x >= 0) & (counts.x < width) & (counts.y >= 0) & (counts.y < height)
    if not drawn.any():
        raise NothingToDraw(
            f"{counts.page}: no {options.noun} lie on its {width:,} × {height:,} px; --size says another size"
        )
    cells = count_on_cells(counts.x[drawn], counts.y[drawn], counts.n[drawn], width, height)
    field = spots(cells, width, height, options.profile, options.radius)
    placed = wanted & (counts.origin == ORIGINS.index(origin))
    return PagePicture(
        draw(field, options, over),
        origin,
        outside=_events(counts, placed) - field.total,
        elsewhere=_events(counts, wanted) - _events(counts, placed),
    )


def amount(number: int, layer: str) -> str:
    """So many events of a layer, in words."""
    one, several = NOUNS[layer]
    return f"{number:,} {one if number == 1 else several}"


def _of_band(counts: PageCounts, options: Options, bands: Bands) -> Which:
    if options.band is None:
        return np.ones(len(counts.n), bool)
    band = np.searchsorted(bands.edges, counts.viewport, side="right")
    band[counts.viewport == 0] = bands.unknown
    return np.asarray(band == bands.names.index(options.band))


def _usual_origin(counts: PageCounts, wanted: Which) -> str:
    """The page's corner, unless nothing counts from there, as in a log of 2006."""
    return ORIGINS[int(counts.origin[wanted].min())]


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
        raise TooLarge(f"so far do its events reach: {error}. --size says its real size") from None


def _reach(positions: NDArray[np.int32], radius_px: float, most_px: int) -> int:
    """The length on which the events' spots lie; an event that no page can have, anybody may have sent."""
    farthest = int(positions.max(where=positions < most_px, initial=0))
    return min(farthest + 1 + math.ceil(radius_px), most_px)


def _events(counts: PageCounts, which: Which) -> int:
    return int(counts.n[which].sum())


def _what_there_is(counts: PageCounts, told: Which, options: Options) -> str:
    """That a page has nothing of the wanted layer, and which layers it has."""

    def others() -> Iterator[str]:
        for layer, type_ in LAYERS.items():
            if number := _events(counts, told & (counts.layer == TYPES.index(type_))):
                yield f"{amount(number, layer)} (--layer {layer})"

    by = f" by visitors of the band {options.band}" if options.band else ""
    has = ", ".join(others()) or "nothing"
    return f"{counts.page} has no {options.noun}{by}; it has {has}"
