"""How the tools read topics: from a time, the beginning or the end, up to the current end."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaException, Message, TopicPartition

from pageheat.broker import ADVICE, KafkaAway, require_kafka
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_errors import DENIED, explained
from pageheat.services.runtime.log_reader import CannotRead, LogReader, Partition


class KafkaLog:
    """Reads topics, by their names in topics.yaml, from any offset, without a consumer group.

    Raises:
        KafkaAway: Kafka does not answer.
    """

    def __init__(self, cluster: Cluster) -> None:
        require_kafka(cluster)
        self._cluster = cluster
        self._reader = LogReader(cluster)
        # On the reader, a query for offsets would wait behind a fetch that waits for records.
        self._guide = LogReader(cluster)

    def since(self, topic: str, time_ms: int) -> list[TopicPartition]:
        """Each partition's offset of the first record at or after a time, or its end if there is none."""
        with self._answering():
            wanted = [TopicPartition(topic, partition, time_ms) for partition in self._partitions(topic)]
            found = self._guide.offsets_for_time(wanted)
            for place in found:
                if place.offset < 0:
                    place.offset = self._guide.watermarks(place)[1]
            return found

    def edge(self, topic: str, *, latest: bool) -> list[TopicPartition]:
        """The first offset of each of a topic's partitions, or with `latest` its end."""
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
        """Start to read from these offsets."""
        self._reader.assign(places)

    def next(self) -> list[Message]:
        """The next records, in order within a partition; empty if none arrive for a moment.

        Raises:
            KafkaAway: with Kafka's reason.
        """
        with self._answering():
            return self._reader.read()

    def up_to(self, ends: dict[Partition, int]) -> Iterator[Message]:
        """The records up to these offsets, and possibly a few more.

        Raises:
            KafkaAway: with Kafka's reason, or if no records arrive for long.
        """
        with self._answering():
            for messages in self._reader.until(ends):
                yield from messages

    def topic(self, message: Message) -> str:
        """The name in topics.yaml of a message's topic."""
        return self._reader.topic(message)

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()
        self._guide.close()

    def _partitions(self, topic: str) -> list[int]:
        partitions = self._guide.partitions(topic)
        if not partitions:
            name, servers = self._cluster.topic(topic), self._cluster.servers
            raise KafkaAway(f"Kafka at {servers} has no topic {name}; 'pageheat topics' creates it")
        return partitions

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (KafkaException, CannotRead) as error:
            if isinstance(error, KafkaException) and error.args[0].code() in DENIED:
                raise KafkaAway(explained(error.args[0], self._cluster)) from None
            reason = str(error) if isinstance(error, CannotRead) else error.args[0].str()
            raise KafkaAway(f"{reason}. Is Kafka running at {self._cluster.servers}? {ADVICE}") from None
