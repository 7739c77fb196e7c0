"""Simulated visitors who are all on one page, with a full window of past events when they connect."""

import asyncio
import secrets
from collections.abc import Iterator
from itertools import groupby
from random import Random
from typing import NamedTuple

import msgspec

from pageheat.services.contract.records import MAX_EVENTS, SentPage
from pageheat.services.contract.watching import WATCHED_SEND_MS
from pageheat.traffic.connection import Connection, DeliveryCounts
from pageheat.traffic.views import Look, Sample, batches, sent_frame
from pageheat.traffic.visitors import visit

SINCE_MS = -299_000
"""Begin of their past: a full window, less what leaves it while the past is being sent."""


class _Due(NamedTuple):
    """Samples of one session on one page, and when to send them; times in ms from now, negative if past."""

    at_ms: float
    session: str
    page: SentPage
    samples: list[Sample | Look]


def _life(rng: Random, path: str) -> Iterator[_Due]:
    """Yield an endless series of visits; every view of a visit is of this page."""
    now_ms = SINCE_MS + rng.uniform(0, 2_000)
    while True:
        session = secrets.token_urlsafe(16)
        for view in visit(rng):
            began_ms, page = now_ms, msgspec.structs.replace(view.page, path=path)
            for batch in batches(view.samples, send_ms=lambda: WATCHED_SEND_MS):
                now_ms = began_ms + batch.due_ms
                samples = [sample._replace(at_ms=began_ms + sample.at_ms) for sample in batch.samples]
                yield _Due(now_ms, session, page, samples)


async def stay(place: int, path: str, address: str, tally: DeliveryCounts) -> None:
    """Stay on a page until cancelled.

    Args:
        place: number of the visitor, from 0; seeds what it does.
        path: of the page.
        address: of ingest, `ws://host:port`.
        tally: counts what was sent; the caller checks it for refusals.
    """
    loop, life = asyncio.get_running_loop(), _life(Random(place), path)
    numbers: dict[str, int] = {}
    async with Connection(address, secrets.token_urlsafe(16), None, tally) as connection:
        assert await connection.opened(30)

        async def send(session: str, page: SentPage, samples: list[Sample | Look], now_ms: float) -> None:
            numbers[session] = numbers.get(session, -1) + 1
            frame = sent_frame(page, samples, session, numbers[session], now_ms)
            assert await connection.send(msgspec.json.encode(frame))
            tally.sent.update(sample.type for sample in samples)

        due, past = next(life), []
        while due.at_ms < 0:
            past.append(due)
            due = next(life)
        for (session, page), dues in groupby(past, lambda due: (due.session, due.page)):
            samples = [sample for each in dues for sample in each.samples]
            for first in range(0, len(samples), MAX_EVENTS):
                await send(session, page, samples[first : first + MAX_EVENTS], 0)
        began_s = loop.time()
        while True:
            await asyncio.sleep(max(0, began_s + due.at_ms / 1000 - loop.time()))
            await send(due.session, due.page, due.samples, due.at_ms)
            due = next(life)
