"""A visitor's stay on a page in real time: samples go to ingest when the tracker would send them."""

import asyncio
from collections import deque
from typing import Protocol

import msgspec

from pageheat.traffic.connection import Tally
from pageheat.traffic.views import MAX_FRAME_EVENTS, Sample, View, batches, sent_frame

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
    view: View,
    session: str,
    line: Line,
    clock: Clock,
    tally: Tally,
    *,
    speed: float = 1.0,
    patience_s: float = 0.0,
    max_waiting: int | None = MAX_WAITING_EVENTS,
) -> None:
    """Live through a view, `speed` times as fast as it is.

    Args:
        view: what is seen and done.
        session: names it.
        line: the way to ingest.
        clock: when things are due, and how old events are at their sending.
        tally: where what was sent is counted.
        speed: of the view's time.
        patience_s: how long the end waits for a connection if there is something left to send.
        max_waiting: events kept while ingest is away, None for all.
    """
    began_ms = clock.now_ms()
    waiting: deque[Sample] = deque()
    seq = 0

    async def send() -> None:
        nonlocal seq
        while waiting:
            part = [waiting[i] for i in range(min(len(waiting), MAX_FRAME_EVENTS))]
            frame = sent_frame(view.page, part, session, seq, clock.now_ms() - began_ms)
            if not await line.send(msgspec.json.encode(frame)):
                return
            for _ in part:
                waiting.popleft()
            seq += 1
            clicks = sum(sample.type == "click" for sample in part)
            tally.frames += 1
            tally.clicks += clicks
            tally.moves += len(part) - clicks

    for batch in batches(view.samples, speed):
        await clock.sleep_until(began_ms + batch.due_ms)
        waiting.extend(batch.samples)
        while max_waiting is not None and len(waiting) > max_waiting:
            waiting.popleft()
            tally.dropped += 1
        await send()
    if waiting and await line.opened(patience_s):
        await send()
    tally.dropped += len(waiting)
    tally.views += 1
