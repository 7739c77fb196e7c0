"""Reads `heatmap` and `heatmap-detail`: all partitions on every replica, from the beginning."""

import asyncio
import logging

from confluent_kafka import KafkaException, Message, TopicPartition

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.topics import DEAD_LETTER, HEATMAP, HEATMAP_DETAIL
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.dead_letters import report
from pageheat.services.runtime.lag import lag_config
from pageheat.services.runtime.log_reader import LogReader, Partition

log = logging.getLogger(__name__)

BATCH = 2_000
"""Records per batch; only the newest of each page is shown."""

WAIT_S = 0.25
"""Timeout for the first record of a batch; a stop is noticed at most this late."""

FLUSH_S = 5
"""Timeout for flushing the last dead letters to Kafka."""

TOPICS = (HEATMAP, HEATMAP_DETAIL)


class HeatmapSource:
    """Batches of records, and whether all records that existed at the start have been read."""

    def __init__(self, cluster: Cluster) -> None:
        self._reader = LogReader(cluster, {"fetch.wait.max.ms": 50, **lag_config()}, logger=log)
        self._producer = kafka_clients.producer(cluster, logger=log)
        self._dead_letters = cluster.topic(DEAD_LETTER)
        self._ends: dict[Partition, int] = {}  # end offsets at the start, of partitions still below them

    def start(self) -> None:
        """Start reading; note the end offsets that `ready` refers to."""
        starts = [TopicPartition(name, p) for name in TOPICS for p in self._reader.partitions(name)]
        for start in starts:
            start.offset, self._ends[start.topic, start.partition] = self._reader.watermarks(start)
        self._reader.assign(starts)
        self._drop_reached()

    @property
    def ready(self) -> bool:
        """Whether all records that existed at the start have been read."""
        return not self._ends

    def topic(self, message: Message) -> str:
        """The name in topics.yaml of a message's topic."""
        return self._reader.topic(message)

    async def batch(self) -> list[Message]:
        """The next records, possibly none.

        Raises:
            CannotRead: with Kafka's reason.
        """
        messages = await asyncio.to_thread(self._read)
        self._producer.poll(0)
        if self._ends:
            self._drop_reached()
        return messages

    def _read(self) -> list[Message]:
        first = self._reader.read(1, WAIT_S)
        # asking for a full batch would make viewers wait for it
        return first + self._reader.read(BATCH - 1, 0) if first else first

    def dead_letter(self, message: Message, reason: str) -> None:
        """Report an unreadable record, and keep it as a dead letter."""
        dead = DeadLetter(
            self.topic(message),
            message.partition() or 0,
            message.offset() or 0,
            reason,
            message.key(),
            message.value(),
        )
        report(dead)
        try:
            self._producer.produce(self._dead_letters, dead.value, dead.key, 0, headers=dead.headers)
        except (BufferError, KafkaException):
            log.error("the dead letter of %s was lost: Kafka did not accept it", dead.key.decode())

    def close(self) -> None:
        """Stop reading."""
        self._producer.flush(FLUSH_S)
        self._reader.close()

    def _drop_reached(self) -> None:
        self._ends = {partition: self._ends[partition] for partition in self._reader.below(self._ends)}
