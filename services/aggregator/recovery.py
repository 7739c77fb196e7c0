"""The log is the state: where an assigned partition's window begins in it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicPartition

from pageheat.services.runtime.log_reader import (
    CannotRead,
    OffsetRange,
    committed_offsets,
    offsets_for_time,
    watermarks,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery(OffsetRange):
    """What to read back of a partition.

    The group stood at `stood`: what comes before it has been looked at by another instance.
    """

    stood: int


def spans(consumer: Consumer, partitions: Sequence[TopicPartition], since_ms: int) -> Iterable[Recovery]:
    """What to read back of each partition: from the first record since `since_ms` to its end.

    The end, not where the group stands: so no grid is published that knows less than its predecessor
    knew, and a backlog is read in batches.

    Raises:
        CannotRead: Kafka does not answer.
    """
    if not partitions:
        return
    times = [TopicPartition(tp.topic, tp.partition, since_ms) for tp in partitions]
    try:
        # the ends first: what comes after them must not be taken for read
        ends = {tp.partition: watermarks(consumer, tp)[1] for tp in partitions}
        committed = {tp.partition: tp.offset for tp in committed_offsets(consumer, partitions)}
        for first in offsets_for_time(consumer, times):
            end, stood = ends[first.partition], committed[first.partition]
            if stood > end:
                log.warning(
                    "%s[%d]: the group stands at %d, beyond the end at %d: the topic is another than it was",
                    *(first.topic, first.partition, stood, end),
                )
            start = min(first.offset, end) if first.offset >= 0 else end
            if 0 <= stood < start:
                log.warning(
                    "%s[%d]: %d records were never counted: the group was away for longer than the window",
                    *(first.topic, first.partition, start - stood),
                )
            yield Recovery(first.partition, start, end, stood)
    except KafkaException as error:
        raise CannotRead(f"Kafka does not say where to start: {error.args[0].str()}") from None
