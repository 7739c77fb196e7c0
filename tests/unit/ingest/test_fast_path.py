"""The fast path reads what the library would read, however the bytes arrive."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from pageheat.services.ingest.fast_path import FastSocket, say_at_once, take_at_once
from pageheat.services.runtime.timeouts import TimeoutWebSocketProtocol
from tests.support.connections import Transport

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MAX_MESSAGE_BYTES = 100_000


class Conversation:
    """A connection and the messages that its application receives; on "bye" it closes."""

    def __init__(self, kind: type[TimeoutWebSocketProtocol]) -> None:
        self.heard: list[object] = []
        self.transport = Transport()
        config = Config(
            self._app,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=None,
        )
        config.load()
        self.socket = kind(config, ServerState(), {})
        self.socket.connection_made(self.transport)
        self.socket.data_received(HANDSHAKE)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(message.get("text", message.get("bytes")))
            if message.get("text") == "bye":
                await send({"type": "websocket.close", "code": 1000})
                return
        self.heard.append(message)

    async def settled(self) -> None:
        """Wait until the application has processed everything."""
        for _ in range(10):
            await asyncio.sleep(0)


@asynccontextmanager
async def conversing(kind: type[TimeoutWebSocketProtocol]) -> AsyncIterator[Conversation]:
    conversation = Conversation(kind)
    await conversation.settled()
    assert conversation.transport.written.startswith(b"HTTP/1.1 101 ")
    conversation.transport.written = b""
    yield conversation
    conversation.socket.connection_lost(None)
    await conversation.settled()
    assert not conversation.socket.tasks


async def outcome(
    kind: type[TimeoutWebSocketProtocol], chunks: Iterable[bytes]
) -> tuple[list[object], bytes, bool]:
    """What the application received, what the client was sent, and whether the connection is closed."""
    async with conversing(kind) as it:
        for chunk in chunks:
            if it.transport.closed:
                break
            it.socket.data_received(chunk)
            await it.settled()
        return it.heard[:], it.transport.written, it.transport.closed


def sent(text: str = "?", opcode: Opcode = Opcode.TEXT, **options: bool) -> bytes:
    """A client's frame."""
    return Frame(opcode, text.encode(), **options).serialize(mask=True)


USUAL = (sent("one"), sent("ü"), sent(""), sent("long" * 50), sent("longer" * 10_000))
CONTROL = (sent("", Opcode.PING), sent("?" * 125, Opcode.PING), sent("", Opcode.PONG))
UNUSUAL = {
    "binary": sent(opcode=Opcode.BINARY),
    "in two pieces": sent(fin=False) + sent("!", Opcode.CONT),
    "in two pieces around a ping": sent(fin=False) + CONTROL[1] + sent("!", Opcode.CONT),
    "above 64 KiB": sent("?" * 70_000),
    "too long": sent("?" * (MAX_MESSAGE_BYTES + 1)),
    "not masked": Frame(Opcode.TEXT, b"?").serialize(mask=False),
    "not masked and long": Frame(Opcode.TEXT, b"?" * 200).serialize(mask=False),
    "no UTF-8": Frame(Opcode.TEXT, b"\xff").serialize(mask=True),
    "compressed, as nobody agreed on": b"\xc1\x80\0\0\0\0",
    "of no known kind": b"\x83\x80\0\0\0\0",
    "a message within another": sent(fin=False) + sent(),
    "a piece of nothing": sent(opcode=Opcode.CONT),
    "a ping in pieces": b"\x09\x80\0\0\0\0",
    "a ping that is too long": b"\x89\xfe\0\x7e\0\0\0\0" + b"?" * 126,
    "good-bye": Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True),
    "good-bye without a word": Frame(Opcode.CLOSE, b"").serialize(mask=True),
}


@pytest.mark.parametrize("unusual", UNUSUAL.values(), ids=UNUSUAL.keys())
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1_000_000])
async def test_unusual_messages_and_all_after_them_are_handled_as_by_the_library(
    unusual: bytes, size: int
) -> None:
    stream = sent("before") + unusual + sent("after") + CONTROL[1] + UNUSUAL["good-bye"]
    expected = await outcome(
        TimeoutWebSocketProtocol, [sent("before"), unusual, stream[len(sent("before") + unusual) :]]
    )
    size *= 1 if len(stream) < 1_000 else 997
    cut = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert await outcome(FastSocket, cut) == expected


