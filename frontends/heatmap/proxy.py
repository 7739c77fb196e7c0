"""A reverse proxy of one site, which adds the overlay to its pages.

Requests go to the site with method, path, query, headers and body unchanged; responses are streamed
back unchanged. Exceptions:

* hop-by-hop headers are dropped; `Host`, and `Origin` and `Referer` if they name this origin, name the
  site instead;
* redirects and cookies for the site's own address are rewritten to stay on this origin;
* an HTML document gets the overlay's tag. It is requested unencoded, whole and unconditionally, and its
  Content-Security-Policy, which would block the overlay's script and socket, is dropped: only in this
  viewing copy, never on the site itself.

Whatever a request contains, the proxy connects only to the site's host and port. It does not forward
WebSockets. If the site does not answer, the response is 502 or 504 with a page that says what to do.
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
"""Seconds. A page that takes longer than 30 is broken for its visitors, too; a running host accepts
a connection within 5."""

LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20)
"""A browser opens 6 connections at a time: enough for a team of analysts, a light load for a site."""

MAX_HTML_BYTES = 16 * 1024 * 1024
"""A page is buffered whole to find its last `</body>`; a longer one gets no overlay."""

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

NOT_FORWARDED = HOP_BY_HOP | {"host", "expect"}
NOT_FORWARDED_FOR_PAGES = frozenset(
    {"accept-encoding", "if-none-match", "if-modified-since", "if-range", "range"}
)

NOT_RETURNED = HOP_BY_HOP | {"alt-svc", "strict-transport-security"}
"""`alt-svc` and HSTS are promises of the site's host that this host cannot keep."""

NOT_RETURNED_WITH_PAGES = frozenset(
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
"""The policies, and what no longer holds for a page with an added tag."""

PAGE_DESTINATIONS = frozenset({"document", "iframe", "frame", ""})
"""`Sec-Fetch-Dest` of requests for pages; browsers omit it for some origins."""

READABLE_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
"""For sites that encode pages despite the request. Other encodings are forwarded without overlay."""

DEFAULT_PORTS = {"http": 80, "https": 443}


class Proxy:
    """An ASGI application: the site at `site_url`, with `tag` in its pages."""

    def __init__(self, site_url: str, tag: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        site = urlsplit(site_url)
        self._origin = f"{site.scheme}://{site.netloc.rpartition('@')[2]}"
        self._tag = tag
        # A transport, not a client: it follows no redirects, stores no cookies and ignores the
        # environment's proxy settings.
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
                # The response has started. Returning without its end closes the connection, which
                # shows the browser that the response is incomplete.
                log.warning("%s broke off a response: %s", self._origin, error)

    async def _response(self, request: Request, stack: AsyncExitStack) -> Response:
        """Request it from the site; `stack` closes the connection."""
        try:
            answer = await self._transport.handle_async_request(self._site_request(request))
            stack.push_async_callback(answer.aclose)
            return await self._browser_response(request, answer)
        except httpx2.HTTPError as error:
            log.warning("%s does not answer: %s", self._origin, error or type(error).__name__)
            return unreachable(request, self._origin, error)

    def _site_request(self, request: Request) -> httpx2.Request:
        """The request to send to the site."""
        dropped = NOT_FORWARDED | _named(request.headers.get("connection", ""))
        if _wants_page(request):
            dropped |= NOT_FORWARDED_FOR_PAGES
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

    async def _browser_response(self, request: Request, answer: httpx2.Response) -> Response:
        """The response to send to the browser."""
        dropped = NOT_RETURNED | _named(answer.headers.get("connection", ""))
        if not (_wants_page(request) and _is_page(answer)):
            return self._forwarded(request, answer, dropped, answer.aiter_raw())
        dropped |= NOT_RETURNED_WITH_PAGES
        page = bytearray()
        chunks = answer.aiter_bytes()
        async for chunk in chunks:
            page += chunk
            if len(page) > MAX_HTML_BYTES:
                return self._forwarded(request, answer, dropped, _chain(bytes(page), chunks))
        response = self._forwarded(request, answer, dropped, None)
        if request.method != "HEAD":
            response.body = add_to_page(bytes(page), answer.headers["content-type"], self._tag)
            response.headers["content-length"] = str(len(response.body))
        return response

    def _forwarded(
        self,
        request: Request,
        answer: httpx2.Response,
        dropped: frozenset[str],
        body: AsyncIterator[bytes] | None,
    ) -> Response:
        """A response with the answer's status and headers, except those `dropped`."""
        response = StreamingResponse(body, answer.status_code) if body else Response(None, answer.status_code)
        response.raw_headers = [
            (name.lower(), self._rewritten(request, name.lower(), value))
            for name, value in _without(answer.headers.raw, dropped)
        ]
        return response

    def _rewritten(self, request: Request, name: bytes, value: bytes) -> bytes:
        """A header's value with the site's address replaced by ours."""
        if name == b"location":
            return self._location(request, value.decode("latin-1")).encode("latin-1")
        if name == b"set-cookie":
            parts = value.split(b";")
            return b";".join(p for p in parts if not p.strip().lower().startswith(b"domain="))
        return value

    def _location(self, request: Request, location: str) -> str:
        try:
            target = urlsplit(urljoin(self._origin + _target(request), location))
            if _address(target.geturl()) != _address(self._origin):
                return location
        except ValueError:
            return location
        # Without "/.", a path that begins with two slashes would be read as another host.
        path = f"/.{target.path}" if target.path.startswith("//") else target.path or "/"
        return urlunsplit(("", "", path, target.query, target.fragment))


def _target(request: Request) -> str:
    """Path and query exactly as the browser sent them, as Latin-1."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _address(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, for comparison."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def _wants_page(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest", "") in PAGE_DESTINATIONS


def _is_page(answer: httpx2.Response) -> bool:
    """Whether the answer is a complete, readable HTML document."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    return (
        media_type == "text/html"
        and encoding in READABLE_ENCODINGS
        and answer.status_code not in (204, 206, 304)
    )


def _named(connection: str) -> frozenset[str]:
    """The hop-by-hop headers that a `Connection` header names."""
    return frozenset(name.strip().lower() for name in connection.split(","))


def _without(headers: list[tuple[bytes, bytes]], dropped: frozenset[str]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.decode("latin-1").lower() not in dropped]


async def _chain(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk
