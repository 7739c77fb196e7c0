"""The aggregator knows which pages are watched, as broadcasters tell it."""

import threading
from collections.abc import Iterable
from queue import Queue

from pageheat.services.aggregator.watched import WatchedPages
from pageheat.services.contract.watching import LEASE_MS


class Told:
    """A topic whose records the test puts; each is followed at once."""

    def __init__(self) -> None:
        self.closed = False
        self._waits = True
        self._pages: Queue[list[str]] = Queue()
        self._asked = threading.Semaphore(0)

    def next(self) -> Iterable[str]:
        self._asked.release()
        return self._pages.get() if self._waits else []

    def put(self, *pages: str) -> None:
        """Tell these, and wait until they were followed."""
        assert self._asked.acquire(timeout=30)
        self._pages.put([*pages])
        assert self._asked.acquire(timeout=30)
        self._asked.release()

    def end(self) -> None:
        """Tell nothing from now on, without a wait."""
        self._waits = False
        self._pages.put([])

    def close(self) -> None:
        self.closed = True


def test_a_page_is_watched_from_its_record_until_its_lease_ends() -> None:
    told, now_s = Told(), 100.0
    watched = WatchedPages(told, lambda: now_s).start()
    told.put("/lamp")
    assert "/lamp" in watched
    assert "/chair" not in watched
    now_s += LEASE_MS / 1_000 - 1
    told.put("/chair")
    assert "/lamp" in watched
    now_s += 1
    told.put()
    assert "/lamp" not in watched
    assert "/chair" in watched
    told.end()
    watched.stop()
    assert told.closed
