"""HTTP/1.1 as uvicorn speaks it, with an end to waiting: a request that is begun has to get on.

uvicorn's timer runs only between requests; a client that sends its headers byte by byte, or none at all,
would keep its connection for ever. (A body's time is for who reads it to limit; an open WebSocket is
asked by pings every 20 s.)
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_TIMEOUT_S = 10
"""From a connection's beginning, or the first byte of a further request, to the end of the headers. A browser
on a bad line needs one or two."""


class PatientProtocol(H11Protocol):
    """Ends a connection whose request's headers are not there in HEADERS_TIMEOUT_S.

    The headers themselves have 16 KiB at most, which is h11's own limit.
    """

    headers_timeout_s: float = HEADERS_TIMEOUT_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Begin to wait for a further request, or end waiting for the one that is there."""
        if self._deadline is None and self.conn.their_state is h11.IDLE:
            self._wait()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_longer()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing to wait for."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.headers_timeout_s, self.transport.abort)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
