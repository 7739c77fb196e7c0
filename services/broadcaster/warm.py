"""The newest grid of each warm page, from the records of `heatmap`. Pure: records and times in.

Grids are kept and passed on as the JSON they came in: encoded once, by the aggregator.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

import msgspec
from prometheus_client import Counter

from pageheat.services.broadcaster.page_store import LogPosition, PageStore, is_older
from pageheat.services.contract.records import (
    HEARTBEAT_KEY_PREFIX,
    GridSummary,
    Heartbeat,
    Totals,
    UnreadableRecord,
    decode_heartbeat,
    decode_summary,
)
from pageheat.services.contract.tokens import EVERYTHING

SILENT_MS = 3_000
"""A partition's clock comes once a second; after three missed ones nobody counts any more."""

MAX_AHEAD_MS = 7_200_000
"""By this much the aggregators' clocks may be ahead of ours; a record that says more is wrong."""

contradicted = Counter(
    "pageheat_broadcaster_records_contradicted", "Grids and details that their partition's clock contradicts"
)


class Heat(msgspec.Struct, frozen=True):
    """A page's newest grid: what it says without its tiles, its JSON, and where in the log it belongs."""

    summary: GridSummary
    record: bytes
    place: LogPosition

    @classmethod
    def of(cls, summary: GridSummary, record: bytes) -> Self:
        """The same, with its place reckoned."""
        newest = summary.start if summary.newest is None else summary.newest
        over = max(summary.end, newest + summary.end - summary.start) + 1
        return cls(summary, record, LogPosition(summary.partition, summary.position, summary.end, over))

    @property
    def warmth(self) -> int:
        """By which pages are listed: its events on tiles."""
        return self.summary.totals.moves + self.summary.totals.clicks


class Status(NamedTuple):
    """Whether a page is counted up to `time`, now; `end` is the newest step that is known of."""

    is_live: bool
    time: int
    end: int | None


