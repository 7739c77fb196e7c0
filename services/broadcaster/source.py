"""`heatmap` and `heatmap-detail` as they are read: all partitions on every replica, from the beginning."""

import asyncio
import logging

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.topics import DEAD_LETTER, HEATMAP, HEATMAP_DETAIL
from pageheat.services.runtime.dead_letters import report
from pageheat.services.runtime.kafka_monitor import RECONNECT_MS
from pageheat.services.runtime.lag import lag_config
from pageheat.services.runtime.log_reader import watermarks
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

log = logging.getLogger(__name__)

BATCH = 2_000
"""Records taken at once; only the newest of a page in it is shown."""

WAIT_S = 0.25
"""How long the first of a batch is waited for: at most so late is a stop noticed."""

FLUSH_S = 5
"""What Kafka gets to take the last dead letters."""

TOPICS = (HEATMAP, HEATMAP_DETAIL)


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
                "reconnect.backoff.max.ms": RECONNECT_MS,
                "fetch.wait.max.ms": 50,
                "fetch.queue.backoff.ms": 5,
                **lag_config(),
            },
            logger=log,
        )
        self._producer = Producer({"bootstrap.servers": broker, "acks": "all"}, logger=log)
        self._missing: dict[tuple[str, int], int] = {}  # partition → the end offset taken at the start

    def start(self) -> None:
        """Begin to read; takes the end offsets that `ready` refers to."""
        topics = self._consumer.list_topics(timeout=KAFKA_TIMEOUT_S).topics
        places = [
            TopicPartition(name, p, OFFSET_BEGINNING) for name in TOPICS for p in topics[name].partitions
        ]
        for place in places:
            low, end = watermarks(self._consumer, place)
            if low < end:
                self._missing[place.topic, place.partition] = end
        self._consumer.assign(places)

    @property
    def ready(self) -> bool:
        """Whether everything that was there at the start has been read."""
        return not self._missing

    async def batch(self) -> list[Message]:
        """The next records; may be none.

        Raises:
            CannotRead: Kafka says why.
        """
        messages = await asyncio.to_thread(self._consume)
        self._producer.poll(0)
        for message in messages:
            if message.error():
                raise CannotRead(f"Kafka cannot be read: {message.error().str()}")
        if self._missing:
            self._advance()
        return messages

    def _consume(self) -> list[Message]:
        first: list[Message] = self._consumer.consume(1, WAIT_S)
        # the client would wait for a full batch, and with it those who watch
        return first + self._consumer.consume(BATCH - 1, 0) if first else first

    def dead_letter(self, message: Message, reason: str) -> None:
        """Report a record that could not be read, and keep it."""
        letter = DeadLetter(
            str(message.topic()),
            message.partition() or 0,
            message.offset() or 0,
            reason,
            message.key(),
            message.value(),
        )
        report(letter)
        try:
            self._producer.produce(DEAD_LETTER, letter.value, letter.key, 0, headers=letter.headers)
        except (BufferError, KafkaException):
            log.error("the dead letter of %s was lost: Kafka does not take it", letter.key.decode())

    def close(self) -> None:
        """Stop reading."""
        self._producer.flush(FLUSH_S)
        self._consumer.close()

    def _advance(self) -> None:
        # the position, not the last record's offset: compaction leaves gaps before the end
        for tp in self._consumer.position([TopicPartition(*place) for place in self._missing]):
            if tp.offset >= self._missing[tp.topic, tp.partition]:
                del self._missing[tp.topic, tp.partition]
