"""A reverse proxy of one site, which adds the overlay to its pages.

Requests go to the site with method, path, query, headers and body unchanged; responses are streamed
back unchanged. Exceptions:

* headers are turned from this origin's address to the site's and back (exchange.py); `Host` names the
  site, wherever it is fetched;
* in pages, style sheets and manifests, addresses of the site lead here (rewriting.py);
* a page gets the overlay's tag. It is requested unencoded, whole and unconditionally, and its
  Content-Security-Policy, which would block the overlay's script and socket, is dropped: only in this
  viewing copy, never on the site itself;
* a worker's script gets a statement that keeps the addresses here which it requests (stay/worker.js);
* a service worker's script is not asked for: static/inert-worker.js says why.

WebSockets are passed on by sockets.py.

Whatever a request contains, the proxy connects only to the site's host and port. If the site does not
answer, the response is 502 or 504 with a page that says what to do.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pageheat.frontends.heatmap import answers, connection, exchange
from pageheat.frontends.heatmap.addresses import Addresses
from pageheat.frontends.heatmap.diagnosis import Diagnosis
from pageheat.frontends.heatmap.failures import RedirectsForever
from pageheat.frontends.heatmap.header_addresses import insists_on
from pageheat.frontends.heatmap.injection import Added
from pageheat.frontends.heatmap.inquiry import inquire
from pageheat.frontends.heatmap.rewriting import NOTHING, Rewriter, rewriter
from pageheat.frontends.heatmap.sites import ShownSite
from pageheat.frontends.heatmap.sockets import SiteSockets
from pageheat.frontends.heatmap.unreachable import unreachable
from pageheat.services.checking.evidence import Finding
from pageheat.services.runtime.settings import HeatmapSettings

log = logging.getLogger(__name__)

REDIRECTS = frozenset({301, 302, 303, 307, 308})

PAGE_TIMEOUT = httpx2.Timeout(60, connect=5, pool=10)
"""Seconds. A page that keeps silent for longer is broken for its visitors, too; a development server compiles
it first. A running host accepts a connection within 5."""

STREAM_TIMEOUT = httpx2.Timeout(60, connect=5, read=600, pool=10)
"""The same for anything else: events and long polls keep silent while nothing happens."""

STEP_BYTES = 64 * 1024
"""Of a page are rewritten at a time: some 10 ms, between which other requests are answered."""

NOT_FORWARDED_FOR_ADDED = frozenset(
    {"accept-encoding", "if-none-match", "if-modified-since", "if-range", "range"}
)

NOT_RETURNED_REWRITTEN = frozenset({"content-encoding", "content-length", "content-type", "accept-ranges"})
"""What no longer holds for a rewritten body, and what is set again."""

NOT_RETURNED_WITH_ADDED = NOT_RETURNED_REWRITTEN | {
    "content-security-policy",
    "content-security-policy-report-only",
    "etag",
    "last-modified",
}
"""Also the policies, and what no longer holds with something added."""

PAGE_DESTINATIONS = frozenset({"document", "iframe", "frame"})
"""`Sec-Fetch-Dest` of requests for pages."""

WORKER_DESTINATIONS = frozenset({"worker", "sharedworker"})
"""The same of workers' scripts; browsers tell at https and at localhost alone."""

INERT_WORKER = Path(__file__).parent / "static" / "inert-worker.js"

WORKER_HEADERS = {
    "content-type": "text/javascript",
    "cache-control": "no-store",
    "service-worker-allowed": "/",
}
"""Of the worker: it may take any place that the site's own had, and is loaded anew each time."""


