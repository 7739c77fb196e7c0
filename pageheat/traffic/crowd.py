"""Many concurrent simulated visitors, each with its own connection; a new one replaces each that leaves."""

import asyncio
import secrets
from itertools import count
from random import Random

from pageheat.traffic.attendance import VisitClock, attend
from pageheat.traffic.connection import Connection, DeliveryCounts
from pageheat.traffic.visitors import visit

ARRIVAL_MS = 20
"""Between the first visitors: 3,000 of them connect within a minute."""

PAUSE_MS = (200, 2000)
"""Between a visitor and its replacement."""


async def crowd(
    visitors: int,
    seed: int,
    sample_ms: float,
    *,
    address: str,
    origin: str,
    clock: VisitClock,
    tally: DeliveryCounts,
) -> None:
    """Simulate visits until cancelled.

    Args:
        visitors: number of concurrent visitors.
        seed: alone determines the nth visit of each slot.
        sample_ms: between two samples of a moving pointer.
        address: ingest's, `ws://host:port`.
        origin: the shop's, as browsers send it.
        clock: schedules the visits.
        tally: counts everything.
    """
    began_ms = clock.now_ms()

    async def slot(number: int) -> None:
        await clock.sleep_until(began_ms + number * ARRIVAL_MS)
        for visits in count():
            rng = Random(f"{seed}/{number}/{visits}")  # noqa: S311
            tally.visitors += 1
            try:
                # As in a browser: one document, session and connection; the shop changes pages inside it.
                session = secrets.token_urlsafe(16)
                async with Connection(address, session, origin, tally) as connection:
                    await attend(visit(rng, sample_ms), session, connection, clock, tally)
            finally:
                tally.visitors -= 1
            await clock.sleep_until(clock.now_ms() + rng.uniform(*PAUSE_MS))

    async with asyncio.TaskGroup() as group:
        for number in range(visitors):
            group.create_task(slot(number))
