"""`pageheat topics`, and the services' check of topics, on their own Kafka."""

from pathlib import Path

import pytest

from pageheat.__main__ import main
from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.plural import counted
from pageheat.services.contract.rights import Rights
from pageheat.services.contract.topics import BY_PAGE, HEATMAP, WrongTopics, read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.topic_admin import require


@pytest.fixture(autouse=True)
def settings(kafka: KafkaNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BROKER", kafka.broker)
    monkeypatch.setenv("KAFKA_REPLICATION", "1")


def list_with(tmp_path: Path, changed: str, by: str) -> Path:
    """A topics.yaml that differs from ours in one thing."""
    text = (Path(__file__).parents[3] / "topics.yaml").read_text()
    assert changed in text
    file = tmp_path / "topics.yaml"
    file.write_text(text.replace(changed, by, 1))
    return file


def test_a_service_refuses_to_start_until_the_command_has_created_missing_topics(
    kafka_installation: KafkaInstallation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with KafkaNode(kafka_installation, tmp_path) as empty:
        monkeypatch.setenv("KAFKA_BROKER", empty.broker)
        with pytest.raises(WrongTopics, match=r"heatmap: missing.*'pageheat topics' creates"):
            require(Cluster(empty.broker), 1, Rights(reads=(HEATMAP,)))
        assert main(["topics"]) == 0
        said = capsys.readouterr().out.splitlines()
        assert sorted(said[:-1]) == sorted(
            f"{name}: created, {counted(spec.partitions, 'partition')}" for name, spec in read_specs().items()
        )
        require(Cluster(empty.broker), 1, Rights(reads=tuple(read_specs())), window_ms=300_000)


def test_the_command_accepts_topics_as_specified(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics"]) == 0
    assert capsys.readouterr().out == f"all {len(read_specs())} topics match topics.yaml\n"


@pytest.mark.parametrize(
    ("changed", "by", "told"),
    [
        ("partitions: 12", "partitions: 24", "clickstream: partitions is 12, listed 24"),
        ("cleanup: delete", "cleanup: compact", "clickstream: cleanup.policy is delete, listed comp"),
        ("segment_ms: 60000", "segment_ms: 1000", "heatmap: segment.ms is 60000, listed 1000"),
    ],
)
def test_differences_are_reported_and_left_as_they_are(
    changed: str,
    by: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kafka: KafkaNode,
) -> None:
    monkeypatch.setenv("PAGEHEAT_TOPICS", str(list_with(tmp_path, changed, by)))
    for _ in range(2):
        assert main(["topics"]) == 1
        assert told in capsys.readouterr().out
    with pytest.raises(WrongTopics, match=told):
        require(Cluster(kafka.broker), 1, Rights(reads=(told.partition(":")[0],)))


def test_a_different_replication_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_REPLICATION", "2")
    assert main(["topics"]) == 1
    assert "heatmap: replication is 1, listed 2" in capsys.readouterr().out


def test_a_window_longer_than_the_retention_is_refused(kafka: KafkaNode) -> None:
    a_day = 86_400_000
    with pytest.raises(WrongTopics, match="needs 86460000 for recovery"):
        require(Cluster(kafka.broker), 1, Rights(reads=(BY_PAGE,)), window_ms=a_day)


def test_a_kafka_that_does_not_answer_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BROKER", "127.0.0.1:1")
    assert main(["topics"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("pageheat topics: no Kafka at KAFKA_BROKER=127.0.0.1:1: Connection refused. ")
