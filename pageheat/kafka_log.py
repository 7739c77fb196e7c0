"""Topics as the tools read them: from a time, or an end, to where they end now."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaException, Message, TopicPartition

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.log_reader import CannotRead, LogReader, Partition


class KafkaAway(PageheatError):
    """Kafka does not answer."""


class KafkaLog:
    """Reads topics from any offset, without a consumer group."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._reader = LogReader(broker, "pageheat-tools")
        # asked through the reader, an offset would wait for a fetch that waits for records
        self._guide = LogReader(broker, "pageheat-tools")

    def since(self, topic: str, time_ms: int) -> list[TopicPartition]:
        """The offsets of a topic's first records of a time or later; its ends where there is none."""
        with self._answering():
            wanted = [TopicPartition(topic, partition, time_ms) for partition in self._partitions(topic)]
            found = self._guide.offsets_for_time(wanted)
            for place in found:
                if place.offset < 0:
                    place.offset = self._guide.watermarks(place)[1]
            return found

    def edge(self, topic: str, *, latest: bool) -> list[TopicPartition]:
        """Where a topic's partitions begin, or where they end."""
        with self._answering():
            places = [TopicPartition(topic, partition) for partition in self._partitions(topic)]
            for place in places:
                place.offset = self._guide.watermarks(place)[latest]
            return places

    def ends(self, places: list[TopicPartition]) -> dict[Partition, int]:
        """The next offset of each of these partitions."""
        with self._answering():
            return {(place.topic, place.partition): self._guide.watermarks(place)[1] for place in places}

    def assign(self, places: list[TopicPartition]) -> None:
        """Read from these offsets on."""
        self._reader.assign(places)

    def next(self) -> list[Message]:
        """The next records, in order within a partition; none after a moment of silence.

        Raises:
            KafkaAway: with Kafka's reason.
        """
        with self._answering():
            return self._reader.read()

    def up_to(self, ends: dict[Partition, int]) -> Iterator[Message]:
        """The records up to these offsets, and perhaps some more.

        Raises:
            KafkaAway: with Kafka's reason, or after a long silence.
        """
        with self._answering():
            for messages in self._reader.until(ends):
                yield from messages

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()
        self._guide.close()

    def _partitions(self, topic: str) -> list[int]:
        partitions = self._guide.partitions(topic)
        if not partitions:
            raise KafkaAway(f"Kafka at {self._broker} has no topic {topic}; 'pageheat topics' creates it")
        return partitions

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (KafkaException, CannotRead) as error:
            reason = str(error) if isinstance(error, CannotRead) else error.args[0].str()
            raise KafkaAway(
                f"{reason}. Is Kafka running at {self._broker}? 'pageheat up' starts one; KAFKA_BROKER says "
                "where it is"
            ) from None
