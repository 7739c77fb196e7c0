"""`pageheat forget` on a real Kafka: nobody reads what was there, and what comes then is kept."""

import pytest
from confluent_kafka import Producer

from pageheat.__main__ import main
from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER, read_specs
from tests.support.topics import records


@pytest.fixture
def producer(node: KafkaNode, monkeypatch: pytest.MonkeyPatch) -> Producer:
    """Has written a record to each topic."""
    monkeypatch.setenv("KAFKA_BROKER", node.broker)
    producer = Producer({"bootstrap.servers": node.broker})
    for topic in read_specs():
        producer.produce(topic, b"before", b"key", 0)
    assert producer.flush(15) == 0
    return producer


def test_all_that_was_there_is_gone_and_what_comes_then_is_kept(
    node: KafkaNode, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "--yes"]) == 0
    said = capsys.readouterr().out
    for topic in read_specs():
        assert f"{topic}: 1 records deleted\n" in said
        assert records(node.broker, topic) == []
    producer.produce(CLICKSTREAM, b"after", b"key", 0)
    producer.flush(15)
    assert [message.value() for message in records(node.broker, CLICKSTREAM)] == [b"after"]
    assert main(["forget", "--yes"]) == 0
    said = capsys.readouterr().out
    assert f"{CLICKSTREAM}: 1 records deleted\n{BY_PAGE}: 0 records deleted\n" in said


@pytest.mark.usefixtures("producer")
def test_nothing_is_deleted_unless_it_is_meant(node: KafkaNode, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget"]) == 1
    said = capsys.readouterr().out
    assert f"{DEAD_LETTER}: 1 records\n" in said
    assert said.endswith("nothing is deleted without --yes\n")
    assert len(records(node.broker, DEAD_LETTER)) == 1


def test_a_kafka_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BROKER", "127.0.0.1:1")
    monkeypatch.setattr("pageheat.services.runtime.topic_admin.KAFKA_TIMEOUT_S", 0.1)
    assert main(["forget", "--yes"]) == 1
    assert "Kafka does not answer" in capsys.readouterr().err
