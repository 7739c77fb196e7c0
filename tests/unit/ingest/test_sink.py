"""Ingest's way to Kafka while Kafka is away: bounded, never blocking, and it says so."""

from types import SimpleNamespace

import pytest
from confluent_kafka import Producer

from pageheat.services.ingest.sink import BUFFER_FRAMES, SILENCE_S, CannotSend, Sink
from tests.support.frames import at, frame

NOBODY = "127.0.0.1:1"


def test_frames_are_kept_up_to_the_bound_and_not_taken_beyond_it() -> None:
    sink = Sink(NOBODY)
    one = frame(at(10))
    taken = sum(sink.offer(one) for _ in range(BUFFER_FRAMES + 5))
    assert taken == BUFFER_FRAMES


def test_accepted_frames_that_kafka_never_took_are_said_at_the_end() -> None:
    sink = Sink(NOBODY)
    sink.require_empty()
    sink.offer(frame(at(10)))
    with pytest.raises(CannotSend, match="1 frames"):
        sink.require_empty()


def test_a_frame_that_kafka_did_not_take_is_never_said_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(config: dict[str, object], **options: object) -> Producer:
        return Producer(config | {"message.timeout.ms": 100}, **options)

    monkeypatch.setattr("pageheat.services.runtime.kafka_clients.Producer", hasty)
    told: list[int] = []
    sink = Sink(NOBODY)
    assert sink.offer(frame(at(10)), told.append)
    sink.flush()
    sink.require_empty()  # it was given up
    assert told == []


def test_a_kafka_that_acknowledges_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr("pageheat.services.ingest.sink.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    sink = Sink(NOBODY)
    now_s[0] += SILENCE_S + 1
    assert sink.why_unready() is None, "nothing waits for it"
    sink.offer(frame(at(10)))
    assert sink.why_unready() is None, "it has been asked just now"
    now_s[0] += SILENCE_S + 1
    assert sink.why_unready() == f"Kafka has acknowledged nothing for {SILENCE_S + 1} s"
