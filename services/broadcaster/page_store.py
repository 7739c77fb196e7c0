"""What is kept of warm pages: a value each, within a bound of bytes, found by page and by clock. Pure."""

import heapq
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

import msgspec
from prometheus_client import Counter

from pageheat.services.contract.records import Heartbeat

MAX_KEPT_BYTES = 128_000_000
"""Of grids, and as much again of details: 80,000 pages of 600 bytes, or 128 that are hot to the last of
200 × 200 tiles. Those of further pages are not kept, counted."""

PAGE_BYTES = 1_000
"""What a page takes beside its grid or detail: keys and numbers."""

unkept = Counter("pageheat_broadcaster_records_unkept", "Grids and details beyond MAX_KEPT_BYTES")


class Counted(Protocol):
    """What has counted a partition up to an offset, and up to a time."""

    @property
    def position(self) -> int:
        """The next offset."""

    @property
    def end(self) -> int:
        """The time, ms since the epoch."""


def is_older(one: Counted, other: Counted) -> bool:
    """Whether a record is older than another of its key, and must not replace it.

    Such a record comes from an instance that stood still for a while. There is one exception, for callers to
    make: a partition whose heartbeats have ceased may have been deleted and created again, and its positions
    begin again at 0.
    """
    return (one.position, one.end) < (other.position, other.end)


class LogPosition(msgspec.Struct, frozen=True):
    """Where in the log a page's value belongs, and for how long.

    `position` and `end` are what it counts, `over` the partition's time from which on nothing of it is in the
    window.
    """

    partition: int
    position: int
    end: int
    over: int

    def is_ahead_of(self, clock: Heartbeat) -> bool:
        """Whether it knows of a record, or of a time, that its partition's clock doesn't know."""
        return self.position > clock.position or self.end > clock.end


class Placed(Protocol):
    """A value that can be kept."""

    @property
    def place(self) -> LogPosition:
        """Where it belongs."""

    @property
    def record(self) -> bytes:
        """What it takes memory for."""


T = TypeVar("T", bound=Placed)


class PageStore(Generic[T]):
    """Values by page."""

    def __init__(self) -> None:
        self.bytes = 0
        self._values: dict[str, T] = {}
        self._pages: dict[int, set[str]] = {}  # partition → pages
        self._clocks: dict[int, Heartbeat] = {}
        self._ahead: dict[int, set[str]] = {}  # partition → pages ahead of its clock when they were put
        self._over: dict[int, list[tuple[int, str]]] = {}  # partition → heap of pages by when they are over
        self._queued: dict[str, int] = {}  # page → where it stands in that heap: then, or earlier

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter(self._values.items())

    def get(self, page: str) -> T | None:
        """A page's value."""
        return self._values.get(page)

    def put(self, page: str, value: T, *, may_be_older: bool = False) -> bool:
        """Keep a page's value in place of its last; False when that is newer, or when there is no room."""
        place, known = value.place, self._values.get(page)
        partition = place.partition
        if known is not None and not may_be_older and is_older(place, known.place):
            return False
        if known is None or known.place.partition != partition:
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
        clock = self._clocks.get(partition)
        if clock is None or place.is_ahead_of(clock):
            self._ahead.setdefault(partition, set()).add(page)
        # a page that is told of again and again stays where it was queued first, and is looked at then
        if place.over < self._queued.get(page, place.over + 1):
            self._queued[page] = place.over
            heapq.heappush(self._over.setdefault(partition, []), (place.over, page))
        return True

    def forget(self, page: str) -> None:
        """Keep nothing of a page."""
        if value := self._values.pop(page, None):
            self._pages[value.place.partition].remove(page)
            self.bytes -= len(value.record) + PAGE_BYTES

    def take_heartbeat(self, clock: Heartbeat) -> tuple[list[tuple[str, T]], list[tuple[str, T]]]:
        """The pages of a partition that its newest clock may say something of, without a look at the others.

        Returns:
            Those ahead of it, and those that are over.
        """
        last = self._clocks.get(clock.partition)
        self._clocks[clock.partition] = clock
        pages = self._pages.get(clock.partition, set())
        doubted = self._ahead.pop(clock.partition, set()) & pages
        if last and is_older(clock, last):
            doubted = pages  # the clock itself was wrong, or its topic was made anew
        ahead = {page for page in doubted if self._values[page].place.is_ahead_of(clock)}
        if ahead:
            self._ahead[clock.partition] = ahead
        return [(page, self._values[page]) for page in ahead], list(self._take_over(clock))

    def _take_over(self, clock: Heartbeat) -> Iterator[tuple[str, T]]:
        queue = self._over.get(clock.partition, [])
        while queue and queue[0][0] <= clock.end:
            queued, page = heapq.heappop(queue)
            if self._queued.get(page) != queued:
                continue  # it was queued again, for an earlier time
            del self._queued[page]
            if page not in self._values:
                continue
            over = self._values[page].place.over
            if over <= clock.end:
                yield page, self._values[page]
            else:
                self._queued[page] = over
                heapq.heappush(queue, (over, page))
