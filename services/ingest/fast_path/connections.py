"""How HTTP requests are read: the usual clicks of 2006 here, in one go, all others by the library.

A click most often comes over a connection of its own, and uvicorn's parser, scope, task and timers cost more
than all that ingest does with it. From a request on that is no usual click, the connection is the library's.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from pageheat.services.ingest.beacons import Answer
from pageheat.services.ingest.client_request import ClientRequest, read_fast_click
from pageheat.services.runtime.timeouts import TimeoutHttpProtocol

TCP_CORK: int | None = getattr(socket, "TCP_CORK", None)
"""Linux': what is written waits until a packet is full, or the connection is closed."""


class FastConnection(asyncio.Protocol):
    """A connection over which nothing but usual clicks has come so far.

    Args:
        answer: takes a click.
        config, server_state, app_state, _loop: what uvicorn gives its protocols.
    """

    library: type[TimeoutHttpProtocol] = TimeoutHttpProtocol
    """Goes on with other requests. As long as it waits for one, we do, also from a click to the next."""

    _transport: asyncio.Transport
    _deadline: asyncio.TimerHandle
    _has_answered = False

    def __init__(
        self,
        answer: Callable[[ClientRequest], Answer],
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._answer = answer
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        self._transport = transport
        self._server_state.connections.add(self)  # type: ignore[arg-type]
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take a click, or leave the connection to the library. It judges, too, who does not read answers."""
        has_read_all = not self._transport.get_write_buffer_size()
        click = read_fast_click(data, self._peer()) if has_read_all else None
        if click is None:
            self._leave(data)
            return
        self._deadline.cancel()
        self._has_answered = True
        answer = self._answer(click.asked)
        if answer.closes or not click.keeps:
            self._end(self._encoded(answer, closes=True))
        else:
            self._transport.write(self._encoded(answer, closes=False))
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing to wait for."""
        self._server_state.connections.discard(self)
        self._deadline.cancel()

    def shutdown(self) -> None:
        """uvicorn stops: nothing is under way here."""
        self._transport.close()

    def _leave(self, data: bytes) -> None:
        """Have the library go on, with what has just come."""
        library = self.library(self._config, self._server_state, self._app_state, self._loop)
        self._server_state.connections.discard(self)
        if self._has_answered:
            self._deadline.cancel()
            library.take_over(self._transport, data)
        else:
            library.take_over(self._transport, data, self._deadline)

    def _end(self, written: bytes) -> None:
        """Say this at last."""
        connection: socket.socket | None = self._transport.get_extra_info("socket")
        if connection is not None and TCP_CORK is not None:
            # so it goes in one packet with the connection's end: to send another costs as much as to answer
            connection.setsockopt(socket.IPPROTO_TCP, TCP_CORK, 1)
        self._transport.write(written)
        self._transport.close()

    def _encoded(self, answer: Answer, *, closes: bool) -> bytes:
        fields = [*self._server_state.default_headers, *answer.fields(closes=closes)]
        head = b"".join([b"%b: %b\r\n" % field for field in fields])
        return b"%b%b\r\n%b" % (STATUS_LINE[answer.status], head, answer.body)

    def _wait(self) -> None:
        # to abort is to close without waiting for who does not read
        self._deadline = self._loop.call_later(self.library.headers_timeout_s, self._transport.abort)

    def _peer(self) -> str | None:
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if peer else None
