"""Quix Streams as we run it. Every touch of what the library doesn't promise stands in this module.

Four things that we need have no public name in Quix Streams 3.28.1: a task run at each turn of the
processing loop, a say in where an assigned partition starts, records in batches, and the producer.
`tests/integration/test_streams.py` fails by name when an upgrade changes one of them.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from confluent_kafka import Consumer, Message, TopicPartition
from quixstreams import Application, message_context
from quixstreams.checkpointing.exceptions import CheckpointConsumerCommitError, CheckpointProducerTimeout
from quixstreams.exceptions import PartitionAssignmentError
from quixstreams.kafka.consumer import raise_for_msg_error
from quixstreams.kafka.exceptions import BaseKafkaException, KafkaProducerDeliveryError
from quixstreams.models import Topic
from quixstreams.models.serializers import SerializationContext, Serializer

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.lag import lag_config
from pageheat.services.runtime.settings import GroupMemberSettings

__all__ = [
    "Headers",
    "NotCommitted",
    "PartitionHandler",
    "SerializationContext",
    "Serializer",
    "Stateless",
    "StoodStill",
    "StreamApplication",
    "message_context",
]

POLL_S = 0.02
"""Waited for a record at most: what a step may be late on a silent topic."""

BATCH = 500
"""Records taken at once at most: more are not faster, and are in the way of a step for 10 ms."""

SESSION_MARGIN = 0.8
"""Of a session: Kafka counts it from the last heartbeat, which came a fifth of a session ago at most."""

COMMIT_INTERVAL_S = 1.0
"""What a killed instance's successor does again, at most."""

LINGER_MS = 20
"""Waited for more records to send at once."""

MAX_BUFFER_KB, MAX_BUFFERED = 32_768, 50_000
"""Of records that wait for Kafka, and how many, as each takes 400 bytes besides: 55 MB in all. Reading waits
beyond it."""

MAX_QUEUE_KB = 8_192
"""Of records that were fetched and wait to be read, 20 MB with what short ones take besides."""

MAX_FETCH_BYTES = 262_144
"""Of a partition at once, packed: what is under way comes on top of the queue, for all partitions. A longer
record comes all the same."""

Headers = Sequence[tuple[str, bytes | None]]

NOT_COMMITTED = (CheckpointConsumerCommitError, CheckpointProducerTimeout, KafkaProducerDeliveryError)
"""How the library ends when Kafka does not take a commit, or what has to be there before it."""


class StoodStill(PageheatError):
    """The process did not run for longer than its session: its partitions may be another's by now."""


class NotCommitted(PageheatError):
    """Kafka was away for too long, or our partitions are another's by now."""


class PartitionHandler(Protocol):
    """What takes part in the life of a consumer group's member. All calls come from one thread."""

    def tick(self) -> None:
        """One turn of the loop: after each record, and every POLL_S without one."""

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """These are all partitions that are ours from now on.

        An `offset` set on one is where its reading starts; otherwise it starts where the group stands.
        """

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """These are ours no longer; where they were read up to has been committed if it could be."""


class Stateless:
    """A member that has nothing to do but its records."""

    def tick(self) -> None:
        """Nothing is due between records."""

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Reading goes on where the group stands."""

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Nothing is kept."""


class StreamApplication(Application):
    """A Quix Streams application of one consumer group, at least once, without stores.

    Args:
        settings: the broker, and the place in the group.
        group: its name.
        handler: takes part in the life of the group's member.
        require: raises what must end it, asked at each turn; then nothing more is committed.
    """

    def __init__(
        self,
        settings: GroupMemberSettings,
        group: str,
        handler: PartitionHandler,
        require: Callable[[], None] = lambda: None,
    ) -> None:
        consumer_config: dict[str, Any] = {
            **kafka_clients.CONSUMER,
            "session.timeout.ms": settings.session_timeout_ms,
            "heartbeat.interval.ms": settings.session_timeout_ms // 5,
            "queued.max.messages.kbytes": MAX_QUEUE_KB,
            "max.partition.fetch.bytes": MAX_FETCH_BYTES,
            **lag_config(),
        }
        if settings.group_instance_id:
            consumer_config["group.instance.id"] = settings.group_instance_id
        super().__init__(
            broker_address=settings.kafka_broker,
            consumer_group=group,
            auto_offset_reset="earliest",
            commit_interval=COMMIT_INTERVAL_S,
            consumer_poll_timeout=POLL_S,
            consumer_extra_config=consumer_config,
            producer_extra_config={
                **kafka_clients.PRODUCER,
                "linger.ms": LINGER_MS,
                "queue.buffering.max.kbytes": MAX_BUFFER_KB,
                "queue.buffering.max.messages": MAX_BUFFERED,
                "delivery.report.only.error": True,  # a call for each that is there would ask for nothing
            },
            auto_create_topics=False,
            auto_recover_from_source_offset_out_of_range=False,
            use_changelog_topics=False,
            state_dir=Path(tempfile.gettempdir()) / f"pageheat-{os.getuid()}",  # made, and never used
            loglevel=None,
        )
        self._handler = handler
        self._require = require
        self._take: Callable[[Sequence[Message]], None] | None = None
        self._assigned: list[TopicPartition] = []  # each with the offset where its reading starts
        self._rebalanced = False
        self._joined = False
        self._assigning = False
        self._turned_s = time.monotonic()
        self._margin_s = SESSION_MARGIN * settings.session_timeout_ms / 1000
        self._dataframe_registry.register_periodic_task(self._turn)

    def raw_topic(self, name: str, serializer: Serializer | None = None) -> Topic:
        """A topic whose keys and values are the bytes on the wire."""
        return self.topic(
            name,
            key_deserializer="bytes",
            value_deserializer="bytes",
            key_serializer="bytes",
            value_serializer=serializer or "bytes",
        )

    def in_batches(self, topic: Topic, take: Callable[[Sequence[Message]], None]) -> None:
        """Give the records of the only topic that is read to `take`, up to BATCH at once.

        A stream costs 10 µs a record, its functions apart; this costs 2.
        """
        self.dataframe(topic)  # so that it is subscribed to
        self._take = take

    def run(self, *arguments: Any, **options: Any) -> Any:
        """As in the library; what our member raises while partitions are assigned comes as it was.

        Raises:
            StoodStill: the process did not run for long.
            NotCommitted: Kafka did not take a commit.
        """
        try:
            return super().run(*arguments, **options)
        except PartitionAssignmentError as error:
            if isinstance(error.__cause__, PageheatError):
                raise error.__cause__ from None
            raise
        except NOT_COMMITTED as error:
            reason = error.description if isinstance(error, BaseKafkaException) else error
            raise NotCommitted(
                f"Kafka did not take what was done, or how far ({reason}): another instance may have taken "
                "over; exiting, to be started again"
            ) from None

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers, timestamp_ms: int) -> None:
        """Write a record; what has been read is committed when Kafka has it. Waits for room in the buffer.

        One that Kafka does not take ends the application at the next commit.
        """
        producer = self._producer
        while True:
            try:
                producer._producer._producer.produce(
                    topic,
                    value,
                    key,
                    headers=headers,
                    timestamp=timestamp_ms,
                    on_delivery=producer._on_delivery,
                )
                return
            except BufferError:
                producer.poll(POLL_S)

    def buffered(self) -> int:
        """Records that wait for Kafka's acknowledgement."""
        return len(self._producer._producer)

    def why_unready(self) -> str | None:
        """Why this member does nothing now, or None."""
        if not self._joined:
            return "has no place in its consumer group"
        return self.stuck()

    def stuck(self) -> str | None:
        """Why this process will not go on by itself, or None."""
        silence_s = time.monotonic() - self._turned_s
        if silence_s > self._margin_s and not self._assigning:
            return f"the processing loop has stood still for {silence_s:.0f} s"
        return None

    def _process_message(self, dataframes: Any) -> None:
        if self._take is None:
            super()._process_message(dataframes)  # type: ignore[no-untyped-call]
            return
        self._producer.poll(0)
        self._rebalanced = False
        messages = [raise_for_msg_error(message) for message in self._consume()]
        if self._rebalanced and messages:  # in that call: some may be of partitions that are another's now
            messages = []
            if self._assigned:
                self._consumer.assign(self._assigned)  # they come again
        if messages:
            self._take(messages)
            last = {(message.topic(), message.partition()): message.offset() for message in messages}
            for (topic, partition), offset in last.items():
                self._processing_context.store_offset(topic, partition, offset)
            self._producer._broker_available()  # type: ignore[no-untyped-call]
            self._consumer._broker_available()  # type: ignore[no-untyped-call]
        self._run_tracker.set_message_consumed(bool(messages))

    def _consume(self) -> list[Message]:
        first: list[Message] = self._consumer.consume(1, POLL_S)
        # a call for more would wait until it has them all, and all that are there with it
        return first + self._consumer.consume(BATCH - 1, 0) if first else first

    def _turn(self) -> None:
        silence_s = time.monotonic() - self._turned_s
        if silence_s > self._margin_s:
            raise StoodStill(
                f"stood still for {silence_s:.0f} s, nearly a session (SESSION_TIMEOUT_MS): another "
                "instance may have taken over; exiting, to be started again"
            )
        self._turned_s = time.monotonic()
        self._require()
        self._handler.tick()

    def _on_assign(self, consumer: Consumer, topic_partitions: list[TopicPartition]) -> None:
        self._assigning = True  # reading back may take a while, in which heartbeats go on
        self._handler.assigned(consumer, topic_partitions)
        self._assigned = topic_partitions
        self._rebalanced = True
        super()._on_assign(consumer, topic_partitions)
        self._turned_s = time.monotonic()
        self._assigning = False
        self._joined = True

    def _on_revoke(self, consumer: Consumer, topic_partitions: list[TopicPartition]) -> None:
        self._joined = False
        self._rebalanced = True
        self._assigned = []
        super()._on_revoke(consumer, topic_partitions)
        self._handler.revoked(topic_partitions)

    def _on_lost(self, consumer: Consumer, topic_partitions: list[TopicPartition]) -> None:
        self._joined = False
        self._rebalanced = True
        self._assigned = []
        super()._on_lost(consumer, topic_partitions)
        self._handler.revoked(topic_partitions)
