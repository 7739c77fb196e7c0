"""A site's WebSockets, passed on: hot reload, LiveView, Streamlit, Jupyter's kernels.

Messages are passed whole, in order and of the same kind, and no faster than the other side reads. The
handshake's headers, its subprotocol or refusal, and the code at the end are passed, too; pings are each
side's own. Redirects are not followed, in the way of browsers.
"""

import asyncio
import http
import logging
import ssl
from urllib.parse import urlsplit

from prometheus_client import Gauge
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.typing import Subprotocol

from pageheat.frontends.heatmap import exchange
from pageheat.frontends.heatmap.diagnosis import Diagnosis
from pageheat.frontends.heatmap.failures import in_a_line
from pageheat.frontends.heatmap.header_addresses import Headers
from pageheat.frontends.heatmap.sites import ShownSite

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""Limit for one message, which is held whole. Jupyter's is 10 MiB; a longer one ends the socket with 1009."""

MAX_SOCKETS = 200
"""Sockets that are open at a time: a page has one or two, and a team of analysts some dozens of pages."""

OPEN_TIMEOUT_S = 10
"""From the connection to the site to its answer: a running server needs milliseconds."""

CLOSE_TIMEOUT_S = 3
"""For the site's answer to the end of a socket; afterwards the connection is dropped."""

QUEUED_FRAMES = 1
"""Frames read from the site ahead of the browser. Each may be as long as a message."""

GOING_AWAY, NO_CODE, ABNORMAL, TOO_LONG, FAILED = 1001, 1005, 1006, 1009, 1011
"""Close codes (RFC 6455, 7.4.1). NO_CODE and ABNORMAL are never sent: they say what was not received."""

_SET_AGAIN = frozenset({"content-length", "date"})
"""Headers that the server sets itself."""

open_sockets = Gauge("pageheat_heatmap_sockets", "Open WebSockets to the sites that the front end shows")


class SiteSockets:
    """An ASGI application for the WebSockets of one site."""

    def __init__(self, site: ShownSite, context: ssl.SSLContext, diagnosis: Diagnosis) -> None:
        self._site = site
        self._diagnosis = diagnosis
        self._context = context
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one socket on until one side ends it."""
        browser = WebSocket(scope, receive, send)
        await browser.receive()  # websocket.connect
        if self._open >= MAX_SOCKETS:
            log.warning(
                "%s: more than %d WebSockets are open; another is refused", self._site.url, MAX_SOCKETS
            )
            await _refuse(browser, http.HTTPStatus.SERVICE_UNAVAILABLE, f"more than {MAX_SOCKETS} sockets\n")
            return
        self._open += 1
        open_sockets.inc()
        try:
            await self._pass_on(browser)
        finally:
            open_sockets.dec()
            self._open -= 1

    async def _pass_on(self, browser: WebSocket) -> None:
        try:
            site = await self._connect(browser)
        except InvalidStatus as refusal:
            await _pass_refusal(browser, refusal.response, self._site)
            return
        except (InvalidHandshake, OSError, TimeoutError) as error:
            why = await self._diagnosis.failure(error)
            await _refuse(browser, http.HTTPStatus(why.status), in_a_line(self._site, why) + "\n")
            return
        self._diagnosis.answers()
        async with site:
            headers = exchange.for_browser(browser, _raw(site.response), self._site, _SET_AGAIN)
            await browser.accept(site.subprotocol, headers)
            await _both_ways(browser, site)

    async def _connect(self, browser: WebSocket) -> ClientConnection:
        fetched = urlsplit(self._site.fetch_url)
        secure = fetched.scheme == "https"
        opening = _Connect(
            f"{'wss' if secure else 'ws'}://{self._site.host}/",
            subprotocols=[Subprotocol(one) for one in browser.scope["subprotocols"]] or None,
            additional_headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in exchange.for_site(browser, self._site)
            ],
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_timeout=None,  # a server that stands at a breakpoint answers later
            max_size=MAX_MESSAGE_BYTES,
            max_queue=QUEUED_FRAMES,
            host=fetched.hostname,
            port=fetched.port or (443 if secure else 80),
            ssl=self._context if secure else None,
            server_hostname=self._site.tls_name if secure else None,
        )
        # The path as the browser sent it: the library would take a part after ";" away.
        opening.ws_uri.path = browser.scope["raw_path"].decode("latin-1")
        opening.ws_uri.query = browser.scope["query_string"].decode("latin-1")
        return await opening


class _Connect(connect):
    """Follows no redirect: it may lead to another host, and the browser would not follow it either."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


async def _both_ways(browser: WebSocket, site: ClientConnection) -> None:
    """Until one side ends the socket; then the other is ended with the same code."""
    ways = [asyncio.ensure_future(_to_site(browser, site)), asyncio.ensure_future(_to_browser(site, browser))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _to_site(browser: WebSocket, site: ClientConnection) -> None:
    try:
        while (message := await browser.receive())["type"] == "websocket.receive":
            await site.send(_data(message))
    except ConnectionClosed:
        await asyncio.Event().wait()  # the other way sees it, too, and tells the browser
    code = message.get("code", NO_CODE)
    await site.close(_sendable(code, instead=GOING_AWAY), message.get("reason") or "")


async def _to_browser(site: ClientConnection, browser: WebSocket) -> None:
    try:
        while True:
            data = await site.recv()
            await (browser.send_text(data) if isinstance(data, str) else browser.send_bytes(data))
    except ConnectionClosed as end:
        close = end.rcvd or end.sent  # we end it, too: for a message that is too long
        if end.sent and end.sent.code == TOO_LONG:
            log.warning("a WebSocket of the site sent more than %d bytes in one message", MAX_MESSAGE_BYTES)
        code = _sendable(close.code if close else ABNORMAL, instead=FAILED)
        await browser.close(code, close.reason if close else "")


def _raw(answer: Response | None) -> Headers:
    """Headers as they were received."""
    pairs = answer.headers.raw_items() if answer else []
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _data(message: Message) -> str | bytes:
    text: str | None = message.get("text")
    return message["bytes"] if text is None else text


def _sendable(code: int, instead: int) -> int:
    """A close code as it may be sent: 1000 for none, `instead` for a connection that was lost."""
    if code == NO_CODE:
        return 1000
    return code if 3000 <= code < 5000 or (1000 <= code <= 1014 and code not in (1004, ABNORMAL)) else instead


async def _pass_refusal(browser: WebSocket, answer: Response, site: ShownSite) -> None:
    known = {status.value for status in http.HTTPStatus}
    status = answer.status_code if answer.status_code in known else http.HTTPStatus.BAD_GATEWAY
    headers = exchange.for_browser(browser, _raw(answer), site, _SET_AGAIN)
    await browser.send({"type": "websocket.http.response.start", "status": int(status), "headers": headers})
    await browser.send({"type": "websocket.http.response.body", "body": bytes(answer.body or b"")})


async def _refuse(browser: WebSocket, status: http.HTTPStatus, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await browser.send({"type": "websocket.http.response.start", "status": int(status), "headers": headers})
    await browser.send({"type": "websocket.http.response.body", "body": text.encode()})
