"""`heatmap` as it is read: every partition on every replica, from the beginning."""

import asyncio
import logging

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition

from services.contract.dead_letters import DeadLetter, counted
from services.contract.errors import PageheatError
from services.contract.topics import DEAD_LETTER, HEATMAP, KAFKA_TIMEOUT_S

log = logging.getLogger(__name__)

BATCH = 2_000
"""Records taken at once; only the newest of a page in it is shown."""

WAIT_S = 0.02
"""How long a batch may be waited for: a small part of a step."""

FLUSH_S = 5
"""What Kafka gets to take the last dead letters."""


class CannotRead(PageheatError):
    """Kafka refuses to be read, for good."""


class HeatmapSource:
    """Batches of records, and whether all that was there at the start has come."""

    def __init__(self, broker: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker,
                "group.id": "broadcaster",  # never joined: every replica reads all partitions
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "fetch.queue.backoff.ms": 5,
            },
            logger=log,
        )
        self._producer = Producer({"bootstrap.servers": broker, "acks": "all"}, logger=log)
        self._missing: dict[int, int] = {}  # partition → the end offset taken at the start

    def start(self) -> None:
        """Begin to read; takes the end offsets that `ready` refers to."""
        partitions = self._consumer.list_topics(HEATMAP, timeout=KAFKA_TIMEOUT_S)
        for partition in partitions.topics[HEATMAP].partitions:
            low, end = self._consumer.get_watermark_offsets(
                TopicPartition(HEATMAP, partition), timeout=KAFKA_TIMEOUT_S
            )
            if low < end:
                self._missing[partition] = end
        self._consumer.assign(
            [
                TopicPartition(HEATMAP, partition, OFFSET_BEGINNING)
                for partition in partitions.topics[HEATMAP].partitions
            ]
        )

    @property
    def ready(self) -> bool:
        """Whether everything that was there at the start has been read."""
        return not self._missing

    async def batch(self) -> list[Message]:
        """The next records; may be none.

        Raises:
            CannotRead: Kafka says why.
        """
        messages: list[Message] = await asyncio.to_thread(self._consumer.consume, BATCH, WAIT_S)
        self._producer.poll(0)
        for message in messages:
            if message.error():
                raise CannotRead(f"{HEATMAP} cannot be read: {message.error().str()}")
        if self._missing:
            self._advance()
        return messages

    def dead_letter(self, message: Message, reason: str) -> None:
        """Keep a record that could not be read."""
        letter = DeadLetter(
            HEATMAP,
            message.partition() or 0,
            message.offset() or 0,
            reason,
            message.key(),
            message.value(),
        )
        log.warning("%s is unreadable: %s", letter.key.decode(), reason)
        counted.labels(HEATMAP).inc()
        try:
            self._producer.produce(DEAD_LETTER, letter.value, letter.key, 0, headers=letter.headers)
        except (BufferError, KafkaException):
            log.error("the dead letter of %s was lost: Kafka is away", letter.key.decode())

    def close(self) -> None:
        """Stop reading."""
        self._producer.flush(FLUSH_S)
        self._consumer.close()

    def _advance(self) -> None:
        # the position, not the last record's offset: compaction leaves gaps before the end
        at = self._consumer.position([TopicPartition(HEATMAP, p) for p in self._missing])
        for tp in at:
            if tp.offset >= self._missing[tp.partition]:
                del self._missing[tp.partition]
