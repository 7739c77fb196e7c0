"""Whether Kafka answers: asked every few seconds, beside the work.

A silent topic and a Kafka that is away look alike to who reads, and who has nothing to send never asks. So
this asks Kafka itself, through a connection of its own, who leads the partitions that the process needs.
A topic that is deleted and made again has the same name and another id, and what was known of its
offsets is wrong: who reads it has to begin anew.
"""

import threading
import time
from collections.abc import Callable, Collection
from typing import Self

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from prometheus_client import Gauge

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.kafka_clients import Admin

ASK_S = 2
"""Between two questions: a small request each."""

ANSWER_S = 3
"""For an answer. With ASK_S before each, two questions in a row have failed by AWAY_S."""

AWAY_S = 10
"""Without a good answer for this long Kafka is away; an election of leaders takes less."""

SILENT_S = ASK_S + ANSWER_S + 1
"""Without one for this long it may be. Sooner than a loop that waits for it is taken to stand still."""

silence = Gauge(
    "pageheat_kafka_silence_seconds", "Since Kafka last answered with a leader for each partition"
)


class TopicRecreated(PageheatError):
    """A topic is another than it was: it was deleted and made again."""


class KafkaMonitor:
    """Asks from a thread of its own, which ends with the process.

    Args:
        broker: bootstrap servers.
        topics: those whose partitions all need a leader.
    """

    def __init__(self, broker: str, topics: Collection[str]) -> None:
        self._topics = list(topics)
        self._client = Admin(broker)
        self._reason = "it was not asked"
        self._ids: dict[str, str] = {}  # topic → what Kafka knows it by
        self._made_anew = ""
        self._answered_s = time.monotonic()
        silence.set_function(lambda: time.monotonic() - self._answered_s)

    def start(self) -> Self:
        """Begin to ask."""
        threading.Thread(target=self._ask_on, name="kafka-contact", daemon=True).start()
        return self

    def why_unready(self) -> str | None:
        """Why Kafka cannot be worked with, or None."""
        silence_s = time.monotonic() - self._answered_s
        if silence_s < AWAY_S:
            return None
        return f"Kafka has been away for {silence_s:.0f} s: {self._reason}"

    def require_same(self) -> None:
        """Refuse to go on with a topic that is another than it was.

        Raises:
            TopicRecreated: one was deleted and made again since this began to ask.
        """
        if self._made_anew:
            raise TopicRecreated(
                f"topic {self._made_anew} was deleted and made again; exiting, to be started again and to "
                "read it from its beginning"
            )

    def unless_silent(self, health: Callable[[], str | None]) -> Callable[[], str | None]:
        """That health while Kafka answers: a process that waits for Kafka is not mended by another start."""
        return lambda: health() if time.monotonic() - self._answered_s < SILENT_S else None

    def ask(self) -> None:
        """Ask once; waits ANSWER_S at most."""
        answers = self._client.describe_topics(TopicCollection(self._topics), request_timeout=ANSWER_S)
        for name, answer in answers.items():
            try:
                topic = answer.result()
            except KafkaException as error:
                is_gone = error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART
                self._reason = f"topic {name} is gone" if is_gone else error.args[0].str()
                return
            id_ = str(topic.topic_id)
            if self._ids.setdefault(name, id_) != id_:
                self._made_anew = name
            if any(partition.leader is None for partition in topic.partitions):
                self._reason = f"a partition of {name} has no leader"
                return
        self._answered_s = time.monotonic()

    def _ask_on(self) -> None:
        while True:
            self.ask()
            time.sleep(ASK_S)
