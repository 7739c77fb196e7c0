"""Parts of a topic read back by hand, as fast as Kafka gives them, without a consumer group."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from services.contract.errors import PageheatError

log = logging.getLogger(__name__)

BATCH = 5_000
"""Records a call: larger ones are not faster."""

BATCH_WAIT_S = 0.05
"""What a call may wait for a full batch: the end of a partition is seen this much late."""

MAX_QUEUE_KB = 16_384
"""Of records that were fetched and wait, 40 MB with what short ones take besides: more is not faster."""

PATIENCE_S = 30
"""Without a record for this long Kafka is taken to be away, and the process starts again."""


class CannotRecover(PageheatError):
    """The log could not be read back."""


@dataclass(frozen=True, slots=True)
class Span:
    """Records of one partition: from `start`, up to but not including `stop`."""

    partition: int
    start: int
    stop: int


def answered(partitions: list[TopicPartition]) -> list[TopicPartition]:
    """What Kafka answered about partitions.

    Raises:
        CannotRecover: of one it knows nothing.
    """
    for tp in partitions:
        if tp.error:
            raise CannotRecover(f"Kafka knows nothing of {tp.topic}[{tp.partition}] now: {tp.error.str()}")
    return partitions


def read_back(broker: str, topic: str, wanted: Iterable[Span], record: Callable[[Message], None]) -> int:
    """Give every record of the spans to `record`, in order within a partition; return their number.

    Raises:
        CannotRecover: Kafka gave no record for PATIENCE_S.
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
            elif time.monotonic() - heard_s > PATIENCE_S:
                raise CannotRecover(f"Kafka has sent no record of {topic} for {PATIENCE_S} s")
    except KafkaException as error:
        raise CannotRecover(f"Kafka cannot be read back: {error.args[0].str()}") from None
    finally:
        consumer.close()
    return count
