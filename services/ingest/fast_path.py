"""How WebSocket messages are read: the usual ones here, in one go, all others by the library.

The library `websockets` takes whatever RFC 6455 allows, part by part, and that costs more than all that
ingest does with a message. Nearly all of trackers' messages look alike: text, masked, below 64 KiB, in one
frame, of which all is there when its beginning is. These are cut out of what has come (RFC 6455, 5.2).
Everything else goes to the library in whole frames; and from a frame on that only it can judge (a fragment,
binary, a longer one, one that is not allowed, the closing one) all does.

What is cut out is taken where it is cut out: to wake who waits for it costs as much as to take it.
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
"""First byte of a frame: it is no fragment, and of this kind."""

EXTENSION = "pageheat.taking"
"""In the scope of a WebSocket, among its `extensions`: the connection, whose `take` can be set."""

OTHER = 0
"""What only the library can judge."""

MASKED = 0x80
"""Added in the second byte to the length; if that is LENGTH_16, the length stands in the next two bytes."""

LENGTH_16 = 126

MASK_BYTES = 4


Take = Callable[[bytes], None]
"""Takes a text message, UTF-8."""


def take_at_once(scope: Scope, take: Take) -> None:
    """Have `take` called with each message that has just arrived, if this server can and none is queued.

    All others are received as ASGI has it; their order is kept.
    """
    connection = scope.get("extensions", {}).get(EXTENSION)
    if connection is not None:
        connection.take = take


class Inbox:
    """A queue with one reader, which is all that a connection needs."""

    def __init__(self) -> None:
        self.messages: deque[ASGIReceiveEvent] = deque()
        self._arrival: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Whether nothing is there."""
        return not self.messages

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        """Add a message, and wake the reader if it waits."""
        self.messages.append(message)
        self.wake()

    def wake(self) -> None:
        """Tell the reader, if it waits, that there are messages."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """The next message, when it is there."""
        while not self.messages:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return self.messages.popleft()


class FastSocket(TimeoutWebSocketProtocol):
    """A connection whose usual messages are read quickly. `ws_max_size` is 64 KiB at least."""

    take: Take | None = None

    _is_usual = True
    """Until something comes from which on all goes to the library."""

    _head = b""
    """The first bytes of a frame, too few to tell where it ends."""

    _owed = 0
    """So many bytes are still to come of a frame that the library has the beginning of."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._inbox = self.queue = Inbox()  # type: ignore[assignment]

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the application."""
        super().handle_connect(event)
        if not self.close_sent:  # else it was no handshake
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[EXTENSION] = self

    async def receive(self) -> ASGIReceiveEvent:
        """The next message, when it is there."""
        messages = self._inbox.messages
        # the last one is the library's to give, as it then reads on
        return messages.popleft() if len(messages) > 1 else await super().receive()

    def data_received(self, data: bytes) -> None:
        """Take what came: the request, or frames."""
        if not self.handshake_complete:
            # a browser sends nothing more before it is answered; who does is the library's
            self._is_usual = not self.handshake_initiated
            super().data_received(data)
            return
        if self.close_sent:
            self._is_usual = False
        # the application may be behind by what one read brings, and is then given time
        is_behind = not self.queue.empty()
        rest = self._take_frames(self._head + data)
        if self._inbox.messages:
            self._inbox.wake()
        self._head = rest if self._is_usual else b""
        if rest and not self._is_usual and not self.transport.is_closing():
            super().data_received(rest)
        if is_behind and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _take_frames(self, data: bytes) -> bytes:
        """Take the usual frames that this begins with, and return what is left."""
        at, size, messages = min(self._owed, len(data)), len(data), self._inbox.messages
        if at:
            self._owed -= at
            super().data_received(data[:at])
        while self._is_usual and at + 2 <= size:
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
                    self._is_usual = False
                    super().data_received(data[at:end])
                elif messages or self.take is None:
                    messages.append({"type": "websocket.receive", "text": utf8.decode()})
                else:
                    self.take(utf8)
            elif kind in (TEXT, PING, PONG):
                super().data_received(data[at:end])
                self._owed = max(0, end - size)
            else:
                self._is_usual = False
                break
            at = end
        return data[at:]


def _is_text(utf8: bytes) -> bool:
    try:
        utf8.decode()
    except UnicodeDecodeError:
        return False
    return True
