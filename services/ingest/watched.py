"""Which pages are watched, and which trackers are on them. Pure.

A tracker sends every UNWATCHED_SEND_MS while nobody watches its page, else every WATCHED_SEND_MS.
"""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client import Counter, Gauge

from pageheat.services.contract.watching import LEASE_MS

MAX_PAGES = 30_000
"""Watched pages to know, 30 MB with the longest names: as many as a partition has warm pages. Visitors of
further ones stay quiet."""

watched_pages = Gauge("pageheat_ingest_watched_pages", "Pages that somebody watches")
ignored = Counter(
    "pageheat_ingest_watched_ignored", "Watched pages beyond the limit, each time they were told"
)


class Visitor(Protocol):
    """A tracker's connection."""

    def is_watched(self, watched: bool) -> None:
        """Its page is watched from now on, or no longer."""


class WatchedPages:
    """Leases of watched pages, and the visitors on each page.

    Times are ms of one clock, which need not be the wall's.
    """

    def __init__(self, limit: int = MAX_PAGES) -> None:
        self._limit = limit
        self._until_ms: dict[str, int] = {}
        self._visitors: dict[str, set[Visitor]] = {}
        watched_pages.set_function(lambda: len(self._until_ms))

    def __contains__(self, page: str) -> bool:
        return page in self._until_ms

    def enter(self, page: str, visitor: Visitor) -> None:
        """A visitor is on a page now."""
        self._visitors.setdefault(page, set()).add(visitor)

    def leave(self, page: str, visitor: Visitor) -> None:
        """A visitor is no longer on a page."""
        if visitors := self._visitors.get(page):
            visitors.discard(visitor)
            if not visitors:
                del self._visitors[page]

    def renew(self, pages: Iterable[str], now_ms: int) -> None:
        """These pages are watched for LEASE_MS from now; their visitors are told if that is new."""
        for page in pages:
            is_new = page not in self._until_ms
            if is_new and len(self._until_ms) >= self._limit:
                ignored.inc()
                continue
            self._until_ms[page] = now_ms + LEASE_MS
            if is_new:
                self._tell(page, watched=True)

    def expire(self, now_ms: int) -> None:
        """End the leases that were not renewed, and tell the visitors."""
        for page in [page for page, until_ms in self._until_ms.items() if until_ms <= now_ms]:
            del self._until_ms[page]
            self._tell(page, watched=False)

    def _tell(self, page: str, *, watched: bool) -> None:
        for visitor in list(self._visitors.get(page, ())):
            visitor.is_watched(watched)
