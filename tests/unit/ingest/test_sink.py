"""Ingest's buffer while Kafka is away: bounded, never blocking, and reported."""

from types import SimpleNamespace

import pytest
from confluent_kafka import Producer

from pageheat.services.ingest.sink import BUFFER_FRAMES, SILENCE_S, CannotSend, Sink
from pageheat.services.runtime.cluster import Cluster
from tests.support.frames import at, frame

NOBODY = "127.0.0.1:1"


def test_frames_are_buffered_up_to_the_limit_and_refused_beyond_it() -> None:
    sink = Sink(Cluster(NOBODY))
    one = frame(at(10))
    taken = sum(sink.offer(one) for _ in range(BUFFER_FRAMES + 5))
    assert taken == BUFFER_FRAMES


def test_accepted_frames_that_kafka_never_acknowledged_are_logged_at_shutdown() -> None:
    sink = Sink(Cluster(NOBODY))
    sink.require_empty()
    sink.offer(frame(at(10)))
    with pytest.raises(CannotSend, match="1 frames"):
        sink.require_empty()


def test_a_frame_that_kafka_did_not_store_is_never_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(config: dict[str, object], **options: object) -> Producer:
        return Producer(config | {"message.timeout.ms": 100}, **options)

    monkeypatch.setattr("pageheat.services.runtime.kafka_clients.Producer", hasty)
    told: list[int] = []
    sink = Sink(Cluster(NOBODY))
    assert sink.offer(frame(at(10)), told.append)
    sink.flush()
    sink.require_empty()  # it was discarded
    assert told == []


def test_a_kafka_that_acknowledges_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr("pageheat.services.ingest.sink.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    sink = Sink(Cluster(NOBODY))
    now_s[0] += SILENCE_S + 1
    assert sink.why_unready() is None, "no frame waits for it"
    sink.offer(frame(at(10)))
    assert sink.why_unready() is None, "the frame has just been sent"
    now_s[0] += SILENCE_S + 1
    assert sink.why_unready() == f"Kafka has acknowledged nothing for {SILENCE_S + 1} s"
