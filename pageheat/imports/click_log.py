"""Clicks from logs, a line each, in two forms that may be mixed. Pure.

The click log of 2006 has query and page: `?x=100&y=200,http://site/page`. A server's log, as Apache and nginx
write it ("common" or "combined"), has the request that told of the click, `GET /any/path?x=100&y=200`, with
the page in `u=` or the Referer; its other requests are none of ours, and a click that wasn't answered by 2xx
or 304 isn't taken. The px of either form are from the first element of the page's body, and rounded down.
"""

import re
from functools import lru_cache
from typing import Literal

from pageheat.counts import Kind, Position
from pageheat.imports.page_names import PageKeys
from pageheat.imports.positions import (
    CLICK,
    FROM_FIRST,
    UNKNOWN_WIDTH,
    NoEvent,
    Unreadable,
    pixel,
    shown,
)

LINE_OF_2006 = re.compile(rb'\s*"?\??([^\s",=]*=[^\s",]*)"?,"?([^"]*)')
"""Query and page, each with quotes or without."""

LINE_OF_SERVER = re.compile(
    rb'[^"]*"(?:GET ([^ "?\\]*)\?)?([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}) (?:\d+|-)'
    rb'(?: "([^"\\]*(?:\\.[^"\\]*)*)")?',
    re.DOTALL,
)
"""Path of a GET with a query, that query or another request, status, and Referer if the log has it. Who asked
and with which browser isn't looked at."""

SIMPLE_QUERY = re.compile(rb"(?:[^xyu&][^&]*&)*x=(-?[\d.]+)&y=(-?[\d.]+)(?:&u=([^& ]*))?(?: HTTP/[\d.]+)?")
"""What most queries look like; any other is taken apart."""

FIELD = re.compile(rb"(?:^|&(?:amp;)?)([xyu])=([^&]*)")

MAX_REMEMBERED, MAX_REMEMBERED_BYTES = 16_384, 1_024
"""Addresses whose page is remembered, the latest used, and the longest of them: 30 MB at most."""

Form = Literal["2006", "server"]
FORMS: tuple[Form, ...] = ("2006", "server")


class ClickLog:
    """Reads the lines of click logs.

    Args:
        pages: finds a click's page.
        forms: what a line may be.
        beacon: path of the requests that are clicks; without it all with x and y are.
    """

    def __init__(
        self, pages: PageKeys, *, forms: tuple[Form, ...] = FORMS, beacon: str | None = None
    ) -> None:
        self._pages = pages
        self._remembered = lru_cache(MAX_REMEMBERED)(self._found)
        self._forms = forms
        self._beacon = None if beacon is None else beacon.encode()

    def read(self, line: bytes) -> Position | NoEvent:
        """A click, or what else the line is.

        Raises:
            Unreadable: it is in none of the forms, or its click lacks something.
        """
        if "2006" in self._forms and (found := LINE_OF_2006.match(line)):
            query, page = found.groups()
            click = self._click(query, page)
            if click is None:
                raise Unreadable(f"no x and y in '{shown(query)}'")
            return click
        if "server" in self._forms and (found := LINE_OF_SERVER.match(line)):
            path, query, status, referer = found.groups(b"")
            if not path or self._beacon not in (None, path):
                return NoEvent.LINE
            if status[:1] != b"2" and status != b"304":
                return NoEvent.REFUSED if {b"x", b"y"} <= _fields(query).keys() else NoEvent.LINE
            return self._click(query, referer) or NoEvent.LINE
        raise Unreadable(f"no line of a click log: '{shown(line)}'")

    def _click(self, query: bytes, referer: bytes) -> Position | None:
        """The click that a query tells of; None if it has not both x and y."""
        if simple := SIMPLE_QUERY.fullmatch(query):
            left, top, told = simple.groups(b"")
            return self._kind(told, referer), pixel("x", left), pixel("y", top)
        fields = _fields(query)
        if b"x" not in fields or b"y" not in fields:
            return None
        x, y = pixel("x", fields[b"x"]), pixel("y", fields[b"y"])
        return self._kind(fields.get(b"u", b""), referer), x, y

    def _kind(self, told: bytes, referer: bytes) -> Kind:
        referer = referer.partition(b"?")[0]  # as its query may be another at each click
        long = len(told) + len(referer) > MAX_REMEMBERED_BYTES
        return self._found(told, referer) if long else self._remembered(told, referer)

    def _found(self, told: bytes, referer: bytes) -> Kind:
        return Kind(self._pages.find(told, referer), CLICK, FROM_FIRST, UNKNOWN_WIDTH)


def _fields(query: bytes) -> dict[bytes, bytes]:
    """A query's x, y and u; the first of a name, as behind an address that nobody escaped come its own."""
    return dict(reversed(FIELD.findall(query.partition(b" HTTP/")[0])))
