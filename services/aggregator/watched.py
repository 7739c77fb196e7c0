"""Knows which pages are watched: their grids are published at each step, those of others less often."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol, Self

from pageheat.services.contract.watching import Leases


class Source(Protocol):
    """Tells which pages are watched."""

    def next(self) -> Iterable[str]:
        """Pages that are watched from now on for a lease; waits a moment for some."""

    def close(self) -> None:
        """Disconnect."""


class WatchedPages:
    """The watched pages, followed by a thread of its own: a step never waits for Kafka here."""

    def __init__(self, source: Source, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock_s = clock_s
        self._leases = Leases()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="watched", daemon=True)

    def start(self) -> Self:
        """Begin to follow."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread, and disconnect."""
        self._ended.set()
        self._thread.join()

    def __contains__(self, page: object) -> bool:
        return page in self._leases

    def _follow(self) -> None:
        try:
            while not self._ended.is_set():
                pages = self._source.next()
                now_ms = int(self._clock_s() * 1_000)
                self._leases.renew(pages, now_ms)
                self._leases.expire(now_ms)
        finally:
            self._source.close()
