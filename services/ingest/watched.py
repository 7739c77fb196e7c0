"""How often trackers send: often from watched pages, seldom from others and where they crowd. Pure.

A tracker sends every WATCHED_SEND_MS while somebody watches its page, else every `unwatched_ms`. Where many
move at once, both intervals are longer (`pace.py`): so that a page's visitors of this process together send
PAGE_FRAMES_PER_S frames at most, and all of unwatched pages together UNWATCHED_FRAMES_PER_S.

A visitor is told another interval when it sends a frame. Only when its page begins or ceases to be watched,
it is told at once.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from prometheus_client import Counter, Gauge

from pageheat.services.contract.watching import MAX_PAGES, TRACKER_SEND_MS, WATCHED_SEND_MS, Leases
from pageheat.services.ingest.pace import Crowd, interval_ms

watched_pages = Gauge("pageheat_ingest_watched_pages", "Pages that somebody watches")
crowded_pages = Gauge(
    "pageheat_ingest_crowded_pages", "Pages with so many moving visitors that they send less often"
)
unwatched_send = Gauge(
    "pageheat_ingest_unwatched_send_seconds", "How often a moving visitor of an unwatched page sends"
)
ignored = Counter(
    "pageheat_ingest_watched_ignored", "Watched pages beyond the limit, each time they were told"
)


class Visitor(Protocol):
    """A tracker's connection."""

    def send_every(self, every_ms: int) -> None:
        """This is its interval from now on; it may be told so again."""


class Paces(NamedTuple):
    """The interval of visitors whose page nobody watches, and the frames a second (0: no limit) that those
    of one page, and those of all unwatched pages, may send together."""

    unwatched_ms: int = TRACKER_SEND_MS
    page_frames_per_s: int = 0
    unwatched_frames_per_s: int = 0


DEFAULT_PACES = Paces()


class Turns:
    """In which turn a visitor was counted last: on its page, and among all of unwatched pages."""

    __slots__ = ("of_all", "of_page")

    def __init__(self) -> None:
        self.of_page = 0
        self.of_all = 0


class PageVisitors:
    """The visitors of a page, and how often each sends: `every_ms`."""

    __slots__ = ("_all", "_crowd", "_newest_ms", "_paces", "is_watched", "visitors")

    def __init__(self, paces: Paces, all_unwatched: Crowd, *, is_watched: bool) -> None:
        self.is_watched = is_watched
        self.visitors: set[Visitor] = set()
        self._paces = paces
        self._crowd = Crowd()
        self._all = all_unwatched
        self._newest_ms = paces.unwatched_ms

    @property
    def every_ms(self) -> int:
        """The interval of each visitor."""
        if self.is_watched:
            return interval_ms(WATCHED_SEND_MS, self._crowd.size, self._paces.page_frames_per_s)
        return max(
            interval_ms(self._paces.unwatched_ms, self._crowd.size, self._paces.page_frames_per_s),
            interval_ms(self._paces.unwatched_ms, self._all.size, self._paces.unwatched_frames_per_s),
        )

    @property
    def is_crowded(self) -> bool:
        """Whether visitors send less often because there are many on this page."""
        least_ms = WATCHED_SEND_MS if self.is_watched else self._paces.unwatched_ms
        return interval_ms(least_ms, self._crowd.size, self._paces.page_frames_per_s) > least_ms

    def saw(self, turns: Turns, now_ms: float) -> int:
        """A visitor, last counted in `turns`, has sent a frame: return its interval from now on."""
        turns.of_page = self._crowd.saw(turns.of_page, now_ms, self._newest_ms)
        if not self.is_watched:
            turns.of_all = self._all.saw(turns.of_all, now_ms, self._newest_ms)
        self._newest_ms = self.every_ms
        return self._newest_ms

    def tell(self) -> None:
        """Tell all visitors their interval."""
        every_ms = self.every_ms
        for visitor in list(self.visitors):
            visitor.send_every(every_ms)


class WatchedPages:
    """Leases of watched pages, and the visitors on each page.

    Times are ms of one clock, which need not be the wall's.
    """

    def __init__(self, paces: Paces = DEFAULT_PACES, limit: int = MAX_PAGES) -> None:
        self._paces = paces
        self._leases = Leases(limit)
        self._pages: dict[str, PageVisitors] = {}
        self._unwatched = Crowd()
        watched_pages.set_function(lambda: len(self._leases))
        crowded_pages.set_function(lambda: sum(page.is_crowded for page in self._pages.values()))
        unwatched_send.set_function(lambda: self._unwatched_ms / 1_000)

    def __contains__(self, page: str) -> bool:
        return page in self._leases

    def enter(self, page: str, visitor: Visitor) -> PageVisitors:
        """A visitor is on a page now."""
        visitors = self._pages.get(page)
        if visitors is None:
            visitors = PageVisitors(self._paces, self._unwatched, is_watched=page in self)
            self._pages[page] = visitors
        visitors.visitors.add(visitor)
        return visitors

    def leave(self, page: str, visitor: Visitor) -> None:
        """A visitor is no longer on a page."""
        if there := self._pages.get(page):
            there.visitors.discard(visitor)
            if not there.visitors:
                del self._pages[page]

    def renew(self, pages: Iterable[str], now_ms: int) -> None:
        """These pages are watched for LEASE_MS from now; their visitors are told if that is new."""
        before = self._leases.ignored
        for page in self._leases.renew(pages, now_ms):
            self._tell(page, is_watched=True)
        ignored.inc(self._leases.ignored - before)

    def expire(self, now_ms: int) -> None:
        """End the leases that were not renewed, and tell the visitors."""
        for page in self._leases.expire(now_ms):
            self._tell(page, is_watched=False)

    def _tell(self, page: str, *, is_watched: bool) -> None:
        if visitors := self._pages.get(page):
            visitors.is_watched = is_watched
            visitors.tell()

    @property
    def _unwatched_ms(self) -> int:
        unwatched_ms, _, frames_per_s = self._paces
        return interval_ms(unwatched_ms, self._unwatched.size, frames_per_s)
