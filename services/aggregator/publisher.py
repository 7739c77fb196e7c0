"""The aggregator's producer: grids, tombstones and heartbeats to `heatmap`, breakdowns, dead letters."""

import logging

from confluent_kafka import KafkaError, KafkaException, Message
from prometheus_client import Counter, Gauge

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.records import (
    HEARTBEAT_KEY_PREFIX,
    MAX_RECORD_BYTES,
    Breakdown,
    Grid,
    Heartbeat,
    encode,
)
from pageheat.services.contract.topics import DEAD_LETTER, HEATMAP, HEATMAP_DETAIL
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.dead_letters import report

log = logging.getLogger(__name__)

LINGER_MS = 2
"""Wait for more grids of the same step, to send them together."""

BUFFER_RECORDS = 50_000
"""Limit of records buffered while Kafka is away; a page's next grid replaces one that was dropped."""

MAX_BUFFER_KB = 131_072
"""Memory limit of the buffer."""

MAX_FRAMING_BYTES = 10_000
"""A record's bytes beside its value: a key of 3 kB at most, and Kafka's framing."""

FLUSH_S = 5
"""Timeout for sending the buffer on shutdown; lost grids are published again after a restart."""

grids = Counter("pageheat_aggregator_grids", "Grids published")
breakdowns = Counter("pageheat_aggregator_details", "Breakdowns published")
buffered = Gauge("pageheat_aggregator_records_buffered", "Records waiting for Kafka's acknowledgement")
failed = Counter("pageheat_aggregator_records_lost", "Records that Kafka did not accept", ["error"])


class Publisher:
    """One producer for all output; never blocks. The caller chooses the partitions."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._producer = kafka_clients.producer(
            cluster,
            {
                "linger.ms": LINGER_MS,
                "queue.buffering.max.messages": BUFFER_RECORDS,
                "queue.buffering.max.kbytes": MAX_BUFFER_KB,
                # limit before compression; compressed, records are below the 1 MB that Kafka accepts
                "message.max.bytes": MAX_RECORD_BYTES + MAX_FRAMING_BYTES,
            },
            logger=log,
        )
        buffered.set_function(lambda: len(self._producer))

    def grid(self, partition: int, key: str, grid: Grid | None, end_ms: int) -> bool:
        """Publish a page's grid, or its tombstone; False if the buffer is full."""
        if grid is not None:
            grids.inc()
        value = None if grid is None else encode(grid)
        return self._produce(HEATMAP, partition, key.encode(), value, timestamp=end_ms)

    def breakdown(self, partition: int, key: str, breakdown: Breakdown | None, end_ms: int) -> bool:
        """Publish a page's breakdown, or its tombstone; False if the buffer is full."""
        if breakdown is not None:
            breakdowns.inc()
        value = None if breakdown is None else encode(breakdown)
        return self._produce(HEATMAP_DETAIL, partition, key.encode(), value, timestamp=end_ms)

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Publish how far a partition is counted."""
        key = f"{HEARTBEAT_KEY_PREFIX}{heartbeat.partition}".encode()
        self._produce(HEATMAP, heartbeat.partition, key, encode(heartbeat), timestamp=heartbeat.end)

    def dead_letter(self, dead_letter: DeadLetter) -> None:
        """Report and keep a record that could not be read."""
        report(dead_letter)
        self._produce(DEAD_LETTER, 0, dead_letter.key, dead_letter.value, headers=dead_letter.headers)

    def poll(self) -> None:
        """Serve Kafka's acknowledgements; call it at each step."""
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until Kafka has everything, FLUSH_S at most."""
        self._producer.flush(FLUSH_S)

    def _produce(self, topic: str, partition: int, key: bytes, value: bytes | None, **more: object) -> bool:
        try:
            name = self._cluster.topic(topic)
            self._producer.produce(name, value, key, partition, on_delivery=self._delivered, **more)
        except (BufferError, KafkaException) as error:
            failed.labels("not_taken").inc()
            log.error("a record for %s could not be buffered: %s", topic, error)
            return False
        return True

    @staticmethod
    def _delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.labels(error.name()).inc()
            log.error("a record was lost: %s", error.str())
