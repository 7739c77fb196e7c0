"""A browser's connection to ingest: a WebSocket that reconnects, with counts of what it sent and received."""

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
from websockets.typing import Subprotocol

from pageheat.plural import counted
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.watching import TRACKER_SEND_MS

RETRY_S, MAX_RETRY_S = 0.5, 30.0
"""The tracker's pause after a lost connection. It doubles with each failure; half of it is random."""

STEADY_S = 5.0
"""A shorter connection counts as a failure too: something accepts and drops connections."""

SENT_NOUNS = {
    "move": ("move",),
    "click": ("click",),
    "rage": ("rage click",),
    "dead": ("dead click",),
    "dwell": ("second of dwell", "seconds of dwell"),
}
"""Event types as shown to users."""

SUBPROTOCOL = Subprotocol("pageheat.v1")
"""With it ingest answers: which frames Kafka has, and how often to send."""

OPEN_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 3


class WrongAddress(PageheatError):
    """Ingest's address is invalid."""


@dataclass(slots=True)
class DeliveryCounts:
    """What all visitors together did and sent so far."""

    visitors: int = 0
    connected: int = 0
    begun: int = 0
    views: int = 0
    frames: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    """Events by type, and looks."""
    dropped: int = 0
    """Events dropped because ingest was unreachable."""
    lost_connections: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    last_refusal: str = ""

    @property
    def events(self) -> int:
        """Number of events sent; looks are none."""
        return self.sent.total() - self.sent["look"]

    def summary(self) -> str:
        """What was sent, in words: `1,445 events (1,440 moves, 5 clicks)`."""
        kinds = (counted(self.sent[type_], *nouns) for type_, nouns in SENT_NOUNS.items() if self.sent[type_])
        return f"{counted(self.events, 'event')} ({', '.join(kinds) or 'none'})"

    def answered(self, message: str | bytes) -> None:
        """Count a refusal."""
        try:
            answer = msgspec.json.decode(message, type=dict[str, str | int])
            reason, detail = str(answer["refused"]), answer.get("detail", "")
        except (msgspec.DecodeError, KeyError):
            reason, detail = "unknown", str(message)[:200]
        self.refused[reason] += 1
        self.last_refusal = f"{reason}: {detail}"


class _Answer(msgspec.Struct):
    """What ingest says besides refusals."""

    acknowledged: list[int] = []
    every: int = 0


_decoder = msgspec.json.Decoder(_Answer)


class Connection:
    """One document's WebSocket: kept open inside the context while ingest is reachable.

    `send_ms` is how often ingest wants frames: often while somebody watches the page, else seldom.

    Args:
        address: `ws://host:port`.
        session: the path, as in the tracker.
        origin: the site's, as a browser sends it; None sends none.
        tally: counts connections and refusals.
    """

    def __init__(self, address: str, session: str, origin: str | None, tally: DeliveryCounts) -> None:
        self._url = f"{address}/{session}"
        self._origin = origin
        self._tally = tally
        self._socket: ClientConnection | None = None
        self._opened = asyncio.Event()
        self._leaving = False
        self.send_ms: float = TRACKER_SEND_MS

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
            # Ingest may still answer the last frame during this extra round trip.
            with suppress(TimeoutError, WebSocketException):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await (await self._socket.ping())
        if self._socket:
            await self._socket.close()
        else:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def send(self, frame: bytes) -> bool:
        """Send a text frame; False while disconnected."""
        socket = self._socket
        if socket is None or socket.state is not State.OPEN:
            return False
        if not socket.transport.get_write_buffer_size():
            # `broadcast` to one socket doesn't wait; `send` costs much more because it prepares to.
            broadcast([socket], frame, text=True)
            return True
        try:
            await socket.send(frame, text=True)
        except WebSocketException:
            return False
        return True

    async def opened(self, within_s: float) -> bool:
        """Wait until connected; False on timeout."""
        try:
            async with asyncio.timeout(within_s):
                await self._opened.wait()
        except TimeoutError:
            return False
        return True

    def _hear(self, message: str | bytes) -> None:
        with suppress(msgspec.DecodeError):
            answer = _decoder.decode(message)
            self.send_ms = answer.every or self.send_ms
            if answer.every or answer.acknowledged:
                return
        self._tally.answered(message)

    async def _keep_open(self) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while not self._leaving:
            began_s = loop.time()
            # Ingest is unreachable; the visitor carries on and we retry.
            with suppress(OSError, TimeoutError, WebSocketException):
                await self._serve()
            if self._leaving:
                return
            self._tally.lost_connections += 1
            failures = 0 if loop.time() - began_s > STEADY_S else failures + 1
            pause_s = min(MAX_RETRY_S, RETRY_S * 2**failures)
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311

    async def _serve(self) -> None:
        """Connect, and read answers until the connection ends."""
        async with connect(
            self._url,
            origin=self._origin,  # type: ignore[arg-type]
            subprotocols=[SUBPROTOCOL],
            compression=None,
            ping_interval=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            proxy=None,
        ) as socket:
            self._socket = socket
            self.send_ms = TRACKER_SEND_MS
            self._tally.connected += 1
            self._opened.set()
            try:
                if self._leaving:
                    return
                async for message in socket:
                    self._hear(message)
            finally:
                self._socket = None
                self._opened.clear()
                self._tally.connected -= 1


def socket_address(url: str) -> str:
    """Ingest's `ws://host:port`, from an `http://…`, `https://…`, `ws://…` or `wss://…` address.

    Raises:
        WrongAddress: the address has another form.
    """
    scheme, _, rest = url.partition("://")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if scheme not in schemes or not rest.strip("/"):
        raise WrongAddress(f"'{url}' is not a valid ingest address; expected e.g. http://localhost:8001")
    return f"{schemes[scheme]}://{rest.rstrip('/')}"
