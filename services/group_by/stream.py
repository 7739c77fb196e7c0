"""The re-keying stream: each record of `clickstream` goes to its page or the dead letters, or is dropped."""

import logging
import time
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, Message, TopicPartition
from prometheus_client import Counter, Gauge

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER
from pageheat.services.group_by.recovery import spans
from pageheat.services.group_by.routing import Routing
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.dead_letters import report
from pageheat.services.runtime.log_reader import read_ranges
from pageheat.services.runtime.streams import Headers, Stateless

log = logging.getLogger(__name__)
frames = Counter("pageheat_group_by_frames", "Frames sent to their page")
resent = Counter("pageheat_group_by_frames_resent", "Duplicate frames that were dropped")
buffered = Gauge("pageheat_group_by_records_buffered", "Records waiting for Kafka's acknowledgement")
unwatched = Counter(
    "pageheat_group_by_frames_unwatched", "Frames of sessions beyond MAX_SESSIONS, maybe duplicates"
)

Send = Callable[[str, bytes, bytes, Headers, int], None]
"""Takes topic, key, value, headers and Kafka timestamp, ms."""


class Rekeying(Stateless):
    """Routes the records of each assigned partition."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._routings: dict[int, Routing] = {}

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Read earlier frames back from the log; processing continues at the committed offset."""
        started_s = time.monotonic()
        routings = {tp.partition: Routing(tp.partition) for tp in partitions}

        def learn(message: Message) -> None:
            routings[message.partition() or 0].learn(message.value())

        ranges = list(spans(self._cluster, consumer, partitions, wall_clock_ms()))
        count = read_ranges(self._cluster, CLICKSTREAM, ranges, learn)
        self._routings = routings
        log.info(
            "re-keying partitions %s; read back %d records in %.2f s",
            *(sorted(routings), count, time.monotonic() - started_s),
        )

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Forget the frames of partitions that are no longer ours."""
        for tp in partitions:
            self._routings.pop(tp.partition, None)

    def rekey(self, messages: Sequence[Message], send: Send) -> None:
        """Send each record to its page or the dead letters, with its own timestamp; drop duplicates."""
        before, sent, dead_letters = self._unwatched_frames(), 0, 0
        for message in messages:
            routing = self._routings[message.partition() or 0]
            routed = routing.route(message.offset() or 0, message.key(), message.value())
            if routed is None:
                continue
            if isinstance(routed, DeadLetter):
                report(routed)
                topic, dead_letters = DEAD_LETTER, dead_letters + 1
            else:
                topic, sent = BY_PAGE, sent + 1
            send(topic, routed.key, routed.value, routed.headers, message.timestamp()[1])
        frames.inc(sent)
        resent.inc(len(messages) - sent - dead_letters)
        unwatched.inc(self._unwatched_frames() - before)

    def _unwatched_frames(self) -> int:
        return sum(routing.unwatched_frames for routing in self._routings.values())
