"""CPU affinity: one core for the measured process, the others for everything else.

A process inherits its parent's cores, so import this module where all cores are allowed.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.kafka import kafka

MEASURED, *OTHERS = sorted(os.sched_getaffinity(0)) * (1 + (len(os.sched_getaffinity(0)) == 1))
"""The measured process' core, and the others; on a machine with one core it is both."""


@contextmanager
def on(cores: list[int]) -> Iterator[None]:
    """Run the caller, and the processes that it starts inside, on these cores."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def kafka_beside() -> Iterator[str]:
    """Start Kafka on the other cores and yield its address; the caller's own cores stay as they were."""
    with ExitStack() as stack:
        with on(OTHERS):
            broker = stack.enter_context(kafka())
        yield broker
