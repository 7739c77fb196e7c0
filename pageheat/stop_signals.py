"""Stop signals as a list, for processes that run others and end them one by one."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that collects the stop signals received; no operation is interrupted half-way."""
    received: list[int] = []
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda got, _: received.append(got)) for number in stops]
    try:
        yield received
    finally:
        for number, handler in zip(stops, before, strict=True):
            signal.signal(number, handler)
