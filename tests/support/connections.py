"""Connections for tests of time-outs: a server with short ones, clients, and a fake transport."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive, Scope, Send

from pageheat.services.runtime import listening, web
from pageheat.services.runtime.timeouts import (
    TimeoutHttpProtocol,
    TimeoutWebSocketProtocol,
)

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


LARGE = 20_000_000
"""Size of an answer: more than the system buffers for a client that does not read."""


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        if scope["path"] == "/large":
            await send({"type": "websocket.send", "text": "?" * LARGE})
        while (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": "heard"})
    else:
        body = b"?" * LARGE if scope["path"] == "/large" else b""
        await send({"type": "http.response.start", "status": 200 if body else 204, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Hasty(TimeoutHttpProtocol):
    headers_timeout_s = 0.05
    stall_timeout_s = 0.5


class Forbearing(TimeoutHttpProtocol):
    headers_timeout_s = 3_600


class HastySocket(TimeoutWebSocketProtocol):
    message_timeout_s = 0.05
    max_unfinished_bytes = 100_000
    most_unread = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        HastySocket.most_unread = max(HastySocket.most_unread, self.transport.get_write_buffer_size())


@asynccontextmanager
async def serving(**options: object) -> AsyncIterator[tuple[str, int]]:
    listener = listening.listen("127.0.0.1", 0)
    server = web.server(_app, **{"lifespan": "off", "http": Hasty, "ws": HastySocket} | options)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def connected(
    address: tuple[str, int],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Wait until the server closes the connection; return whether it sent nothing before."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


class Transport(asyncio.Transport):
    """A fake transport: keeps what is written, and whether reading is paused."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 5), "sockname": ("192.0.2.2", 6)})
        self.written = b""
        self.closed = False
        self.reading = True

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def get_write_buffer_size(self) -> int:
        return 0
