"""A reverse proxy of one site, which adds the overlay to its pages.

What comes in goes to the site with its method, path, query, headers and body as they are; what the
site answers goes back as it comes, streamed. Different are:

* headers that concern one connection only; `Host`, and `Origin` and `Referer` when they name this
  viewing copy, say the site instead;
* a redirect or a cookie for the site's own address is turned to stay on this origin;
* an HTML document gets the overlay's tag. It is asked for unencoded, whole, and unconditionally, and
  its Content-Security-Policy, which would forbid the overlay's script and socket, is dropped:
  on this viewing copy, never on the site itself.

Whatever the request says, only the site's host and port are ever spoken to. WebSockets of the site
are not passed on. A site that doesn't answer gives a page that says what to do, 502 or 504.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pageheat.frontends.heatmap.injection import add_to_page
from pageheat.frontends.heatmap.unreachable import unreachable

log = logging.getLogger(__name__)

TIMEOUT = httpx2.Timeout(30, connect=5)
"""Seconds. A page that renders for longer than 30 is broken for its visitors, too; a host that is
there takes a connection within 5."""

LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20)
"""A browser opens 6 at a time: enough for a team of analysts, little for a site."""

MAX_HTML_BYTES = 16 * 1024 * 1024
"""A page is held whole to find its last `</body>`; a longer one passes without overlay."""

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, 7.6.1: headers that concern one connection."""

NOT_ASKED = HOP_BY_HOP | {"host", "expect"}
NOT_ASKED_FOR_PAGES = frozenset(
    {"accept-encoding", "if-none-match", "if-modified-since", "if-range", "range"}
)

NOT_ANSWERED = HOP_BY_HOP | {"alt-svc", "strict-transport-security"}
"""`alt-svc` and HSTS are promises of the site's host, which this one can't keep."""

NOT_ANSWERED_WITH_PAGES = frozenset(
    {
        "content-security-policy",
        "content-security-policy-report-only",
        "content-encoding",
        "content-length",
        "etag",
        "last-modified",
        "accept-ranges",
    }
)
"""Beside the policy: what is untrue of a page with one more tag in it."""

PAGE_DESTINATIONS = frozenset({"document", "iframe", "frame", ""})
"""`Sec-Fetch-Dest` of what is shown as a page; browsers don't send it to every origin."""

READABLE_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
"""Of pages from sites that encode although they were asked not to. Others pass without overlay."""

DEFAULT_PORTS = {"http": 80, "https": 443}


class Proxy:
    """An ASGI application: the site at `site_url`, with `tag` in its pages."""

    def __init__(self, site_url: str, tag: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        site = urlsplit(site_url)
        self._origin = f"{site.scheme}://{site.netloc.rpartition('@')[2]}"
        self._tag = tag
        # A transport, not a client: it follows no redirect, keeps no visitor's cookies and reads
        # no proxy from the environment.
        self._transport = transport or httpx2.AsyncHTTPTransport(limits=LIMITS)

    async def aclose(self) -> None:
        """Close the connections to the site."""
        await self._transport.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        async with AsyncExitStack() as stack:
            try:
                response = await self._response(request, stack)
                await response(scope, receive, send)
            except ClientDisconnect:
                return
            except httpx2.HTTPError as error:
                # The response's start is sent; returning without its end cuts the connection, so
                # that the browser knows that something is missing.
                log.warning("%s broke off an answer: %s", self._origin, error)

    async def _response(self, request: Request, stack: AsyncExitStack) -> Response:
        """Ask the site; the connection to it is closed with `stack`."""
        try:
            answer = await self._transport.handle_async_request(self._asked(request))
            stack.push_async_callback(answer.aclose)
            return await self._answered(request, answer)
        except httpx2.HTTPError as error:
            log.warning("%s does not answer: %s", self._origin, error or type(error).__name__)
            return unreachable(request, self._origin, error)

    def _asked(self, request: Request) -> httpx2.Request:
        """The request as the site gets it."""
        dropped = NOT_ASKED | _named(request.headers.get("connection", ""))
        if _wants_page(request):
            dropped |= NOT_ASKED_FOR_PAGES
        headers = MutableHeaders(raw=_without(request.headers.raw, dropped))
        ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
        for name in ("origin", "referer"):
            value = headers.get(name, "")
            if value == ours or value.startswith(f"{ours}/"):
                headers[name] = self._origin + value.removeprefix(ours)
        headers.setdefault("accept-encoding", "identity")
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        return httpx2.Request(
            request.method,
            self._origin,
            headers=headers.raw,
            content=request.stream() if has_body else None,
            extensions={"timeout": TIMEOUT.as_dict(), "target": _target(request).encode("latin-1")},
        )

    async def _answered(self, request: Request, answer: httpx2.Response) -> Response:
        """The site's answer as the browser gets it."""
        dropped = NOT_ANSWERED | _named(answer.headers.get("connection", ""))
        if not (_wants_page(request) and _is_page(answer)):
            return self._passed_on(request, answer, dropped, answer.aiter_raw())
        dropped |= NOT_ANSWERED_WITH_PAGES
        held = bytearray()
        chunks = answer.aiter_bytes()
        async for chunk in chunks:
            held += chunk
            if len(held) > MAX_HTML_BYTES:
                return self._passed_on(request, answer, dropped, _chain(bytes(held), chunks))
        response = self._passed_on(request, answer, dropped, None)
        if request.method != "HEAD":
            response.body = add_to_page(bytes(held), answer.headers["content-type"], self._tag)
            response.headers["content-length"] = str(len(response.body))
        return response

    def _passed_on(
        self,
        request: Request,
        answer: httpx2.Response,
        dropped: frozenset[str],
        body: AsyncIterator[bytes] | None,
    ) -> Response:
        """A response with the answer's status and headers, less those `dropped`."""
        response = StreamingResponse(body, answer.status_code) if body else Response(None, answer.status_code)
        response.raw_headers = [
            (name.lower(), self._turned(request, name.lower(), value))
            for name, value in _without(answer.headers.raw, dropped)
        ]
        return response

    def _turned(self, request: Request, name: bytes, value: bytes) -> bytes:
        """A header's value with the site's address turned into ours."""
        if name == b"location":
            return self._location(request, value.decode("latin-1")).encode("latin-1")
        if name == b"set-cookie":
            parts = value.split(b";")
            return b";".join(p for p in parts if not p.strip().lower().startswith(b"domain="))
        return value

    def _location(self, request: Request, location: str) -> str:
        try:
            goal = urlsplit(urljoin(self._origin + _target(request), location))
            if _address(goal.geturl()) != _address(self._origin):
                return location
        except ValueError:
            return location
        # "/." keeps a path that begins with two slashes from being read as another host.
        path = f"/.{goal.path}" if goal.path.startswith("//") else goal.path or "/"
        return urlunsplit(("", "", path, goal.query, goal.fragment))


def _target(request: Request) -> str:
    """Path and query, byte by byte (as Latin-1) as the browser sent them."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _address(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, comparable."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def _wants_page(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest", "") in PAGE_DESTINATIONS


def _is_page(answer: httpx2.Response) -> bool:
    """Whether the answer is a whole HTML document that can be read."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    return (
        media_type == "text/html"
        and encoding in READABLE_ENCODINGS
        and answer.status_code not in (204, 206, 304)
    )


def _named(connection: str) -> frozenset[str]:
    """The headers that a `Connection` header names as its own."""
    return frozenset(name.strip().lower() for name in connection.split(","))


def _without(headers: list[tuple[bytes, bytes]], dropped: frozenset[str]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.decode("latin-1").lower() not in dropped]


async def _chain(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk
