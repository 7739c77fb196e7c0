"""Reads WebSocket messages: the usual ones here, in one pass, all others through the library.

The library `websockets` handles all of RFC 6455 step by step, which costs more than everything else that
ingest does with a message. Nearly all messages of trackers are alike: text, masked, below 64 KiB, one frame
each, received in one piece. They are parsed here (RFC 6455, 5.2). The library gets all other frames whole.
From the first frame that only it can handle (a fragment, binary, longer, invalid, close), it gets everything.

A message parsed here goes straight to `take`: waking a waiting reader costs as much as taking the message.
Short answers go out as straight, by `say`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn._types import ASGIReceiveEvent
from websockets.http11 import Request

from pageheat.services.runtime.timeouts import TimeoutWebSocketProtocol

try:
    from websockets.speedups import apply_mask
except ImportError:  # where the library has no wheel
    from websockets.utils import apply_mask

TEXT, PING, PONG = 0x81, 0x89, 0x8A
"""First byte of an unfragmented frame of this kind."""

EXTENSION = "pageheat.taking"
"""Entry of a WebSocket scope's `extensions`: the connection, whose `take` can be set, and which has `say`."""

OTHER = 0
"""A frame that only the library can handle."""

MASKED = 0x80
"""Added to the length in the second byte. If that length is LENGTH_16, the next two bytes hold the length."""

LENGTH_16 = 126

MASK_BYTES = 4


Take = Callable[[bytes], None]
"""Takes a text message, UTF-8."""

Say = Callable[[bytes], bool]
"""Sends a text message, UTF-8, at once; False if that is not possible now: then it has to be sent by ASGI."""


def take_at_once(scope: Scope, take: Take) -> None:
    """Call `take` with each message as it arrives, if the server supports it and no message is queued.

    Other messages come through ASGI's `receive`. The order is kept.
    """
    connection = scope.get("extensions", {}).get(EXTENSION)
    if connection is not None:
        connection.take = take


def say_at_once(scope: Scope) -> Say:
    """What sends a message at once on this connection; it never does where the server does not support it."""
    connection = scope.get("extensions", {}).get(EXTENSION)
    return (lambda _: False) if connection is None else connection.say


class Inbox:
    """A queue with a single reader."""

    def __init__(self) -> None:
        self.messages: deque[ASGIReceiveEvent] = deque()
        self._arrival: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Whether no message is queued."""
        return not self.messages

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        """Add a message and wake a waiting reader."""
        self.messages.append(message)
        self.wake()

    def wake(self) -> None:
        """Wake the reader if it waits."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """Wait for the next message."""
        while not self.messages:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self.messages.popleft()


class FastSocket(TimeoutWebSocketProtocol):
    """A connection with the fast path. `ws_max_size` must be 64 KiB at least."""

    take: Take | None = None

    _is_fast = True
    """False once the library gets everything."""

    _head = b""
    """Start of an incomplete frame that the library does not have."""

    _library_bytes = 0
    """Bytes still to come of a frame whose beginning the library has."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._inbox = self.queue = Inbox()  # type: ignore[assignment]

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the application."""
        super().handle_connect(event)
        if not self.close_sent:  # else the handshake was invalid
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[EXTENSION] = self

    def say(self, text: bytes) -> bool:
        """Send a short message if the client reads, and the connection is open."""
        if len(text) >= LENGTH_16 or not self.writable.is_set() or self.close_sent or self.disconnected:
            return False
        self.transport.write(bytes((TEXT, len(text))) + text)
        self._is_conversing = True  # said to a client that has just sent something
        return True

    async def receive(self) -> ASGIReceiveEvent:
        """Wait for the next message."""
        messages = self._inbox.messages
        # the library returns the last one, as it then resumes reading
        return messages.popleft() if len(messages) > 1 else await super().receive()

    def data_received(self, data: bytes) -> None:
        """Process received bytes: the handshake's request, or frames."""
        if not self.handshake_complete:
            # browsers send no frame before the answer; a client that does gets the library
            self._is_fast = not self.handshake_initiated
            super().data_received(data)
            return
        if self.close_sent:
            self._is_fast = False
        # the application may lag by the messages of one read; then reading pauses
        is_behind = not self.queue.empty()
        rest = self._take_frames(self._head + data)
        if self._inbox.messages:
            self._inbox.wake()
        self._head = rest if self._is_fast else b""
        if rest and not self._is_fast and not self.transport.is_closing():
            super().data_received(rest)
        if is_behind and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _take_frames(self, data: bytes) -> bytes:
        """Take the usual frames at the beginning of `data`, and return the remaining bytes."""
        at, size, messages = min(self._library_bytes, len(data)), len(data), self._inbox.messages
        if at:
            self._library_bytes -= at
            super().data_received(data[:at])
        while self._is_fast and at + 2 <= size:
            kind, length, start = data[at], data[at + 1] - MASKED, at + 2 + MASK_BYTES
            if length == LENGTH_16:
                if at + 4 > size:
                    break
                length, start = data[at + 2] << 8 | data[at + 3], at + 4 + MASK_BYTES
            elif not 0 <= length < LENGTH_16:
                kind = OTHER
            end = start + length
            if kind == TEXT and end <= size:
                utf8 = apply_mask(data[start:end], data[start - MASK_BYTES : start])
                if not (utf8.isascii() or _is_text(utf8)):
                    self._is_fast = False
                    super().data_received(data[at:end])
                elif messages or self.take is None:
                    messages.append({"type": "websocket.receive", "text": utf8.decode()})
                else:
                    self.take(utf8)
            elif kind in (TEXT, PING, PONG):
                super().data_received(data[at:end])
                self._library_bytes = max(0, end - size)
            else:
                self._is_fast = False
                break
            at = end
        return data[at:]


def _is_text(utf8: bytes) -> bool:
    try:
        utf8.decode()
    except UnicodeDecodeError:
        return False
    return True
