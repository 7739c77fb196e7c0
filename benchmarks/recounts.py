"""Checks that all that was sent is in `clickstream-group-by-page`, and recounts grids from there.

The recount goes from record to tile with the formula of `pageheat verify`, without panes and steps.
"""

import urllib.request
from array import array
from collections.abc import Collection, Mapping
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.probes import GRID, Seen, of_json
from benchmarks.visitors import HEIGHT_PX, MOVE, WIDTH_PX
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.topics import BY_PAGE
from pageheat.verification.recount import tile
from tests.support.system import until

ROWS = HEIGHT_PX
"""More than there are rows, of whichever kind."""

COLUMN_OF = np.array([tile(x, WIDTH_PX, GRID) for x in range(WIDTH_PX)])
TILE_OF = np.array([tile(y, HEIGHT_PX, GRID) for y in range(HEIGHT_PX)])
"""Column of an x, row of a y, px."""


class Stored(msgspec.Struct, gc=False):
    """The fields of a record that are used here."""

    session: str
    seq: int
    received: int
    moves: bytes


class Counted:
    """A page's moves: an entry of the upper arrays for each frame, by offset, of the lower for each move."""

    def __init__(self) -> None:
        self._offset, self._received, self._moves = array("q"), array("q"), array("i")
        self._x, self._y, self._age = array("i"), array("i"), array("i")

    def add(self, offset: int, frame: Stored) -> None:
        """Add the next frame."""
        self._offset.append(offset)
        self._received.append(frame.received)
        self._moves.append(len(frame.moves) // MOVE.size)
        for x, y, age in MOVE.iter_unpack(frame.moves):
            self._x.append(x)
            self._y.append(y)
            self._age.append(age)

    @property
    def last_offset(self) -> int:
        """The offset of the last frame, -1 if there is none."""
        return self._offset[-1] if self._offset else -1

    def check(self, seen: Seen) -> None:
        """Assert that a grid equals a recount: moves before its position with event time in its window.

        All frames have been added.
        """
        offset, time_ms = self._columns
        counted = (offset < seen.position) & (seen.start <= time_ms) & (time_ms < seen.end)
        columns, y = COLUMN_OF[np.asarray(self._x)[counted]], np.asarray(self._y)[counted]
        rows = TILE_OF[y] if seen.row_px is None else y // seen.row_px
        counts = np.bincount(columns * ROWS + rows)
        assert seen.moves == {divmod(int(at), ROWS): int(counts[at]) for at in np.flatnonzero(counts)}

    @cached_property
    def _columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Offset and event time of each move."""
        moves = np.asarray(self._moves)
        received = np.repeat(np.asarray(self._received), moves)
        return np.repeat(np.asarray(self._offset), moves), received - np.asarray(self._age)


_stored = msgspec.json.Decoder(Stored)


def read_back(
    log: KafkaLog, sent: Mapping[str, int], pages: Collection[str], since_ms: int
) -> dict[str, Counted]:
    """Assert that each session's frames are in `clickstream-group-by-page`, once and in order; read them.

    Args:
        log: of the broker.
        sent: session → how many frames it has sent.
        pages: whose frames are all kept, to recount any grid.
        since_ms: from when on frames of other pages are kept; their windows are to begin later.
    """
    until(lambda: _written(log) >= sum(sent.values()), lambda: f"{_written(log)} of {sum(sent.values())}")
    found: dict[str, Counted] = {}
    next_: dict[str, int] = dict.fromkeys(sent, 0)
    ends = log.edge(BY_PAGE, latest=True)
    log.assign(log.edge(BY_PAGE, latest=False))
    for message in log.up_to({(end.topic, end.partition): end.offset for end in ends}):
        frame = _stored.decode(message.value() or b"")
        assert next_[frame.session] == frame.seq, (
            f"{frame.session}: {frame.seq} instead of {next_[frame.session]}"
        )
        next_[frame.session] += 1
        page = (message.key() or b"").decode()
        counted = found.setdefault(page, Counted())
        if page in pages or frame.received >= since_ms:
            counted.add(message.offset() or 0, frame)
    assert next_ == sent
    return found


def _written(log: KafkaLog) -> int:
    return sum(place.offset for place in log.edge(BY_PAGE, latest=True))


def check_last(page: str, counted: Counted, broadcaster: str) -> None:
    """Assert that a page's last grid covers all its events and equals its recount."""

    def last() -> Seen | None:
        with urllib.request.urlopen(f"http://{broadcaster}/_pageheat/grid{page}", timeout=10) as answer:
            grid = of_json(answer.read())
        return grid if grid.position > counted.last_offset else None

    grid = until(last, lambda: f"{page} has no grid of all its events")
    assert grid
    counted.check(grid)
