"""A simulated browser's WebSocket, with a server that refuses, disconnects and goes away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve

from pageheat.traffic.connection import Connection, DeliveryCounts


class Server:
    """Records messages, and answers each frame as the test says."""

    def __init__(self) -> None:
        self.frames: list[str | bytes] = []
        self.paths: list[str] = []
        self.origins: list[str | None] = []
        self.answer: str | None = None
        self.port = 0

    async def handle(self, socket: ServerConnection) -> None:
        assert socket.request
        self.paths.append(socket.request.path)
        self.origins.append(socket.request.headers.get("Origin"))
        async for message in socket:
            self.frames.append(message)
            if message == "drop":
                await socket.close(1011)
            elif self.answer:
                await socket.send(self.answer)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with serve(self.handle, "127.0.0.1", self.port) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            yield


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # of others' doing, who know no events
            await asyncio.sleep(0.005)


async def test_frames_go_as_text_to_the_sessions_path_with_the_sites_origin() -> None:
    server, tally = Server(), DeliveryCounts()
    async with server.listening():
        async with Connection(f"ws://127.0.0.1:{server.port}", "ann", "http://shop.example", tally) as line:
            assert await line.opened(within_s=30)
            assert await line.send(b'{"seq": 0}')
        assert (server.paths, server.origins) == (["/ann"], ["http://shop.example"])
        assert server.frames == ['{"seq": 0}']
    assert (tally.connected, tally.lost_connections) == (0, 0)


async def test_refusals_are_counted_by_their_reason_even_those_of_the_last_frame() -> None:
    server, tally = Server(), DeliveryCounts()
    server.answer = json.dumps({"refused": "future", "detail": "an event of age -9000 ms"})
    async with server.listening():
        async with Connection(f"ws://127.0.0.1:{server.port}", "ann", None, tally) as line:
            assert await line.opened(within_s=30)
            for _ in range(3):
                await line.send(b"{}")
        assert tally.refused == {"future": 3}
        assert tally.last_refusal == "future: an event of age -9000 ms"


async def test_a_lost_connection_is_reopened() -> None:
    server, tally = Server(), DeliveryCounts()
    async with server.listening():
        async with Connection(f"ws://127.0.0.1:{server.port}", "ann", None, tally) as line:
            assert await line.opened(within_s=30)
            await line.send(b"drop")
            await until(lambda: tally.lost_connections == 1)
            assert await line.send(b"lost") is False
            assert await line.opened(within_s=30)
            assert await line.send(b"here again")
        assert server.frames == ["drop", "here again"]


async def test_a_visitor_who_starts_before_ingest_connects_once_it_is_up() -> None:
    server, tally = Server(), DeliveryCounts()
    async with server.listening():
        pass  # the port is known now, without a listener
    async with Connection(f"ws://127.0.0.1:{server.port}", "ann", None, tally) as line:
        assert await line.send(b"{}") is False
        await until(lambda: tally.lost_connections == 1)
        async with server.listening():
            assert await line.opened(within_s=30)
            assert await line.send(b"{}")
            await until(lambda: server.frames == ["{}"])


async def test_leaving_while_ingest_is_away_does_not_wait() -> None:
    tally = DeliveryCounts()
    async with Connection("ws://127.0.0.1:1", "ann", None, tally) as line:
        assert await line.opened(within_s=0) is False
    assert tally.connected == 0
