"""A fake ingest for trackers: acknowledges frames, validates them, and keeps them for the test."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pageheat.frontends.tracker import scripts
from pageheat.services.contract import packed_rows
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.records import Attributes, Point, SentFrame, Size, Target
from pageheat.services.contract.script import DEFAULT, FORMER, Addresses, Script
from pageheat.services.contract.watching import TRACKER_SEND_MS
from pageheat.services.ingest.app import SCRIPT_HEADERS, SUBPROTOCOL
from tests.support.server import Server

ARRIVAL_TIMEOUT_S = 15
"""Longer than the tracker's first reconnect delays, on a busy machine."""

OWN = Addresses.of("/lib/site.js")
"""What a site may set as TRACKER_PATH."""

Way = Literal["socket", "beacon"]


@dataclass(frozen=True)
class Seen:
    """An event that arrived, with its frame's values."""

    type: str
    x: float
    y: float
    age: int
    buttons: int
    fixed: bool
    framed: bool
    target: Target | None
    path: str
    document: Size
    viewport: Size | None
    first: Point
    session: str
    seq: int
    view: int
    way: Way


@dataclass(frozen=True)
class Look:
    """A look that arrived, with its frame's values."""

    top: int
    height: int
    duration: int
    age: int
    path: str
    view: int
    way: Way


class Recorder:
    """Serves the tracker's scripts and takes its frames, over WebSockets and as beacons.

    `seen` has the events of each frame once, `looks` its looks, `resent` events of duplicates. `views` has
    each page view's path and attributes. While `takes_sockets` is
    false sockets are refused; while `acknowledges` is false frames are not acknowledged. `every` is how
    often trackers are told to send, ms.
    """

    def __init__(self, pages: Pages = PATHS_ALONE) -> None:
        self._scripts = scripts(pages)
        self.seen: list[Seen] = []
        self.resent: list[Seen] = []
        self.looks: list[Look] = []
        self.views: list[tuple[str, Attributes]] = []
        self.connections = 0
        self.takes_sockets = True
        self.acknowledges = True
        self.every = TRACKER_SEND_MS
        self._frames: dict[tuple[str, int | None], SentFrame] = {}
        self._faults: list[str] = []
        self._arrival = threading.Condition()
        self._accepting = threading.Event()
        self._accepting.set()
        self._server = Server(
            Starlette(
                routes=[
                    *(
                        Route(path, partial(self._script, script))
                        for paths in (DEFAULT, FORMER, OWN)
                        for path, script in zip(paths.scripts, self._scripts.values(), strict=True)
                    ),
                    *(Route(paths.post, self._beacon, methods=["POST"]) for paths in (DEFAULT, FORMER, OWN)),
                    WebSocketRoute("/{path:path}", self._socket),
                ]
            )
        )

    @property
    def origin(self) -> str:
        return self._server.origin

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Inside, neither accept nor refuse sockets."""
        self._accepting.clear()
        try:
            yield
        finally:
            self._accepting.set()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, close every connection and stop listening on the port."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.start()

    def expect(self, **like: Any) -> Seen:
        """Wait for the only event with these values."""
        self.wait_for(lambda: bool(self.all(**like)), f"an event with {like}")
        (found,) = self.all(**like)
        return found

    def all(self, **like: Any) -> list[Seen]:
        """Return the events with these values, in order of arrival."""
        return [it for it in self.seen if all(getattr(it, name) == like[name] for name in like)]

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        with self._arrival:
            if not self._arrival.wait_for(condition, ARRIVAL_TIMEOUT_S):
                pytest.fail(f"{what} did not arrive; these did: {self.seen}")

    def check(self) -> None:
        """Assert that frames are valid, none of a session is missing, and duplicates have equal events."""
        assert not self._faults
        for session in {session for session, _ in self._frames}:
            counted = sorted(seq for its, seq in self._frames if its == session and seq is not None)
            assert counted == list(range(len(counted)))

    def close(self) -> None:
        self._server.stop()

    async def _script(self, script: Script, _: Request) -> Response:
        return Response(script.body, headers=SCRIPT_HEADERS)

    async def _beacon(self, request: Request) -> Response:
        self._take(await request.body(), "beacon")
        return Response(status_code=204, headers={"Access-Control-Allow-Origin": "*"})

    async def _socket(self, socket: WebSocket) -> None:
        with self._arrival:
            self.connections += 1
            self._arrival.notify_all()
        await asyncio.to_thread(self._accepting.wait)
        with suppress(WebSocketDisconnect):
            if not self.takes_sockets:
                await socket.close()
                return
            await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope["subprotocols"] else None)
            every = TRACKER_SEND_MS
            while True:
                seq = self._take((await socket.receive_text()).encode(), "socket")
                if self.acknowledges:
                    await socket.send_json({"acknowledged": [seq]})
                if every != self.every:
                    every = self.every
                    await socket.send_json({"every": every})

    def _take(self, text: bytes, way: Way) -> int | None:
        """Keep a frame and return its `seq`."""
        with self._arrival:
            try:
                frame = msgspec.json.decode(text, type=SentFrame)
            except msgspec.DecodeError as error:
                self._faults.append(f"{error}: {text!r}")
                return None
            first = self._frames.setdefault((frame.session, frame.seq), frame)
            if _without_ages(first) != _without_ages(frame):
                self._faults.append(f"{first} was resent as {frame}")
            if first is frame:
                self._look(frame, way)
            events = self.seen if first is frame else self.resent
            events += (
                Seen(
                    **msgspec.structs.asdict(event),
                    **msgspec.structs.asdict(frame.page),
                    session=frame.session,
                    seq=frame.seq,
                    view=frame.view,
                    way=way,
                )
                for event in packed_rows.events(frame)
            )
            self._arrival.notify_all()
            return frame.seq

    def _look(self, frame: SentFrame, way: Way) -> None:
        if frame.attributes is not None:
            self.views.append((frame.page.path, frame.attributes))
        for top, height, duration, age in packed_rows.looks(frame.looks).tolist():
            self.looks.append(Look(top, height, duration, age, frame.page.path, frame.view, way))


def _without_ages(frame: SentFrame) -> SentFrame:
    events = [msgspec.structs.replace(event, age=0) for event in packed_rows.events(frame)]
    looks = packed_rows.pack_looks((*look, 0) for *look, _ in packed_rows.looks(frame.looks).tolist())
    return msgspec.structs.replace(frame, moves=b"", fixed_moves=b"", events=events, looks=looks)
