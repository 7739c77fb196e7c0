"""Viewers' sockets, which write ready-made frames past ASGI.

An ASGI server builds a new frame for each socket that it sends on. Here a frame for thousands of viewers is
built once and written to each socket that has room.
"""

import socket
import struct
from asyncio import BaseTransport
from collections.abc import Callable
from typing import Protocol

from starlette.types import Scope
from websockets.frames import Opcode
from websockets.http11 import Request

from pageheat.services.runtime.timeouts import TimeoutWebSocketProtocol

EXTENSION = "pageheat.socket"
"""The key of the `Socket` in the `extensions` of a WebSocket's scope."""

UNSENT_BYTES = 16_384
"""How much the system buffers ahead of the network: one grid of a busy page, or a minute of deltas. A longer
queue there would be as stale as one of ours."""


class Socket(Protocol):
    """What an open WebSocket does beyond ASGI."""

    has_room: Callable[[], None]
    """Called each time it has room again."""

    @property
    def is_full(self) -> bool:
        """Whether it buffers frames that the network hasn't taken."""

    def write(self, frame: bytes) -> None:
        """Send a whole frame. A closed socket discards it."""


def socket_of(scope: Scope) -> Socket:
    """The socket of a WebSocket's scope."""
    socket: Socket = scope["extensions"][EXTENSION]
    return socket


def text_frame(payload: bytes) -> bytes:
    """A UTF-8 text message as a frame."""
    return _frame(Opcode.TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """A binary message as a frame."""
    return _frame(Opcode.BINARY, payload)


def _frame(opcode: Opcode, payload: bytes) -> bytes:
    """A whole message, unmasked: RFC 6455, 5.2."""
    length, last = len(payload), 0x80 | opcode
    if length < 126:
        return bytes((last, length)) + payload
    if length < 65_536:
        return struct.pack("!BBH", last, 126, length) + payload
    return struct.pack("!BBQ", last, 127, length) + payload


class SocketProtocol(TimeoutWebSocketProtocol):
    """uvicorn's WebSocket as a `Socket`."""

    has_room: Callable[[], None] = staticmethod(lambda: None)

    def connection_made(self, transport: BaseTransport) -> None:
        """Keep both buffers small, ours and the system's, which otherwise takes megabytes."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the application."""
        super().handle_connect(event)
        if not self.close_sent:  # else it was not a handshake
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[EXTENSION] = self

    @property
    def is_full(self) -> bool:
        """Whether the system refuses more bytes at the moment."""
        return not self.writable.is_set()

    def write(self, frame: bytes) -> None:
        """Pass a frame to the transport."""
        if not (self.close_sent or self.transport.is_closing()):
            self.transport.write(frame)

    def resume_writing(self) -> None:
        """Report that there is room again."""
        super().resume_writing()
        self.has_room()
