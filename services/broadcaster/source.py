"""`heatmap` and `heatmap-detail` as they are read: all partitions on every replica, from the beginning."""

import asyncio
import logging

from confluent_kafka import KafkaException, Message, TopicPartition

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.topics import DEAD_LETTER, HEATMAP, HEATMAP_DETAIL
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.dead_letters import report
from pageheat.services.runtime.lag import lag_config
from pageheat.services.runtime.log_reader import LogReader, Partition

log = logging.getLogger(__name__)

BATCH = 2_000
"""Records taken at once; only the newest of a page in it is shown."""

WAIT_S = 0.25
"""How long the first of a batch is waited for: at most so late is a stop noticed."""

FLUSH_S = 5
"""What Kafka gets to take the last dead letters."""

TOPICS = (HEATMAP, HEATMAP_DETAIL)


class HeatmapSource:
    """Batches of records, and whether all that was there at the start has come."""

    def __init__(self, broker: str) -> None:
        self._reader = LogReader(broker, "broadcaster", {"fetch.wait.max.ms": 50, **lag_config()}, logger=log)
        self._producer = kafka_clients.producer(broker, logger=log)
        self._ends: dict[Partition, int] = {}  # at the start, of the partitions that have not reached them

    def start(self) -> None:
        """Begin to read; takes the end offsets that `ready` refers to."""
        places = [TopicPartition(name, p) for name in TOPICS for p in self._reader.partitions(name)]
        for place in places:
            place.offset, self._ends[place.topic, place.partition] = self._reader.watermarks(place)
        self._reader.assign(places)
        self._drop_reached()

    @property
    def ready(self) -> bool:
        """Whether everything that was there at the start has been read."""
        return not self._ends

    async def batch(self) -> list[Message]:
        """The next records; may be none.

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
        # the client would wait for a full batch, and with it those who watch
        return first + self._reader.read(BATCH - 1, 0) if first else first

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
        self._reader.close()

    def _drop_reached(self) -> None:
        self._ends = {place: self._ends[place] for place in self._reader.below(self._ends)}
