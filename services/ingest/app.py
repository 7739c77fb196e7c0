"""Ingest's port: WebSocket frames at any path of the site, beacons, and the tracker's scripts."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from prometheus_client import Counter, Gauge
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pageheat.services.contract.pages import page_key
from pageheat.services.contract.records import MAX_FRAME_BYTES
from pageheat.services.contract.script import DEFAULT, FORMER, Script
from pageheat.services.contract.sites import SEEN, SEEN_HOST
from pageheat.services.ingest.addresses import is_nearby
from pageheat.services.ingest.beacons import Beacons
from pageheat.services.ingest.client_request import ClientRequest
from pageheat.services.ingest.conversation import Conversation
from pageheat.services.ingest.fast_path import say_at_once, take_at_once
from pageheat.services.ingest.intake import FrameSink, Intake
from pageheat.services.ingest.receipts import Receipts
from pageheat.services.ingest.rules import Rules
from pageheat.services.ingest.schema import SCHEMA, schema
from pageheat.services.ingest.sightings import Seen, together
from pageheat.services.ingest.watched import WatchedPages
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.web import Health, all_well, answering, end_process, operational_routes
from pageheat.services.runtime.workers import Colleagues

SUBPROTOCOL = "pageheat.v1"
"""Requested by clients that read answers: which frames Kafka has, and how often to send."""

POLL_S = 0.05
"""Interval at which Kafka's acknowledgements are served."""

MAX_MESSAGE_BYTES = 16 * MAX_FRAME_BYTES
"""A too long WebSocket message up to here is refused with a reason; beyond, the connection closes (1009)."""

MAX_ADDRESS_CHARS = 2_048
"""Of an asked page: the names of pages are shorter."""

SCRIPT_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Access-Control-Allow-Origin": "*",  # for tags with crossorigin, integrity or type=module
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}

sockets_refused = Counter("pageheat_ingest_sockets_refused", "WebSockets refused, as too many were open")
sockets = Gauge("pageheat_ingest_sockets", "Open WebSocket connections")


class WatchedSource(Protocol):
    """Where ingest learns which pages are watched."""

    async def pages(self) -> Iterable[str]:
        """The next pages that are watched from now on, possibly none; waits less than a second for some."""

    def close(self) -> None:
        """Stop reading."""


class Ingest:
    """The ASGI application.

    Args:
        sink: takes the frames.
        scripts: the scripts to serve, by name, in the order of `Addresses.scripts`.
        rules: origins, rate limits, pages' names and trusted proxies.
        clock_ms: stamps `received`, ms since the epoch.
        kafka: health of the connection to Kafka.
        watched: tells which pages are watched; None: no page ever is.
        colleagues: all workers of the port, if there are several.
    """

    def __init__(
        self,
        sink: FrameSink,
        scripts: Mapping[str, Script],
        rules: Rules,
        clock_ms: Callable[[], int] = wall_clock_ms,
        kafka: Health = answering,
        watched: WatchedSource | None = None,
        colleagues: Colleagues | None = None,
    ) -> None:
        self._sink = sink
        self._rules = rules
        self._intake = Intake(sink, rules, clock_ms)
        self._beacons = Beacons(self._intake)
        self._addresses = {DEFAULT, FORMER, rules.addresses}
        self._posts = frozenset(addresses.post for addresses in self._addresses)
        self._watched = WatchedPages(rules.paces)
        self._watched_source = watched
        self._colleagues = colleagues
        self._stopping = False
        self._open = 0
        sockets.set_function(lambda: self._open)
        self._http: ASGIApp = Starlette(
            routes=[
                *(
                    Route(path, partial(_serve, script))
                    for paths in self._addresses
                    for path, script in zip(paths.scripts, scripts.values(), strict=False)
                ),
                Route(SEEN, self._seen),
                Route(SCHEMA, _serve_schema),
                *operational_routes(all_well(kafka, sink.why_unready), answering, colleagues),
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in self._posts:
            # skips routes and middleware, which cost as much as all the rest
            await self._beacons(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async def poll() -> None:
            while True:
                await asyncio.sleep(POLL_S)
                self._sink.poll()

        polling, watching = asyncio.create_task(poll()), asyncio.create_task(self._watch())
        for task in (polling, watching):
            task.add_done_callback(end_process)
        yield
        polling.remove_done_callback(end_process)
        polling.cancel()
        # not cancelled: its thread must leave Kafka's consumer before the consumer is closed
        self._stopping = True
        await asyncio.wait([watching])
        await asyncio.to_thread(self._sink.flush)

    async def _watch(self) -> None:
        """Learn which pages are watched, and tell their visitors."""
        if (source := self._watched_source) is None:
            return
        with contextlib.closing(source):
            while not self._stopping:
                pages = await source.pages()
                now_ms = int(asyncio.get_running_loop().time() * 1000)
                self._watched.renew(pages, now_ms)
                self._watched.expire(now_ms)

    async def _seen(self, request: Request) -> Response:
        """What came lately for a page: for our own front end and tools alone, as ingest is public."""
        told = ClientRequest.of(request.scope)
        if not is_nearby(told.peer) or told.forwarded or told.headers.get("host") != SEEN_HOST:
            return PlainTextResponse("for Pageheat's own processes only\n", 403)
        address, origin = request.query_params.get("page", "/"), request.query_params.get("origin", "")
        site, name, seen = self._intake.seen(address[:MAX_ADDRESS_CHARS], origin)
        if self._colleagues and not self._colleagues.is_asked_alone(request):
            answers = await self._colleagues.ask(request)
            seen = together([_seen_in(text) for status, text in answers if status == 200])
        page = None if site is None else page_key(site, name)
        return JSONResponse({"page": page, **seen._asdict()}, headers={"Cache-Control": "no-store"})

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"].startswith("/_pageheat/"):
            await send({"type": "websocket.close", "code": 1008})
        elif self._open >= self._rules.max_sockets:
            sockets_refused.inc()
            await _refuse_socket(send)
        else:
            self._open += 1
            try:
                await self._converse(scope, receive, send)
            finally:
                self._open -= 1

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        hears = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if hears else None})

        async def send_text(text: str) -> None:
            await send({"type": "websocket.send", "text": text})

        async def close(reason: str) -> None:
            with contextlib.suppress(OSError):
                await send({"type": "websocket.close", "code": 1008, "reason": reason})

        request, budget = ClientRequest.of(scope), self._rules.limits.refusal_budget()
        with (
            contextlib.closing(Receipts(send_text, say_at_once(scope))) as receipts,
            contextlib.closing(
                Conversation(self._intake, request, receipts, budget, self._watched, close)
            ) as conversation,
        ):
            conversation.begin(hears=hears)
            take_at_once(scope, conversation.take)
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text")
                data = message["bytes"] if text is None else text.encode("utf-8", "surrogatepass")
                conversation.take(data)


async def _refuse_socket(send: Send) -> None:
    """Answer a handshake with 503, which is cheaper than an open socket."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"30")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"too many WebSockets are open\n"})


def _seen_in(answer: str) -> Seen:
    """What a colleague has told."""
    fields = json.loads(answer)
    return Seen(*(fields[name] for name in Seen._fields))


async def _serve_schema(_: Request) -> Response:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return Response(schema(), media_type="application/schema+json", headers=headers)


async def _serve(script: Script, request: Request) -> Response:
    headers = SCRIPT_HEADERS | {"ETag": script.etag}
    if script.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(script.gzipped, headers=headers | {"Content-Encoding": "gzip"})
    return Response(script.body, headers=headers)
