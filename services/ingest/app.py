"""Ingest's port: WebSocket frames at any path of the site, beacons, and the tracker script."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from prometheus_client import Counter, Gauge
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from frontends.tracker import Script
from services.contract.clock import wall_clock_ms
from services.contract.records import MAX_FRAME_BYTES, Frame
from services.contract.web import end_process, operational_routes
from services.ingest.frames import Refused, read

POLL_S = 0.05
"""How often Kafka's acknowledgements are served."""

MAX_MESSAGE_BYTES = 16 * MAX_FRAME_BYTES
"""A WebSocket message up to here is refused with a reason; a longer one ends its connection (1009)."""

BEACON_STATUS = {"malformed": 400, "future": 400, "too_large": 413, "busy": 503}

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}

SCRIPT_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}

accepted = Counter("pageheat_ingest_frames_accepted", "Frames taken", ["by"])
events = Counter("pageheat_ingest_events_accepted", "Events in the frames taken", ["type"])
refused = Counter("pageheat_ingest_frames_refused", "Frames not taken", ["reason"])
sockets = Gauge("pageheat_ingest_sockets", "Open WebSocket connections")


class FrameSink(Protocol):
    """Where accepted frames go."""

    def offer(self, frame: Frame) -> bool:
        """Take a frame without blocking; False when there is no room."""

    def poll(self) -> None:
        """Do what is due; called every POLL_S. An exception ends the process."""

    def flush(self) -> None:
        """Bring everything that was taken to its place."""

    def trouble(self) -> str | None:
        """Why frames don't get through, or None."""


class Ingest:
    """The ASGI application.

    Args:
        sink: takes the frames.
        tracker: the script to serve.
        sites: origin → name of the sites that are kept apart from the default one.
        clock_ms: stamps `received`, ms since the epoch.
    """

    def __init__(
        self,
        sink: FrameSink,
        tracker: Script,
        sites: Mapping[str, str],
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._sink = sink
        self._tracker = tracker
        self._sites = sites
        self._clock_ms = clock_ms
        self._http: ASGIApp = Starlette(
            routes=[
                Route("/_pageheat/tracker.js", self._script),
                Route("/_pageheat/beacon", self._beacon, methods=["POST"]),
                *operational_routes(sink.trouble),
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
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

    def _take(self, data: bytes, headers: Headers, by: str) -> None:
        """Read one frame and hand it on.

        Raises:
            Refused: counted, and to be told to the client.
        """
        try:
            site = self._sites.get(headers.get("origin", ""), "")
            frame = read(data, site=site, received_ms=self._clock_ms())
            if not self._sink.offer(frame):
                raise Refused("busy", "Kafka does not take frames now; try again later")
        except Refused as refusal:
            refused.labels(refusal.reason).inc()
            raise
        accepted.labels(by).inc()
        for event in frame.events:
            events.labels(event.type).inc()

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"].startswith("/_pageheat/"):
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        headers = Headers(scope=scope)
        with sockets.track_inprogress():
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text")
                data = message["bytes"] if text is None else text.encode("utf-8", "surrogatepass")
                try:
                    self._take(data, headers, "websocket")
                except Refused as refusal:
                    # a client that has gone already may have left good frames behind the refused one
                    with contextlib.suppress(OSError):
                        await send({"type": "websocket.send", "text": refusal.answer().decode()})

    async def _beacon(self, request: Request) -> Response:
        try:
            self._take(await _body(request), request.headers, "beacon")
        except Refused as refusal:
            return Response(
                refusal.answer(),
                BEACON_STATUS[refusal.reason],
                headers=ANY_ORIGIN,
                media_type="application/json",
            )
        return Response(status_code=204, headers=ANY_ORIGIN)

    async def _script(self, request: Request) -> Response:
        script = self._tracker
        headers = SCRIPT_HEADERS | {"ETag": script.etag}
        if script.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(script.gzipped, headers=headers | {"Content-Encoding": "gzip"})
        return Response(script.body, headers=headers)


async def _body(request: Request) -> bytes:
    """The body, read no further than a frame may be long."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FRAME_BYTES:
                break
    except ClientDisconnect:
        raise Refused("malformed", "the connection ended before the body did") from None
    return bytes(body)
