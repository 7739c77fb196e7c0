"""What Kafka is asked of a topic by hand: where it begins and ends, and its records read back."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 500
"""Records a call. Python looks for cycles among those that wait: with 5,000 that costs a third more each."""

BATCH_WAIT_S = 0.05
"""What a call may wait for a full batch: the end of a partition is seen this much late."""

MAX_QUEUE_KB = 16_384
"""Of records that were fetched and wait, 40 MB with what short ones take besides: more is not faster."""

READ_TIMEOUT_S = 30
"""Without a record for this long Kafka is taken to be away, and the process starts again."""

ASK_AGAIN_S = 0.1
"""Between two askings of what Kafka did not answer."""


class CannotRecover(PageheatError):
    """The log could not be read back."""


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Records of one partition: from `start`, up to but not including `stop`."""

    partition: int
    start: int
    stop: int


def _ask(question: Callable[[], T]) -> T:
    """Kafka's answer, asked for again while it has none: a partition just made, or moved, has no leader yet.

    Raises:
        KafkaException: it had none for KAFKA_TIMEOUT_S.
    """
    until_s = time.monotonic() + KAFKA_TIMEOUT_S
    while True:
        try:
            return question()
        except KafkaException:
            if time.monotonic() > until_s:
                raise
            time.sleep(ASK_AGAIN_S)


def watermarks(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """A partition's first offset and its next one.

    Raises:
        KafkaException: Kafka did not answer for KAFKA_TIMEOUT_S.
    """
    low, end = _ask(lambda: consumer.get_watermark_offsets(place, timeout=KAFKA_TIMEOUT_S))
    return low, end


def committed_offsets(consumer: Consumer, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
    """Where the consumer's group stands in each partition.

    Raises:
        KafkaException: Kafka did not answer for KAFKA_TIMEOUT_S.
    """
    return _ask(lambda: _answered(consumer.committed(list(partitions), timeout=KAFKA_TIMEOUT_S)))


def offsets_for_time(consumer: Consumer, times: Sequence[TopicPartition]) -> list[TopicPartition]:
    """The first record of each partition since the time (ms) given as its offset; below 0 if there is none.

    Raises:
        KafkaException: Kafka did not answer for KAFKA_TIMEOUT_S.
    """
    return _ask(lambda: _answered(consumer.offsets_for_times(list(times), timeout=KAFKA_TIMEOUT_S)))


def _answered(partitions: list[TopicPartition]) -> list[TopicPartition]:
    for tp in partitions:
        if tp.error:
            reason = f"it knows nothing of {tp.topic}[{tp.partition}] now: {tp.error.str()}"
            raise KafkaException(KafkaError(tp.error.code(), reason))
    return partitions


def read_ranges(
    broker: str, topic: str, wanted: Iterable[OffsetRange], record: Callable[[Message], None]
) -> int:
    """Give every record of the spans to `record`, in order within a partition; return their number.

    Raises:
        CannotRecover: Kafka gave no record for READ_TIMEOUT_S.
    """
    stops = {span.partition: span.stop for span in wanted if span.start < span.stop}
    if not stops:
        return 0
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "recovery",  # never joined: partitions are assigned by hand
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,
            "queued.max.messages.kbytes": MAX_QUEUE_KB,
        },
        logger=log,
    )
    count = 0
    try:
        consumer.assign(
            [TopicPartition(topic, span.partition, span.start) for span in wanted if span.partition in stops]
        )
        heard_s = time.monotonic()
        while stops:
            messages = consumer.consume(BATCH, BATCH_WAIT_S)
            for message in messages:
                if message.error():
                    raise CannotRecover(f"Kafka cannot be read back: {message.error().str()}")
                if message.offset() < stops.get(message.partition(), 0):
                    record(message)
                    count += 1
            # the position, not the last record's offset: it also passes what is no record
            for tp in consumer.position([TopicPartition(topic, p) for p in stops]):
                if tp.offset >= stops[tp.partition]:
                    del stops[tp.partition]
            if messages:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > READ_TIMEOUT_S:
                raise CannotRecover(f"Kafka has sent no record of {topic} for {READ_TIMEOUT_S} s")
    except KafkaException as error:
        raise CannotRecover(f"Kafka cannot be read back: {error.args[0].str()}") from None
    finally:
        consumer.close()
    return count
