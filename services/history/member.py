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
from dataclasses import replace

from confluent_kafka import Consumer, Message, TopicPartition
from prometheus_client import Counter, Gauge, Histogram

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.forgetting import read_forgotten
from pageheat.services.contract.records import Frame, UnreadableRecord, decode_frame
from pageheat.services.contract.sources import read_source
from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.history.blocks import Addition, blocks
from pageheat.services.history.masks import Mask, What
from pageheat.services.history.partition import IMPORTED, Partition, Position
from pageheat.services.history.store import Intent, Overtaken, Store, token_of
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

LATE_MS = 5 * 60_000
"""Longest time to store a batch, thousands of times the usual one: tables know its token for longer."""

DELETE_MS = 10_000
"""Pause between two looks whether what was forgotten is deleted."""

uncounted = Counter("pageheat_history_frames_left_out", "Frames not counted", ["reason"])
for _reason in ("repeated", "robot", "unreadable"):
    uncounted.labels(_reason)  # exported as 0 from the start
stored = Counter("pageheat_history_events_stored", "Events and looks stored")
lost = Counter("pageheat_history_records_lost", "Records that Kafka deleted before they were stored")
pending = Gauge("pageheat_history_events_pending", "Events and looks in memory, not yet stored")
living = Gauge("pageheat_history_views", "Page views that are going on")
hiding = Gauge("pageheat_history_forgotten", "Tombstones whose rows are hidden, but still on the disk")
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
        reached: returns until when partitions are complete that are stored so far; see `Seen.reached`.
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
        reached: Callable[[Mapping[int, int]], Mapping[int, int]] = lambda _: {},
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._store = store
        self._cluster = cluster
        self._bands = bands
        self._count_robots = count_robots
        self._together = together
        self._is_well = is_well
        self._reached = reached
        self.done: Callable[[int, int], object] = lambda _partition, _position: None
        self._clock_ms = clock_ms
        self._partitions: dict[int, Partition] = {}
        self._due_ms = 0
        self._deletes = True  # whether something may be left to delete
        self._looked_ms = 0
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
        self._delete(now_ms)

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
        edges = {tp.partition: watermarks(consumer, tp) for tp in partitions}
        positions = self._finished(consumer, numbers, {p: end for p, (_, end) in edges.items()})
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
                began_ms = self._clock_ms()
                intents = [Intent(it.number, it.batch, it.start, it.position) for it in batch]
                self._write(batch, self._store.intend(intents), began_ms)
        if times_ms := self._reached({it.number: it.start for it in self._partitions.values()}):
            self._store.note_reached(times_ms)
        self._asked.clear()
        with self._stored:
            self._stored_ms = self._clock_ms()
            self._stored.notify_all()
        pending.set(0)
        living.set(sum(partition.living for partition in self._partitions.values()))

    def _write(self, batch: Sequence[Partition], token: str, began_ms: int) -> None:
        """Store a batch that is announced."""
        added = [Addition(it.number, it.position, it.era, it.rows()) for it in batch]
        for table, block in blocks(added):
            self._require_early(began_ms)
            self._store.add(table, block, token)
        masks = [
            Mask(What.of(it.forgotten), number, it.batch)
            for it in batch
            if it.forgotten
            for number in ([it.number, IMPORTED] if it.number == 0 else [it.number])
        ]
        self._require_early(began_ms)
        if masks:
            self._store.forget(masks, token)
            self._deletes = True
        self._store.progress({partition.number: partition.stored_to for partition in batch})
        for partition in batch:
            stored.inc(partition.events)
            for reason, count in partition.left_out.items():
                uncounted.labels(reason).inc(count)
            partition.done()
            self.done(partition.number, partition.position)

    def _require_early(self, began_ms: int) -> None:
        """Raise Overtaken if a batch takes so long that tables may have forgotten its token."""
        if not began_ms <= self._clock_ms() + LATE_MS <= began_ms + 2 * LATE_MS:
            raise Overtaken(
                f"storing a batch took longer than {LATE_MS // 60_000} min: another process may have its "
                "partitions; exiting, to be restarted"
            )

    def _delete(self, now_ms: int) -> None:
        """Have what is forgotten deleted from the disk, bit by bit; but not while a backup is copied."""
        is_due = self._deletes and not 0 <= now_ms - self._looked_ms < DELETE_MS
        if is_due and self._store.writing.acquire(blocking=False):
            try:
                self._looked_ms = now_ms
                left = self._store.delete({it.number: it.batches for it in self._partitions.values()})
                hiding.set(left)
                self._deletes = left > 0
            finally:
                self._store.writing.release()

    def _finished(
        self, consumer: Consumer, numbers: set[int], ends: Mapping[int, int]
    ) -> dict[int, Position]:
        """The positions, after batches that were interrupted are stored."""
        positions = self._store.positions()
        unfinished = [
            [intent for intent in batch if intent.partition in numbers]
            for batch in self._store.unfinished(positions)
        ]
        for batch in filter(None, unfinished):
            self._finish(consumer, batch, positions, ends)
        return self._store.positions() if any(unfinished) else positions

    def _finish(
        self,
        consumer: Consumer,
        intents: Sequence[Intent],
        positions: Mapping[int, Position],
        ends: Mapping[int, int],
    ) -> None:
        """Repeat a batch from the log."""
        known = {it.partition: positions.get(it.partition, Position(it.start)) for it in intents}
        if any(it.stop > ends[it.partition] for it in intents):
            log.warning("%s was created again: a batch that was interrupted cannot be repeated", BY_PAGE)
            self._store.progress(
                {
                    it.partition: replace(known[it.partition], offset=it.stop, batches=it.batch)
                    for it in intents
                }
            )
            return
        views = self._store.views(known, self._bands.names)
        partitions = {p: self._partition(p, at, views[p]) for p, at in known.items()}
        self._remember(consumer, partitions, known)
        read_ranges(
            self._cluster,
            BY_PAGE,
            [OffsetRange(it.partition, it.start, it.stop) for it in intents],
            lambda message: self._take(partitions[message.partition()], message),
        )
        for it in intents:
            partitions[it.partition].position = it.stop
        with self._store.writing:
            self._write(list(partitions.values()), token_of(intents), self._clock_ms())
        log.info("finished a batch that was interrupted: %d partitions", len(intents))

    def _still_there(self, partition: int, position: Position, first: int, end: int) -> Position:
        """The position, unless the topic has no such offset any more."""
        if position.offset > end:
            log.warning(
                "%s[%d]: stored up to %d, beyond its end, %d: the topic was created again; storing all of it",
                *(BY_PAGE, partition, position.offset, end),
            )
            return replace(position, offset=first, minute=0, sources={})
        if position.offset < first:
            lost.inc(first - position.offset)
            log.warning(
                "%s[%d]: %d records were never stored: the history was away for longer than they are kept",
                *(BY_PAGE, partition, first - position.offset),
            )
            return replace(position, offset=first)
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
