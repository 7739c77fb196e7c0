"""What a client is told: which of its frames Kafka has, in batches, and at once which were refused.

Whoever reads a connection never waits for its client to read: what it has sent would wait in memory.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec
from prometheus_client import Counter

BATCH_S = 1.0
"""Receipts wait so long for others: a client loses nothing by it, as it may have 60 frames without one, which
take a tracker 15 s, and a message costs as much as a frame does."""

BATCH = 32
"""Or until they are so many: who sends faster than trackers do does not have to wait."""

MAX_UNTOLD = 1_024
"""Of one connection. A client that does not read gets no more; what it doesn't know it sends again."""

MAX_REFUSALS = 128
"""Likewise: above the 100 at once after which it is disconnected."""

told = Counter("pageheat_ingest_receipts", "Frames whose clients were told that Kafka has them")


class Receipts:
    """The receipts of one connection.

    Args:
        send: sends a text message; may wait as long as the client doesn't read.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._untold: list[int] = []
        self._batch: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None
        self._refusals: list[str] = []
        self._refusing: asyncio.Task[None] | None = None
        self._closed = False

    def delivered(self, seq: int) -> None:
        """Kafka has the frame of this number."""
        if self._closed or len(self._untold) >= MAX_UNTOLD:
            return
        self._untold.append(seq)
        if self._telling is not None:
            return
        if len(self._untold) >= BATCH:
            self._begin_to_tell()
        elif self._batch is None:
            self._batch = asyncio.get_running_loop().call_later(BATCH_S, self._begin_to_tell)

    def refused(self, answer: str) -> None:
        """A message was not taken; `answer` says why."""
        if len(self._refusals) >= MAX_REFUSALS:
            return
        self._refusals.append(answer)
        if self._refusing is None:
            self._refusing = asyncio.create_task(self._refuse())

    async def all_refused(self) -> None:
        """Wait until the client has been told of all refusals."""
        if self._refusing:
            await self._refusing

    def close(self) -> None:
        """Nobody is there to be told."""
        self._closed = True
        for waiting in (self._batch, self._telling, self._refusing):
            if waiting:
                waiting.cancel()

    def _begin_to_tell(self) -> None:
        if self._batch:
            self._batch.cancel()
            self._batch = None
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        with contextlib.suppress(OSError):
            while self._untold:
                seqs, self._untold = self._untold, []
                await self._send(msgspec.json.encode({"acknowledged": seqs}).decode())
                told.inc(len(seqs))
        self._telling = None

    async def _refuse(self) -> None:
        # a client that has gone already may have left good frames behind the refused one
        with contextlib.suppress(OSError):
            while self._refusals:
                await self._send(self._refusals.pop(0))
        self._refusing = None
