"""The log is the state: what an assigned partition's earlier frames say about those to come."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.group_by.deduplicator import needed_since_ms
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
    broker: str, consumer: Consumer, partitions: Sequence[TopicPartition], now_ms: int
) -> Iterable[OffsetRange]:
    """What to read back of each partition: what decides about the frames from where the group stands.

    Where it stands beyond a partition's end, `offset` is set to the beginning, and nothing read back.

    Raises:
        CannotRead: Kafka does not answer.
    """
    try:
        stood = {tp.partition: tp.offset for tp in committed_offsets(consumer, partitions) if tp.offset >= 0}
        ends = {number: watermarks(consumer, TopicPartition(CLICKSTREAM, number))[1] for number in stood}
        _start_again(partitions, stood, ends)
        received = dict.fromkeys(stood, now_ms)

        def note(message: Message) -> None:
            received[message.partition() or 0] = message.timestamp()[1]

        # of a group that was away its next frame says what time it is in the log
        read_ranges(
            broker,
            CLICKSTREAM,
            [OffsetRange(number, stand, min(stand + 1, ends[number])) for number, stand in stood.items()],
            note,
        )
        times = [TopicPartition(CLICKSTREAM, number, needed_since_ms(received[number])) for number in stood]
        if not times:
            return
        for first in offsets_for_time(consumer, times):
            stand = min(stood[first.partition], ends[first.partition])
            if 0 <= first.offset < stand:
                yield OffsetRange(first.partition, first.offset, stand)
    except KafkaException as error:
        raise CannotRead(f"Kafka does not say where to start: {error.args[0].str()}") from None


def _start_again(
    partitions: Sequence[TopicPartition], stands: dict[int, int], ends: Mapping[int, int]
) -> None:
    """Have partitions begin again where the group stands beyond their end: the topic was made anew."""
    for tp in partitions:
        if (stand := stands.get(tp.partition, 0)) > ends.get(tp.partition, stand):
            log.warning(
                "%s[%d]: the group stands at %d, beyond the end at %d: the topic is another than it was",
                *(CLICKSTREAM, tp.partition, stand, ends[tp.partition]),
            )
            tp.offset = OFFSET_BEGINNING
            del stands[tp.partition]
