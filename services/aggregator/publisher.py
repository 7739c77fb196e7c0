"""What the aggregator writes: grids, tombstones and clocks to `heatmap`, details, dead letters."""

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
from pageheat.services.runtime.dead_letters import report

log = logging.getLogger(__name__)

LINGER_MS = 2
"""Waited for more grids of the same step."""

BUFFER_RECORDS = 50_000
"""Grids kept while Kafka is away; a page's next grid makes up for one that was not kept."""

MAX_BUFFER_KB = 131_072
"""Of memory for them."""

MAX_FRAMING_BYTES = 10_000
"""Of a record beside its value: a key of 3 kB at most, and what Kafka adds."""

FLUSH_S = 5
"""What a stopping aggregator gives Kafka to take the rest; grids are made again."""

grids = Counter("pageheat_aggregator_grids", "Grids published")
details = Counter("pageheat_aggregator_details", "Breakdowns published")
buffered = Gauge("pageheat_aggregator_records_buffered", "Records waiting for Kafka's acknowledgement")
failed = Counter("pageheat_aggregator_records_lost", "Records Kafka did not take", ["error"])


class Publisher:
    """One producer for all that is written; never blocks. Partitions are named by the caller."""

    def __init__(self, broker: str) -> None:
        self._producer = kafka_clients.producer(
            broker,
            {
                "linger.ms": LINGER_MS,
                "queue.buffering.max.messages": BUFFER_RECORDS,
                "queue.buffering.max.kbytes": MAX_BUFFER_KB,
                # before they are compressed; then they are below the 1 MB that Kafka takes
                "message.max.bytes": MAX_RECORD_BYTES + MAX_FRAMING_BYTES,
            },
            logger=log,
        )
        buffered.set_function(lambda: len(self._producer))

    def grid(self, partition: int, key: str, grid: Grid | None, end_ms: int) -> bool:
        """Publish a page's grid, or its tombstone; False when the buffer is full."""
        if grid is not None:
            grids.inc()
        value = None if grid is None else encode(grid)
        return self._produce(HEATMAP, partition, key.encode(), value, timestamp=end_ms)

    def detail(self, partition: int, key: str, detail: Breakdown | None, end_ms: int) -> bool:
        """Publish a page's detail, or its tombstone; False when the buffer is full."""
        if detail is not None:
            details.inc()
        value = None if detail is None else encode(detail)
        return self._produce(HEATMAP_DETAIL, partition, key.encode(), value, timestamp=end_ms)

    def clock(self, clock: Heartbeat) -> None:
        """Publish how far a partition has been counted."""
        key = f"{HEARTBEAT_KEY_PREFIX}{clock.partition}".encode()
        self._produce(HEATMAP, clock.partition, key, encode(clock), timestamp=clock.end)

    def dead_letter(self, letter: DeadLetter) -> None:
        """Report a record that could not be read, and keep it."""
        report(letter)
        self._produce(DEAD_LETTER, 0, letter.key, letter.value, headers=letter.headers)

    def poll(self) -> None:
        """Serve Kafka's acknowledgements; to be called each step."""
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait, at most FLUSH_S, until Kafka has all."""
        self._producer.flush(FLUSH_S)

    def _produce(self, topic: str, partition: int, key: bytes, value: bytes | None, **rest: object) -> bool:
        try:
            self._producer.produce(topic, value, key, partition, on_delivery=self._delivered, **rest)
        except (BufferError, KafkaException) as error:
            failed.labels("not_taken").inc()
            log.error("a record for %s was not taken: %s", topic, error)
            return False
        return True

    @staticmethod
    def _delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failed.labels(error.name()).inc()
            log.error("a record was lost: %s", error.str())
