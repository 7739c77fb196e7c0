"""uvicorn's HTTP/1.1 and WebSocket protocols, with timeouts and limits for slow or silent clients.

uvicorn's own timer runs only between requests. A client could keep its connection for ever if it sends its
headers byte by byte, or none at all, continues a body that is no longer read, or does not read its answer.
An unfinished message takes memory. An open WebSocket has no timer but the ping every 20 s, and after a failed
ping uvicorn waits for ever for the client to read. (A body that is read is limited by its reader, not
here.)

A busy process has to leave its clients alone, too: it pings those that are silent, and counts no ping as
failed whose answer it has not read yet.
"""

import asyncio
from typing import ClassVar

from prometheus_client import Counter, Gauge
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

HEADERS_TIMEOUT_S = 10
"""Timeout from the connection's start, or a further request's first byte, to the end of the headers. Browsers
on bad lines need 1 to 2 s. It also limits the rest of a body after its request was answered."""

MAX_HEAD_BYTES = 16_384
"""Limit for a request's line and headers: browsers send 1,000 to 2,000, and cookies may have 4,000 each."""

STALL_TIMEOUT_S = 20
"""Timeout for a client that reads no byte of a pending answer. As long as for an answer to a ping."""

MESSAGE_TIMEOUT_S = 10
"""Timeout from a message's first byte to its last: 64 KiB over the slowest lines on which pages load."""

UNREAD_S = 1
"""After the time for an answer to a ping: whatever has come until then is read, as the event loop reads from
all sockets between two timers. A loop that lags would else close connections of which it has not read."""

MAX_FRAGMENTS = 64
"""Limit per message: browsers send fragments of 64 KiB, proxies of 4 KiB. Each takes memory of its own."""

MAX_UNFINISHED_BYTES = 32_000_000
"""Limit for all sockets' unfinished messages together: 500 of the longest frames. A socket that exceeds it is
disconnected. Most messages arrive in one piece and are never counted here."""

unfinished = Gauge(
    "pageheat_messages_unfinished_bytes", "Bytes received of WebSocket messages that are not complete"
)
silent = Counter("pageheat_sockets_silent", "WebSockets closed as their client left a ping unanswered")


class TimeoutHttpProtocol(HttpToolsProtocol):
    """Ends a connection whose headers exceed HEADERS_TIMEOUT_S, or that stops reading its answer.

    A request whose headers exceed MAX_HEAD_BYTES, or whose target is not a path, is refused with 400.
    """

    headers_timeout_s: float = HEADERS_TIMEOUT_S
    stall_timeout_s: float = STALL_TIMEOUT_S
    _expects_headers = True
    """Whether the next bytes belong to a request's headers."""
    _head_bytes = 0
    """Received of these headers, so far."""
    _deadline: asyncio.TimerHandle | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the headers' timeout."""
        super().connection_made(transport)
        self._start_deadline()

    def data_received(self, data: bytes) -> None:
        """Start the timeout at a further request's first byte; limit the headers."""
        if self._expects_headers:
            self._start_deadline()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._expects_headers and self._deadline is not None and self._head_bytes > MAX_HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Cancel the timeout, and refuse long headers and wrong targets."""
        self._expects_headers = False
        self._head_bytes = 0
        self._cancel_deadline()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            raise ValueError("the headers are too long")
        if not self.url.startswith(b"/"):
            raise ValueError("the target is not a path, as in a request to a proxy")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect another request."""
        self._expects_headers = True
        self._head_bytes = 0
        self._cancel_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Watch whether the client reads the answer; limit the time of an unread body's rest."""
        self._watch_reader()
        if not self._expects_headers and self.cycle.response_complete:
            self._start_deadline()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self._cancel_deadline()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Watch whether the client reads the answer."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """Watch again: the client read a part of it."""
        super().resume_writing()
        self._watch_reader()

    def _watch_reader(self) -> None:
        self._stop_watching()
        left = self.transport.get_write_buffer_size()
        if left:
            self._watch = self.loop.call_later(self.stall_timeout_s, self._check_reader, left)

    def _check_reader(self, left: int) -> None:
        if self.transport.get_write_buffer_size() < left:
            self._watch_reader()
        else:
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.headers_timeout_s, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class TimeoutWebSocketProtocol(WebSocketsSansIOProtocol):
    """Ends a connection whose message exceeds MESSAGE_TIMEOUT_S or the memory limit, or that leaves a ping
    unanswered."""

    message_timeout_s: float = MESSAGE_TIMEOUT_S
    unread_s: float = UNREAD_S
    max_unfinished_bytes: int = MAX_UNFINISHED_BYTES
    max_fragments: int = MAX_FRAGMENTS
    unfinished_bytes: ClassVar[int] = 0
    """In all sockets of the process."""

    _held = 0
    _has_answered = False
    _deadline: asyncio.TimerHandle | None = None
    _is_conversing = False
    """Whether both sides have sent something since the last ping was due: then none is needed. Proxies
    between them close connections in which one side is silent."""

    def data_received(self, data: bytes) -> None:
        """Handle the data, and account for an unfinished message at its end."""
        super().data_received(data)
        held = len(self.conn.reader.buffer)
        if self.frames:
            held += sum(map(len, self.frames))
        if held or self._held:
            # fewer bytes than just received: the earlier message is complete, and another has begun
            if held < len(data):
                self._cancel_deadline()
            self._set_held(held)

    def handle_cont(self, event: Frame) -> None:
        """Add a fragment to the message, unless it has too many."""
        if len(self.frames) < self.max_fragments:
            super().handle_cont(event)
        else:
            self.transport.abort()

    def handle_ping(self) -> None:
        """Answer, but only one ping while the client does not read: answers would fill the memory."""
        answer = b"".join(self.conn.data_to_send())
        if self.writable.is_set() or not self._has_answered:
            self._has_answered = not self.writable.is_set()
            self.transport.write(answer)

    def resume_writing(self) -> None:
        """Answer pings again."""
        self._has_answered = False
        super().resume_writing()

    def send_keepalive_ping(self) -> None:
        """Send a ping, unless both sides talk anyway; end the connection if our close frame is unread."""
        if self.close_sent and self.transport.get_write_buffer_size():
            self.transport.abort()
        if self._is_conversing and not self.close_sent:
            self._is_conversing = False
            self.schedule_ping()
        else:
            super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """End the connection, unless the answer has come and is not read yet."""
        self.pong_timer = self.loop.call_later(self.unread_s, self._end_silent)

    def _end_silent(self) -> None:
        silent.inc()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timer and free the buffers."""
        self._cancel_deadline()
        self._set_held(0)
        # free them now: this object is part of a cycle and waits for the garbage collector
        self.frames.clear()
        self.conn.reader.buffer.clear()
        super().connection_lost(exc)

    def _set_held(self, held: int) -> None:
        TimeoutWebSocketProtocol.unfinished_bytes += held - self._held
        self._held = held
        if held and TimeoutWebSocketProtocol.unfinished_bytes > self.max_unfinished_bytes:
            self.transport.abort()
        elif held and self._deadline is None:
            self._deadline = self.loop.call_later(self.message_timeout_s, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


unfinished.set_function(lambda: TimeoutWebSocketProtocol.unfinished_bytes)
