"""Explicit reads of a topic. The test plays Kafka."""

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from pageheat.services.runtime.log_reader import committed_offsets, offsets_for_time, watermarks

PLACE = TopicPartition("heatmap", 3, 700)
NO_LEADER = KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)

Question = Callable[[Any], int]
QUESTIONS: dict[str, Question] = {
    "where it ends": lambda consumer: watermarks(consumer, PLACE)[1],
    "where the group stands": lambda consumer: committed_offsets(consumer, [PLACE])[0].offset,
    "its first record since a time": lambda consumer: offsets_for_time(consumer, [PLACE])[0].offset,
}


class Consumer:
    """A client whose partition ends at 12 and has no leader for the first requests."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def _error(self) -> KafkaError | None:
        self.refusals -= 1
        return NO_LEADER if self.refusals >= 0 else None

    def get_watermark_offsets(self, _: TopicPartition, timeout: float) -> tuple[int, int]:
        if error := self._error():
            raise KafkaException(error)
        return 4, 12

    def committed(self, _: list[TopicPartition], timeout: float) -> list[SimpleNamespace]:
        # the error of a TopicPartition cannot be set from Python
        return [SimpleNamespace(topic=PLACE.topic, partition=3, offset=12, error=self._error())]

    offsets_for_times = committed


@pytest.fixture(autouse=True)
def _a_second_passes_whenever_the_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    clock = SimpleNamespace(monotonic=lambda: next(seconds), sleep=lambda _: None)
    monkeypatch.setattr("pageheat.services.runtime.log_reader.time", clock)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_partition_without_a_leader_is_asked_again(question: Question) -> None:
    assert question(Consumer(refusals=3)) == 12


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_partition_that_gets_no_leader_is_given_up_with_kafkas_reason(question: Question) -> None:
    with pytest.raises(KafkaException, match="Not leader for partition"):
        question(Consumer(refusals=1_000_000))
