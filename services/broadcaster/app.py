"""The broadcaster's port: a page's grids and breakdowns by WebSocket at its path; over HTTP, `answers.py`."""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, TypeVar

from confluent_kafka import Message
from prometheus_client import Counter, Gauge
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from pageheat.services.broadcaster import sharing
from pageheat.services.broadcaster.answers import Answers
from pageheat.services.broadcaster.breakdowns import Breakdowns, PageBreakdown
from pageheat.services.broadcaster.delta import Snapshot
from pageheat.services.broadcaster.fanout import Audience, Viewer, Viewers
from pageheat.services.broadcaster.messages import DeltaMessage
from pageheat.services.broadcaster.requests import requested_band, requested_page
from pageheat.services.broadcaster.snapshots import of_status
from pageheat.services.broadcaster.sockets import socket_of
from pageheat.services.broadcaster.warm import Heat, WarmPages
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.records import HEARTBEAT_KEY_PREFIX, UnreadableRecord
from pageheat.services.contract.topics import HEATMAP_DETAIL
from pageheat.services.contract.tutorial import tutorial_jsons
from pageheat.services.contract.watching import RENEW_S
from pageheat.services.runtime.access import Access, AccessDenied, refused, require_page
from pageheat.services.runtime.web import Health, all_well, answering, end_process, operational_routes

log = logging.getLogger(__name__)

SUBPROTOCOL = "pageheat.v1"
OURS = re.compile(r"pageheat\.v[0-9]{1,3}")
"""Subprotocols of all versions."""

ANOTHER_VERSION = (
    "This heat map was loaded from another version of Pageheat ({} instead of "
    f"{SUBPROTOCOL}): load the page again. If that does not help, upgrade the broadcaster and the heat-map "
    "front end to the same version."
)
ANOTHER_VERSION_CODE = 4426
"""Close code: as HTTP's 426, Upgrade Required."""
"""Requested by viewers that understand deltas, statuses and breakdowns; other viewers get only grids."""

STATUS_INTERVAL_S = 1.0
"""How often viewers get a status: whether their page is counted up to now."""

MAX_TOGETHER = 64
"""Grids whose JSON is written together, 1 ms: the first viewers wait no longer for those of others."""

HEARTBEAT_KEY = HEARTBEAT_KEY_PREFIX.encode()

MAX_MESSAGE_BYTES = 4_096
"""Viewers have nothing to send."""

viewers = Gauge("pageheat_broadcaster_viewers", "Viewers")
warm_pages = Gauge("pageheat_broadcaster_pages", "Warm pages")
grids = Counter("pageheat_broadcaster_grids", "New grids of pages")
heartbeat_age = Gauge(
    "pageheat_broadcaster_clock_age_seconds",
    "Age of the oldest of the partitions' newest heartbeats",
)


T = TypeVar("T")


class Source(Protocol):
    """The records of `heatmap` and `heatmap-detail`."""

    def start(self) -> None:
        """Start reading."""

    @property
    def ready(self) -> bool:
        """Whether all records that existed at the start have been read."""

    async def batch(self) -> list[Message]:
        """The next records, possibly none. An exception ends the process."""

    def topic(self, message: Message) -> str:
        """The name in topics.yaml of a message's topic."""

    def dead_letter(self, message: Message, reason: str) -> None:
        """Keep an unreadable record as a dead letter."""

    def close(self) -> None:
        """Stop reading."""


class Watched(Protocol):
    """Who needs to know which pages have viewers."""

    def tell(self, page: str) -> None:
        """This page has viewers now. It is told for the first one, and every RENEW_S."""

    def close(self) -> None:
        """No more pages are told."""


