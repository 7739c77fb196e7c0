"""Whether Kafka answers, with the test's client and clock."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicCollection

from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_monitor import AWAY_S, SILENT_S, KafkaMonitor, TopicRecreated

TIMED_OUT = KafkaException(KafkaError(KafkaError._TIMED_OUT))


class Kafka:
    """A client that answers with these leaders by topic or fails, and the test's clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        self.topic_id = "first"
        self.asked: list[str] = []
        self.leaders: dict[str, list[str | None]] | KafkaException = {
            "clickstream": ["a", "b"],
            "other": [None],
        }
        monkeypatch.setattr(
            "pageheat.services.runtime.kafka_monitor.time", SimpleNamespace(monotonic=lambda: self.now_s)
        )
        monkeypatch.setattr("pageheat.services.runtime.kafka_monitor.Admin", lambda _: self)
        self.contact = KafkaMonitor(Cluster("kafka:9092"), ["clickstream"])

    def reach(self, timeout_s: float) -> None:
        self.asked.append("reach")
        if isinstance(self.leaders, KafkaException):
            raise self.leaders

    def describe_topics(self, topics: TopicCollection, request_timeout: float) -> dict[str, Any]:
        self.asked.append("topics")
        return {name: self._described(name) for name in topics.topic_names}

    def answer(self, request: Future[Any]) -> Any:
        return request.result()

    def why(self, error: KafkaException) -> str:
        return str(error.args[0].str())

    def _described(self, name: str) -> Any:
        answer: Future[Any] = Future()
        if isinstance(self.leaders, KafkaException):
            answer.set_exception(self.leaders)
        elif name in self.leaders:
            partitions = [SimpleNamespace(leader=leader) for leader in self.leaders[name]]
            answer.set_result(SimpleNamespace(topic_id=self.topic_id, partitions=partitions))
        else:
            answer.set_exception(KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)))
        return answer

    def trouble_after(self, seconds: float) -> str | None:
        """The reason for being unready this long after a good answer, when Kafka is asked again."""
        self.now_s += seconds
        self.contact.ask()
        return self.contact.why_unready()


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    return Kafka(monkeypatch)


def test_a_kafka_that_answers_is_healthy_even_if_asked_rarely(kafka: Kafka) -> None:
    assert kafka.trouble_after(100 * AWAY_S) is None


def test_a_kafka_that_is_away_is_only_waited_for_until_a_broker_answers(kafka: Kafka) -> None:
    """An admin request to a controller that has gone takes most of a core until its time-out."""
    leaders, kafka.leaders = kafka.leaders, TIMED_OUT
    assert kafka.trouble_after(1) is None
    assert kafka.trouble_after(AWAY_S) is not None
    kafka.leaders = leaders
    assert kafka.trouble_after(AWAY_S) is None
    assert kafka.trouble_after(AWAY_S) is None
    assert kafka.asked == ["topics", "reach", "reach", "topics", "topics"]


def test_a_process_that_waits_for_kafka_is_not_stuck(kafka: Kafka) -> None:
    health = kafka.contact.unless_silent(lambda: "the processing loop has stood still")
    assert health() == "the processing loop has stood still"
    kafka.leaders = TIMED_OUT
    kafka.trouble_after(SILENT_S)
    assert health() is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (TIMED_OUT, "Local: Timed out"),
        ({}, "topic clickstream is gone"),
        ({"clickstream": ["a", None]}, "a partition of clickstream has no leader"),
    ],
)
def test_an_unusable_kafka_is_reported_after_a_while_until_it_recovers(
    kafka: Kafka, answer: Any, reason: str
) -> None:
    well, kafka.leaders = kafka.leaders, answer
    assert kafka.trouble_after(AWAY_S - 1) is None, "an election of leaders"
    assert kafka.trouble_after(1) == f"Kafka has been away for {AWAY_S} s: {reason}"
    kafka.leaders = well
    assert kafka.trouble_after(1) is None


def test_a_topic_that_was_deleted_and_created_again_is_another(kafka: Kafka) -> None:
    kafka.contact.ask()
    kafka.leaders = {}
    kafka.contact.ask()
    kafka.contact.require_same()
    kafka.leaders, kafka.topic_id = {"clickstream": ["a"]}, "second"
    kafka.contact.ask()
    with pytest.raises(TopicRecreated, match="topic clickstream was deleted and created again; exiting"):
        kafka.contact.require_same()
