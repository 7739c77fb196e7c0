"""The one place where clients of Kafka are made: what all of ours share, and what each adds.

Settings are librdkafka's, by its names. A client that is given no logger is silent: its errors come as
exceptions, and say the same as its log would.
"""

import logging
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from pageheat.services.contract.rights import READERS
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_errors import explained, is_refusal

Settings = dict[str, Any]

T = TypeVar("T")

CLIENT: Settings = {
    # librdkafka waits up to 10 s between attempts; with one, a Kafka that returns is seen at once
    "reconnect.backoff.max.ms": 1_000,
}
"""Of every client."""

PRODUCER: Settings = CLIENT | {
    # each record once and in order, with acks=all: the aggregator relies on the order of a source's frames
    "enable.idempotence": True,
    "compression.type": "lz4",
}
"""Of every producer."""

CONSUMER: Settings = CLIENT | {
    # librdkafka pauses fetching for 1 s once its queue is full, which starves a reader of batches
    "fetch.queue.backoff.ms": 5,
}
"""Of every consumer."""

POLL_S = 0.05
"""How soon a refusal ends the wait for an answer."""


def producer(
    cluster: Cluster, settings: Settings | None = None, *, logger: logging.Logger | None = None
) -> Producer:
    """A producer."""
    return Producer(_config(cluster, PRODUCER, settings, logger), **_logging(logger))


def reader(
    cluster: Cluster, settings: Settings | None = None, *, logger: logging.Logger | None = None
) -> Consumer:
    """A consumer outside of any group: partitions are assigned explicitly, and nothing is committed.

    librdkafka requires the name of a group all the same.
    """
    alone = {
        "group.id": cluster.group(READERS),
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
    }
    return Consumer(_config(cluster, CONSUMER | alone, settings, logger), **_logging(logger))


class Admin(AdminClient):  # type: ignore[misc]  # the client has no types
    """A client that asks about topics, and creates them.

    librdkafka reports that Kafka refuses us (a wrong password, a wrong certificate) only to a callback, and
    requests then wait for their time-out. So wait for answers by `answer`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._refusal: KafkaError | None = None
        # without a callback, errors of a broker that is not there yet are printed
        super().__init__(_config(cluster, CLIENT, {"error_cb": self._note}, None))

    def answer(self, request: "Future[T]") -> T:
        """What Kafka answers to a request.

        Raises:
            KafkaException: Kafka refuses the request, does not answer it in time, or does not let us in.
        """
        known = self._refusal
        while not request.done():
            wait([request], POLL_S)
            self.poll(0)
            if self._refusal is not known:
                raise KafkaException(self._refusal)
        try:
            result = request.result()
        except KafkaException as error:
            raise self._rather_refused(error) from None
        self._refusal = None
        return result

    def reach(self, timeout_s: float) -> None:
        """Return once a broker answers: before a request to a Kafka that has been away.

        The request itself would wait for a controller that has gone, which takes most of a core (librdkafka
        2.12); this waits idly.

        Raises:
            KafkaException: no broker answers in time, or Kafka does not let us in.
        """
        try:
            self.list_topics(timeout=timeout_s)
        except KafkaException as error:
            self.poll(0)
            raise self._rather_refused(error) from None

    def _rather_refused(self, error: KafkaException) -> KafkaException:
        """The refusal that a client was told of, if a request was not answered."""
        unanswered = error.args[0].code() in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT)
        return KafkaException(self._refusal) if self._refusal and unanswered else error

    def why(self, error: KafkaException) -> str:
        """An error in plain words."""
        return explained(error.args[0], self.cluster)

    def _note(self, error: KafkaError) -> None:
        if is_refusal(error):
            self._refusal = error


def _config(
    cluster: Cluster, shared: Settings, own: Settings | None, logger: logging.Logger | None
) -> dict[str, Any]:
    silent = {} if logger else {"log_level": 0}
    return {**cluster.config, **shared, **silent, **(own or {})}


def _logging(logger: logging.Logger | None) -> dict[str, logging.Logger]:
    return {"logger": logger} if logger else {}