async def test_messages_after_the_application_has_closed_are_ignored() -> None:
    chunks = [sent("before"), sent("bye"), sent("after") + CONTROL[1], sent("after"), UNUSUAL["good-bye"]]
    expected = await outcome(TimeoutWebSocketProtocol, chunks)
    assert expected[0] == ["before", "bye"]
    assert await outcome(FastSocket, chunks) == expected


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.sampled_from(USUAL[:4] + CONTROL), max_size=12),
    st.lists(st.integers(0, 600), max_size=8),
)
def test_messages_are_the_same_however_they_are_split(frames: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frames)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(places)]
    expected = asyncio.run(outcome(TimeoutWebSocketProtocol, frames))
    assert asyncio.run(outcome(FastSocket, filter(None, chunks))) == expected


async def test_usual_messages_bypass_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    async with conversing(FastSocket) as it:
        monkeypatch.setattr(TimeoutWebSocketProtocol, "data_received", None)
        it.socket.data_received(b"".join(USUAL))
        await it.settled()
        assert it.heard == ["one", "ü", "", "long" * 50, "longer" * 10_000]


async def test_messages_are_passed_on_at_once_unless_others_are_queued_before_them() -> None:
    taken: list[bytes] = []
    async with conversing(FastSocket) as it:
        it.socket.data_received(sent("queued"))
        take_at_once(it.scope, taken.append)
        it.socket.data_received(sent("behind it"))
        assert taken == []
        await it.settled()
        assert it.heard == ["queued", "behind it"]
        it.socket.data_received(sent("one") + sent("two"))
        assert taken == [b"one", b"two"]
        await it.settled()
        assert it.heard[2:] == []


async def test_messages_sent_before_the_handshake_ends_go_through_the_library() -> None:
    it = Conversation(FastSocket)
    for byte in sent("early") + sent("too early"):
        it.socket.data_received(bytes([byte]))
    await it.settled()
    assert it.heard == ["early", "too early"]
    it.socket.connection_lost(None)
    await it.settled()


async def test_reading_pauses_while_the_application_is_behind() -> None:
    async with conversing(FastSocket) as it:
        it.socket.data_received(sent("one") * 3)
        assert it.transport.reading
        it.socket.data_received(sent("two"))
        assert not it.transport.reading
        await it.settled()
        assert it.heard == ["one", "one", "one", "two"]
        assert it.transport.reading


async def test_a_short_answer_goes_out_at_once_unless_the_client_does_not_read_or_is_gone() -> None:
    async with conversing(FastSocket) as it:
        say = say_at_once(it.scope)
        assert say(b'{"every":250}')
        assert it.transport.written == Frame(Opcode.TEXT, b'{"every":250}').serialize(mask=False)
        assert say(b"?" * 125)
        it.transport.written = b""
        assert not say(b"?" * 126), "its head would be longer"
        it.socket.pause_writing()
        assert not say(b"?")
        it.socket.resume_writing()
        it.socket.data_received(sent("bye"))
        await it.settled()
        it.transport.written = b""
        assert not say(b"?")
        assert it.transport.written == b""


async def test_no_ping_is_sent_while_both_sides_talk() -> None:
    async with conversing(FastSocket) as it:
        it.socket.ping_interval = 3_600
        assert say_at_once(it.scope)(b"?")
        it.transport.written = b""
        it.socket.send_keepalive_ping()
        assert it.transport.written == b""
        it.socket.send_keepalive_ping()
        assert it.transport.written[0] & 15 == Opcode.PING, "nothing was said since"


async def test_where_the_server_has_no_fast_path_nothing_is_said_at_once() -> None:
    async with conversing(TimeoutWebSocketProtocol) as it:
        assert not say_at_once(it.scope)(b"?")
        assert it.transport.written == b""
