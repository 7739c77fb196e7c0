"""Reads topics as logs: the bounds of a partition, and its records up to an offset.

All reads are outside of consumer groups: partitions are assigned explicitly.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_errors import explained
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

log = logging.getLogger(__name__)

T = TypeVar("T")

Partition = tuple[str, int]
"""A topic and a partition's number."""

BATCH = 500
"""Records per call. The garbage collector scans waiting records: with 5,000, each costs a third more."""

BATCH_WAIT_S = 0.05
"""Timeout for a full batch: the end of a partition is noticed this much later."""

MAX_QUEUE_KB = 16_384
"""Limit of the queue of fetched records, 40 MB including the overhead of short ones: more is not faster."""

READ_TIMEOUT_S = 30
"""After this long without a record, Kafka counts as away."""

RETRY_S = 0.1
"""Pause between two attempts to get an answer from Kafka."""


class CannotRead(PageheatError):
    """Kafka does not return a partition's records, or its offsets."""


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Records of one partition: from `start`, up to but not including `stop`."""

    partition: int
    start: int
    stop: int


class LogReader:
    """Reads partitions from given offsets. Topics have the names of topics.yaml, but for those of messages.

    Args:
        cluster, settings, logger: see `kafka_clients.reader`.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: kafka_clients.Settings | None = None,
        *,
        logger: logging.Logger | None = None,
    ) -> None:
        queue = {"queued.max.messages.kbytes": MAX_QUEUE_KB}
        self._cluster = cluster
        self._consumer = kafka_clients.reader(cluster, queue | (settings or {}), logger=logger)
        self._reached: dict[Partition, int] = {}

    def assign(self, starts: Sequence[TopicPartition]) -> None:
        """Read these partitions, each from its `offset` on."""
        self._reached = {(start.topic, start.partition): start.offset for start in starts}
        self._consumer.assign(self._at_kafka(starts))

    def read(self, count: int = BATCH, wait_s: float = BATCH_WAIT_S) -> list[Message]:
        """The next records, ordered within each partition; waits up to `wait_s` for `count` of them.

        Raises:
            CannotRead: with Kafka's reason.
        """
        records = []
        for message in self._consumer.consume(count, wait_s):
            error = message.error()
            if error is None:
                records.append(message)
            elif error.code() != KafkaError._PARTITION_EOF:  # which only moves the position
                raise CannotRead(f"Kafka cannot be read: {explained(error, self._cluster)}")
        return records

    def topic(self, message: Message) -> str:
        """The name in topics.yaml of a message's topic."""
        return self._cluster.name(message.topic())

    def below(self, stops: Mapping[Partition, int]) -> list[Partition]:
        """The partitions of `stops` that are not yet read up to their offset."""
        open_ = [place for place, stop in stops.items() if self._reached[place] < stop]
        # a position also passes offsets without a record: the end of a transaction, and, because of
        # `enable.partition.eof`, deleted or compacted records before the end
        for tp in self._consumer.position(self._at_kafka(TopicPartition(*place) for place in open_)):
            place = self._cluster.name(tp.topic), tp.partition
            self._reached[place] = max(self._reached[place], tp.offset)
        return [place for place in open_ if self._reached[place] < stops[place]]

    def until(self, stops: Mapping[Partition, int]) -> Iterator[list[Message]]:
        """The records up to these offsets, and possibly some more, in batches.

        Raises:
            CannotRead: with Kafka's reason, or after READ_TIMEOUT_S without a record.
        """
        received_s = time.monotonic()
        while waiting := self.below(stops):
            if records := self.read():
                received_s = time.monotonic()
                yield records
            elif time.monotonic() - received_s > READ_TIMEOUT_S:
                topics = ", ".join(sorted({topic for topic, _ in waiting}))
                raise CannotRead(f"Kafka has sent no record of {topics} for {READ_TIMEOUT_S} s")

    def partitions(self, topic: str) -> list[int]:
        """A topic's partitions; empty if the topic does not exist.

        Raises:
            KafkaException: Kafka does not answer.
        """
        name = self._cluster.topic(topic)
        return sorted(self._consumer.list_topics(name, timeout=KAFKA_TIMEOUT_S).topics[name].partitions)

    def watermarks(self, place: TopicPartition) -> tuple[int, int]:
        """See the function. Not while reading: it would wait for a fetch that waits for the reader."""
        return watermarks(self._consumer, *self._at_kafka([place]))

    def offsets_for_time(self, times: Sequence[TopicPartition]) -> list[TopicPartition]:
        """See the function."""
        found = offsets_for_time(self._consumer, self._at_kafka(times))
        return [TopicPartition(self._cluster.name(tp.topic), tp.partition, tp.offset) for tp in found]

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def _at_kafka(self, places: Iterable[TopicPartition]) -> list[TopicPartition]:
        """The same, by their topics' names in Kafka."""
        return [
            TopicPartition(self._cluster.topic(place.topic), place.partition, place.offset)
            for place in places
        ]


def read_ranges(
    cluster: Cluster, topic: str, wanted: Iterable[OffsetRange], take: Callable[[Message], None]
) -> int:
    """Pass the records of the ranges to `take`, ordered within each partition; return their number.

    Raises:
        CannotRead: see `LogReader.until`.
    """
    ranges = [span for span in wanted if span.start < span.stop]
    if not ranges:
        return 0
    stops = {(topic, span.partition): span.stop for span in ranges}
    count = 0
    with closing(LogReader(cluster, logger=log)) as reader:
        reader.assign([TopicPartition(topic, span.partition, span.start) for span in ranges])
        try:
            for messages in reader.until(stops):
                for message in messages:
                    if message.offset() < stops[topic, message.partition()]:
                        take(message)
                        count += 1
        except KafkaException as error:
            raise CannotRead(f"Kafka cannot be read: {explained(error.args[0], cluster)}") from None
    return count


def watermarks(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """A partition's first offset and its end: the offset of the next record.

    Raises:
        KafkaException: Kafka did not answer for KAFKA_TIMEOUT_S.
    """
    low, end = _retried(lambda: consumer.get_watermark_offsets(place, timeout=KAFKA_TIMEOUT_S))
    return low, end


def committed_offsets(consumer: Consumer, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
    """The offset committed by the consumer's group for each partition.

    Raises:
        KafkaException: Kafka did not answer for KAFKA_TIMEOUT_S.
    """
    return _retried(lambda: _checked(consumer.committed(list(partitions), timeout=KAFKA_TIMEOUT_S)))


def offsets_for_time(consumer: Consumer, times: Sequence[TopicPartition]) -> list[TopicPartition]:
    """The offset of each partition's first record since a time (ms, in `offset`); below 0 if there is none.

    Raises:
        KafkaException: Kafka did not answer for KAFKA_TIMEOUT_S.
    """
    return _retried(lambda: _checked(consumer.offsets_for_times(list(times), timeout=KAFKA_TIMEOUT_S)))


def _retried(request: Callable[[], T]) -> T:
    """Retry a request: a partition that was just created or moved has no leader for a moment.

    Raises:
        KafkaException: the request failed for KAFKA_TIMEOUT_S.
    """
    until_s = time.monotonic() + KAFKA_TIMEOUT_S
    while True:
        try:
            return request()
        except KafkaException:
            if time.monotonic() > until_s:
                raise
            time.sleep(RETRY_S)


def _checked(partitions: list[TopicPartition]) -> list[TopicPartition]:
    for tp in partitions:
        if tp.error:
            reason = f"{tp.topic}[{tp.partition}] has no answer: {tp.error.str()}"
            raise KafkaException(KafkaError(tp.error.code(), reason))
    return partitions
