"""Grids and breakdowns as broadcaster reads them, from a list instead of Kafka."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from websockets.frames import Opcode

from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.delta import Reader, Snapshot
from pageheat.services.broadcaster.sockets import EXTENSION
from pageheat.services.contract.records import (
    Band,
    Breakdown,
    ElementCounts,
    Grid,
    Size,
    Totals,
)
from pageheat.services.contract.topics import HEATMAP
from tests.support.fine import fine
from tests.support.tiles import packed_tiles

WINDOW_MS, STEP_MS = 300_000, 250
NOW_MS = 1_000_000

PHONE = Band(
    "phone",
    2,
    fine(moves={(4, 3): 5}, clicks={(0, 0): 1}),
    [ElementCounts("#buy", clicks={"9": {"8": 1}})],
)
DESKTOP = Band("desktop", 1, fine(moves={(1, 1): 1}), [])


def detail(end: int, position: int, *, partition: int = 4) -> Breakdown:
    """Make a page's breakdown with two bands."""
    return Breakdown(
        start=end - WINDOW_MS,
        end=end,
        page=Size(1000, 1000),
        partition=partition,
        position=position,
        grid_size=50,
        spots=64,
        spot_px=8,
        bands=[PHONE, DESKTOP],
    )


def grid(end: int, position: int, *, moves: int = 1, newest: int | None = None) -> Grid:
    """Make a page's grid with that many moves; by default the newest is in the step before `end`."""
    return Grid(
        start=end - WINDOW_MS,
        end=end,
        value=packed_tiles({"0": {"0": moves}} if moves else {}),
        clicks=b"",
        grid_size=50,
        visitors=min(moves, 1),
        totals=Totals(moves, 0),
        newest=(end - STEP_MS if newest is None else newest) if moves else None,
        page=Size(1000, 1000),
        partition=4,
        position=position,
        fine=fine(moves={(0, 0): moves}),
    )


class Message:
    """A record as Kafka's consumer returns it."""

    def __init__(self, key: bytes, value: bytes | None, topic: str) -> None:
        self._key, self._value, self._topic = key, value, topic

    def topic(self) -> str:
        return self._topic

    def key(self) -> bytes:
        return self._key

    def value(self) -> bytes | None:
        return self._value

    def partition(self) -> int:
        return 4

    def timestamp(self) -> tuple[int, int]:
        return 1, NOW_MS


class ListSource:
    """A source of the records that the test puts into it."""

    def __init__(self) -> None:
        self.ready = True
        self.letters: list[str] = []
        self.closed = False
        self._waiting: asyncio.Queue[Message] = asyncio.Queue()

    def put(self, key: str, value: bytes | None, topic: str = HEATMAP) -> None:
        self._waiting.put_nowait(Message(key.encode(), value, topic))

    def start(self) -> None:
        pass

    async def batch(self) -> list[Any]:
        try:
            return [await asyncio.wait_for(self._waiting.get(), 0.01)]
        except TimeoutError:
            return []

    def topic(self, message: Any) -> str:
        return str(message.topic())

    def dead_letter(self, message: Any, reason: str) -> None:
        self.letters.append(reason)

    def close(self) -> None:
        self.closed = True


class FakeViewer:
    """A WebSocket connection; its buffer counts as full while `reads` is false."""

    def __init__(
        self,
        app: Broadcaster,
        path: str,
        subprotocols: tuple[str, ...] = (),
        query: bytes = b"",
        peer: str | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        self.got: asyncio.Queue[Any] = asyncio.Queue()
        self.reads = True
        self.accepted: dict[str, Any] = {}
        self.has_room: Callable[[], None] = lambda: None
        self._reader = Reader()
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._events.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "subprotocols": list(subprotocols),
            "headers": list(headers),
            "client": (peer, 1) if peer else None,
            "extensions": {EXTENSION: self},
        }
        self._task = asyncio.create_task(app(scope, self._events.get, self._send))

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.got.put_nowait(json.loads(message["text"]))
        else:
            self.accepted = message

    @property
    def is_full(self) -> bool:
        return not self.reads

    def write(self, frame: bytes) -> None:
        opcode, payload = frame[0] & 0x0F, frame[{126: 4, 127: 10}.get(frame[1], 2) :]
        self.got.put_nowait(json.loads(payload) if opcode == Opcode.TEXT else self._reader.take(payload))

    async def next(self) -> Any:
        """Return the JSON of the next text message, or the snapshot of the next binary one."""
        return await asyncio.wait_for(self.got.get(), 20)

    async def next_of(self, kind: int) -> Snapshot:
        """Return the next snapshot of this kind."""
        while (snapshot := await self.next()).kind != kind:
            pass
        assert isinstance(snapshot, Snapshot)
        return snapshot

    async def leave(self) -> None:
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self._task
