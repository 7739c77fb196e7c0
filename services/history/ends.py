"""Until when each partition is stored completely: where the topic ended, and when that was.

A thread asks Kafka every few seconds for the ends of all partitions. What is stored up to such an end is
complete up to the time before it was asked for, also where nothing has come since.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Self

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin

INTERVAL_S = 2
"""Pause between two small requests; an answer says by so much less than is true."""

TIMEOUT_S = 3

MAX_SEEN = 1_000
"""Observations that are kept, half an hour of them. Who is further behind keeps every other one."""

NEVER_MS = 0
"""Of a partition of which nobody has said yet that it is stored."""


class Seen:
    """The ends that were seen. Pure; one thread may call `add` while another calls `reached`."""

    def __init__(self) -> None:
        self._seen: list[tuple[int, Mapping[int, int]]] = []

    def add(self, time_ms: int, ends: Mapping[int, int]) -> None:
        """At this time, the partitions ended at these offsets, or before."""
        seen = [*self._seen, (time_ms, ends)]
        self._seen = seen if len(seen) <= MAX_SEEN else [*seen[:-1:2], seen[-1]]

    def reached(self, stored: Mapping[int, int]) -> dict[int, int]:
        """Until when each partition is complete, ms since the epoch.

        Args:
            stored: our partitions, and before which offset each is stored.

        Returns:
            all partitions of the topic, with NEVER_MS for what is not ours, or not known.
        """
        seen = self._seen
        found = dict.fromkeys(seen[-1][1], NEVER_MS) if seen else {}
        for partition, offset in stored.items():
            times = (time_ms for time_ms, ends in reversed(seen) if ends.get(partition, offset + 1) <= offset)
            found[partition] = next(times, NEVER_MS)
        if stored:
            self._forget_before(min(found[partition] for partition in stored))
        return found

    def _forget_before(self, time_ms: int) -> None:
        self._seen = [each for each in self._seen if each[0] >= time_ms]


class Ends:
    """Asks Kafka from a daemon thread.

    Args:
        cluster: where it is.
        clock_ms: returns the current time, ms since the epoch.
    """

    def __init__(self, cluster: Cluster, clock_ms: Callable[[], int]) -> None:
        self._topic = cluster.topic(BY_PAGE)
        self._client = Admin(cluster)
        self._clock_ms = clock_ms
        self._seen = Seen()
        self.reached = self._seen.reached

    def start(self) -> Self:
        """Start the thread."""
        threading.Thread(target=self._ask_forever, name="kafka-ends", daemon=True).start()
        return self

    def ask(self) -> None:
        """Ask once.

        Raises:
            KafkaException: Kafka does not answer.
        """
        time_ms = self._clock_ms()
        topic = self._client.list_topics(self._topic, timeout=TIMEOUT_S).topics[self._topic]
        asked = {TopicPartition(self._topic, number): OffsetSpec.latest() for number in topic.partitions}
        answers = self._client.list_offsets(asked, request_timeout=TIMEOUT_S)
        self._seen.add(time_ms, {tp.partition: self._client.answer(it).offset for tp, it in answers.items()})

    def _ask_forever(self) -> None:
        while True:
            with contextlib.suppress(KafkaException):  # answers say then until when they are complete
                self.ask()
            time.sleep(INTERVAL_S)
