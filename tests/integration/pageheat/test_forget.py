"""`pageheat forget` on a real Kafka: old records are unreadable, new ones are kept."""

import pytest
from confluent_kafka import Producer

from pageheat.__main__ import main
from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.forgetting import Forgotten, read_forgotten
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER, read_specs
from tests.support.topics import records


@pytest.fixture
def producer(node: KafkaNode, monkeypatch: pytest.MonkeyPatch) -> Producer:
    """A node with a record on each topic."""
    monkeypatch.setenv("KAFKA_BROKER", node.broker)
    producer = Producer({"bootstrap.servers": node.broker})
    for topic in read_specs():
        producer.produce(topic, b"before", b"key", 0)
    assert producer.flush(15) == 0
    return producer


def test_old_records_are_deleted_and_new_ones_are_kept(
    node: KafkaNode, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "--yes"]) == 0
    said = capsys.readouterr().out
    for topic in read_specs():
        assert f"{topic}: 1 record deleted\n" in said
        assert records(node.broker, topic) == []
    producer.produce(CLICKSTREAM, b"after", b"key", 0)
    producer.flush(15)
    assert [message.value() for message in records(node.broker, CLICKSTREAM)] == [b"after"]
    assert main(["forget", "--yes"]) == 0
    said = capsys.readouterr().out
    assert f"{CLICKSTREAM}: 1 record deleted\n{BY_PAGE}: 0 records deleted\n" in said


@pytest.mark.usefixtures("producer")
def test_nothing_is_deleted_without_confirmation(node: KafkaNode, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget"]) == 1
    said = capsys.readouterr().out
    assert f"{DEAD_LETTER}: 1 record\n" in said
    assert said.endswith("nothing is deleted without --yes\n")
    assert len(records(node.broker, DEAD_LETTER)) == 1


def test_a_pages_tombstone_is_written_to_each_partition(
    node: KafkaNode, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    for page in (b"/lamp", b"/lamp", b"/chair"):
        producer.produce(BY_PAGE, b"before", page, 3)
    producer.flush(15)
    assert main(["forget", "/lamp"]) == 1
    assert capsys.readouterr().out == "/lamp: 2 records\nnothing is forgotten without --yes\n"
    assert main(["forget", "/lamp", "--yes"]) == 0
    assert capsys.readouterr().out.startswith(
        "/lamp: 2 records will not be counted any more\nIts heat is gone"
    )
    forgotten = [message for message in records(node.broker, BY_PAGE) if message.value() is None]
    assert {message.key() for message in forgotten} == {b"/lamp"}
    assert {message.partition() for message in forgotten} == set(range(read_specs()[BY_PAGE].partitions))
    assert main(["forget", "/lamp", "--yes"]) == 1
    assert f"{BY_PAGE} has no records of /lamp" in capsys.readouterr().err
    assert main(["forget", "/chairs"]) == 1
    assert "has no records of /chairs; did you mean /chair?" in capsys.readouterr().err


def test_a_span_is_written_for_the_history_alone(
    node: KafkaNode, producer: Producer, capsys: pytest.CaptureFixture[str]
) -> None:
    span = ["--from", "2026-01-01T12:00Z", "--to", "2026-01-01T13:00Z"]
    assert main(["forget", "/chair", *span, "--yes"]) == 0
    assert capsys.readouterr().out == "/chair: what the history has of it in this span is forgotten\n"
    (headers,) = {
        tuple(it.headers() or ())
        for it in records(node.broker, BY_PAGE)
        if it.value() is None and it.key() == b"/chair"
    }
    noon_ms = 1_767_268_800_000
    assert read_forgotten(b"/chair", headers) == Forgotten("/chair", False, noon_ms, noon_ms + 3_600_000)
    assert main(["forget", *span]) == 1
    assert "give a page, or --site NAME" in capsys.readouterr().err


@pytest.mark.usefixtures("producer")
@pytest.mark.parametrize("arguments", [[], ["--from", "2026-01-01T12:00Z"]])
def test_a_site_that_nothing_knows_of_is_named_as_such(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = f"//blgo/ is no site of SITES, which has blog, and {BY_PAGE} has no records of it\n"
    monkeypatch.setenv("SITES", "blog=https://blog.example")
    assert main(["forget", "--site", "blgo", *arguments]) == 1
    assert capsys.readouterr().out.startswith(unknown)
    assert main(["forget", "--site", "blog", *arguments]) == 1
    assert capsys.readouterr().out.startswith("//blog/: what the history has of it")


def test_a_former_site_with_records_is_one(producer: Producer, capsys: pytest.CaptureFixture[str]) -> None:
    producer.produce(BY_PAGE, b"before", b"//former/lamp", 3)
    producer.flush(15)
    assert main(["forget", "--site", "former", "--yes"]) == 0
    said = "//former/: what the history has of it is forgotten\nlive heat of 1 page is forgotten\n"
    assert capsys.readouterr().out == said


def test_an_unreachable_kafka_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BROKER", "127.0.0.1:1")
    assert main(["forget", "--yes"]) == 1
    assert "no Kafka at KAFKA_BROKER=127.0.0.1:1: Connection refused" in capsys.readouterr().err
