"""Topics as plain logs: from a time to where they end now, read by hand, without a consumer group's help."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.log_reader import offsets_for_time, watermarks
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

BATCH, BATCH_WAIT_S = 5_000, 0.1

SILENCE_S = 15
"""Without a record for this long, before the end is reached, Kafka is taken to be away."""


class KafkaAway(PageheatError):
    """Kafka does not answer."""


class KafkaLog:
    """Reads topics at places of one's own choice."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._at: dict[tuple[str, int], int] = {}
        self._reader = _consumer(broker)
        # Asked through the reader, a place would have to wait for a fetch that waits for records.
        self._guide = _consumer(broker)

    def since(self, topic: str, time_ms: int) -> list[TopicPartition]:
        """The places of a topic's first records of a time or later; its ends where there is none."""
        with _answering(self._broker):
            wanted = [TopicPartition(topic, place.partition, time_ms) for place in self._partitions(topic)]
            found = offsets_for_time(self._guide, wanted)
            for place in found:
                if place.offset < 0:
                    place.offset = self._end(place)
            return found

    def edge(self, topic: str, *, latest: bool) -> list[TopicPartition]:
        """Where a topic's partitions begin, or where they end."""
        with _answering(self._broker):
            partitions = self._partitions(topic)
            marks = [watermarks(self._guide, place) for place in partitions]
            return [
                TopicPartition(topic, place.partition, high if latest else low)
                for place, (low, high) in zip(partitions, marks, strict=True)
            ]

    def ends(self, places: list[TopicPartition]) -> dict[tuple[str, int], int]:
        """The next offset of each of these partitions."""
        with _answering(self._broker):
            return {(place.topic, place.partition): self._end(place) for place in places}

    def assign(self, places: list[TopicPartition]) -> None:
        """Read from these places on."""
        self._at = {(place.topic, place.partition): place.offset for place in places}
        self._reader.assign(places)

    def next(self) -> list[Message]:
        """The next records, in order within a partition; none after a moment of silence.

        Raises:
            KafkaAway: Kafka says why it cannot be read.
        """
        with _answering(self._broker):
            heard: list[Message] = self._reader.consume(BATCH, BATCH_WAIT_S)
        messages = []
        for message in heard:
            place = str(message.topic()), int(message.partition() or 0)
            error = message.error()
            if error is None:
                messages.append(message)
                self._at[place] = int(message.offset() or 0) + 1
            elif error.code() == KafkaError._PARTITION_EOF:
                # tells of the end also where the last offsets are no records
                self._at[place] = int(message.offset() or 0)
            else:
                raise KafkaAway(f"Kafka cannot be read: {error.str()}")
        return messages

    def up_to(self, ends: dict[tuple[str, int], int]) -> Iterator[Message]:
        """The records from where reading stands to these ends, and perhaps some more.

        Raises:
            KafkaAway: it gives none for SILENCE_S.
        """
        heard_s = time.monotonic()
        while any(self._at[place] < end for place, end in ends.items()):
            messages = self.next()
            if messages:
                heard_s = time.monotonic()
                yield from messages
            elif time.monotonic() - heard_s > SILENCE_S:
                raise KafkaAway(f"Kafka has given no record for {SILENCE_S} s, with some still to come")

    def close(self) -> None:
        """Let go of Kafka."""
        self._reader.close()
        self._guide.close()

    def _partitions(self, topic: str) -> list[TopicPartition]:
        known = self._guide.list_topics(topic, timeout=KAFKA_TIMEOUT_S).topics[topic]
        if known.error:
            raise KafkaAway(f"topic {topic}: {known.error.str()}; 'pageheat topics' creates it")
        return [TopicPartition(topic, partition) for partition in sorted(known.partitions)]

    def _end(self, place: TopicPartition) -> int:
        return watermarks(self._guide, place)[1]


def _consumer(broker: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "pageheat-tools",  # never joined: partitions are assigned by hand
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.queue.backoff.ms": 5,
            "queued.max.messages.kbytes": 16_384,
            "log_level": 0,
        }
    )


@contextmanager
def _answering(broker: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise KafkaAway(
            f"Kafka at {broker}: {error.args[0].str()}; is it running ('pageheat up' starts one), and there? "
            "KAFKA_BROKER says where"
        ) from None
