"""Reading a partition to its end on a real Kafka, even if its last offsets are no records."""

from contextlib import closing

import pytest
from confluent_kafka import Message, Producer, TopicPartition

from pageheat.kafka.node import KafkaNode
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.log_reader import CannotRead, LogReader, OffsetRange, read_ranges
from tests.support.topics import new_topic


@pytest.fixture
def topic(kafka: KafkaNode, request: pytest.FixtureRequest) -> str:
    """A topic of one partition, with ten records."""
    name = new_topic(kafka.broker, request.node.name)
    producer = Producer({"bootstrap.servers": kafka.broker})
    for number in range(10):
        producer.produce(name, str(number), partition=0)
    assert producer.flush(15) == 0
    return name


def read(broker: str, topic: str, start: int, stop: int) -> list[bytes | None]:
    values = []

    def take(message: Message) -> None:
        values.append(message.value())

    assert read_ranges(Cluster(broker), topic, [OffsetRange(0, start, stop)], take) == len(values)
    return values


def test_a_range_is_read_without_later_records(kafka: KafkaNode, topic: str) -> None:
    assert read(kafka.broker, topic, 3, 6) == [b"3", b"4", b"5"]
    assert read(kafka.broker, topic, 6, 6) == []


def test_a_range_can_end_at_a_transaction_marker(kafka: KafkaNode, topic: str) -> None:
    producer = Producer({"bootstrap.servers": kafka.broker, "transactional.id": topic})
    producer.init_transactions(15)
    producer.begin_transaction()
    producer.produce(topic, b"last", partition=0)
    producer.commit_transaction(15)
    assert read(kafka.broker, topic, 9, 12) == [b"9", b"last"], "offset 11 is the transaction's marker"


def test_a_range_whose_records_are_deleted_while_it_is_read_still_ends(kafka: KafkaNode, topic: str) -> None:
    admin = Admin(Cluster(kafka.broker))
    for answer in admin.delete_records([TopicPartition(topic, 0, 10)]).values():
        answer.result(15)
    assert read(kafka.broker, topic, 0, 10) == []


def test_no_record_before_the_end_is_an_error(
    kafka: KafkaNode, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pageheat.services.runtime.log_reader.READ_TIMEOUT_S", 0.5)
    with closing(LogReader(Cluster(kafka.broker))) as reader:
        reader.assign([TopicPartition(topic, 0, 10)])
        with pytest.raises(CannotRead, match=f"no record of {topic} for 0.5 s"):
            list(reader.until({(topic, 0): 11}))
