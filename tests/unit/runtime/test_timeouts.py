"""Requests and messages that never end, over real connections."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.frames import Frame, Opcode

from pageheat.services.broadcaster.sockets import SocketProtocol
from pageheat.services.ingest.fast_path import FastSocket
from pageheat.services.runtime import web
from pageheat.services.runtime.timeouts import (
    MAX_FRAGMENTS,
    MAX_HEAD_BYTES,
    TimeoutHttpProtocol,
    TimeoutWebSocketProtocol,
)
from tests.support.connections import (
    HANDSHAKE,
    LARGE,
    Forbearing,
    HastySocket,
    _app,
    connected,
    ended,
    serving,
)
from tests.support.system import until

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
FRAME = b"\x81\x81\0\0\0\0?"
FIRST, FURTHER = b"\x01\x81\0\0\0\0?", b"\0\x81\0\0\0\0?"
"""Fragments of a message that does not end."""

LONG, LONG_REST = b"\x81\xfe\xff\xff\0\0\0\0" + b"?" * 60_000, 5_535
"""A message, and how many bytes it lacks."""

PING = b"\x89\xfd\0\0\0\0" + b"?" * 125


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    async with serving(ws_ping_interval=None) as address:
        yield address


@pytest.mark.parametrize("sent", [b"", b"G", REQUEST[:-2], HANDSHAKE[:-2]])
async def test_a_request_whose_headers_do_not_end_times_out(address: tuple[str, int], sent: bytes) -> None:
    async with connected(address) as (reader, writer):
        writer.write(sent)
        assert await ended(reader)


async def test_bytes_that_drip_in_do_not_extend_the_timeout(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        ending = asyncio.create_task(ended(reader))
        while not ending.done():
            if not writer.is_closing():
                writer.write(b"X")
            await asyncio.sleep(0)
        assert ending.result()


@pytest.mark.parametrize(("end", "answer"), [(b"", b""), (b"\r\n\r\n", b"HTTP/1.1 400 ")])
async def test_headers_that_are_too_long_are_not_read_to_the_end(end: bytes, answer: bytes) -> None:
    async with serving(http=Forbearing) as address, connected(address) as (reader, writer):
        writer.write(REQUEST[:-2] + b"X: " + b"?" * MAX_HEAD_BYTES + end)
        assert (await reader.read()).startswith(answer)


async def test_a_body_does_not_count_towards_the_headers_limit(address: tuple[str, int]) -> None:
    size = 4 * MAX_HEAD_BYTES
    async with connected(address) as (reader, writer):
        for _ in range(3):
            writer.write(REQUEST[:-2] + b"Content-Length: %d\r\n\r\n" % size + b"?" * size)
            assert b"204" in await reader.readuntil(b"\r\n\r\n")


async def test_later_requests_on_a_connection_time_out_too(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(REQUEST)
        assert b"204" in await reader.readuntil(b"\r\n\r\n")
        writer.write(REQUEST[:-2])
        assert await ended(reader)


@pytest.mark.parametrize(
    ("begun", "status", "more", "answer"),
    [(REQUEST, b"204", REQUEST, b"204"), (HANDSHAKE, b"101", FRAME, b"heard")],
)
async def test_a_client_that_waits_for_its_answer_is_not_cut_off(
    address: tuple[str, int], begun: bytes, status: bytes, more: bytes, answer: bytes
) -> None:
    async with connected(address) as (reader, writer), connected(address) as (silent, _):
        for byte in begun:
            writer.write(bytes([byte]))
        assert status in await reader.readuntil(b"\r\n\r\n")
        assert await ended(silent)
        writer.write(more)
        assert answer in await reader.read(100)


@pytest.mark.parametrize("more", [b"", b"?"])
async def test_a_body_that_continues_after_the_answer_is_not_awaited(
    address: tuple[str, int], more: bytes
) -> None:
    async with connected(address) as (reader, writer):
        writer.write(REQUEST[:-2] + b"Content-Length: 1000000000\r\n\r\n?")
        assert b"204" in await reader.readuntil(b"\r\n\r\n")
        ending = asyncio.create_task(ended(reader))
        while not ending.done():
            if not writer.is_closing():
                writer.write(more)
            await asyncio.sleep(0)
        assert ending.result()


async def test_a_body_that_ends_after_the_answer_keeps_its_connection(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(REQUEST[:-2] + b"Content-Length: 2\r\n\r\n?")
        assert b"204" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"?" + REQUEST)
        assert b"204" in await reader.readuntil(b"\r\n\r\n")


async def test_a_client_that_does_not_read_the_answer_is_cut_off(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(REQUEST.replace(b"/ ", b"/large "))
        with socket.socket() as deaf:
            deaf.connect(address)
            deaf.sendall(REQUEST.replace(b"/ ", b"/large "))
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
            assert len(await reader.readexactly(LARGE)) == LARGE
            await asyncio.to_thread(_until_cut_off, deaf)


def _until_cut_off(deaf: socket.socket) -> None:
    """Send until the connection is aborted."""
    deaf.settimeout(10)
    with contextlib.suppress(ConnectionError):
        while True:
            deaf.sendall(b"X")


# WebSockets


@asynccontextmanager
async def opened(
    address: tuple[str, int],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with connected(address) as (reader, writer):
        writer.write(HANDSHAKE)
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        yield reader, writer


@pytest.mark.parametrize("begun", [FRAME[:1], LONG, FIRST, FRAME + FIRST])
async def test_a_message_that_does_not_end_times_out(address: tuple[str, int], begun: bytes) -> None:
    async with opened(address) as (reader, writer):
        writer.write(begun)
        assert (await reader.read()).endswith((b"", b"heard"))
    assert TimeoutWebSocketProtocol.unfinished_bytes == 0


async def test_messages_in_pieces_are_not_cut_off(address: tuple[str, int]) -> None:
    async with opened(address) as (reader, writer), opened(address) as (silent, begun):
        begun.write(FRAME[:3])
        writer.write(FRAME[:3])
        ending = asyncio.create_task(ended(silent))
        while not ending.done():
            writer.write(FRAME[3:] + FRAME[:3])
            assert b"heard" in await reader.readuntil(b"heard")
        assert not reader.at_eof()


async def test_unfinished_messages_share_one_limit(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HastySocket, "message_timeout_s", 60)
    async with opened(address) as (reader, writer), opened(address) as (further, more):
        writer.write(LONG)
        await asyncio.to_thread(
            until, lambda: TimeoutWebSocketProtocol.unfinished_bytes >= len(LONG) - 8, str
        )
        more.write(LONG)
        assert await ended(further)
        writer.write(b"?" * LONG_REST)
        assert b"heard" in await reader.readuntil(b"heard")


async def test_a_message_of_too_many_fragments_closes_the_connection(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HastySocket, "message_timeout_s", 60)
    async with opened(address) as (reader, writer):
        writer.write(FIRST + FURTHER * MAX_FRAGMENTS)
        assert await ended(reader)


async def test_pings_of_a_client_that_does_not_read_are_not_answered(address: tuple[str, int]) -> None:
    async with opened(address) as (reader, writer):
        with socket.create_connection(address) as deaf:
            await asyncio.to_thread(deaf.sendall, HANDSHAKE)
            while b" 101 " not in await asyncio.to_thread(deaf.recv, 4096):
                pass
            HastySocket.most_unread = 0
            for _ in range(100):
                await asyncio.to_thread(deaf.sendall, PING * 2_000)
            assert 0 < HastySocket.most_unread < 1_000_000, "of 26 MB"
        writer.write(FRAME)
        assert b"heard" in await reader.readuntil(b"heard")


async def test_a_ping_of_a_client_that_reads_late_is_answered(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(HANDSHAKE.replace(b"/ ", b"/large "))
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(PING)
        await reader.readexactly(10 + LARGE)
        assert await reader.readexactly(2) == b"\x8a\x7d"


async def test_a_socket_that_does_not_read_is_cut_off_when_it_misses_a_ping() -> None:
    async with serving(ws_ping_interval=0.05, ws_ping_timeout=0.05) as address:
        with socket.create_connection(address) as deaf:
            deaf.sendall(HANDSHAKE.replace(b"/ ", b"/large "))
            await asyncio.to_thread(_until_cut_off, deaf)


async def test_who_answers_while_the_process_is_busy_is_not_cut_off() -> None:
    class BusyOnce(HastySocket):
        """Handles an answer only when the time for it is over, as a loop does that had no time to read."""

        unread_s = 0.5

        def keepalive_timeout(self) -> None:
            super().keepalive_timeout()
            HastySocket.data_received(self, Frame(Opcode.PONG, asked[-1]).serialize(mask=True))

        def send_keepalive_ping(self) -> None:
            super().send_keepalive_ping()
            asked.append(self.pending_ping_payload or b"")

            if len(asked) == 5:
                enough.set()

    asked, enough = list[bytes](), asyncio.Event()
    async with (
        serving(ws=BusyOnce, ws_ping_interval=0.02, ws_ping_timeout=0.02) as address,
        opened(address),
    ):
        await enough.wait()


def test_all_ports_have_these_timeouts() -> None:
    config = web.server(_app).config
    config.load()
    assert config.http_protocol_class is TimeoutHttpProtocol
    assert config.ws_protocol_class is TimeoutWebSocketProtocol
    for socket_of_ours in (FastSocket, SocketProtocol):
        assert issubclass(socket_of_ours, TimeoutWebSocketProtocol)
