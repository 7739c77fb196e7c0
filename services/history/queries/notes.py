"""What was noted about a page at a time, "new header", to be seen by all who look at it. Pure."""

import msgspec

from pageheat.services.history.masks import condition
from pageheat.services.history.queries.source import (
    LIMITS,
    Asks,
    Selection,
    hidden_from,
    of_page,
    rows,
)
from pageheat.services.history.schema import DATABASE

MAX_SHOWN = 200
"""Notes in an answer, the newest: a strip of time has room for fewer."""


class Note(msgspec.Struct, frozen=True, rename={"of_site": "site"}):
    """A note; `time` in ms since the epoch. `of_site`: it is about all pages of the page's site."""

    id: str
    time: int
    text: str
    of_site: bool


def site_pattern(page: str) -> str:
    """What notes about a whole site have as their page; the site is that of a page's key."""
    return f"//{page[2:].partition('/')[0]}/**" if page.startswith("//") else "/**"


def notes(asks: Asks, selection: Selection) -> list[Note]:
    """The notes in the range about a page, or about its site, in their order.

    Of a group's pages, those about each of them, too. Rows: id, time in s, text, page.
    """
    of, parameters = of_page(selection.page)
    hidden, own = condition(hidden_from(selection), "notes")
    whole = site_pattern(selection.page)
    range_ = selection.range
    sql = f"""SELECT id, toUnixTimestamp(time), text, page FROM {DATABASE}.notes
        WHERE (({of}) OR page = {{whole:String}}) AND time >= {range_.begin_ms // 1000}
            AND time < {range_.end_ms // 1000} AND NOT ({hidden})
        ORDER BY time DESC, id LIMIT {MAX_SHOWN} SETTINGS {LIMITS}"""
    found = rows(asks, (sql, parameters | own | {"whole": whole}))
    return [Note(id_, time_s * 1000, text, page == whole) for id_, time_s, text, page in reversed(found)]
