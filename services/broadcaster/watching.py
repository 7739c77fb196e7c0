"""Tells ingest which pages have viewers, by the topic `watched`."""

import logging
from contextlib import suppress

from confluent_kafka import KafkaException

from pageheat.services.contract.topics import WATCHED
from pageheat.services.contract.watching import LEASE_MS, VALUE
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""Records that wait while Kafka is away. More pages than that are told when they are renewed."""

FLUSH_S = 1
"""Timeout for the last records at the end, which only save a new viewer some seconds."""


class WatchedTopic:
    """Writes that pages are watched."""

    def __init__(self, cluster: Cluster) -> None:
        settings = {
            "linger.ms": 0,  # visitors wait for it
            "queue.buffering.max.messages": MAX_WAITING,
            "message.timeout.ms": LEASE_MS,  # later it would be untrue
        }
        self._producer = kafka_clients.producer(cluster, settings, logger=log)
        self._topic = cluster.topic(WATCHED)

    def tell(self, page: str) -> None:
        """Write that this page is watched now. Never blocks; what is lost is told with the next renewal."""
        with suppress(BufferError, KafkaException):
            self._producer.produce(self._topic, VALUE, page)
        self._producer.poll(0)

    def close(self) -> None:
        """Write what waits."""
        self._producer.flush(FLUSH_S)
