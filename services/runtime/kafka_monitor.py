"""Checks every few seconds, in a thread, whether Kafka answers.

To a consumer, a silent topic looks like a Kafka that is away, and an idle producer never contacts Kafka. So
this asks Kafka, through a connection of its own, for the leaders of the partitions that the process needs.
A topic that is deleted and created again has the same name and a new id. Offsets of the old topic are
then wrong, and its consumers have to restart.
"""

import threading
import time
from collections.abc import Callable, Collection
from typing import Self

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from prometheus_client import Gauge

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin

INTERVAL_S = 2
"""Pause between two small requests."""

RETRY_S = 0.5
"""The same while Kafka is away: so soon is it seen again."""

TIMEOUT_S = 3
"""Timeout of a request. With INTERVAL_S before each, two requests in a row have failed by AWAY_S."""

AWAY_S = 10
"""After this long without a good answer, Kafka is away; an election of leaders takes less."""

SILENT_S = INTERVAL_S + TIMEOUT_S + 1
"""After this long, it may be away. Shorter than the time after which a waiting loop counts as stuck."""

silence = Gauge(
    "pageheat_kafka_silence_seconds", "Time since Kafka last reported a leader for each partition"
)


class TopicRecreated(PageheatError):
    """A topic was deleted and created again."""


class KafkaMonitor:
    """Asks Kafka from a daemon thread.

    Args:
        cluster: where it is.
        topics: topics whose partitions all need a leader.
    """

    def __init__(self, cluster: Cluster, topics: Collection[str]) -> None:
        self._topics = [cluster.topic(name) for name in topics]
        self._client = Admin(cluster)
        self._reason = "no request was sent yet"
        self._ids: dict[str, str] = {}  # topic → its id in Kafka
        self._recreated = ""
        self._answers = True
        self._answered_s = time.monotonic()
        silence.set_function(lambda: time.monotonic() - self._answered_s)

    def start(self) -> Self:
        """Start the thread."""
        threading.Thread(target=self._ask_forever, name="kafka-contact", daemon=True).start()
        return self

    def why_unready(self) -> str | None:
        """Why Kafka is unusable, or None."""
        silence_s = time.monotonic() - self._answered_s
        if silence_s < AWAY_S:
            return None
        return f"Kafka has been away for {silence_s:.0f} s: {self._reason}"

    def require_same(self) -> None:
        """Refuse to continue if a topic was replaced.

        Raises:
            TopicRecreated: a topic was deleted and created again since the start.
        """
        if self._recreated:
            raise TopicRecreated(
                f"topic {self._recreated} was deleted and created again; exiting, to be restarted and to "
                "read it from its beginning"
            )

    def unless_silent(self, health: Callable[[], str | None]) -> Callable[[], str | None]:
        """`health` while Kafka answers, otherwise None: a restart would not help while Kafka is away."""
        return lambda: health() if time.monotonic() - self._answered_s < SILENT_S else None

    def ask(self) -> None:
        """Ask once; waits twice TIMEOUT_S at most."""
        if not self._answers:
            try:
                self._client.reach(TIMEOUT_S)
            except KafkaException as error:
                self._reason = self._client.why(error)
                return
        self._answers = False
        answers = self._client.describe_topics(TopicCollection(self._topics), request_timeout=TIMEOUT_S)
        for name, answer in answers.items():
            try:
                topic = self._client.answer(answer)
            except KafkaException as error:
                is_gone = error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART
                self._reason = f"topic {name} is gone" if is_gone else self._client.why(error)
                return
            id_ = str(topic.topic_id)
            if self._ids.setdefault(name, id_) != id_:
                self._recreated = name
            if any(partition.leader is None for partition in topic.partitions):
                self._reason = f"a partition of {name} has no leader"
                return
        self._answers = True
        self._answered_s = time.monotonic()

    def _ask_forever(self) -> None:
        while True:
            self.ask()
            time.sleep(INTERVAL_S if self._answers else RETRY_S)