class WarmPages:
    """What `heatmap` says now."""

    def __init__(self) -> None:
        self._heats = PageStore[Heat]()
        self._clocks: dict[int, tuple[Heartbeat, int]] = {}  # partition → clock, when it was heard

    def __len__(self) -> int:
        """Pages with an event in their window."""
        return sum(heat.summary.newest is not None for _, heat in self._heats)

    def apply(
        self, partition: int, key: bytes | None, value: bytes | None, heard_ms: int
    ) -> Iterable[tuple[str, Heat]]:
        """Take one record of a partition; return what viewers of which page have to be shown.

        A grid with a lower `position` than the one known is an instance's that stood still for a
        while and is not passed on; unless nobody counts any more who knows more: then the log has begun
        anew. A clock beyond a grid's last event shows that the page is cold even if the aggregator was
        away when it cooled: its viewers get an empty grid. A grid that says more than a later clock of
        its partition is wrong, and forgotten.

        Raises:
            UnreadableRecord: it is none of the records of this topic.
        """
        if key is None:
            raise UnreadableRecord("no key")
        try:
            name = key.decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the key is not UTF-8") from None
        if name.startswith(HEARTBEAT_KEY_PREFIX):
            clock = decode_heartbeat(value)
            _require_partition(clock.partition, partition)
            _require_time(clock.end, heard_ms)
            return self._take_heartbeat(clock, heard_ms)
        if not name.startswith("/"):
            raise UnreadableRecord("the key is neither a page nor a clock")
        if value is None:
            self._heats.forget(name)
            return ()
        summary = decode_summary(value)
        _require_partition(summary.partition, partition)
        _require_time(summary.end, heard_ms)
        try:
            value.decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the grid is not UTF-8") from None
        heat = Heat.of(summary, value)
        is_taken = self._heats.put(name, heat, may_be_older=self.is_silent(partition, heard_ms))
        return ((name, heat),) if is_taken else ()

    def heat(self, page: str) -> Heat | None:
        """A page's newest grid, None if it is cold."""
        return self._heats.get(page)

    def clock(self, partition: int) -> Heartbeat | None:
        """The newest clock of a partition."""
        known = self._clocks.get(partition)
        return known[0] if known else None

    def is_silent(self, partition: int, now_ms: int) -> bool:
        """Whether the newest clock of a partition was heard so long ago that nobody counts on from it."""
        known = self._clocks.get(partition)
        return known is not None and now_ms - known[1] >= SILENT_MS

    def silence_ms(self, now_ms: int) -> int:
        """How long ago the clock was heard that was not heard for longest; 0 before the first."""
        return max((now_ms - heard for _, heard in self._clocks.values()), default=0)

    def warmest(
        self, limit: int, covers: Callable[[str], bool] = EVERYTHING.covers
    ) -> tuple[int, list[tuple[str, GridSummary]]]:
        """How many of the covered pages are warm, and those with the most events, most first."""
        warm = [
            (-heat.warmth, name)
            for name, heat in self._heats
            if heat.summary.newest is not None and covers(name)
        ]
        first = [(name, self._heats.get(name)) for _, name in heapq.nsmallest(limit, warm)]
        return len(warm), [(name, heat.summary) for name, heat in first if heat]

    def status(self, page: str, now_ms: int) -> Status:
        """Whether what is shown of a page is counted up to now.

        A page without a grid may belong to any partition: it is live if all of them are.
        """
        heat = self._heats.get(page)
        if heat and heat.summary.partition in self._clocks:
            clocks = [self._clocks[heat.summary.partition]]
        else:
            clocks = list(self._clocks.values())
        live = bool(clocks) and all(now_ms - heard < SILENT_MS for _, heard in clocks)
        end = min((clock.end for clock, _ in clocks), default=None)
        return Status(live, now_ms, end)

    def _take_heartbeat(self, clock: Heartbeat, heard_ms: int) -> Iterable[tuple[str, Heat]]:
        known = self._clocks.get(clock.partition)
        if known and is_older(clock, known[0]) and not self.is_silent(clock.partition, heard_ms):
            return ()
        self._clocks[clock.partition] = (clock, heard_ms)
        ahead, over = self._heats.take_heartbeat(clock)
        for name, heat in ahead:
            if _says_more(heat.summary, clock):
                contradicted.inc()
                self._heats.forget(name)
        shown = []
        for name, heat in over:
            if self._heats.get(name) is heat:
                self._heats.forget(name)
                if heat.summary.newest is not None:  # else it has been shown empty, its tombstone was lost
                    shown.append((name, _emptied(heat, clock)))
        return shown


def _require_partition(said: int, found: int) -> None:
    if said != found:
        raise UnreadableRecord(f"it is of partition {said}, but stands in {found}")


def _require_time(end: int, heard_ms: int) -> None:
    if end > heard_ms + MAX_AHEAD_MS:
        raise UnreadableRecord(f"it ends {(end - heard_ms) // 3_600_000} hours from now")


def _says_more(summary: GridSummary, clock: Heartbeat) -> bool:
    """Whether a grid counts records, or a time, that its partition's later clock doesn't know."""
    return summary.position > clock.position or summary.end > clock.end + SILENT_MS


def _emptied(heat: Heat, clock: Heartbeat) -> Heat:
    """The page's last grid, if nobody has told one: as that of its clock, without an event."""
    nothing = {"visitors": 0, "totals": Totals(0, 0), "newest": None, "position": clock.position}
    start = clock.end - (heat.summary.end - heat.summary.start)
    summary = msgspec.structs.replace(heat.summary, start=start, end=clock.end, **nothing)
    # raw, as what isn't in the summary may be anything
    grid: dict[str, Any] = msgspec.json.decode(heat.record, type=dict[str, msgspec.Raw])
    grid |= msgspec.structs.asdict(summary) | {"value": {}, "clicks": {}}
    return Heat.of(summary, msgspec.json.encode(grid))
