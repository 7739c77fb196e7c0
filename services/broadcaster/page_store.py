"""The page store: one value per warm page, within a limit of bytes, found by page and by heartbeat. Pure."""

import heapq
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

import msgspec
from prometheus_client import Counter

from pageheat.services.contract.records import Heartbeat

MAX_KEPT_BYTES = 128_000_000
"""Limit for grids, and the same again for breakdowns: 80,000 pages of 600 bytes, or 128 pages with heat on
all of 200 × 200 tiles. Beyond it, values of further pages are dropped and counted."""

PAGE_BYTES = 1_000
"""Memory per page beside its grid or breakdown: keys and numbers."""

unkept = Counter("pageheat_broadcaster_records_unkept", "Grids and breakdowns dropped beyond MAX_KEPT_BYTES")


class Counted(Protocol):
    """Something that counts a partition up to an offset and up to a time."""

    @property
    def position(self) -> int:
        """The next offset."""

    @property
    def end(self) -> int:
        """The time, ms since the epoch."""


def is_older(one: Counted, other: Counted) -> bool:
    """Whether a record is older than another with the same key, and must not replace it.

    Older records come from an instance that was stalled for a while. Callers make one exception: a partition
    whose heartbeats have stopped may have been deleted and created again. Its positions then restart at 0.
    """
    return (one.position, one.end) < (other.position, other.end)


class LogPosition(msgspec.Struct, frozen=True):
    """The log position of a page's value, and when the value expires.

    The value counts up to `position` and `end`. From `expires` on, in the partition's time, the window has
    none of its events.
    """

    partition: int
    position: int
    end: int
    expires: int

    def is_ahead_of(self, heartbeat: Heartbeat) -> bool:
        """Whether it counts a record, or a time, that its partition's heartbeat doesn't count."""
        return self.position > heartbeat.position or self.end > heartbeat.end


class Storable(Protocol):
    """A value that the page store can hold."""

    @property
    def log_position(self) -> LogPosition:
        """Its log position and expiry."""

    @property
    def record(self) -> bytes:
        """The bytes that it keeps in memory."""


T = TypeVar("T", bound=Storable)


class PageStore(Generic[T]):
    """One value per page."""

    def __init__(self) -> None:
        self.bytes = 0
        self._values: dict[str, T] = {}
        self._pages: dict[int, set[str]] = {}  # partition → pages
        self._heartbeats: dict[int, Heartbeat] = {}
        self._ahead: dict[int, set[str]] = {}  # partition → pages ahead of its heartbeat when stored
        self._expiries: dict[int, list[tuple[int, str]]] = {}  # partition → heap of pages by expiry
        self._queued: dict[str, int] = {}  # page → its time in that heap: its expiry, or earlier

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter(self._values.items())

    def get(self, page: str) -> T | None:
        """A page's value."""
        return self._values.get(page)

    def put(self, page: str, value: T, *, may_be_older: bool = False) -> bool:
        """Replace a page's value; False if the stored one is newer, or if there is no room."""
        log_position, known = value.log_position, self._values.get(page)
        partition = log_position.partition
        if known is not None and not may_be_older and is_older(log_position, known.log_position):
            return False
        if known is None or known.log_position.partition != partition:
            self.forget(page)
            self.bytes += PAGE_BYTES
            self._pages.setdefault(partition, set()).add(page)
        else:
            self.bytes -= len(known.record)
        self.bytes += len(value.record)
        self._values[page] = value
        if self.bytes > MAX_KEPT_BYTES:
            self.forget(page)
            unkept.inc()
            return False
        heartbeat = self._heartbeats.get(partition)
        if heartbeat is None or log_position.is_ahead_of(heartbeat):
            self._ahead.setdefault(partition, set()).add(page)
        # a page updated again and again keeps its first place in the heap, and is checked again then
        if log_position.expires < self._queued.get(page, log_position.expires + 1):
            self._queued[page] = log_position.expires
            heapq.heappush(self._expiries.setdefault(partition, []), (log_position.expires, page))
        return True

    def forget(self, page: str) -> None:
        """Remove a page."""
        if value := self._values.pop(page, None):
            self._pages[value.log_position.partition].remove(page)
            self.bytes -= len(value.record) + PAGE_BYTES

    def take_heartbeat(self, heartbeat: Heartbeat) -> tuple[list[tuple[str, T]], list[tuple[str, T]]]:
        """Store a partition's newest heartbeat, and find the pages it affects without scanning the others.

        Returns:
            The pages ahead of the heartbeat, and the expired pages.
        """
        last = self._heartbeats.get(heartbeat.partition)
        self._heartbeats[heartbeat.partition] = heartbeat
        pages = self._pages.get(heartbeat.partition, set())
        to_check = self._ahead.pop(heartbeat.partition, set()) & pages
        if last and is_older(heartbeat, last):
            to_check = pages  # the last heartbeat was wrong, or its topic was created again
        ahead = {page for page in to_check if self._values[page].log_position.is_ahead_of(heartbeat)}
        if ahead:
            self._ahead[heartbeat.partition] = ahead
        return [(page, self._values[page]) for page in ahead], list(self._pop_expired(heartbeat))

    def _pop_expired(self, heartbeat: Heartbeat) -> Iterator[tuple[str, T]]:
        queue = self._expiries.get(heartbeat.partition, [])
        while queue and queue[0][0] <= heartbeat.end:
            queued, page = heapq.heappop(queue)
            if self._queued.get(page) != queued:
                continue  # queued again, for an earlier time
            del self._queued[page]
            if page not in self._values:
                continue
            expires = self._values[page].log_position.expires
            if expires <= heartbeat.end:
                yield page, self._values[page]
            else:
                self._queued[page] = expires
                heapq.heappush(queue, (expires, page))
