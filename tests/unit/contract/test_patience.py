"""Requests that never get on, over real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from services.contract import web
from services.contract.patience import PatientProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME = b"\x81\x81\0\0\0\0?"


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        if (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": "heard"})
    else:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


class Hasty(PatientProtocol):
    headers_timeout_s = 0.05


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    listener = web.listen("127.0.0.1", 0)
    server = web.server(_app, lifespan="off", http=Hasty)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()
    server.should_exit = True
    await serving


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
    """Whether the server ends the connection without another word; waits for that."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("sent", [b"", b"G", REQUEST[:-2], HANDSHAKE[:-2]])
async def test_a_request_whose_headers_do_not_end_is_ended(address: tuple[str, int], sent: bytes) -> None:
    async with connected(address) as (reader, writer):
        writer.write(sent)
        assert await ended(reader)


async def test_bytes_that_drip_in_do_not_put_it_off(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        ending = asyncio.create_task(ended(reader))
        while not ending.done():
            writer.write(b"X")
            await asyncio.sleep(0)
        assert ending.result()


async def test_a_further_request_on_a_connection_has_to_get_on_too(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(REQUEST)
        assert b"204" in await reader.readuntil(b"\r\n\r\n")
        writer.write(REQUEST[:-2])
        assert await ended(reader)


@pytest.mark.parametrize(
    ("begun", "status", "more", "answer"),
    [(REQUEST, b"204", REQUEST, b"204"), (HANDSHAKE, b"101", FRAME, b"heard")],
)
async def test_who_has_asked_is_not_cut_off(
    address: tuple[str, int], begun: bytes, status: bytes, more: bytes, answer: bytes
) -> None:
    async with connected(address) as (reader, writer), connected(address) as (silent, _):
        for byte in begun:
            writer.write(bytes([byte]))
        assert status in await reader.readuntil(b"\r\n\r\n")
        assert await ended(silent)
        writer.write(more)
        assert answer in await reader.read(100)


def test_all_ports_are_served_so() -> None:
    config = web.server(_app).config
    config.load()
    assert config.http_protocol_class is PatientProtocol
