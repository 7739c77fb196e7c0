"""The log is the state: which records to read back for an assigned partition's window."""

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
    """The records of a partition to read back.

    Records before `committed`, the group's committed offset, were handled by another instance.
    """

    committed: int


def spans(consumer: Consumer, partitions: Sequence[TopicPartition], since_ms: int) -> Iterable[Recovery]:
    """The records to read back of each partition: from the first record since `since_ms` to its end.

    To its end, not to the committed offset: so no grid is published with a lower position than its
    predecessor, and a backlog is read in batches.

    Raises:
        CannotRead: Kafka does not answer.
    """
    if not partitions:
        return
    times = [TopicPartition(tp.topic, tp.partition, since_ms) for tp in partitions]
    try:
        # the ends first: records that arrive later must not be taken for read
        ends = {tp.partition: watermarks(consumer, tp)[1] for tp in partitions}
        offsets = {tp.partition: tp.offset for tp in committed_offsets(consumer, partitions)}
        for first in offsets_for_time(consumer, times):
            end, committed = ends[first.partition], offsets[first.partition]
            if committed > end:
                log.warning(
                    "%s[%d]: the committed offset %d is beyond the end, %d: the topic was created again",
                    *(first.topic, first.partition, committed, end),
                )
            start = min(first.offset, end) if first.offset >= 0 else end
            if 0 <= committed < start:
                log.warning(
                    "%s[%d]: %d records were never counted: the group was away for longer than the window",
                    *(first.topic, first.partition, start - committed),
                )
            yield Recovery(first.partition, start, end, committed)
    except KafkaException as error:
        raise CannotRead(f"cannot read from Kafka where to start: {error.args[0].str()}") from None
