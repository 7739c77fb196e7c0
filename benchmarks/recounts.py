"""Checks that all that was sent is in `clickstream-group-by-page`, and recounts grids from there.

The recount goes from record to tile with the formula of `pageheat verify`, without panes and steps.
"""

import urllib.request
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from struct import iter_unpack

import msgspec
import numpy as np

from benchmarks.probes import GRID, Seen, of_json
from benchmarks.visitors import HEIGHT_PX, WIDTH_PX
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.topics import BY_PAGE
from pageheat.verification.recount import tile
from tests.support.system import until

ROWS = HEIGHT_PX
"""More than there are rows, of whichever kind."""


class Stored(msgspec.Struct):
    """The fields of a record that are used here."""

    session: str
    seq: int
    received: int
    moves: bytes


@dataclass
class Counted:
    """A page's moves in the order of their offsets."""

    offset: "array[int]" = field(default_factory=lambda: array("q"))
    time_ms: "array[int]" = field(default_factory=lambda: array("q"))
    column: "array[int]" = field(default_factory=lambda: array("h"))
    tile: "array[int]" = field(default_factory=lambda: array("h"))
    y: "array[int]" = field(default_factory=lambda: array("i"))

    def check(self, seen: Seen) -> None:
        """Assert that a grid equals a recount: moves before its position with event time in its window."""
        offset, time_ms = np.asarray(self.offset), np.asarray(self.time_ms)
        counted = (offset < seen.position) & (seen.start <= time_ms) & (time_ms < seen.end)
        rows = np.asarray(self.tile) if seen.row_px is None else np.asarray(self.y) // seen.row_px
        counts = np.bincount(np.asarray(self.column, np.int64)[counted] * ROWS + rows[counted])
        assert seen.moves == {divmod(int(at), ROWS): int(counts[at]) for at in np.flatnonzero(counts)}


def read_back(log: KafkaLog, sent: Mapping[str, int]) -> dict[str, Counted]:
    """Assert that each session's frames are in `clickstream-group-by-page`, once and in order; read them."""
    until(lambda: _written(log) >= sum(sent.values()), lambda: f"{_written(log)} of {sum(sent.values())}")
    pages: dict[str, Counted] = {}
    next_: dict[str, int] = dict.fromkeys(sent, 0)
    ends = log.edge(BY_PAGE, latest=True)
    log.assign(log.edge(BY_PAGE, latest=False))
    for message in log.up_to({(end.topic, end.partition): end.offset for end in ends}):
        frame = msgspec.json.decode(message.value() or b"", type=Stored)
        assert next_[frame.session] == frame.seq, (
            f"{frame.session}: {frame.seq} instead of {next_[frame.session]}"
        )
        next_[frame.session] += 1
        page = pages.setdefault((message.key() or b"").decode(), Counted())
        for x, y, age in iter_unpack("<3i", frame.moves):
            page.offset.append(message.offset() or 0)
            page.time_ms.append(frame.received - age)
            page.column.append(tile(x, WIDTH_PX, GRID))
            page.tile.append(tile(y, HEIGHT_PX, GRID))
            page.y.append(y)
    assert next_ == sent
    return pages


def _written(log: KafkaLog) -> int:
    return sum(place.offset for place in log.edge(BY_PAGE, latest=True))


def check_last(page: str, counted: Counted, broadcaster: str) -> None:
    """Assert that a page's last grid covers all its events and equals its recount."""

    def last() -> Seen | None:
        with urllib.request.urlopen(f"http://{broadcaster}/_pageheat/grid{page}", timeout=10) as answer:
            grid = of_json(answer.read())
        return grid if grid.position > counted.offset[-1] else None

    grid = until(last, lambda: f"{page} has no grid of all its events")
    assert grid
    counted.check(grid)
