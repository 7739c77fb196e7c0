"""The list of topics, and its constraints."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from confluent_kafka.admin import NewTopic

from pageheat.services.contract.topics import (
    BY_PAGE,
    CLICKSTREAM,
    DEAD_LETTER,
    HEATMAP,
    HEATMAP_DETAIL,
    RETENTION_SLACK_MS,
    WATCHED,
    TopicSpec,
    WrongTopics,
    read_specs,
    require_window,
)
from pageheat.services.runtime import topic_admin
from pageheat.services.runtime.settings import WindowSettings
from pageheat.services.runtime.topic_admin import create


def test_the_list_holds_the_topics_that_the_services_use() -> None:
    assert set(read_specs()) == {CLICKSTREAM, BY_PAGE, HEATMAP, HEATMAP_DETAIL, WATCHED, DEAD_LETTER}


def test_an_aggregators_partition_has_a_partition_of_grids_with_its_number() -> None:
    specs = read_specs()
    assert specs[HEATMAP].partitions == specs[BY_PAGE].partitions == specs[CLICKSTREAM].partitions


def test_no_record_outlives_its_topics_retention_by_much() -> None:
    for spec in read_specs().values():
        assert spec.segment_ms is not None
        assert spec.segment_ms <= spec.retention_ms / 7, spec.name


def test_both_clickstream_topics_hold_the_longest_allowed_window() -> None:
    longest_ms = 3_600_000
    assert WindowSettings(window_seconds=3600).window_ms == longest_ms
    for name in (CLICKSTREAM, BY_PAGE):
        require_window(read_specs()[name], longest_ms)


def test_a_topic_with_a_retention_below_the_window_is_refused() -> None:
    retention_ms = 300_000 + RETENTION_SLACK_MS
    require_window(TopicSpec("t", 1, "delete", retention_ms), 300_000)
    require_window(TopicSpec("t", 1, "delete", -1), 300_000)  # kept forever
    with pytest.raises(WrongTopics, match="a window of 300250 ms needs 360250"):
        require_window(TopicSpec("t", 1, "delete", retention_ms), 300_250)


@pytest.mark.parametrize(
    "text", ["clickstream: {partitions: 12}", "clickstream: {parts: 12}", "[1]", ":", "a: 1"]
)
def test_an_invalid_list_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "topics.yaml"
    file.write_text(text)
    with pytest.raises(WrongTopics, match=r"topics\.yaml"):
        read_specs(file)
    with pytest.raises(WrongTopics, match="absent"):
        read_specs(tmp_path / "absent")


class SlowBroker:
    """Lists a created topic only some polls later, and its partitions' leaders later still."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        self._created: list[str] = []

    def create_topics(self, new: list[NewTopic], **_: object) -> dict[str, None]:
        self._created = [topic.topic for topic in new]
        return dict.fromkeys(self._created)

    def answer(self, request: None) -> None:
        return request

    def list_topics(self, timeout: float) -> SimpleNamespace:
        self._looks -= bool(self._created)
        partition = SimpleNamespace(leader=1 if self._looks <= 0 else -1)
        listed = self._created if self._looks <= 1 else []
        return SimpleNamespace(topics={name: SimpleNamespace(partitions={0: partition}) for name in listed})

    def all_are_there(self) -> bool:
        return self._looks <= 0


def test_topics_count_as_created_once_the_broker_lists_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "RETRY_S", 0)
    broker = SlowBroker(looks=4)
    create(broker, NewTopic("t", 1, 1))  # type: ignore[arg-type]
    assert broker.all_are_there()
    monkeypatch.setattr(topic_admin, "KAFKA_TIMEOUT_S", 0)
    with pytest.raises(WrongTopics, match="not yet listed by Kafka: t;"):
        create(SlowBroker(looks=10**9), NewTopic("t", 1, 1))  # type: ignore[arg-type]
