"""The way to ingest as a browser has it: a WebSocket that comes back by itself, and what it was told."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import broadcast
from websockets.exceptions import WebSocketException
from websockets.protocol import State

from pageheat.services.contract.errors import PageheatError

RETRY_S, MAX_RETRY_S = 0.5, 30.0
"""The tracker's pause after a lost connection: doubles with each failure, half of it random."""

STEADY_S = 5.0
"""A connection that lived shorter has failed as well: something accepts and drops."""

SENT_WORDS = {
    "move": "moves",
    "click": "clicks",
    "rage": "rage clicks",
    "dead": "dead clicks",
    "rest": "seconds of rest",
}
"""An event's type, as people read it."""

OPEN_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 3


class WrongAddress(PageheatError):
    """Ingest's address is none."""


@dataclass(slots=True)
class DeliveryCounts:
    """What all visitors together did so far."""

    visitors: int = 0
    connected: int = 0
    begun: int = 0
    views: int = 0
    frames: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    """Events by their type."""
    dropped: int = 0
    """Events given up because ingest was away."""
    lost_connections: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    last_refusal: str = ""

    @property
    def events(self) -> int:
        """How many were sent."""
        return self.sent.total()

    def told(self) -> str:
        """What was sent, in words: `1,445 events (1,440 moves, 5 clicks)`."""
        kinds = (f"{self.sent[type_]:,} {words}" for type_, words in SENT_WORDS.items() if self.sent[type_])
        return f"{self.events:,} events ({', '.join(kinds) or 'none'})"

    def answered(self, message: str | bytes) -> None:
        """Count a refusal; ingest answers nothing else."""
        try:
            answer = msgspec.json.decode(message, type=dict[str, str | int])
            reason, detail = str(answer["refused"]), answer.get("detail", "")
        except (msgspec.DecodeError, KeyError):
            reason, detail = "unknown", str(message)[:200]
        self.refused[reason] += 1
        self.last_refusal = f"{reason}: {detail}"


class Connection:
    """One document's WebSocket, open from entering the context to leaving it, whenever ingest is there.

    Args:
        address: `ws://host:port`.
        session: the path, as the tracker has it.
        origin: the site's, as a browser tells it.
        tally: where connections and refusals are counted.
    """

    def __init__(self, address: str, session: str, origin: str | None, tally: DeliveryCounts) -> None:
        self._url = f"{address}/{session}"
        self._origin = origin
        self._tally = tally
        self._socket: ClientConnection | None = None
        self._opened = asyncio.Event()
        self._leaving = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_open())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving = True
        if self._socket:
            # One round trip more, in which ingest may still answer to the last frame.
            with suppress(TimeoutError, WebSocketException):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await (await self._socket.ping())
        if self._socket:
            await self._socket.close()
        else:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def send(self, frame: bytes) -> bool:
        """Send a text frame; False while the connection is away."""
        socket = self._socket
        if socket is None or socket.state is not State.OPEN:
            return False
        if not socket.transport.get_write_buffer_size():
            # To one, and without waiting: `send` costs much more by what it does in order to wait.
            broadcast([socket], frame, text=True)
            return True
        try:
            await socket.send(frame, text=True)
        except WebSocketException:
            return False
        return True

    async def opened(self, within_s: float) -> bool:
        """Wait until the connection is there; False if it isn't in time."""
        try:
            async with asyncio.timeout(within_s):
                await self._opened.wait()
        except TimeoutError:
            return False
        return True

    async def _keep_open(self) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while not self._leaving:
            began_s = loop.time()
            # It is away: the visitor goes on, and so do we.
            with suppress(OSError, TimeoutError, WebSocketException):
                await self._serve()
            if self._leaving:
                return
            self._tally.lost_connections += 1
            failures = 0 if loop.time() - began_s > STEADY_S else failures + 1
            pause_s = min(MAX_RETRY_S, RETRY_S * 2**failures)
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311

    async def _serve(self) -> None:
        """Be connected, until the connection ends."""
        async with connect(
            self._url,
            origin=self._origin,  # type: ignore[arg-type]
            compression=None,
            ping_interval=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            proxy=None,
        ) as socket:
            self._socket = socket
            self._tally.connected += 1
            self._opened.set()
            try:
                if self._leaving:
                    return
                async for message in socket:
                    self._tally.answered(message)
            finally:
                self._socket = None
                self._opened.clear()
                self._tally.connected -= 1


def socket_address(url: str) -> str:
    """`ws://host:port` of ingest given as `http://…`, `https://…`, `ws://…` or `wss://…`.

    Raises:
        WrongAddress: it is none of them.
    """
    scheme, _, rest = url.partition("://")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if scheme not in schemes or not rest.strip("/"):
        raise WrongAddress(f"'{url}' is no address of ingest: one like http://localhost:8001 is needed")
    return f"{schemes[scheme]}://{rest.rstrip('/')}"
