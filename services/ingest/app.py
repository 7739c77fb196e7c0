"""Ingest's port: WebSocket frames at any path of the site, beacons, and the tracker's scripts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import Counter, Gauge
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from frontends.tracker import Script
from services.contract.clock import wall_clock_ms
from services.contract.records import MAX_FRAME_BYTES
from services.contract.web import Health, all_well, answering, end_process, operational_routes
from services.ingest.addresses import address_of, is_nearby
from services.ingest.frames import REASONS, Refused
from services.ingest.intake import FrameSink, Intake, Sender
from services.ingest.messages import take_at_once
from services.ingest.receipts import Receipts
from services.ingest.robots import is_robot
from services.ingest.rules import Rules

SUBPROTOCOL = "pageheat.v1"
"""Asked for by clients that want receipts: what Kafka has of what they sent."""

RECEIPT_TIMEOUT_S = 5
"""A beacon waits so long for Kafka: an election of a partition's leader takes less."""

POLL_S = 0.05
"""How often Kafka's acknowledgements are served."""

MAX_MESSAGE_BYTES = 16 * MAX_FRAME_BYTES
"""A WebSocket message up to here is refused with a reason; a longer one ends its connection (1009)."""

BODY_TIMEOUT_S = 10
"""A beacon's body comes within this: 64 KiB by the slowest lines that carry a page at all."""

MAX_BODIES_BYTES = 32_000_000
"""Of all bodies that have not ended, together: 500 of the longest frames."""

STATUS = {"malformed": 400, "future": 400, "origin": 403, "too_large": 413, "rate": 429, "busy": 503}

BEACON = "/_pageheat/beacon"
BEACON_METHODS = ("GET", "HEAD", "OPTIONS", "POST")

BEACON_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"vary", b"Origin"),
]

PREFLIGHT_HEADERS = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"7200"),  # s; no browser keeps it for longer than some hours
]

RequestHeaders = Mapping[bytes, str]
"""By their names in lower case."""

AnswerHeaders = list[tuple[bytes, bytes]]
Answer = tuple[int, AnswerHeaders, bytes]
"""Status, headers and body."""

SCRIPT_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}

refused = Counter("pageheat_ingest_frames_refused", "Frames not taken", ["reason"])
for _reason in REASONS:
    refused.labels(_reason)  # shown as 0 from the beginning
turned_away = Counter("pageheat_ingest_sockets_refused", "WebSockets not opened, as too many were")
cut_off = Counter("pageheat_ingest_sockets_cut_off", "WebSockets closed, as they did not slow down")
sockets = Gauge("pageheat_ingest_sockets", "Open WebSocket connections")


