"""The stream that re-keys: each record of `clickstream` to its page, to the dead letters, or nowhere."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition
from prometheus_client import Counter, Gauge

from services.contract.clock import wall_clock_ms
from services.contract.dead_letters import DeadLetter
from services.contract.reading_back import read_back
from services.contract.records import Frame
from services.contract.streams import (
    SerializationContext,
    Serializer,
    Stateless,
    StreamApplication,
    message_context,
)
from services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER
from services.group_by.recovery import spans
from services.group_by.resends import Resends
from services.group_by.routing import PageFrame, read, route

log = logging.getLogger(__name__)
frames = Counter("pageheat_group_by_frames", "Frames sent on to their page")
resent = Counter("pageheat_group_by_frames_resent", "Frames that had come before and were dropped")
buffered = Gauge("pageheat_group_by_records_buffered", "Records waiting for Kafka's acknowledgement")
unseen = Counter("pageheat_group_by_sessions_unseen", "Sessions beyond MAX_SESSIONS, not watched for resends")


class ValueBytes(Serializer):
    """Writes the `value` of what is routed."""

    def __call__(self, value: PageFrame | DeadLetter, ctx: SerializationContext) -> bytes:
        """The bytes as they came."""
        return value.value


class Rekeying(Stateless):
    """Routes records; knows of each assigned partition which frames have come before."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._resends: dict[int, Resends] = {}

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Learn from the log what came before; reading goes on where the group stands."""
        started_s = time.monotonic()
        self._resends = {tp.partition: Resends() for tp in partitions}

        def learn(message: Message) -> None:
            frame = read(message.value())
            if isinstance(frame, Frame):
                self._is_resend(message.partition() or 0, frame)

        wanted = list(spans(self._broker, consumer, partitions, wall_clock_ms()))
        count = read_back(self._broker, CLICKSTREAM, wanted, learn)
        log.info(
            "re-keying partitions %s; read back %d records in %.2f s",
            *(sorted(self._resends), count, time.monotonic() - started_s),
        )

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """What came before is another's to know."""
        for tp in partitions:
            self._resends.pop(tp.partition, None)

    def route(self, value: Any, key: Any, _timestamp: int, _headers: Any) -> PageFrame | DeadLetter | None:
        """Where the record goes; None for a frame that has come before."""
        context = message_context()
        frame = read(value)
        routed = route(frame, key, value, context.partition, context.offset)
        if isinstance(routed, DeadLetter):
            routed.report()
        elif isinstance(frame, Frame) and self._is_resend(context.partition, frame):
            resent.inc()
            return None
        else:
            frames.inc()
        return routed

    def _is_resend(self, partition: int, frame: Frame) -> bool:
        if frame.session is None or frame.seq is None:
            return False
        resends = self._resends[partition]
        before = resends.unseen_sessions
        is_resend = resends.is_resend(frame.session, frame.seq, frame.received)
        if resends.unseen_sessions != before:
            unseen.inc()
        return is_resend


def rekey(app: StreamApplication, rekeying: Rekeying) -> None:
    """Have the application route every record of `clickstream`."""
    buffered.set_function(app.buffered)
    by_page = app.raw_topic(BY_PAGE, ValueBytes())
    dead_letter = app.raw_topic(DEAD_LETTER, ValueBytes())
    stream = app.dataframe(app.raw_topic(CLICKSTREAM))
    stream = stream.apply(rekeying.route, metadata=True)
    stream = stream.filter(lambda routed: routed is not None)
    stream = stream.set_headers(lambda routed, *_: routed.headers)
    stream.to_topic(
        lambda routed, *_: dead_letter if isinstance(routed, DeadLetter) else by_page,
        key=lambda routed: routed.key,
    )