class Broadcaster:
    """The ASGI application.

    Args:
        source: the records; started and closed with the application.
        clock_ms: returns the current time, ms since the epoch.
        kafka: health of the connection to Kafka.
        access: who may see which pages; None makes all pages public.
        pages: names the requested pages: if `/user/*` is masked, `/user/42` gets the page `/user/*`.
        watched: is told which pages have viewers; closed with the application.
    """

    def __init__(
        self,
        source: Source,
        clock_ms: Callable[[], int],
        kafka: Health = answering,
        access: Access | None = None,
        pages: Pages = PATHS_ALONE,
        watched: Watched | None = None,
    ) -> None:
        self._source = source
        self._watched = watched
        self._pages = pages
        self._clock_ms = clock_ms
        self._kafka = kafka
        self._access = access or Access("", clock_ms, pages)
        self._warm = WarmPages()
        self._breakdowns = Breakdowns()
        answers = Answers(self._warm, self._breakdowns, pages, clock_ms, kafka)
        self._viewers = Viewers()
        self._refusing: set[asyncio.Task[None]] = set()
        self._stopping = False
        viewers.set_function(lambda: len(self._viewers))
        warm_pages.set_function(lambda: len(self._warm))
        heartbeat_age.set_function(lambda: self._warm.silence_ms(self._clock_ms()) / 1000)
        self._http: ASGIApp = Starlette(
            routes=[
                *answers.routes(self._access),
                *sharing.routes(self._access, pages, clock_ms),
                *operational_routes(ready=all_well(kafka, self._why_unready)),
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    def _why_unready(self) -> str | None:
        return None if self._source.ready else "is still reading the newest grids"

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._source.start()
        reading = asyncio.create_task(self._read())
        repeated = [asyncio.create_task(self._send_statuses()), asyncio.create_task(self._renew_watches())]
        for task in (reading, *repeated):
            task.add_done_callback(end_process)
        yield
        for task in repeated:
            task.cancel()
        # not cancelled: its thread must leave Kafka's consumer before the consumer is closed
        self._stopping = True
        await asyncio.wait([reading])
        self._source.close()
        if self._watched:
            self._watched.close()

    async def _read(self) -> None:
        """Read records and show each page's newest grid and breakdown to its viewers."""
        while not self._stopping:
            heats: dict[str, tuple[Heat, Message]] = {}
            breakdowns: dict[str, tuple[PageBreakdown, Message]] = {}
            for message in await self._source.batch():
                try:
                    if self._source.topic(message) == HEATMAP_DETAIL:
                        for page, breakdown in self._take_breakdown(message):
                            breakdowns[page] = breakdown, message
                    else:
                        for page, heat in self._take_heat(message):
                            heats[page] = heat, message
                except UnreadableRecord as error:
                    self._source.dead_letter(message, str(error))
            grids.inc(len(heats))
            for page, (breakdown, message) in breakdowns.items():
                if audience := self._viewers.of(page):
                    self._show(audience.show_breakdown, breakdown, message)
            watched = [
                (audience, heat, message)
                for page, (heat, message) in heats.items()
                if (audience := self._viewers.of(page))
            ]
            for first in range(0, len(watched), MAX_TOGETHER):
                self._show_grids(watched[first : first + MAX_TOGETHER])

    def _show_grids(self, watched: Sequence[tuple[Audience, Heat, Message]]) -> None:
        jsons = iter(tutorial_jsons([heat.record for audience, heat, _ in watched if audience.wants_json]))
        for audience, heat, message in watched:
            json = next(jsons) if audience.wants_json else None
            self._show(partial(audience.show, json=json), heat, message)

    def _show(self, show: Callable[[T], None], value: T, message: Message) -> None:
        try:
            show(value)
        except UnreadableRecord as error:  # until now only the head of the record was decoded
            self._source.dead_letter(message, str(error))

    def _take_heat(self, message: Message) -> Iterable[tuple[str, Heat]]:
        partition, key, value = message.partition() or 0, message.key() or b"", message.value()
        shown = self._warm.apply(partition, key, value, self._received_ms(message))
        if key.startswith(HEARTBEAT_KEY) and (heartbeat := self._warm.heartbeat(partition)):
            self._breakdowns.take_heartbeat(heartbeat)
        return shown

    def _take_breakdown(self, message: Message) -> Iterable[tuple[str, PageBreakdown]]:
        partition = message.partition() or 0
        may_be_older = self._warm.is_silent(partition, self._received_ms(message))
        return self._breakdowns.apply(partition, message.key(), message.value(), may_be_older=may_be_older)

    async def _send_statuses(self) -> None:
        """Once a second, send viewers the status of their page, and end expired grants."""
        while True:
            await asyncio.sleep(STATUS_INTERVAL_S)
            for page, audience in self._viewers.pages():
                self._end_grants(page, audience)
                audience.show_status(self._status(page))

    async def _renew_watches(self) -> None:
        """Tell every RENEW_S which pages have viewers, so that their visitors go on sending at once."""
        while self._watched:
            await asyncio.sleep(RENEW_S)
            for page, _ in self._viewers.pages():
                self._watched.tell(page)

    def _end_grants(self, page: str, audience: Audience) -> None:
        """Stop showing the page to viewers whose grant has expired."""
        for viewer in list(audience):
            try:
                self._access.require_time(viewer.grant)
            except AccessDenied as refusal:
                self._viewers.discard(page, viewer)
                task = asyncio.create_task(_refuse(refusal, viewer.send))
                self._refusing.add(task)
                task.add_done_callback(self._refusing.discard)

    def _received_ms(self, message: Message) -> int:
        """Now; during the initial read, when it was written: an old heartbeat says nothing about today."""
        now_ms = self._clock_ms()
        return now_ms if self._source.ready else min(now_ms, message.timestamp()[1])

    def _status(self, page: str) -> Snapshot:
        status = self._warm.status(page, self._clock_ms())
        return of_status(page, status, kafka_away=self._kafka() is not None)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        page = requested_page(scope["raw_path"], scope["query_string"], self._pages)
        if page.startswith("/_pageheat/"):
            await send({"type": "websocket.close", "code": 1008})
            return
        offered = [name for name in scope["subprotocols"] if OURS.fullmatch(name)]
        wants_deltas = SUBPROTOCOL in offered
        chosen = SUBPROTOCOL if wants_deltas else next(iter(offered), None)
        await send({"type": "websocket.accept", "subprotocol": chosen})
        if chosen not in (SUBPROTOCOL, None):
            why = {"error": ANOTHER_VERSION.format(chosen), "refused": "version"}
            await _end(send, why, ANOTHER_VERSION_CODE)
            return
        try:
            peer = scope["client"][0] if scope.get("client") else None
            grant = self._access.grant(scope["headers"], scope["subprotocols"], peer)
            require_page(grant, page)
        except AccessDenied as refusal:
            await _refuse(refusal, send)
            return
        band = requested_band(scope["query_string"])
        viewer = Viewer(socket_of(scope), send, wants_deltas=wants_deltas, band=band, grant=grant)
        self._greet(page, viewer)
        try:
            while (await receive())["type"] == "websocket.receive":
                pass  # what viewers send is ignored
        finally:
            self._viewers.discard(page, viewer)

    def _greet(self, page: str, viewer: Viewer) -> None:
        """Send a new viewer at once what the others already have."""
        audience = self._viewers.add(page, viewer)
        if self._watched and len(audience) == 1:
            self._watched.tell(page)
        heat, breakdown = self._warm.heat(page), self._breakdowns.of(page)
        with contextlib.suppress(UnreadableRecord):  # until a readable one comes, the page looks cold
            if viewer.wants_deltas:
                viewer.show(DeltaMessage(self._status(page)))
            if viewer.wants_deltas and breakdown:
                viewer.show(audience.breakdown(breakdown, viewer.band))
            if heat:
                viewer.show(audience.grid(heat, wants_deltas=viewer.wants_deltas))


async def _refuse(refusal: AccessDenied, send: Send) -> None:
    """Send the reason on the open socket and close it; browsers cannot read why a handshake was refused."""
    refused.labels(refusal.status).inc()
    await _end(send, {"error": str(refusal)}, refusal.code)


async def _end(send: Send, why: Mapping[str, str], code: int) -> None:
    with contextlib.suppress(OSError):  # already disconnected
        await send({"type": "websocket.send", "text": json.dumps(why)})
        await send({"type": "websocket.close", "code": code})