class Ingest:
    """The ASGI application.

    Args:
        sink: takes the frames.
        scripts: the scripts to serve, by name.
        rules: who may send, how much, and how pages are called.
        clock_ms: stamps `received`, ms since the epoch.
        kafka: whether Kafka is there.
    """

    def __init__(
        self,
        sink: FrameSink,
        scripts: Mapping[str, Script],
        rules: Rules,
        clock_ms: Callable[[], int] = wall_clock_ms,
        kafka: Health = answering,
    ) -> None:
        self._sink = sink
        self._rules = rules
        self._intake = Intake(sink, rules, clock_ms)
        self._open = 0
        self._bodies_bytes = 0
        sockets.set_function(lambda: self._open)
        self._http: ASGIApp = Starlette(
            routes=[
                *(Route(f"/_pageheat/{name}", partial(_serve, script)) for name, script in scripts.items()),
                *operational_routes(ready=all_well(kafka, sink.trouble)),
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == BEACON:
            # to come here through routes and middleware would take as long as all the rest of it
            await _respond(send, *await self._beacon(scope, receive))
        else:
            await self._http(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async def poll() -> None:
            while True:
                await asyncio.sleep(POLL_S)
                self._sink.poll()

        polling = asyncio.create_task(poll())
        polling.add_done_callback(end_process)
        yield
        polling.remove_done_callback(end_process)
        polling.cancel()
        await asyncio.to_thread(self._sink.flush)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"].startswith("/_pageheat/"):
            await send({"type": "websocket.close", "code": 1008})
        elif self._open >= self._rules.max_sockets:
            turned_away.inc()
            await _turn_away(send)
        else:
            self._open += 1
            try:
                await self._converse(scope, receive, send)
            finally:
                self._open -= 1

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_receipts = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if has_receipts else None})

        async def tell(text: str) -> None:
            await send({"type": "websocket.send", "text": text})

        with contextlib.closing(Receipts(tell)) as receipts:
            try:
                sender = self._sender(scope, _headers(scope), "websocket")
                take = partial(
                    self._intake.take, sender=sender, receipt=receipts.delivered if has_receipts else None
                )
                take_at_once(scope, partial(_is_taken, take))
                await self._take_all(take, receive, receipts)
            except Refused as refusal:
                take_at_once(scope, None)
                # accepted all the same, since a browser tells nobody why a connection was not opened
                receipts.refused(_told(refusal).decode())
                closing = asyncio.create_task(_close(refusal, receipts, send))
                while (await receive())["type"] == "websocket.receive":
                    pass  # else what still comes would wait in memory for who doesn't read
                closing.cancel()

    async def _take_all(self, take: Callable[[bytes], object], receive: Receive, receipts: Receipts) -> None:
        """Take what comes until the connection ends, refused messages too.

        Raises:
            Refused: too much comes for it to be kept.
        """
        patience = self._rules.limits.patience()
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            data = message["bytes"] if text is None else text.encode("utf-8", "surrogatepass")
            try:
                take(data)
            except Refused as refusal:
                if refusal.reason == "rate" and not patience.endures():
                    cut_off.inc()
                    raise
                receipts.refused(_told(refusal).decode())

    def _sender(self, scope: Scope, headers: RequestHeaders, by: str) -> Sender:
        """Who sends.

        Raises:
            Refused: the settings don't name its page's origin.
        """
        site = self._intake.site_of(headers.get(b"origin"))
        proxies, peer = self._rules.proxies, scope["client"]
        forwarded = Headers(scope=scope).getlist("x-forwarded-for") if proxies else []
        if not proxies and headers.get(b"x-forwarded-for") and is_nearby(peer and peer[0]):
            self._intake.notice_proxy()
        address = address_of(peer[0] if peer else None, forwarded, proxies)
        return Sender(site, by, address, is_robot(headers.get(b"user-agent", "")))

    async def _beacon(self, scope: Scope, receive: Receive) -> Answer:
        """A frame by POST, a click by GET, a browser's question whether it may; HEAD does nothing."""
        method, headers, answer = scope["method"], _headers(scope), BEACON_HEADERS.copy()
        if method not in BEACON_METHODS:
            return 405, [*answer, (b"allow", ", ".join(BEACON_METHODS).encode())], b""
        try:
            sender = self._sender(scope, headers, "get" if method == "GET" else "beacon")
            if (origin := headers.get(b"origin")) is not None:
                answer.append((b"access-control-allow-origin", origin.encode("latin-1")))
            if method == "GET":
                query = scope["query_string"].decode("utf-8", "replace")
                self._intake.take_click(query, headers.get(b"referer", ""), sender)
            elif method == "POST":
                await self._take_surely(await self._body(Request(scope, receive)), sender)
            elif method == "OPTIONS":
                answer += PREFLIGHT_HEADERS
        except Refused as refusal:
            # what there may be left of a body is read no more
            answer += ((b"content-type", b"application/json"), (b"connection", b"close"))
            return STATUS[refusal.reason], answer, _told(refusal)
        return 204, answer, b""

    async def _body(self, request: Request) -> bytes:
        """The body, read no further than a frame may be long, and no longer than BODY_TIMEOUT_S.

        Raises:
            Refused: it does not end, or too many others don't.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                async for chunk in request.stream():
                    body += chunk
                    self._bodies_bytes += len(chunk)
                    if len(body) > MAX_FRAME_BYTES:
                        break
                    if self._bodies_bytes > MAX_BODIES_BYTES:
                        raise Refused("busy", "too many bodies have not ended; send it again later")
        except TimeoutError:
            raise Refused("malformed", f"the body did not end within {BODY_TIMEOUT_S} s") from None
        except ClientDisconnect:
            raise Refused("malformed", "the connection ended before the body did") from None
        finally:
            self._bodies_bytes -= len(body)
        return bytes(body)

    async def _take_surely(self, data: bytes, sender: Sender) -> None:
        """Take a frame, and return when Kafka has it: 204 is a beacon's receipt."""
        taken = asyncio.get_running_loop().create_future()

        def receipt(seq: int) -> None:
            if not taken.done():
                taken.set_result(seq)

        if not self._intake.take(data, sender, receipt):
            return
        try:
            await asyncio.wait_for(taken, RECEIPT_TIMEOUT_S)
        except TimeoutError:
            raise Refused("busy", "Kafka has not taken the frame yet; send it again later") from None


def _headers(scope: Scope) -> RequestHeaders:
    """The headers of a request; of a name that comes twice, the first."""
    return {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}


async def _respond(send: Send, status: int, headers: AnswerHeaders, body: bytes) -> None:
    if status != 204:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _told(refusal: Refused) -> bytes:
    """What the client is told; counted."""
    refused.labels(refusal.reason).inc()
    return refusal.answer()


def _is_taken(take: Callable[[bytes], object], data: bytes) -> bool:
    """Take a message; one that is refused is refused again where it can be answered."""
    try:
        take(data)
    except Refused:
        return False
    return True


async def _close(refusal: Refused, receipts: Receipts, send: Send) -> None:
    """Close the connection when its client has been told why."""
    await receipts.all_refused()
    with contextlib.suppress(OSError):
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.reason})


async def _turn_away(send: Send) -> None:
    """Answer a handshake with 503, which costs less than an open socket."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"30")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"too many WebSockets are open\n"})


async def _serve(script: Script, request: Request) -> Response:
    headers = SCRIPT_HEADERS | {"ETag": script.etag}
    if script.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(script.gzipped, headers=headers | {"Content-Encoding": "gzip"})
    return Response(script.body, headers=headers)
