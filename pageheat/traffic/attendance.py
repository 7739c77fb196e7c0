"""Plays a visitor's views in real time: samples go to ingest when the tracker would send them."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec

from pageheat.services.contract.records import MAX_EVENTS, Attributes, SentPage
from pageheat.traffic.connection import DeliveryCounts
from pageheat.traffic.views import Look, Sample, View, batches, sent_frame

MAX_WAITING_EVENTS = 512
"""Events that the tracker buffers while ingest is unreachable; beyond that it drops the oldest."""


class VisitClock(Protocol):
    """A clock with a sleep, in ms since an arbitrary start."""

    def now_ms(self) -> float:
        """The time now."""

    async def sleep_until(self, time_ms: float) -> None:
        """Return at that time, at once if it is past."""


class LoopClock:
    """The running event loop's clock."""

    def now_ms(self) -> float:
        """The monotonic time now."""
        return asyncio.get_running_loop().time() * 1000

    async def sleep_until(self, time_ms: float) -> None:
        """Return at that time; always yield to other visitors."""
        await asyncio.sleep(max(0.0, time_ms - self.now_ms()) / 1000)


class FrameSender(Protocol):
    """Accepts frames; `Connection` is one."""

    send_ms: float
    """How often ingest wants frames."""

    async def send(self, frame: bytes) -> bool:
        """Send a frame; False while disconnected."""

    async def opened(self, within_s: float) -> bool:
        """Wait for a connection; False if there is none in time."""


class _Waiting(NamedTuple):
    """What is not sent yet, with the number of its page view, and the page."""

    view: int
    page: SentPage
    sample: Sample | Look


async def attend(
    views: Iterable[View],
    session: str,
    sender: FrameSender,
    clock: VisitClock,
    tally: DeliveryCounts,
    *,
    speed: float = 1.0,
    connect_timeout_s: float = 0.0,
    max_waiting: int | None = MAX_WAITING_EVENTS,
) -> None:
    """Play the views of one document, `speed` times as fast as recorded.

    Args:
        views: played one after the other, as in a site with client-side routes.
        session: the document's session.
        sender: sends frames to ingest.
        clock: schedules batches and measures the age of events when they are sent.
        tally: counts what was sent.
        speed: factor on the views' time.
        connect_timeout_s: how long to wait for a connection at the end if events are unsent.
        max_waiting: events buffered while ingest is unreachable, None for all.
    """
    waiting: deque[_Waiting] = deque()
    untold: dict[int, Attributes | None] = {}  # of views that have sent no frame yet
    seq = 0

    async def send() -> None:
        nonlocal seq
        while waiting:
            number, page, _ = waiting[0]
            samples = _next_samples(waiting)
            frame = sent_frame(page, samples, session, seq, clock.now_ms(), number, untold.get(number))
            if not await sender.send(msgspec.json.encode(frame)):
                return
            untold.pop(number, None)
            for _ in samples:
                waiting.popleft()
            seq += 1
            tally.frames += 1
            tally.sent.update(sample.type for sample in samples)

    for number, view in enumerate(views):
        tally.begun += 1
        untold[number] = view.attributes
        began_ms = clock.now_ms()
        for batch in batches(view.samples, speed, lambda: sender.send_ms):
            await clock.sleep_until(began_ms + batch.due_ms)
            waiting.extend(
                _Waiting(number, view.page, sample._replace(at_ms=began_ms + sample.at_ms))
                for sample in batch.samples
            )
            while max_waiting is not None and len(waiting) > max_waiting:
                waiting.popleft()
                tally.dropped += 1
            await send()
        tally.views += 1
    if waiting and await sender.opened(connect_timeout_s):
        await send()
    tally.dropped += len(waiting)


def _next_samples(waiting: Iterable[_Waiting]) -> list[Sample | Look]:
    """The oldest samples that fit one frame: of one page view, and no more than all may be looks."""
    samples: list[Sample | Look] = []
    view = None
    for each in waiting:
        view = each.view if view is None else view
        if each.view != view or len(samples) == MAX_EVENTS:
            break
        samples.append(each.sample)
    return samples
