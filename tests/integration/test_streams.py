"""What we use of Quix Streams beyond its public API: each test names what an upgrade has changed."""

import inspect
import os
from collections.abc import Sequence
from importlib.metadata import version
from types import SimpleNamespace

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from quixstreams import Application
from quixstreams.dataframe.registry import DataFrameRegistry
from quixstreams.internal_consumer import InternalConsumer

from pageheat.kafka.node import KafkaNode
from pageheat.services.runtime.settings import GroupMemberSettings
from pageheat.services.runtime.streams import NotCommitted, StoodStill, StreamApplication
from tests.support.topics import new_topic, records

RECORDS = 10


class Noting:
    """A member that records its calls, and starts each partition at one offset."""

    def __init__(self, start: int | None) -> None:
        self.calls: list[str] = []
        self._start = start

    def tick(self) -> None:
        if self.calls[-1:] != ["tick"]:
            self.calls.append("tick")

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.calls.append(f"assigned {[tp.partition for tp in partitions]}")
        if self._start is not None:
            for tp in partitions:
                tp.offset = self._start

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        self.calls.append(f"revoked {[tp.partition for tp in partitions]}")


def application(kafka: KafkaNode, group: str, member: Noting) -> StreamApplication:
    settings = GroupMemberSettings(kafka_broker=kafka.broker, session_timeout_ms=6000)
    return StreamApplication(settings, group, member)


def committed(kafka: KafkaNode, group: str, topic: str) -> int:
    """The group's committed offset."""
    consumer = Consumer({"bootstrap.servers": kafka.broker, "group.id": group})
    try:
        (place,) = consumer.committed([TopicPartition(topic, 0)], 10)
        return int(place.offset)
    finally:
        consumer.close()


@pytest.fixture(scope="module")
def topic(kafka: KafkaNode) -> str:
    """A topic of one partition with RECORDS records; each value is its offset."""
    name = new_topic(kafka.broker, "hooks")
    producer = Producer({"bootstrap.servers": kafka.broker})
    for number in range(RECORDS):
        producer.produce(name, str(number).encode(), b"key", 0)
    assert producer.flush(15) == 0
    return name


def test_the_library_has_the_version_we_inspected() -> None:
    assert version("quixstreams") == "3.28.1"


def test_the_registry_has_periodic_tasks() -> None:
    assert list(inspect.signature(DataFrameRegistry.register_periodic_task).parameters) == [
        "self",
        "task",
    ]


@pytest.mark.parametrize("name", ["_on_assign", "_on_revoke", "_on_lost"])
def test_the_application_learns_of_rebalances_through_these_methods(name: str) -> None:
    assert list(inspect.signature(getattr(Application, name)).parameters) == [
        "self",
        "_",
        "topic_partitions",
    ]


def test_the_consumer_calls_the_subclass_before_any_record_and_tick_after_each(
    kafka: KafkaNode, topic: str
) -> None:
    member = Noting(start=None)
    app = application(kafka, "noting", member)
    app.dataframe(app.raw_topic(topic)).update(lambda value: member.calls.append(value.decode()))
    app.run(count=RECORDS, timeout=20)
    calls = member.calls[member.calls.index("assigned [0]") :]
    assert calls[: 2 * RECORDS : 2] == ["assigned [0]", *map(str, range(RECORDS - 1))]
    assert "tick" in member.calls[: member.calls.index("0")], "a turn without a record is a tick"
    assert calls[-1] == "revoked [0]"


def test_an_assigned_partition_starts_at_the_members_offset(kafka: KafkaNode, topic: str) -> None:
    seen: list[bytes] = []
    app = application(kafka, "seeking", Noting(start=7))
    app.dataframe(app.raw_topic(topic)).update(seen.append)
    app.run(count=3, timeout=20)
    assert seen == [b"7", b"8", b"9"]
    assert app.buffered() == 0


