"""An HTTP request as far as ingest reads it, and the usual click of 2006 read in one go. Pure.

`read_fast_click` takes what nearly all such requests look like: a GET without a body, all of it there and
nothing behind it. It reads that as an HTTP parser does, or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from starlette.types import Scope

from pageheat.services.runtime.timeouts import MAX_HEAD_BYTES

BEACON = "/_pageheat/beacon"

FORWARDED = "x-forwarded-for"

FOR_THE_LIBRARY = {"content-length", "expect", "proxy-connection", "transfer-encoding", "upgrade"}
"""Headers that a click has no need of, and that change how a request is read or answered."""


class ClientRequest(NamedTuple):
    """What is asked for, and by whom.

    `headers` are by their names in lower case, of a name that comes twice the first; `forwarded` are all that
    are called `X-Forwarded-For`. `peer` is the other end's address, None for a socket of this machine.
    """

    query: str
    headers: Mapping[str, str]
    forwarded: Sequence[str]
    peer: str | None

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """That of a scope."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        return cls(
            scope.get("query_string", b"").decode("utf-8", "replace"),
            dict(reversed(headers)),
            [value for name, value in headers if name == FORWARDED],
            scope["client"][0] if scope["client"] else None,
        )


class FastClick(NamedTuple):
    """A click's request, and whether its connection is to be kept."""

    asked: ClientRequest
    keeps: bool


def read_fast_click(data: bytes, peer: str | None) -> FastClick | None:
    """The click for which these bytes ask; None if they are anything else, or less, or more."""
    if len(data) > MAX_HEAD_BYTES or not data.endswith(b"\r\n\r\n") or not data.isascii():
        return None
    first, *lines = data[:-4].decode().split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    path, mark, query = target.partition("?")
    if method != "GET" or path != BEACON or not mark or "#" in query or not query.isprintable():
        return None
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        return None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if not colon or not name.replace("-", "").isalnum():
            return None
        if not value.isprintable() or value != value.strip():
            return None
        headers[name.lower()] = value
    connection = headers.get("connection", "").lower()
    if len(headers) < len(lines) or connection not in ("", "close", "keep-alive"):
        return None
    if not FOR_THE_LIBRARY.isdisjoint(headers):
        return None
    forwarded = [headers[FORWARDED]] if FORWARDED in headers else []
    keeps = version == "HTTP/1.1" and connection != "close"
    return FastClick(ClientRequest(query, headers, forwarded, peer), keeps)
