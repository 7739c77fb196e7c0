"""A visitor's stay in real time: samples go to ingest when the tracker would send them."""

import asyncio
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

import msgspec

from pageheat.services.contract.records import MAX_EVENTS, Page
from pageheat.traffic.connection import DeliveryCounts
from pageheat.traffic.views import Sample, View, batches, sent_frame

MAX_WAITING_EVENTS = 512
"""What the tracker keeps while ingest is away; then the oldest go."""


class Clock(Protocol):
    """Time that can be waited for, in ms from any beginning."""

    def now_ms(self) -> float:
        """Now."""

    async def sleep_until(self, time_ms: float) -> None:
        """Return at that time, at once if it has passed."""


class LoopClock:
    """The running event loop's clock."""

    def now_ms(self) -> float:
        """Now, on a monotonic clock."""
        return asyncio.get_running_loop().time() * 1000

    async def sleep_until(self, time_ms: float) -> None:
        """Return at that time; other visitors get their turn in any case."""
        await asyncio.sleep(max(0.0, time_ms - self.now_ms()) / 1000)


class Line(Protocol):
    """What takes frames: a `Connection`."""

    async def send(self, frame: bytes) -> bool:
        """Send a frame; False while it cannot be."""

    async def opened(self, within_s: float) -> bool:
        """Wait until frames can be sent; False if they can't in time."""


async def attend(
    views: Iterable[View],
    session: str,
    line: Line,
    clock: Clock,
    tally: DeliveryCounts,
    *,
    speed: float = 1.0,
    patience_s: float = 0.0,
    max_waiting: int | None = MAX_WAITING_EVENTS,
) -> None:
    """Live through the views of one document, `speed` times as fast as they are.

    Args:
        views: one after the other, as a site with client-side routes shows them.
        session: names the document.
        line: the way to ingest.
        clock: when things are due, and how old events are at their sending.
        tally: where what was sent is counted.
        speed: of the views' time.
        patience_s: how long the end waits for a connection if there is something left to send.
        max_waiting: events kept while ingest is away, None for all.
    """
    waiting: deque[tuple[Page, Sample]] = deque()
    seq = 0

    async def send() -> None:
        nonlocal seq
        while waiting:
            page = waiting[0][0]
            samples = [sample for of, sample in islice(waiting, MAX_EVENTS) if of is page]
            frame = sent_frame(page, samples, session, seq, clock.now_ms())
            if not await line.send(msgspec.json.encode(frame)):
                return
            for _ in samples:
                waiting.popleft()
            seq += 1
            tally.frames += 1
            tally.sent.update(sample.type for sample in samples)

    for view in views:
        tally.begun += 1
        began_ms = clock.now_ms()
        for batch in batches(view.samples, speed):
            await clock.sleep_until(began_ms + batch.due_ms)
            waiting.extend(
                (view.page, sample._replace(at_ms=began_ms + sample.at_ms)) for sample in batch.samples
            )
            while max_waiting is not None and len(waiting) > max_waiting:
                waiting.popleft()
                tally.dropped += 1
            await send()
        tally.views += 1
    if waiting and await line.opened(patience_s):
        await send()
    tally.dropped += len(waiting)
