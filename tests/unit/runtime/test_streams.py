"""A member of a consumer group, without Kafka: what it reports, and how it ends."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition
from quixstreams import Application
from quixstreams.checkpointing.exceptions import CheckpointConsumerCommitError, CheckpointProducerTimeout
from quixstreams.kafka.exceptions import KafkaProducerDeliveryError

from pageheat.services.runtime.kafka_monitor import TopicRecreated
from pageheat.services.runtime.settings import GroupMemberSettings
from pageheat.services.runtime.streams import NotCommitted, Stateless, StreamApplication

SESSION_MS = 10_000


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("pageheat.services.runtime.streams.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


class Member(Stateless):
    """A member whose recovery takes longer than a session."""

    def __init__(self, now_s: list[float]) -> None:
        self.now_s = now_s
        self.seen: list[str | None] = []
        self.app: StreamApplication | None = None

    def assigned(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        self.now_s[0] += SESSION_MS
        if self.app:
            self.seen += [self.app.why_unready(), self.app.stuck()]


def application(member: Stateless, monkeypatch: pytest.MonkeyPatch) -> StreamApplication:
    for name in ("_on_assign", "_on_revoke", "_on_lost"):
        monkeypatch.setattr(Application, name, lambda *_: None)
    settings = GroupMemberSettings(kafka_broker="127.0.0.1:1", session_timeout_ms=SESSION_MS)
    return StreamApplication(settings, "group", member)


def test_a_member_is_ready_while_in_its_group_and_alive_while_its_loop_runs_or_recovers(
    now_s: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    member = Member(now_s)
    app = member.app = application(member, monkeypatch)
    consumer: Any = None
    assert app.why_unready() == "has no place in its consumer group"
    assert app.stuck() is None
    app._on_assign(consumer, [])
    assert member.seen == ["has no place in its consumer group", None], "it was recovering"
    assert app.why_unready() is None
    now_s[0] += 9
    assert app.why_unready() == app.stuck() == "the processing loop has stood still for 9 s"
    now_s[0] -= 9
    app._on_revoke(consumer, [])
    assert app.why_unready() == "has no place in its consumer group"
    assert app.stuck() is None


UNKNOWN_MEMBER = KafkaError(KafkaError.UNKNOWN_MEMBER_ID, "Commit failed: Broker: Unknown member")


@pytest.mark.parametrize(
    "error",
    [
        CheckpointConsumerCommitError(UNKNOWN_MEMBER),
        CheckpointProducerTimeout("'3' messages failed to be produced"),
        KafkaProducerDeliveryError(UNKNOWN_MEMBER),
    ],
)
def test_a_record_kafka_did_not_accept_ends_the_process_with_a_reason(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        raise error

    app = application(Stateless(), monkeypatch)
    monkeypatch.setattr(Application, "run", run)
    with pytest.raises(NotCommitted, match="another instance may have taken over; exiting, to be restarted"):
        app.run()


def test_the_check_that_can_end_it_runs_at_each_turn() -> None:
    def require() -> None:
        raise TopicRecreated("topic clickstream was deleted and created again")

    settings = GroupMemberSettings(kafka_broker="127.0.0.1:1")
    app = StreamApplication(settings, "group", Stateless(), require)
    with pytest.raises(TopicRecreated):
        app._turn()


def test_an_available_record_does_not_wait_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [b"a", b"b", b"c"]

    def consume(count: int, timeout: float) -> list[bytes]:
        assert len(there) >= count or not timeout, "Kafka's client waits until it has this many"
        found, there[:] = there[:count], there[count:]
        return found

    app = application(Stateless(), monkeypatch)
    monkeypatch.setattr(app, "_consumer", SimpleNamespace(consume=consume))
    assert app._consume() == [b"a", b"b", b"c"]
