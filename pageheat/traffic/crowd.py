"""Many simulated visitors at once, each with its browser's connection; for each who leaves another comes."""

import asyncio
import secrets
from itertools import count
from random import Random

from pageheat.traffic.attendance import Clock, attend
from pageheat.traffic.connection import Connection, DeliveryCounts
from pageheat.traffic.visitors import visit

ARRIVAL_MS = 20
"""Between the first visitors: 3,000 of them, each with a connection, come in a minute."""

PAUSE_MS = (200, 2000)
"""Between one who leaves and the next one."""


async def crowd(
    visitors: int,
    seed: int,
    sample_ms: float,
    *,
    address: str,
    origin: str,
    clock: Clock,
    tally: DeliveryCounts,
) -> None:
    """Visit until cancelled.

    Args:
        visitors: how many are there at once.
        seed: the n-th visit of each place follows from it alone.
        sample_ms: between two points of a moving pointer.
        address: of ingest, `ws://host:port`.
        origin: of the shop, as browsers tell it.
        clock: when things are due.
        tally: where everything is counted.
    """
    began_ms = clock.now_ms()

    async def place(number: int) -> None:
        await clock.sleep_until(began_ms + number * ARRIVAL_MS)
        for turn in count():
            rng = Random(f"{seed}/{number}/{turn}")  # noqa: S311
            tally.visitors += 1
            try:
                # As in a browser: a document, a session, a connection. The shop changes its page within.
                session = secrets.token_urlsafe(16)
                async with Connection(address, session, origin, tally) as connection:
                    await attend(visit(rng, sample_ms), session, connection, clock, tally)
            finally:
                tally.visitors -= 1
            await clock.sleep_until(clock.now_ms() + rng.uniform(*PAUSE_MS))

    async with asyncio.TaskGroup() as group:
        for number in range(visitors):
            group.create_task(place(number))
