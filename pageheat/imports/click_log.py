"""Reads clicks from logs, one per line, in formats that may be mixed. Pure.

The click log of 2006 has query and page: `?x=100&y=200,http://site/page`. An Apache or nginx access log
("common" or "combined") has the request that reported the click, `GET /any/path?x=100&y=200`, with the page
in `u=` or the Referer; so have W3C extended logs (IIS) and JSON lines (`request_lines.py`). Other requests
are skipped, and so are clicks whose status is neither 2xx nor 304. In all formats px are relative to the
first element of the page's body, and are rounded down.
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
from pageheat.imports.request_lines import Request, W3CLines, json_request
from pageheat.imports.times import time_of

LINE_OF_2006 = re.compile(rb'\s*"?\??([^\s",=]*=[^\s",]*)"?,"?([^"]*)')
"""Query and page, each with or without quotes."""

LINE_OF_SERVER = re.compile(
    rb'[^"]*"(?:GET ([^ "?\\]*)\?)?([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}) (?:\d+|-)'
    rb'(?: "([^"\\]*(?:\\.[^"\\]*)*)")?',
    re.DOTALL,
)
"""Path of a GET with a query; that query, or any other request; status; and Referer if logged. The client and
its browser are ignored."""

AGENT_OF_SERVER = re.compile(rb'[^"]*(?:"(?:[^"\\]|\\.)*"[^"]*){2}"((?:[^"\\]|\\.)*)"', re.DOTALL)
"""The third text in quotes of a server's line: the user agent, after request and Referer."""

SIMPLE_QUERY = re.compile(rb"(?:[^xyu&][^&]*&)*x=(-?[\d.]+)&y=(-?[\d.]+)(?:&u=([^& ]*))?(?: HTTP/[\d.]+)?")
"""Fast path: the shape of most queries. All others are parsed field by field."""

SERVER_TIME = re.compile(rb"\[[^\]]*\]")
"""The time in a line of a server's log."""

FIELD = re.compile(rb"(?:^|&(?:amp;)?)([xyu])=([^&]*)")

AROUND_JSON = b" \t\r,[]"
"""What is around an object that is an item of a list."""

W3C_TIME = re.compile(rb"\d{4}-\d\d-\d\d[ \t]\d\d:\d\d:\d\d[ \t]")
"""How most lines of W3C logs begin."""

MAX_CACHED, MAX_CACHED_BYTES = 16_384, 1_024
"""Size of the LRU cache from address to page, and its longest address: 30 MB at most."""

Form = Literal["2006", "server", "w3c", "json"]
FORMS: tuple[Form, ...] = ("2006", "server", "w3c", "json")


class ClickLog:
    """Parses lines of click logs.

    Args:
        pages: maps a click's address to its page.
        forms: accepted formats.
        beacon: path of the requests that are clicks; None accepts every request with x and y.
    """

    def __init__(
        self, pages: PageKeys, *, forms: tuple[Form, ...] = FORMS, beacon: str | None = None
    ) -> None:
        self._pages = pages
        self._cached_kind = lru_cache(MAX_CACHED)(self._make_kind)
        self._forms = forms
        self._beacon = None if beacon is None else beacon.encode()
        self._logged = b""  # the line's time, or the line of a server that has it
        self._agent = b""
        self.begin()

    def begin(self) -> None:
        """Begin a file: forget the columns of the one before."""
        self._w3c = W3CLines()

    def read(self, line: bytes) -> Position | NoEvent:
        """Return the click, or why the line is not one.

        Raises:
            Unreadable: the line has no accepted format, or its click is incomplete.
        """
        self._logged = self._agent = b""
        return self._read(line, self._forms)

    def time_ms(self) -> int | None:
        """The time of the line that was read last; None if it has none."""
        found = SERVER_TIME.search(self._logged)
        return time_of(found[0] if found else self._logged)

    def agent(self) -> str:
        """The user agent in the line that was read last; "" if it has none."""
        found = AGENT_OF_SERVER.match(self._logged)
        return (self._agent or (found[1] if found else b"")).decode("utf-8", "replace")

    def _read(self, line: bytes, forms: tuple[Form, ...]) -> Position | NoEvent:
        if "2006" in forms and (found := LINE_OF_2006.match(line)):
            query, page = found.groups()
            click = self._click(query, page)
            if click is None:
                raise Unreadable(f"no x and y in '{shown(query)}'")
            return click
        if "server" in forms and (found := LINE_OF_SERVER.match(line)):
            path, query, status, referer = found.groups(b"")
            self._logged = line
            return self._requested(Request(b"GET", path, query, status, referer))
        if "json" in forms and (text := line.strip(AROUND_JSON)).startswith(b"{"):
            return self._within_json(text)
        if "json" in forms and not text and line.strip():
            return NoEvent.LINE  # a list's bracket
        if "w3c" in forms and line.startswith(b"#"):
            self._w3c.directive(line)
            return NoEvent.LINE
        if self._w3c.is_begun and line.strip():
            return self._requested(self._w3c.request(line))
        if W3C_TIME.match(line):
            raise Unreadable(
                f"a W3C log's line, but no #Fields line before it names its columns: '{shown(line)}'; "
                "put that line first"
            )
        raise Unreadable(f"not a click log line: '{shown(line)}'")

    def _within_json(self, text: bytes) -> Position | NoEvent:
        """The click in an object, or in the line of another log that the object holds."""
        found = json_request(text)
        return self._requested(found) if isinstance(found, Request) else self._read(found, FORMS)

    def _requested(self, request: Request) -> Position | NoEvent:
        """The click that a request reported."""
        method, path, query, status, referer, logged, agent = request
        self._logged, self._agent = logged or self._logged, agent
        if method not in (b"GET", b"") or not path or self._beacon not in (None, path):
            return NoEvent.LINE
        if status and status[:1] != b"2" and status != b"304":
            return NoEvent.REFUSED if {b"x", b"y"} <= _fields(query).keys() else NoEvent.LINE
        return self._click(query, referer) or NoEvent.LINE

    def _click(self, query: bytes, referer: bytes) -> Position | None:
        """The click in a query; None unless it has both x and y."""
        if simple := SIMPLE_QUERY.fullmatch(query):
            left, top, address = simple.groups(b"")
            return self._kind(address, referer), pixel("x", left), pixel("y", top)
        fields = _fields(query)
        if b"x" not in fields or b"y" not in fields:
            return None
        x, y = pixel("x", fields[b"x"]), pixel("y", fields[b"y"])
        return self._kind(fields.get(b"u", b""), referer), x, y

    def _kind(self, address: bytes, referer: bytes) -> Kind:
        if not self._pages.keeps_queries:
            referer = referer.partition(b"?")[0]  # its query may differ at each click
        is_long = len(address) + len(referer) > MAX_CACHED_BYTES
        return self._make_kind(address, referer) if is_long else self._cached_kind(address, referer)

    def _make_kind(self, address: bytes, referer: bytes) -> Kind:
        return Kind(self._pages.find(address, referer), CLICK, FROM_FIRST, UNKNOWN_WIDTH)


def _fields(query: bytes) -> dict[bytes, bytes]:
    """A query's x, y and u. The first of each name wins: an unescaped `u` brings its own fields after it."""
    return dict(reversed(FIELD.findall(query.partition(b" HTTP/")[0])))