def test_records_come_in_ordered_batches_and_processed_ones_are_committed(
    kafka: KafkaNode, topic: str
) -> None:
    batches: list[list[bytes | None]] = []
    app = application(kafka, "in batches", Noting(start=2))

    def take(messages: Sequence[Message]) -> None:
        batches.append([message.value() for message in messages])
        if sum(map(len, batches)) == RECORDS - 2:
            app.stop()

    app.in_batches(app.raw_topic(topic), take)
    app.run(timeout=20)
    assert [value for batch in batches for value in batch] == [b"%d" % number for number in range(2, RECORDS)]
    assert len(batches) < RECORDS - 2
    assert committed(kafka, "in batches", topic) == RECORDS


def test_a_batch_interrupted_by_a_rebalance_is_read_again_from_the_start_offsets(
    kafka: KafkaNode, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of it may be old: of revoked partitions, or to be read again."""
    came: list[list[bytes | None]] = []
    taken: list[bytes | None] = []
    app = application(kafka, "changing hands", Noting(start=4))
    consume = InternalConsumer.consume

    def consume_across_a_rebalance(consumer: InternalConsumer, count: int, timeout: float) -> list[Message]:
        messages: list[Message] = consume(consumer, count, timeout)
        if messages:
            app._rebalanced = app._rebalanced or not came  # as if it had happened in the first call
            came.append([message.value() for message in messages])
        return messages

    def take(messages: Sequence[Message]) -> None:
        taken.extend(message.value() for message in messages)
        if taken[-1] == b"9":
            app.stop()

    monkeypatch.setattr(InternalConsumer, "consume", consume_across_a_rebalance)
    app.in_batches(app.raw_topic(topic), take)
    app.run(timeout=20)
    assert came[0][0] == b"4"
    assert taken == [b"%d" % number for number in range(4, RECORDS)]


def send_for_each(kafka: KafkaNode, group: str, topic: str, value: bytes) -> str:
    """Run until each record read has sent one, to a topic with a limit of 1 kB per record."""
    target = new_topic(kafka.broker, f"{topic}-{group}", max_message_bytes="1000")
    app = application(kafka, group, Noting(start=0))

    def take(messages: Sequence[Message]) -> None:
        for message in messages:
            app.send(target, b"to", value, [("from", message.value())], 1_000 + int(message.value()))
        if messages[-1].value() == b"9":
            app.stop()

    app.in_batches(app.raw_topic(topic), take)
    app.run(timeout=20)
    return target


def test_sent_records_are_on_the_topic_unchanged_before_their_input_is_committed(
    kafka: KafkaNode, topic: str
) -> None:
    target = send_for_each(kafka, "sending", topic, b"sent")
    assert [
        (one.key(), one.value(), one.headers(), one.timestamp()[1]) for one in records(kafka.broker, target)
    ] == [(b"to", b"sent", [("from", b"%d" % number)], 1_000 + number) for number in range(RECORDS)]
    assert committed(kafka, "sending", topic) == RECORDS


def test_a_member_that_sends_faster_than_kafka_accepts_waits(
    kafka: KafkaNode, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pageheat.services.runtime.streams.MAX_BUFFER_KB", 1)
    target = send_for_each(kafka, "waiting", topic, b"." * 600)
    assert len(records(kafka.broker, target)) == RECORDS


def test_a_record_kafka_refuses_ends_the_application_before_its_input_is_committed(
    kafka: KafkaNode, topic: str
) -> None:
    with pytest.raises(NotCommitted, match="Kafka did not take the output"):
        send_for_each(kafka, "refused", topic, os.urandom(2_000))
    assert committed(kafka, "refused", topic) < 0


def test_a_member_that_stalled_beyond_its_session_timeout_does_not_continue(
    kafka: KafkaNode, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [0.0]
    monkeypatch.setattr("pageheat.services.runtime.streams.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    app = application(kafka, "stalling", Noting(start=0))
    app.dataframe(app.raw_topic(topic)).update(lambda _: now_s.__setitem__(0, now_s[0] + 7))
    with pytest.raises(StoodStill, match="stood still for 7 s"):
        app.run(timeout=20)
