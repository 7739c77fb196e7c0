"""The newest grid of each warm page, from the records of `heatmap`. Pure: records and times in.

Grids are kept and passed on as the JSON they came in: encoded once, by the aggregator.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from services.contract.records import (
    CLOCK_KEY_PREFIX,
    Clock,
    GridSummary,
    UnreadableRecord,
    decode_clock,
    decode_summary,
)

SILENT_MS = 3_000
"""A partition's clock comes once a second; after three missed ones nobody counts any more."""


@dataclass(frozen=True, slots=True)
class Heat:
    """A page's newest grid: what it says without its tiles, and its JSON."""

    summary: GridSummary
    grid: str


class WarmPages:
    """What `heatmap` says now."""

    def __init__(self) -> None:
        self._heats: dict[str, Heat] = {}
        self._clocks: dict[int, tuple[Clock, int]] = {}  # partition → clock, when it was heard

    def __len__(self) -> int:
        """Pages with an event in their window."""
        return sum(heat.summary.newest is not None for heat in self._heats.values())

    def apply(
        self, partition: int, key: bytes | None, value: bytes | None, heard_ms: int
    ) -> Iterable[tuple[str, str]]:
        """Take one record of a partition; return what viewers of which page have to be shown.

        A grid with a lower `position` than the one known is an instance's that stood still for a
        while and is not passed on. A clock beyond a grid's last event shows that the page is cold even
        if the aggregator was away when it cooled: its viewers get an empty grid.

        Raises:
            UnreadableRecord: it is none of the records of this topic.
        """
        if key is None:
            raise UnreadableRecord("no key")
        try:
            name = key.decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the key is not UTF-8") from None
        if name.startswith(CLOCK_KEY_PREFIX):
            clock = decode_clock(value)
            _require_partition(clock.partition, partition)
            return self._take_clock(clock, heard_ms)
        if not name.startswith("/"):
            raise UnreadableRecord("the key is neither a page nor a clock")
        if value is None:
            self._heats.pop(name, None)
            return ()
        summary = decode_summary(value)
        _require_partition(summary.partition, partition)
        try:
            grid = value.decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the grid is not UTF-8") from None
        known = self._heats.get(name)
        if known and (summary.position, summary.end) < (known.summary.position, known.summary.end):
            return ()
        self._heats[name] = Heat(summary, grid)
        return ((name, grid),)

    def heat(self, page: str) -> Heat | None:
        """A page's newest grid, None if it is cold."""
        return self._heats.get(page)

    def clock(self, partition: int) -> Clock | None:
        """The newest clock of a partition."""
        known = self._clocks.get(partition)
        return known[0] if known else None

    def warmest(self, limit: int) -> list[tuple[str, GridSummary]]:
        """The pages with the most events in their window, most first; cooled ones left out."""
        warm = ((name, heat.summary) for name, heat in self._heats.items() if heat.summary.newest is not None)
        return heapq.nsmallest(
            limit, warm, key=lambda page: (-page[1].totals.moves - page[1].totals.clicks, page[0])
        )

    def status(self, page: str, now_ms: int) -> dict[str, Any]:
        """Whether what is shown of a page is counted up to now: see ARCHITECTURE.md.

        A page without a grid may belong to any partition: it is live if all of them are.
        """
        heat = self._heats.get(page)
        if heat and heat.summary.partition in self._clocks:
            clocks = [self._clocks[heat.summary.partition]]
        else:
            clocks = list(self._clocks.values())
        live = bool(clocks) and all(now_ms - heard < SILENT_MS for _, heard in clocks)
        end = min((clock.end for clock, _ in clocks), default=None)
        return {"state": "live" if live else "old", "time": now_ms, "end": end}

    def _take_clock(self, clock: Clock, heard_ms: int) -> Iterable[tuple[str, str]]:
        known = self._clocks.get(clock.partition)
        if known and (clock.position, clock.end) < (known[0].position, known[0].end):
            return ()
        self._clocks[clock.partition] = (clock, heard_ms)
        shown = []
        for name in [name for name, heat in self._heats.items() if _all_events_left(heat.summary, clock)]:
            heat = self._heats.pop(name)
            if heat.summary.newest is not None:  # else it has been shown empty, and its tombstone was lost
                shown.append((name, _emptied(heat, clock)))
        return shown


def _require_partition(said: int, found: int) -> None:
    if said != found:
        raise UnreadableRecord(f"it is of partition {said}, but stands in {found}")


def _all_events_left(summary: GridSummary, clock: Clock) -> bool:
    """Whether a grid has no event in the window that ends at the clock."""
    window_ms = summary.end - summary.start
    return (
        summary.partition == clock.partition
        and summary.position <= clock.position
        and summary.end < clock.end
        and (summary.newest is None or summary.newest < clock.end - window_ms)
    )


def _emptied(heat: Heat, clock: Clock) -> str:
    # raw, as what isn't in the summary may be anything, such as a number that has no value
    grid: dict[str, Any] = msgspec.json.decode(heat.grid, type=dict[str, msgspec.Raw])
    grid |= {
        "start": clock.end - (heat.summary.end - heat.summary.start),
        "end": clock.end,
        "value": {},
        "clicks": {},
        "visitors": 0,
        "totals": {"moves": 0, "clicks": 0, "unplaced": 0},
        "newest": None,
        "position": clock.position,
    }
    return msgspec.json.encode(grid).decode()
