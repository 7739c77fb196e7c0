"""The log is the state: which records of an assigned partition to read back before processing continues."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.group_by.deduplicator import needed_since_ms
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.log_reader import (
    CannotRead,
    OffsetRange,
    committed_offsets,
    offsets_for_time,
    read_ranges,
    watermarks,
)

log = logging.getLogger(__name__)


def spans(
    cluster: Cluster, consumer: Consumer, partitions: Sequence[TopicPartition], now_ms: int
) -> Iterable[OffsetRange]:
    """The ranges to read back: records that decide which frames after the committed offset are duplicates.

    If the committed offset is beyond a partition's end, `offset` becomes the beginning; nothing is read back.

    Raises:
        CannotRead: Kafka does not answer.
    """
    try:
        offsets = committed_offsets(consumer, partitions)
        committed = {tp.partition: tp.offset for tp in offsets if tp.offset >= 0}
        topic = cluster.topic(CLICKSTREAM)
        ends = {number: watermarks(consumer, TopicPartition(topic, number))[1] for number in committed}
        _restart_beyond_end(partitions, committed, ends)
        received = dict.fromkeys(committed, now_ms)

        def note(message: Message) -> None:
            received[message.partition() or 0] = message.timestamp()[1]

        # if the group was away, the time to start from is that of its next frame, not now
        read_ranges(
            cluster,
            CLICKSTREAM,
            [OffsetRange(number, start, min(start + 1, ends[number])) for number, start in committed.items()],
            note,
        )
        times = [TopicPartition(topic, n, needed_since_ms(received[n])) for n in committed]
        if not times:
            return
        for first in offsets_for_time(consumer, times):
            stop = min(committed[first.partition], ends[first.partition])
            if 0 <= first.offset < stop:
                yield OffsetRange(first.partition, first.offset, stop)
    except KafkaException as error:
        raise CannotRead(f"Kafka does not say where to start: {error.args[0].str()}") from None


def _restart_beyond_end(
    partitions: Sequence[TopicPartition], committed: dict[int, int], ends: Mapping[int, int]
) -> None:
    """Start partitions at the beginning if the committed offset is beyond the end (a recreated topic)."""
    for tp in partitions:
        if (offset := committed.get(tp.partition, 0)) > ends.get(tp.partition, offset):
            log.warning(
                "%s[%d]: the committed offset %d is beyond the end at %d: the topic was recreated",
                *(CLICKSTREAM, tp.partition, offset, ends[tp.partition]),
            )
            tp.offset = OFFSET_BEGINNING
            del committed[tp.partition]
