"""HTTP/1.1 and WebSockets as uvicorn speaks them, with an end to waiting: what is begun has to get on.

uvicorn's timer runs only between requests; a client that sends its headers byte by byte, or none at all, goes
on with a body that nobody reads any more, or does not read its answer, would keep its connection for ever.
A message that is begun takes memory until it ends, and an open WebSocket has no timer but the pings of every
20 s, after which uvicorn waits for ever for the client to read. (The time of a body that is read is for its
reader to limit.)
"""

import asyncio
from typing import ClassVar

from prometheus_client import Gauge
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

HEADERS_TIMEOUT_S = 10
"""From a connection's beginning, or the first byte of a further request, to the end of the headers. A browser
on a bad line needs one or two. Also for the rest of a body whose request has been answered already."""

MAX_HEAD_BYTES = 16_384
"""Of a request's line and headers; browsers' have one or two thousand, and cookies may have 4 each."""

STILL_S = 20
"""Without a byte taken of an answer that waits to be read. As long as without an answer to a ping."""

MESSAGE_TIMEOUT_S = 10
"""From the first byte of a message to its last: 64 KiB by the slowest lines that carry a page at all."""

MAX_FRAGMENTS = 64
"""Of a message: browsers cut off 64 KiB at a time, proxies in between 4 KiB. Each takes memory of its own."""

MAX_UNFINISHED_BYTES = 32_000_000
"""Of all sockets' messages together, of which some bytes are missing: 500 of the longest frames. Who brings
more is disconnected; most messages come in one piece and are never counted here."""

unfinished = Gauge(
    "pageheat_messages_unfinished_bytes", "Of WebSocket messages that have not come to their end"
)


class TimeoutHttpProtocol(HttpToolsProtocol):
    """Ends a connection whose request's headers are not there in HEADERS_TIMEOUT_S, or that reads no answer.

    A request whose headers are longer than MAX_HEAD_BYTES, or whose target is no path, is refused with 400.
    """

    headers_timeout_s: float = HEADERS_TIMEOUT_S
    still_s: float = STILL_S
    _is_between = True
    """The headers of a request are still to come, or their end is."""
    _head_bytes = 0
    """Of these headers, so far."""
    _deadline: asyncio.TimerHandle | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Begin to wait for a further request."""
        if self._is_between:
            self._wait()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._is_between and self._deadline is not None and self._head_bytes > MAX_HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """End waiting for the headers."""
        self._is_between = False
        self._head_bytes = 0
        self._wait_no_longer()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            raise ValueError("the headers are too long")
        if not self.url.startswith(b"/"):
            raise ValueError("the target is no path, as of a request to a proxy")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another request."""
        self._is_between = True
        self._head_bytes = 0
        self._wait_no_longer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Watch whether the answer is read, and wait for what is left of a body that nobody reads."""
        self._watch_reading()
        if not self._is_between and self.cycle.response_complete:
            self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing to wait for."""
        self._wait_no_longer()
        self._watch_no_longer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Watch whether the answer is read."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Some of it was."""
        super().resume_writing()
        self._watch_reading()

    def _watch_reading(self) -> None:
        self._watch_no_longer()
        left = self.transport.get_write_buffer_size()
        if left:
            self._watch = self.loop.call_later(self.still_s, self._look, left)

    def _look(self, left: int) -> None:
        if self.transport.get_write_buffer_size() < left:
            self._watch_reading()
        else:
            self.transport.abort()

    def _watch_no_longer(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.headers_timeout_s, self.transport.abort)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class TimeoutWebSocketProtocol(WebSocketsSansIOProtocol):
    """Ends a connection whose message does not end in MESSAGE_TIMEOUT_S, or takes too much until then."""

    message_timeout_s: float = MESSAGE_TIMEOUT_S
    max_unfinished_bytes: int = MAX_UNFINISHED_BYTES
    unfinished_bytes: ClassVar[int] = 0
    """Of all sockets of the process."""

    _held = 0
    _has_answered = False
    _deadline: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take what came, and see what of it is the beginning of something."""
        super().data_received(data)
        held = len(self.conn.reader.buffer)
        if self.frames:
            held += sum(map(len, self.frames))
        if held or self._held:
            # less than came just now: what was begun before has ended, and something else begins
            if held < len(data):
                self._wait_no_longer()
            self._hold(held)

    def handle_cont(self, event: Frame) -> None:
        """One more piece of a message, unless it has too many."""
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
        else:
            self.transport.abort()

    def handle_ping(self) -> None:
        """Answer. Of the pings of who does not read only one: further answers would wait in memory."""
        answer = b"".join(self.conn.data_to_send())
        if self.writable.is_set() or not self._has_answered:
            self._has_answered = not self.writable.is_set()
            self.transport.write(answer)

    def resume_writing(self) -> None:
        """What waited to be read was."""
        self._has_answered = False
        super().resume_writing()

    def send_keepalive_ping(self) -> None:
        """Ask whether somebody is there, unless this is closed and waits to be read."""
        if self.close_sent and self.transport.get_write_buffer_size():
            self.transport.abort()
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """End it; to close it would be to wait until it is read."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing to wait for."""
        self._wait_no_longer()
        self._hold(0)
        # at once: what is left of us refers to itself, and waits for the garbage collector
        self.frames.clear()
        self.conn.reader.buffer.clear()
        super().connection_lost(exc)

    def _hold(self, held: int) -> None:
        TimeoutWebSocketProtocol.unfinished_bytes += held - self._held
        self._held = held
        if held and TimeoutWebSocketProtocol.unfinished_bytes > self.max_unfinished_bytes:
            self.transport.abort()
        elif held and self._deadline is None:
            self._deadline = self.loop.call_later(self.message_timeout_s, self.transport.abort)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


unfinished.set_function(lambda: TimeoutWebSocketProtocol.unfinished_bytes)
