"""A page's heat in a range as a transparent picture. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

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


def png(asks: Asks, selection: Selection, texts: Mapping[str, str], zone: str = "+00:00") -> bytes:
    """The picture, as large as the page was last.

    Args:
        asks: the database.
        selection: the page, range and views.
        texts: the picture's options.
        zone: offset from UTC of the times in the legend: `+01:00`.

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
    field = field_of(found.fine, found.looks, found.grid_size, size, options)
    return draw(field, options, caption=caption(selection, found.views, zone)).png


def caption(selection: Selection, views: int, zone: str) -> list[str]:
    """Of what a picture is: the page, the range, how exact that is, and of how many page views.

    Args:
        selection: see `png`.
        views: page views that began in the range.
        zone: offset from UTC of the times.
    """
    sign, hours, minutes = -1 if zone[0] == "-" else 1, int(zone[1:3]), int(zone[4:])
    offset = timezone(sign * timedelta(hours=hours, minutes=minutes))
    range_ = selection.range
    begin, end = (
        datetime.fromtimestamp(ms / 1000, UTC).astimezone(offset) for ms in (range_.begin_ms, range_.end_ms)
    )
    chosen = [f"{name} {value or 'none'}" for name, value in selection.filters.items()]
    named = "UTC" if offset == UTC else f"UTC{zone}"
    return [
        selection.page,
        f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}",
        f"{named}, exact {range_.exact}",
        ", ".join([f"{views:,} page view{'' if views == 1 else 's'}", *chosen]),
    ]
