"""Cores: one for what is measured, the others for all else.

A process inherits the cores of the one that starts it, so what is here is reckoned where all are allowed.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.kafka import kafka

MEASURED, *OTHERS = sorted(os.sched_getaffinity(0)) * (1 + (len(os.sched_getaffinity(0)) == 1))
"""The core of what is measured, and those of all else; where there is but one, it is both."""


@contextmanager
def on(cores: list[int]) -> Iterator[None]:
    """What is started inside, and its caller there, runs on these cores."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def kafka_beside() -> Iterator[str]:
    """The address of a Kafka beside what is measured; its caller may go on anywhere."""
    with ExitStack() as stack:
        with on(OTHERS):
            broker = stack.enter_context(kafka())
        yield broker
