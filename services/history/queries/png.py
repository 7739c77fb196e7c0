"""A page's heat in a range as a transparent picture. Pure."""

from collections.abc import Mapping

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import Size
from pageheat.services.history.queries.grid import grid
from pageheat.services.history.queries.source import Asks, Selection
from pageheat.services.picture.counted import PLACED_LAYERS, field_of
from pageheat.services.picture.drawing import draw
from pageheat.services.picture.options import ROW_LAYERS, Options

LAYERS = (*PLACED_LAYERS, *ROW_LAYERS)


class NothingToDraw(PageheatError):
    """No browser has told the page's size in the range."""


def png(asks: Asks, selection: Selection, texts: Mapping[str, str]) -> bytes:
    """The picture, as large as the page was last; `texts` are the picture's options.

    Raises:
        NothingToDraw: the page's size is not known.
        WrongOption: an option has a value that is not allowed.
        TooLarge: the page is too large for a picture.
    """
    options = Options.parse(texts)
    found = grid(asks, selection)
    if found.page is None:
        raise NothingToDraw(f"{selection.page} has nothing in this range")
    size = Size(found.page["width"], found.page["height"])
    return draw(field_of(found.fine, found.looks, found.grid_size, size, options), options).png
