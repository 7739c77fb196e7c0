"""Reads requests from structured logs: W3C extended lines (IIS, CloudFront) and JSON lines. Pure.

JSON has no agreed names. Those of Caddy, nginx, Traefik, Elastic, CloudFront and Google's load balancers are
known, at any depth, and compared by their letters alone: `RequestPath` is `request_path`. Docker and others
put the line of another log into an object, as its `log` or `message`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from pageheat.imports.positions import Unreadable, shown

MAX_DEPTH = 8
"""Levels of nested JSON objects that are searched; known servers use three."""

ADDRESS = ("requesturi", "uri", "requestpath", "requesturl", "url", "path", "csuristem", "csuri", "request")
QUERY = ("csuriquery", "querystring", "query", "args")
METHOD = ("csmethod", "requestmethod", "httpmethod", "method")
STATUS = ("scstatus", "downstreamstatus", "responsestatus", "responsecode", "statuscode", "status")
REFERER = ("csreferer", "requestreferer", "httpreferer", "referer", "referrer")
AGENT = ("csuseragent", "requestuseragent", "httpuseragent", "useragent", "agent")
TIME = ("startutc", "timestamp", "ts", "timeiso", "timelocal", "msec", "datetime", "time")
"""Names of what a log says about a request, best first."""

DATE, CLOCK = "date", re.compile(r"\d\d:\d\d:\d\d")
"""Some logs have the date apart, beside a time of day."""

INNER_LINE = ("log", "message")
"""Names of a whole log line within an object that says nothing of a request by itself."""

W3C_VALUE = re.compile(r'"(?:[^"]|"")*"|\S+')
"""A value of a W3C line; a text with spaces is quoted."""

REQUEST_LINE = re.compile(r"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?")


class Request(NamedTuple):
    """A request as logged. What a log leaves out is empty."""

    method: bytes
    path: bytes
    query: bytes
    status: bytes
    referer: bytes
    time: bytes = b""
    agent: bytes = b""


class W3CLines:
    """Reads lines of a W3C extended log: "#Fields:" names the columns of the lines below it."""

    def __init__(self) -> None:
        self._names: list[str] = []

    @property
    def is_begun(self) -> bool:
        """Whether a "#Fields:" line was read."""
        return bool(self._names)

    def directive(self, line: bytes) -> None:
        """Read a line that begins with "#".

        Raises:
            Unreadable: its fields don't contain a request.
        """
        name, _, fields = line.decode("utf-8", "replace").partition(":")
        if name.lower() != "#fields":
            return
        self._names = [_letters(field) for field in fields.split()]
        if not {"csuristem", "csuri"} & set(self._names):
            raise Unreadable("#Fields has no cs-uri-stem; log cs-uri-stem, cs-uri-query and cs(Referer)")

    def request(self, line: bytes) -> Request:
        """Read a line of values, separated by spaces or tabs; they may be quoted.

        Raises:
            Unreadable: it does not have as many values as "#Fields:" has names.
        """
        text = line.decode("utf-8", "replace").rstrip()
        values = text.split("\t") if "\t" in text else text.split()
        if '"' in text and len(values) != len(self._names):
            values = W3C_VALUE.findall(text)
        if len(values) != len(self._names):
            raise Unreadable(f"{len(values)} values for {len(self._names)} #Fields: '{shown(line)}'")
        named = zip(self._names, map(_unquoted, values), strict=True)
        return _request({name: value for name, value in named if value != "-"})


def json_request(line: bytes) -> Request | bytes:
    """Read a JSON object: the request that it tells of, or the line of another log in it.

    Raises:
        Unreadable: it is not one, or has no request's address under a known name.
    """
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(
            f"not JSON ({error}): '{shown(line)}'; objects must have a line each: "
            "try jq -c '.[]?' FILE | pageheat import, or jq -c . if it is no list"
        ) from None
    leaves = dict(reversed(list(_leaves(found))))
    request = _request(leaves)
    if not request.path:
        for name in INNER_LINE:
            if inner := leaves.get(name, "").strip():
                return inner.encode("utf-8", "surrogateescape")
        raise Unreadable(f"no request's address; expected uri, path, url or request: '{shown(line)}'")
    return request


def _leaves(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The names and values in nested JSON objects; of a list its first value."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for inner, held in value.items():
            yield from _leaves(held, _letters(inner), depth + 1)
    elif isinstance(value, str | int | float):
        yield name, str(value)


def _request(fields: Mapping[str, str]) -> Request:
    address, query, method, status, referer, time, agent = (
        next((fields[name] for name in names if fields.get(name)), "")
        for names in (ADDRESS, QUERY, METHOD, STATUS, REFERER, TIME, AGENT)
    )
    if line := REQUEST_LINE.fullmatch(address):
        method, address = line.groups()
    path, _, own_query = address.partition("?")
    if fields.get(DATE) and CLOCK.match(time):
        time = f"{fields[DATE]} {time}"
    # W3C logs write spaces of a user agent as + or %20; CloudFront encodes the % again
    texts = (method, path, own_query or query, status, referer, time, unquote(unquote(agent)))
    return Request(*(text.encode("utf-8", "surrogateescape") for text in texts))


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1].replace('""', '"') if is_quoted else value


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
