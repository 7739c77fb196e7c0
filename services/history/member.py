"""The history as a member of its consumer group: collects records, and stores them batch by batch.

Where reading begins is said by the database, never by Kafka: what is committed there only tells others how
far the history is. Records are stored once a minute, earlier if there are many, or if somebody asks for the
present.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, Message, TopicPartition
from prometheus_client import Counter, Gauge, Histogram

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.forgetting import read_forgotten
from pageheat.services.contract.records import Frame, UnreadableRecord, decode_frame
from pageheat.services.contract.sources import read_source
from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.history.blocks import blocks
from pageheat.services.history.partition import Partition, Position
from pageheat.services.history.store import Intent, Store
from pageheat.services.history.touches import MEMORY_MIN, SLACK_MIN
from pageheat.services.history.views import Views
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.log_reader import OffsetRange, offsets_for_time, read_ranges, watermarks

log = logging.getLogger(__name__)

STORE_MS = 60_000
"""Longest time from a record to its storing: the more of a minute is stored at once, the smaller it is."""

AFTER_MINUTE_MS = 5_000
"""A minute is stored when it is over by this: most of its events have arrived by then."""

MAX_BATCH = 1_500_000
"""Events in a batch, 250 MB: two minutes at 12,000 a second. Only who catches up has more."""

ASKED_MS = 2_000
"""Pause between two batches that are stored because somebody asks for the present."""

uncounted = Counter("pageheat_history_frames_left_out", "Frames not counted", ["reason"])
for _reason in ("repeated", "robot", "unreadable"):
    uncounted.labels(_reason)  # exported as 0 from the start
stored = Counter("pageheat_history_events_stored", "Events and looks stored")
lost = Counter("pageheat_history_records_lost", "Records that Kafka deleted before they were stored")
pending = Gauge("pageheat_history_events_pending", "Events and looks in memory, not yet stored")
living = Gauge("pageheat_history_views", "Page views that are going on")
storing = Histogram(
    "pageheat_history_store_seconds",
    "Time to store a batch",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class Member:
    """Collects the assigned partitions' records, and stores them.

    Args:
        store: where to; migrated.
        cluster: where Kafka is.
        bands: the width bands.
        count_robots: whether robots are counted.
        together: one batch of all partitions, as no other process has the database; else one of each.
        is_well: returns whether Kafka answers; what it does not is not known to be nothing.
        clock_ms: returns the current time, ms since the epoch.

    Attributes:
        done: is told of each partition and position that is stored.
    """

    def __init__(
        self,
        store: Store,
        cluster: Cluster,
        bands: Bands,
        *,
        count_robots: bool,
        together: bool = True,
        is_well: Callable[[], bool] = lambda: True,
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._store = store
        self._cluster = cluster
        self._bands = bands
        self._count_robots = count_robots
        self._together = together
        self._is_well = is_well
        self.done: Callable[[int, int], object] = lambda _partition, _position: None
        self._clock_ms = clock_ms
        self._partitions: dict[int, Partition] = {}
        self._due_ms = 0
        self._asked = threading.Event()
        self._stored_ms = 0
        self._stored = threading.Condition()

    def take(self, messages: Sequence[Message]) -> None:
        """Collect records."""
        for message in messages:
            self._take(self._partitions[message.partition()], message)
        events = sum(partition.events for partition in self._partitions.values())
        pending.set(events)
        if events > MAX_BATCH:
            self.store_all()

    def tick(self) -> None:
        """Store what is due."""
        now_ms = self._clock_ms()
        is_asked = self._asked.is_set() and now_ms >= self._stored_ms + ASKED_MS
        is_due = now_ms >= self._due_ms or now_ms < self._due_ms - 2 * STORE_MS
        # else a backup or an import is writing: the loop must turn meanwhile, or others take over
        if (is_due or is_asked) and self._store.writing.acquire(blocking=False):
            try:
                self._due_ms = (now_ms - AFTER_MINUTE_MS) // STORE_MS * STORE_MS + STORE_MS + AFTER_MINUTE_MS
                self.store_all()
                if is_due and self._is_well():
                    self._store.note_alive(now_ms)
            finally:
                self._store.writing.release()

    def present(self, timeout_s: float) -> int:
        """Have all records stored that were read, if the last time is longer ago than ASKED_MS; from any
        thread.

        Returns:
            when records were stored last, ms since the epoch.
        """
        asked_ms = self._clock_ms() - ASKED_MS
        if self._stored_ms < asked_ms:
            self._asked.set()
            with self._stored:
                self._stored.wait_for(lambda: self._stored_ms >= asked_ms, timeout_s)
        return self._stored_ms

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Finish batches that were interrupted, and read back what the first records are compared with."""
        started_s = time.monotonic()
        numbers = {tp.partition for tp in partitions}
        positions = self._finished(consumer, numbers)
        edges = {tp.partition: watermarks(consumer, tp) for tp in partitions}
        known = {p: self._still_there(p, at, *edges[p]) for p, at in positions.items() if p in numbers}
        views = self._store.views(known, self._bands.names)
        self._partitions = {
            p: self._partition(p, known.get(p, Position(edges[p][0])), views.get(p)) for p in sorted(numbers)
        }
        count = self._remember(consumer, self._partitions, known)
        for tp in partitions:
            tp.offset = self._partitions[tp.partition].position
        log.info(
            "storing partitions %s; read back %d records in %.2f s",
            *(sorted(numbers), count, time.monotonic() - started_s),
        )

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Drop what is not stored: the next owner reads it again."""
        for tp in partitions:
            self._partitions.pop(tp.partition, None)

    def _partition(self, number: int, position: Position, views: Views | None) -> Partition:
        return Partition(number, position, self._bands, views or Views(), count_robots=self._count_robots)

    def _take(self, partition: Partition, message: Message) -> None:
        offset, value = message.offset(), message.value()
        try:
            if value is None and message.key():
                forgotten = read_forgotten(message.key(), message.headers())
                self._end_batch_if(partition, None)
                partition.forget(offset, forgotten)
                return
            frame, source = decode_frame(value), read_source(message.headers())
        except UnreadableRecord:  # the aggregator keeps it as a dead letter
            uncounted.labels("unreadable").inc()
            self._end_batch_if(partition, None)
            partition.skip(offset)
            return
        self._end_batch_if(partition, frame)
        partition.add(offset, source, frame)

    def _end_batch_if(self, partition: Partition, frame: Frame | None) -> None:
        if partition.must_end_before(frame):
            self.store_all()

    def store_all(self) -> None:
        """Store all that was taken."""
        behind = [partition for partition in self._partitions.values() if partition.is_behind]
        batches = [behind] if self._together else [[partition] for partition in behind]
        for batch in filter(None, batches):
            with storing.time(), self._store.writing:
                ranges = [(partition.number, partition.start, partition.position) for partition in batch]
                self._write(batch, self._store.intend(ranges, self._clock_ms()))
        self._asked.clear()
        with self._stored:
            self._stored_ms = self._clock_ms()
            self._stored.notify_all()
        pending.set(0)
        living.set(sum(partition.living for partition in self._partitions.values()))

    def _write(self, batch: Sequence[Partition], token: str) -> None:
        """Store a batch that is announced."""
        rows = [(partition.number, partition.position, partition.rows()) for partition in batch]
        self._store.add(blocks(rows), token)
        for partition in batch:
            if partition.forgotten is not None:
                self._store.forget(partition.forgotten, partition.number)
        positions = {partition.number: partition.stored_to for partition in batch}
        self._store.progress(positions, self._clock_ms())
        for partition in batch:
            stored.inc(partition.events)
            for reason, count in partition.left_out.items():
                uncounted.labels(reason).inc(count)
            partition.done()
            self.done(partition.number, partition.position)

    def _finished(self, consumer: Consumer, numbers: set[int]) -> dict[int, Position]:
        """The positions, after batches that were interrupted are stored."""
        positions = self._store.positions()
        by_token: dict[str, list[Intent]] = {}
        for intent in self._store.unfinished(positions):
            if intent.partition in numbers:
                by_token.setdefault(intent.token, []).append(intent)
        for token, intents in by_token.items():
            self._finish(consumer, token, intents, positions)
        return self._store.positions() if by_token else positions

    def _finish(
        self,
        consumer: Consumer,
        token: str,
        intents: Sequence[Intent],
        positions: Mapping[int, Position],
    ) -> None:
        """Repeat a batch from the log."""
        known = {
            intent.partition: positions.get(intent.partition, Position(intent.start)) for intent in intents
        }
        views = self._store.views(known, self._bands.names)
        partitions = {p: self._partition(p, at, views[p]) for p, at in known.items()}
        self._remember(consumer, partitions, known)
        ranges = [OffsetRange(intent.partition, intent.start, intent.stop) for intent in intents]
        read_ranges(
            self._cluster,
            BY_PAGE,
            ranges,
            lambda message: self._take(partitions[message.partition()], message),
        )
        for intent in intents:
            partitions[intent.partition].position = intent.stop
        with self._store.writing:
            self._write(list(partitions.values()), token)
        log.info("finished a batch that was interrupted: %d partitions", len(intents))

    def _still_there(self, partition: int, position: Position, first: int, end: int) -> Position:
        """The position, unless the topic has no such offset any more."""
        if position.offset > end:
            log.warning(
                "%s[%d]: stored up to %d, beyond its end, %d: the topic was created again; storing all of it",
                *(BY_PAGE, partition, position.offset, end),
            )
            return Position(first)
        if position.offset < first:
            lost.inc(first - position.offset)
            log.warning(
                "%s[%d]: %d records were never stored: the history was away for longer than they are kept",
                *(BY_PAGE, partition, first - position.offset),
            )
            return Position(first, position.minute, position.sources)
        return position

    def _remember(
        self, consumer: Consumer, partitions: Mapping[int, Partition], known: Mapping[int, Position]
    ) -> int:
        """Read back the touches of the MEMORY_MIN minutes before each position; returns the number of
        records."""
        begin_ms = {p: 60_000 * (at.minute - MEMORY_MIN - SLACK_MIN) for p, at in known.items() if at.minute}
        topic = self._cluster.topic(BY_PAGE)
        times = [TopicPartition(topic, p, time_ms) for p, time_ms in begin_ms.items()]
        ranges = [
            OffsetRange(tp.partition, tp.offset, known[tp.partition].offset)
            for tp in (offsets_for_time(consumer, times) if times else ())
            if tp.offset >= 0
        ]

        def remember(message: Message) -> None:
            with contextlib.suppress(UnreadableRecord):
                partitions[message.partition()].remember(decode_frame(message.value()))

        count = read_ranges(self._cluster, BY_PAGE, ranges, remember)
        for p in known:
            partitions[p].remembered()
        return count
