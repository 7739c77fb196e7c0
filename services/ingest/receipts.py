"""Answers on a connection: acknowledgements of frames that Kafka has, in batches; all others at once.

Reading from a client never waits until it reads its answers: what it sent would pile up in memory.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec
from prometheus_client import Counter

from pageheat.services.ingest.fast_path import Say

BATCH_S = 1.0
"""Acknowledgements wait this long to share a message, which costs as much as a frame. A client loses nothing:
a tracker may have 60 unacknowledged frames, which take it 15 s."""

BATCH = 32
"""A full batch is sent at once: a client that sends faster than a tracker does not wait."""

MAX_PENDING = 1_024
"""Unsent acknowledgements per connection. Further ones are dropped: the client resends those frames."""

MAX_ANSWERS = 128
"""Unsent other answers per connection: above the burst of 100 refusals after which it is closed."""

acknowledged = Counter("pageheat_ingest_receipts", "Frames acknowledged to their clients")


class Receipts:
    """The answers on one connection.

    Args:
        send: sends a text message; waits while the client does not read.
        say: sends one at once, or returns False.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]], say: Say = lambda _: False) -> None:
        self._send = send
        self._say = say
        self._pending: list[int] = []
        self._batch: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None
        self._answers: list[str] = []
        self._answering: asyncio.Task[None] | None = None
        self._closed = False

    def delivered(self, seq: int) -> None:
        """Kafka has the frame of this number."""
        if self._closed or len(self._pending) >= MAX_PENDING:
            return
        self._pending.append(seq)
        if self._sending is not None:
            return
        if len(self._pending) >= BATCH:
            self._start_sending()
        elif self._batch is None:
            self._batch = asyncio.get_running_loop().call_later(BATCH_S, self._start_sending)

    def answer(self, text: str) -> None:
        """Send an answer that cannot wait."""
        if self._answering is None and self._say(text.encode()):
            return
        if len(self._answers) >= MAX_ANSWERS:
            return
        self._answers.append(text)
        if self._answering is None:
            self._answering = asyncio.create_task(self._send_answers())

    async def flush_answers(self) -> None:
        """Wait until these answers are sent."""
        if self._answering:
            await self._answering

    def close(self) -> None:
        """The connection is closed: stop sending."""
        self._closed = True
        for pending in (self._batch, self._sending, self._answering):
            if pending:
                pending.cancel()

    def _start_sending(self) -> None:
        if self._batch:
            self._batch.cancel()
            self._batch = None
        if self._say(_acknowledgement(self._pending)):
            acknowledged.inc(len(self._pending))
            self._pending = []
        else:
            self._sending = asyncio.create_task(self._send_pending())

    async def _send_pending(self) -> None:
        with contextlib.suppress(OSError):
            while self._pending:
                seqs, self._pending = self._pending, []
                await self._send(_acknowledgement(seqs).decode())
                acknowledged.inc(len(seqs))
        self._sending = None

    async def _send_answers(self) -> None:
        # the client may have disconnected, with valid frames still unread behind the refused one
        with contextlib.suppress(OSError):
            while self._answers:
                await self._send(self._answers.pop(0))
        self._answering = None


def _acknowledgement(seqs: list[int]) -> bytes:
    return msgspec.json.encode({"acknowledged": seqs})
