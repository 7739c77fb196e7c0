"""Viewers' sockets, over real connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from pageheat.services.broadcaster.sockets import Socket, SocketProtocol, binary_frame, socket_of, text_frame
from pageheat.services.runtime import listening, web

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
GRID = text_frame(b"?" * 1_500)


class App:
    """An application that passes its open sockets to the test."""

    def __init__(self) -> None:
        self.opened: asyncio.Queue[tuple[Socket, Send]] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.opened.put_nowait((socket_of(scope), send))
        while (await receive())["type"] == "websocket.receive":
            pass


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[App, int]]:
    listener, app = listening.listen("127.0.0.1", 0), App()
    server = web.server(app, lifespan="off", ws=SocketProtocol)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield app, listener.getsockname()[1]
    server.should_exit = True
    await running


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
async def test_a_frame_holds_its_message(length: int) -> None:
    async with serving() as (app, port), connect(f"ws://127.0.0.1:{port}/", proxy=None) as viewer:
        opened, _ = await app.opened.get()
        opened.write(text_frame(b"?" * length))
        opened.write(binary_frame(b"\xff" * length))
        assert [await viewer.recv(), await viewer.recv()] == ["?" * length, b"\xff" * length]


async def test_little_is_buffered_for_a_viewer_that_does_not_read_and_room_is_signalled() -> None:
    async with serving() as (app, port):
        loop = asyncio.get_running_loop()
        with socket.socket() as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            stuck.setblocking(False)
            await loop.sock_connect(stuck, ("127.0.0.1", port))
            await loop.sock_sendall(stuck, HANDSHAKE)
            opened, _ = await app.opened.get()
            again = asyncio.Event()
            opened.has_room = again.set
            written = 0
            while not opened.is_full:
                opened.write(GRID)
                written += 1
                await asyncio.sleep(0)
            assert written < 60, "the system's default buffers take thousands"
            got = b""
            while len(got.partition(b"\r\n\r\n")[2]) < written * len(GRID):
                got += await loop.sock_recv(stuck, 65_536)
            await again.wait()
            assert not opened.is_full
            assert got.endswith(b"\r\n\r\n" + written * GRID)


async def test_writes_to_a_closed_socket_are_ignored() -> None:
    async with serving() as (app, port):
        async with connect(f"ws://127.0.0.1:{port}/", proxy=None) as viewer:
            opened, send = await app.opened.get()
            await send({"type": "websocket.close", "code": 4401})
            opened.write(GRID)
            with pytest.raises(ConnectionClosed, match="4401"):
                await viewer.recv()
        for _ in range(10):
            opened.write(GRID)
