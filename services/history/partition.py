"""One partition of `clickstream-group-by-page`: its position, its living views, and the batch being
collected. Pure.

A batch ends before a record that is MEMORY_MIN minutes away from its first one, and after a tombstone: what
comes then is of another era.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.packed_rows import looks, moves
from pageheat.services.contract.records import Frame
from pageheat.services.contract.sources import Sources, is_repeated
from pageheat.services.history.batch import Batch
from pageheat.services.history.tables import Rows
from pageheat.services.history.touches import MEMORY_MIN, Touches
from pageheat.services.history.views import Views, minute_of

IMPORTED = 65_535
"""The partition of rows that came from no log: of old logs, and of a simulated past."""

MAX_REMEMBERED = 200_000
"""Events read back at once, 20 MB."""


@dataclass(frozen=True)
class Position:
    """How far a partition is stored.

    Attributes:
        offset: of the next record.
        minute: newest minute of a record's `received` before it; 0 if there is none.
        sources: what was seen of each source partition.
        batches: how many batches are stored.
        era: the number of the last of them that ended with a tombstone; 0 if none did.
    """

    offset: int
    minute: int = 0
    sources: Mapping[int, tuple[int, int]] = ()  # type: ignore[assignment]
    batches: int = 0
    era: int = 0


class Partition:
    """Collects records in the order of their offsets.

    Args:
        number: the partition's.
        position: where the first record is expected.
        bands: the width bands.
        views: those that are going on at this position.
        count_robots: whether to count frames of robots.

    Attributes:
        position: offset of the next record.
        batches, era: see Position; the batch's rows are of this era.
        left_out: frames that are not counted, by reason.
    """

    def __init__(
        self, number: int, position: Position, bands: Bands, views: Views, *, count_robots: bool
    ) -> None:
        self.number = number
        self.start = self.position = position.offset
        self.era = position.era
        self.left_out: Counter[str] = Counter()
        self.batches = position.batches
        self._bands = bands
        self._count_robots = count_robots
        self._minute = position.minute
        self._sources: Sources = dict(position.sources)
        self._views = views
        self._touches = Touches()
        self._batch = Batch(bands)
        self._first_minute: int | None = None
        self._forgotten: Forgotten | None = None

    @property
    def batch(self) -> int:
        """The batch's number among the partition's: 1 for the first."""
        return self.batches + 1

    @property
    def events(self) -> int:
        """Events in the batch."""
        return self._batch.events

    @property
    def living(self) -> int:
        """Views that are going on."""
        return len(self._views)

    @property
    def is_behind(self) -> bool:
        """Whether records were taken that are not stored yet."""
        return self.position > self.start

    @property
    def stored_to(self) -> Position:
        """The position after the batch."""
        era = self.era if self._forgotten is None else self.batch
        return Position(self.position, self._minute, dict(self._sources), self.batch, era)

    @property
    def forgotten(self) -> Forgotten | None:
        """What the tombstone that ends the batch is about, if one does."""
        return self._forgotten

    def must_end_before(self, frame: Frame | None) -> bool:
        """Whether the batch must be stored before this record is added; None is an unreadable one."""
        if self._forgotten is not None:
            return True
        if frame is None or self._first_minute is None:
            return False
        return abs(minute_of(frame.received) - self._first_minute) >= MEMORY_MIN

    def add(self, offset: int, source: tuple[int, int], frame: Frame) -> None:
        """Count a frame, unless it is repeated or a robot's."""
        self.position = offset + 1
        minute = minute_of(frame.received)
        self._minute = max(self._minute, minute)
        if is_repeated(self._sources, source, frame.received):
            self.left_out["repeated"] += 1
        elif frame.robot and not self._count_robots:
            self.left_out["robot"] += 1
        else:
            if self._first_minute is None:
                self._first_minute = minute
            key = frame.key
            view, begins = self._views.of(frame, key, self._bands.of(frame), _began_ms(frame))
            self._batch.add(frame, key, view, begins=begins)

    def skip(self, offset: int) -> None:
        """Pass over a record that is not a frame."""
        self.position = offset + 1

    def forget(self, offset: int, forgotten: Forgotten) -> None:
        """End the batch with a tombstone."""
        self.position = offset + 1
        self._forgotten = forgotten

    def remember(self, frame: Frame) -> None:
        """Take a record that is stored already, for its touches; followed by `remembered`."""
        if not frame.robot or self._count_robots:
            view, _ = Views().of(frame, frame.key, 0, 0)
            self._batch.add(frame, frame.key, view, begins=False)
            if self._batch.events > MAX_REMEMBERED:
                self.remembered()

    def remembered(self) -> None:
        """End what was begun by `remember`."""
        self._batch.remember(self._touches)
        self._batch = Batch(self._bands)

    def rows(self) -> Rows:
        """The batch's rows. Call it once, then store them, then `done`."""
        return self._batch.rows(self._touches)

    def done(self) -> None:
        """The batch is stored; another begins."""
        self.batches += 1
        if self._forgotten is not None:
            self.era = self.batches
            self._views.forget(self._forgotten)
        self._views.forget_old()
        self._touches.forget_old()
        self.start = self.position
        self._batch = Batch(self._bands)
        self._first_minute = self._forgotten = None


def _began_ms(frame: Frame) -> int:
    """Event time of a frame's first event."""
    ages = [
        *(event.age for event in frame.events),
        *moves(frame.moves)[:, 2].tolist(),
        *moves(frame.fixed_moves)[:, 2].tolist(),
        *(duration + age for _, _, duration, age in looks(frame.looks).tolist()),
    ]
    return frame.received - max(ages, default=0)