class Proxy:
    """An ASGI application: `site`, with what `add` tells added to its pages."""

    def __init__(
        self,
        site: ShownSite,
        add: Callable[[Addresses], Added],
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._site = site
        self._add = add
        context = connection.ssl_context(site.ca_file)
        self._transport = transport or connection.SiteTransport(context)
        self._diagnosis = Diagnosis(site)
        self._sockets = SiteSockets(site, context, self._diagnosis)

    async def aclose(self) -> None:
        """Close the connections to the site."""
        await self._transport.aclose()

    async def inquire(
        self, origin: str, address: str, settings: HeatmapSettings, *, added: bool
    ) -> list[Finding]:
        """Why a page at this address within a site has no heat; `added`: the tracker runs there.

        Args:
            origin: of the site; the caller has checked that the settings name it.
            address: path, query and fragment.
            settings: of Pageheat.
            added: whether a browser has seen the tracker run.
        """
        is_shown = origin == self._site.url
        site = self._site if is_shown else ShownSite("", origin, origin, self._site.ca_file)
        return await inquire(origin + address, site, self._transport, settings, added=added)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.headers.get("service-worker") == "script":
            await FileResponse(INERT_WORKER, headers=WORKER_HEADERS)(scope, receive, send)
            return
        async with AsyncExitStack() as stack:
            try:
                response = await self._response(request, stack)
                await response(scope, receive, send)
            except ClientDisconnect:
                return
            except httpx2.HTTPError as error:
                # The response has started. Returning without its end closes the connection, which
                # shows the browser that the response is incomplete.
                log.warning("%s broke off a response: %s", self._site.url, error)

    async def _response(self, request: Request, stack: AsyncExitStack) -> Response:
        """Request it from the site; `stack` closes the connection."""
        try:
            answer = await _unless_gone(
                request, self._transport.handle_async_request(self._site_request(request))
            )
            stack.push_async_callback(answer.aclose)
            return await self._browser_response(request, answer)
        except httpx2.HTTPError as error:
            return unreachable(request, self._site, await self._diagnosis.failure(error))

    def _site_request(self, request: Request) -> httpx2.Request:
        """The request to send to the site."""
        wants_page = _wants_page(request)
        dropped = NOT_FORWARDED_FOR_ADDED if wants_page or _wants_worker(request) else frozenset()
        headers = MutableHeaders(raw=exchange.for_site(request, self._site, dropped))
        headers["host"] = self._site.host
        headers.setdefault("accept-encoding", "identity")
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        timeout = PAGE_TIMEOUT if wants_page else STREAM_TIMEOUT
        return httpx2.Request(
            request.method,
            self._site.fetch_url,
            headers=headers.raw,
            content=request.stream() if has_body else None,
            extensions={
                "timeout": timeout.as_dict(),
                "target": target(request).encode("latin-1"),
                "sni_hostname": self._site.tls_name,
            },
        )

    async def _browser_response(self, request: Request, answer: httpx2.Response) -> Response:
        """The response to send to the browser.

        Raises:
            httpx2.HTTPError: what the browser would get is no use to it.
        """
        wants_page = _wants_page(request)
        if origin := self._redirects_forever(request, answer):
            raise RedirectsForever(origin)
        if answer.status_code == 400 and wants_page and await self._diagnosis.speaks_tls():
            raise httpx2.RemoteProtocolError("it refuses http")
        self._diagnosis.answers()
        wants_worker = _wants_worker(request)
        content = await answers.read(answer, may_be_page=wants_page, is_worker=wants_worker)
        if isinstance(content, answers.Other):
            if content.unread and wants_page:
                log.warning("no overlay on %s: %s", self._address(request), content.unread)
            return self._forwarded(request, answer, content.chunks)
        addresses = exchange.addresses_for(request, self._site)
        adds = wants_page or wants_worker
        one = rewriter(content.content_type, addresses, self._add(addresses) if adds else NOTHING)
        body = None
        if request.method != "HEAD":
            # The first bytes are awaited here: if there are none, the page that says why can still be sent.
            beginning = await anext(content.chunks, b"")
            body = self._rewritten(request, one, _chain(beginning, content.chunks))
        dropped = NOT_RETURNED_WITH_ADDED if adds else NOT_RETURNED_REWRITTEN
        response = self._forwarded(request, answer, body, dropped)
        response.headers["content-type"] = content.content_type
        return response

    def _redirects_forever(self, request: Request, answer: httpx2.Response) -> str | None:
        """The origin to which the site redirects what it was asked for, if it would do so forever.

        It may do so once to see whether the browser keeps a cookie.
        """
        if request.method not in ("GET", "HEAD") or answer.status_code not in REDIRECTS:
            return None
        new = {value.partition("=")[0].strip() for value in answer.headers.get_list("set-cookie")}
        if not new <= request.cookies.keys():
            return None
        ours = exchange.addresses_for(request, self._site)
        origin = insists_on(answer.headers.get("location", ""), target(request), ours)
        to_itself = origin == self._site.url == self._site.fetch_url
        return None if to_itself else origin

    async def _rewritten(
        self, request: Request, one: Rewriter, chunks: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """A body as it arrives, rewritten.

        What the site breaks off ends with what has arrived: browsers show that, too.
        """
        try:
            async for chunk in chunks:
                for at in range(0, len(chunk), STEP_BYTES):
                    if part := one.feed(chunk[at : at + STEP_BYTES]):
                        yield part
                    await asyncio.sleep(0)
        except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
            log.warning("%s is incomplete: %s", self._address(request), error or type(error).__name__)
        yield one.end()

    def _address(self, request: Request) -> str:
        """A page's address on the site, without its query, for the log."""
        return self._site.url + request.url.path

    def _forwarded(
        self,
        request: Request,
        answer: httpx2.Response,
        body: AsyncIterator[bytes] | None,
        dropped: frozenset[str] = frozenset(),
    ) -> Response:
        """A response with the answer's status and headers, except those `dropped`."""
        if answer.status_code in answers.WITHOUT_BODY:
            dropped, body = dropped | {"content-length"}, None
        response = StreamingResponse(body, answer.status_code) if body else Response(None, answer.status_code)
        response.raw_headers = exchange.for_browser(request, answer.headers.raw, self._site, dropped)
        return response


async def _unless_gone(request: Request, answering: Coroutine[Any, Any, httpx2.Response]) -> httpx2.Response:
    """The answer; a request without a body is given up when its browser goes away before.

    Raises:
        ClientDisconnect: the browser went away.
    """
    if "content-length" in request.headers or "transfer-encoding" in request.headers:
        return await answering
    answer = asyncio.ensure_future(answering)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise ClientDisconnect
    finally:
        gone.cancel()
        if not answer.done():
            answer.cancel()
        await asyncio.wait({answer, gone})


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def target(request: Request) -> str:
    """Path and query exactly as the browser sent them, as Latin-1."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _wants_page(request: Request) -> bool:
    """Whether a request is for a page: not for a part of one, which a script adds to the page.

    Browsers tell at https and at localhost. Elsewhere they ask for pages, and for pages alone, with
    `Upgrade-Insecure-Requests`; a script's request comes from a page, which other programs have none of.
    """
    headers = request.headers
    if destination := headers.get("sec-fetch-dest"):
        return destination in PAGE_DESTINATIONS
    return "upgrade-insecure-requests" in headers or "referer" not in headers


def _wants_worker(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest") in WORKER_DESTINATIONS


async def _chain(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk
