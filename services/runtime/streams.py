"""Quix Streams as we run it. All uses of the library's private parts are in this module.

Four things that we need have no public name in Quix Streams 3.28.1: a task run at each turn of the
processing loop, the start offset of an assigned partition, records in batches, and the producer.
`tests/integration/test_streams.py` fails by name when an upgrade changes one of them.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from confluent_kafka import Consumer, Message, TopicPartition
from quixstreams import Application
from quixstreams.checkpointing.exceptions import CheckpointConsumerCommitError, CheckpointProducerTimeout
from quixstreams.exceptions import PartitionAssignmentError
from quixstreams.kafka import ConnectionConfig
from quixstreams.kafka.consumer import raise_for_msg_error
from quixstreams.kafka.exceptions import (
    BaseKafkaException,
    KafkaConsumerException,
    KafkaProducerDeliveryError,
)
from quixstreams.models import Topic, TopicAdmin, TopicConfig, TopicManager

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.kafka_errors import DENIED, explained
from pageheat.services.runtime.lag import lag_config
from pageheat.services.runtime.settings import GroupMemberSettings

POLL_S = 0.02
"""Timeout for a record: the longest delay of a step on a silent topic."""

BATCH = 500
"""Limit of records per batch: more are not faster, and would delay a step by 10 ms."""

SESSION_MARGIN = 0.8
"""Usable part of a session: Kafka counts it from the last heartbeat, at most a fifth of a session ago."""

COMMIT_INTERVAL_S = 1.0
"""The most that the successor of a killed instance repeats."""

LINGER_MS = 30
"""Wait for more records, to send them together: Kafka's cost is per batch."""

MAX_BUFFER_KB, MAX_BUFFERED = 32_768, 50_000
"""Limits of the send buffer, in kB and records, as each record takes 400 bytes besides: 55 MB in all. Reading
waits while it is full."""

MAX_QUEUE_KB = 8_192
"""Limit of the queue of fetched records, 20 MB including the overhead of short ones."""

FETCH_BYTES, FETCH_WAIT_MS = 32_768, 20
"""A fetch waits so long for so much. Without, 2,800 frames/s cost Kafka and its clients 7 % more."""

MAX_FETCH_BYTES = 262_144
"""Limit per partition and fetch, compressed: fetches in flight for all partitions add to the queue. A longer
record is fetched nevertheless."""

Headers = Sequence[tuple[str, bytes | None]]

NOT_COMMITTED = (CheckpointConsumerCommitError, CheckpointProducerTimeout, KafkaProducerDeliveryError)
"""The library's errors if Kafka refuses a commit, or a record that must be stored before it."""


class StoodStill(PageheatError):
    """The process did not run for longer than its session: its partitions may be reassigned by now."""


class NotCommitted(PageheatError):
    """Kafka was away for too long, or our partitions are reassigned by now."""


class NotAllowed(PageheatError):
    """Kafka does not allow us to join the group, or to read the topic."""


class _Topics(TopicAdmin):
    """Looks up topics by what every reader may see: the library asks for their settings, too, which takes the
    right DescribeConfigs."""

    def inspect_topics(self, topic_names: list[str], timeout: float = 30) -> dict[str, TopicConfig | None]:
        """The partitions and replicas of each topic, None if there is no such topic."""
        listed = self.list_topics(timeout=timeout)
        return {
            name: TopicConfig(len(topic.partitions), len(topic.partitions[0].replicas))
            if (topic := listed.get(name))
            else None
            for name in topic_names
        }


class PartitionHandler(Protocol):
    """Callbacks of a consumer group's member. All calls come from one thread."""

    def tick(self) -> None:
        """Run at each turn of the loop: after each record or batch, and every POLL_S without one."""

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Start with these partitions, which are all that this member has.

        Reading starts at a partition's `offset` if it is set here, otherwise at the committed offset.
        """

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Stop with these partitions; their offsets are committed already, if that was possible."""


class Stateless:
    """A member without state: it only handles records."""

    def tick(self) -> None:
        """Do nothing between records."""

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Continue at the committed offset."""

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Keep nothing."""


class StreamApplication(Application):
    """A Quix Streams application of one consumer group: at-least-once, without state stores.

    Args:
        settings: the cluster, and the member's identity in the group.
        group: the group's name.
        handler: gets the member's callbacks.
        require: called at each turn; raises an error to end the application without a further commit.
        writes: whether it writes to topics. Whoever may write to none is refused an idempotent producer.
    """

    def __init__(
        self,
        settings: GroupMemberSettings,
        group: str,
        handler: PartitionHandler,
        require: Callable[[], None] = lambda: None,
        *,
        writes: bool = True,
    ) -> None:
        consumer_config: dict[str, Any] = {
            **kafka_clients.CONSUMER,
            "session.timeout.ms": settings.session_timeout_ms,
            "heartbeat.interval.ms": settings.session_timeout_ms // 5,
            "queued.max.messages.kbytes": MAX_QUEUE_KB,
            "max.partition.fetch.bytes": MAX_FETCH_BYTES,
            # Kafka's cost is per fetch: under load it waits for a batch's worth of records
            "fetch.min.bytes": FETCH_BYTES,
            "fetch.wait.max.ms": FETCH_WAIT_MS,
            **lag_config(),
        }
        if settings.group_instance_id:
            consumer_config["group.instance.id"] = settings.group_instance_id
        self._cluster = settings.kafka
        connection = ConnectionConfig.from_librdkafka_dict(self._cluster.config)
        super().__init__(
            broker_address=connection,
            consumer_group=self._cluster.group(group),
            auto_offset_reset="earliest",
            commit_interval=COMMIT_INTERVAL_S,
            consumer_poll_timeout=POLL_S,
            consumer_extra_config=consumer_config,
            producer_extra_config={
                **kafka_clients.PRODUCER,
                "enable.idempotence": writes,
                "linger.ms": LINGER_MS,
                "queue.buffering.max.kbytes": MAX_BUFFER_KB,
                "queue.buffering.max.messages": MAX_BUFFERED,
                "delivery.report.only.error": True,  # callbacks for delivered records do nothing
            },
            auto_create_topics=False,
            topic_manager=TopicManager(
                _Topics(connection, extra_config={**kafka_clients.CLIENT, "log_level": 0}),
                self._cluster.group(group),
                auto_create_topics=False,
            ),
            auto_recover_from_source_offset_out_of_range=False,
            use_changelog_topics=False,
            state_dir=Path(tempfile.gettempdir()) / f"pageheat-{os.getuid()}",  # created, never used
            loglevel=None,
        )
        self._handler = handler
        self._require = require
        self._take: Callable[[Sequence[Message]], None] | None = None
        self._commits_taken = True
        self._assigned: list[TopicPartition] = []  # each with its start offset
        self._rebalanced = False
        self._joined = False
        self._assigning = False
        self._turned_s = time.monotonic()
        self._margin_s = SESSION_MARGIN * settings.session_timeout_ms / 1000
        self._dataframe_registry.register_periodic_task(self._turn)

    def raw_topic(self, name: str) -> Topic:
        """A topic, by its name in topics.yaml, with keys and values as raw bytes."""
        return self.topic(
            self._cluster.topic(name),
            key_deserializer="bytes",
            value_deserializer="bytes",
            key_serializer="bytes",
            value_serializer="bytes",
        )

    def in_batches(
        self, topic: Topic, take: Callable[[Sequence[Message]], None], *, commits: bool = True
    ) -> None:
        """Pass the records of `topic`, the only one, to `take`, up to BATCH at once.

        A stream costs 10 µs per record, without its functions; this costs 2. What was taken is committed,
        unless `commits` is false: then what the member says by `done`.
        """
        self.dataframe(topic)  # subscribes to it
        self._take = take
        self._commits_taken = commits

    def done(self, topic: str, partition: int, position: int) -> None:
        """Have all records before a position committed."""
        self._processing_context.store_offset(self._cluster.topic(topic), partition, position - 1)

    def run(self, *arguments: Any, **options: Any) -> Any:
        """Run as in the library, but raise our handler's errors during an assignment unchanged.

        Raises:
            StoodStill: the process did not run for nearly a session.
            NotCommitted: Kafka refused a commit.
            NotAllowed: we may not join the group, or not read the topic.
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
                f"Kafka did not take the output or the commit ({reason}): another instance may have taken "
                "over; exiting, to be restarted"
            ) from None
        except KafkaConsumerException as error:
            if error.code in DENIED:
                raise NotAllowed(explained(error.error, self._cluster)) from None
            raise

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers, timestamp_ms: int) -> None:
        """Write a record to a topic, by its name in topics.yaml; reads are committed only after Kafka has it.
        Waits while the buffer is full.

        If Kafka refuses a record, the application ends at the next commit.
        """
        producer, name = self._producer, self._cluster.topic(topic)
        while True:
            try:
                producer._producer._producer.produce(
                    name,
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
        """Why this member cannot work now, or None."""
        if not self._joined:
            return "has no place in its consumer group"
        return self.stuck()

    def stuck(self) -> str | None:
        """Why this process will not continue by itself, or None."""
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
        if self._rebalanced and messages:  # in that call: some may be of revoked partitions
            messages = []
            if self._assigned:
                self._consumer.assign(self._assigned)  # to fetch them again
        if messages:
            self._take(messages)
            if self._commits_taken:
                last = {(message.topic(), message.partition()): message.offset() for message in messages}
                for (topic, partition), offset in last.items():
                    self._processing_context.store_offset(topic, partition, offset)
            self._producer._broker_available()  # type: ignore[no-untyped-call]
            self._consumer._broker_available()  # type: ignore[no-untyped-call]
        self._run_tracker.set_message_consumed(bool(messages))

    def _consume(self) -> list[Message]:
        first: list[Message] = self._consumer.consume(1, POLL_S)
        # consume(n) with a timeout waits until it has all n, even if some are available
        return first + self._consumer.consume(BATCH - 1, 0) if first else first

    def _turn(self) -> None:
        silence_s = time.monotonic() - self._turned_s
        if silence_s > self._margin_s:
            raise StoodStill(
                f"stood still for {silence_s:.0f} s, nearly a session (SESSION_TIMEOUT_MS): another "
                "instance may have taken over; exiting, to be restarted"
            )
        self._turned_s = time.monotonic()
        self._require()
        self._handler.tick()

    def _on_assign(self, consumer: Consumer, topic_partitions: list[TopicPartition]) -> None:
        self._assigning = True  # reading back may take a while; heartbeats continue meanwhile
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
