"""The newest grid of each warm page, from the records of `heatmap`. Pure: records and times in.

Grids are stored as the bytes they came in; of those that nobody watches, only the summary is read.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

import msgspec
from prometheus_client import Counter

from pageheat.services.broadcaster.page_store import LogPosition, PageStore, is_older
from pageheat.services.contract.records import (
    HEARTBEAT_KEY_PREFIX,
    ROW_PX,
    FineCounts,
    GridSummary,
    Heartbeat,
    Totals,
    UnreadableRecord,
    decode_heartbeat,
    decode_summary,
)
from pageheat.services.contract.tokens import EVERYTHING

SILENT_MS = 3_000
"""A partition's heartbeat comes once a second; after three missed ones it is no longer being counted."""

MAX_AHEAD_MS = 7_200_000
"""How far the aggregators' wall clocks may be ahead of ours; a record further ahead is wrong."""

contradicted = Counter(
    "pageheat_broadcaster_records_contradicted", "Grids and breakdowns that a heartbeat contradicts"
)


class Heat(msgspec.Struct, frozen=True):
    """A page's newest grid: its fields without the tiles, its record, and its log position."""

    summary: GridSummary
    record: bytes
    log_position: LogPosition

    @classmethod
    def of(cls, summary: GridSummary, record: bytes) -> Self:
        """Build it, computing the log position and the expiry."""
        newest = summary.start if summary.newest is None else summary.newest
        expires = max(summary.end, newest + summary.end - summary.start) + 1
        return cls(summary, record, LogPosition(summary.partition, summary.position, summary.end, expires))

    @property
    def warmth(self) -> int:
        """Sort key of the list of pages: the number of events on tiles."""
        return self.summary.totals.moves + self.summary.totals.clicks


class Status(NamedTuple):
    """Whether a page is counted up to `time`, which is now; `end` is the newest step counted."""

    is_live: bool
    time: int
    end: int | None


class WarmPages:
    """The current state of `heatmap`."""

    def __init__(self) -> None:
        self._heats = PageStore[Heat]()
        self._heartbeats: dict[int, tuple[Heartbeat, int]] = {}  # partition → heartbeat, received ms

    def __len__(self) -> int:
        """Pages with an event in their window."""
        return sum(heat.summary.newest is not None for _, heat in self._heats)

    def apply(
        self, partition: int, key: bytes | None, value: bytes | None, received_ms: int
    ) -> Iterable[tuple[str, Heat]]:
        """Apply one record of a partition; return the pages whose viewers get a new grid.

        A grid with a lower `position` than the stored one comes from an instance that was stalled, and is
        dropped. But if the partition's heartbeats have stopped, the topic may have been created again, and
        the grid is taken. A heartbeat that expires a grid shows that the page is cold, even if the
        aggregator was away when it cooled: its viewers get an empty grid. A grid that a later heartbeat of
        its partition contradicts is wrong, and dropped.

        Raises:
            UnreadableRecord: it is not a valid record of this topic.
        """
        if key is None:
            raise UnreadableRecord("no key")
        try:
            name = key.decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the key is not UTF-8") from None
        if name.startswith(HEARTBEAT_KEY_PREFIX):
            heartbeat = decode_heartbeat(value)
            _require_partition(heartbeat.partition, partition)
            _require_time(heartbeat.end, received_ms)
            return self._take_heartbeat(heartbeat, received_ms)
        if not name.startswith("/"):
            raise UnreadableRecord("the key is neither a page nor a heartbeat")
        if value is None:
            self._heats.forget(name)
            return ()
        summary = decode_summary(value)
        _require_partition(summary.partition, partition)
        _require_time(summary.end, received_ms)
        heat = Heat.of(summary, value)
        is_taken = self._heats.put(name, heat, may_be_older=self.is_silent(partition, received_ms))
        return ((name, heat),) if is_taken else ()

    def heat(self, page: str) -> Heat | None:
        """A page's newest grid, None if the page is cold."""
        return self._heats.get(page)

    def heartbeat(self, partition: int) -> Heartbeat | None:
        """The newest heartbeat of a partition."""
        known = self._heartbeats.get(partition)
        return known[0] if known else None

    def is_silent(self, partition: int, now_ms: int) -> bool:
        """Whether a partition's newest heartbeat is so old that its counting must have stopped."""
        known = self._heartbeats.get(partition)
        return known is not None and now_ms - known[1] >= SILENT_MS

    def silence_ms(self, now_ms: int) -> int:
        """Age of the oldest of the partitions' newest heartbeats; 0 before the first."""
        return max((now_ms - received for _, received in self._heartbeats.values()), default=0)

    def warmest(
        self, limit: int, covers: Callable[[str], bool] = EVERYTHING.covers
    ) -> tuple[int, list[tuple[str, GridSummary]]]:
        """How many of the covered pages are warm, and the warmest of them, most events first."""
        warm = [
            (-heat.warmth, name)
            for name, heat in self._heats
            if heat.summary.newest is not None and covers(name)
        ]
        first = [(name, self._heats.get(name)) for _, name in heapq.nsmallest(limit, warm)]
        return len(warm), [(name, heat.summary) for name, heat in first if heat]

    def status(self, page: str, now_ms: int) -> Status:
        """Whether a page's grid is counted up to now.

        A page without a grid may belong to any partition: it is live if all partitions are.
        """
        heat = self._heats.get(page)
        if heat and heat.summary.partition in self._heartbeats:
            heartbeats = [self._heartbeats[heat.summary.partition]]
        else:
            heartbeats = list(self._heartbeats.values())
        live = bool(heartbeats) and all(now_ms - received < SILENT_MS for _, received in heartbeats)
        end = min((heartbeat.end for heartbeat, _ in heartbeats), default=None)
        return Status(live, now_ms, end)

    def _take_heartbeat(self, heartbeat: Heartbeat, received_ms: int) -> Iterable[tuple[str, Heat]]:
        known = self._heartbeats.get(heartbeat.partition)
        if known and is_older(heartbeat, known[0]) and not self.is_silent(heartbeat.partition, received_ms):
            return ()
        self._heartbeats[heartbeat.partition] = (heartbeat, received_ms)
        ahead, expired = self._heats.take_heartbeat(heartbeat)
        for name, heat in ahead:
            if _is_contradicted(heat.summary, heartbeat):
                contradicted.inc()
                self._heats.forget(name)
        shown = []
        for name, heat in expired:
            if self._heats.get(name) is heat:
                self._heats.forget(name)
                if heat.summary.newest is not None:  # else already shown empty; its tombstone was lost
                    shown.append((name, _emptied(heat, heartbeat)))
        return shown


def _require_partition(named: int, found: int) -> None:
    if named != found:
        raise UnreadableRecord(f"it names partition {named}, but is in {found}")


def _require_time(end: int, received_ms: int) -> None:
    if end > received_ms + MAX_AHEAD_MS:
        raise UnreadableRecord(f"it ends {(end - received_ms) // 3_600_000} hours from now")


def _is_contradicted(summary: GridSummary, heartbeat: Heartbeat) -> bool:
    """Whether a grid counts records, or a time, that its partition's later heartbeat doesn't count."""
    return summary.position > heartbeat.position or summary.end > heartbeat.end + SILENT_MS


def _emptied(heat: Heat, heartbeat: Heartbeat) -> Heat:
    """The page's last grid if the aggregator wrote none: up to the heartbeat, without events."""
    nothing = {"visitors": 0, "totals": Totals(0, 0), "newest": None, "position": heartbeat.position}
    start = heartbeat.end - (heat.summary.end - heat.summary.start)
    summary = msgspec.structs.replace(heat.summary, start=start, end=heartbeat.end, **nothing)
    # raw: fields outside the summary may be anything
    grid: dict[str, Any] = msgspec.msgpack.decode(heat.record, type=dict[str, msgspec.Raw])
    grid |= msgspec.structs.asdict(summary) | {"value": b"", "clicks": b"", "fine": FineCounts(ROW_PX)}
    return Heat.of(summary, msgspec.msgpack.encode(grid))
