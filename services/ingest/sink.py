"""Sends frames to Kafka through a bounded buffer that never blocks its caller."""

import logging
import time
from collections.abc import Callable
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message
from prometheus_client import Counter, Gauge

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import Frame, encode
from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster

log = logging.getLogger(__name__)

BUFFER_FRAMES = 100_000
"""Frames buffered while Kafka is away: ten seconds of 20,000 moving visitors, and MAX_BUFFER_KB at most."""

MAX_BUFFER_KB = 65_536
"""Memory for buffered frames; its container has 1 GB."""

LINGER_MS = 30
"""Wait for more frames to fill a batch, as Kafka's cost is per batch: an eighth of the window's step."""

SILENCE_S = 10
"""No acknowledgement for this long means that Kafka is away, not slow."""

FLUSH_S = 6
"""Timeout for flushing the buffer at the end. Together with CLOSE_TIMEOUT_S it is below the 10 s after which
`pageheat up` kills a process (compose: 15 s)."""

delivered_frames = Counter("pageheat_ingest_frames_delivered", "Frames acknowledged by Kafka")
lost = Counter("pageheat_ingest_frames_lost", "Accepted frames that Kafka failed to take", ["error"])
buffered = Gauge("pageheat_ingest_frames_buffered", "Frames waiting for Kafka's acknowledgement")


class CannotSend(PageheatError):
    """Accepted frames cannot be delivered to Kafka."""


class Sink:
    """Sends frames to `clickstream`, keyed by session if any, in order, once each (idempotent, acks=all)."""

    def __init__(self, cluster: Cluster) -> None:
        self._topic = cluster.topic(CLICKSTREAM)
        self._fatal: KafkaError | None = None
        self._producer = kafka_clients.producer(
            cluster,
            {
                "linger.ms": LINGER_MS,
                "partitioner": "murmur2",
                "queue.buffering.max.messages": BUFFER_FRAMES,
                "queue.buffering.max.kbytes": MAX_BUFFER_KB,
                "error_cb": self._failed,
            },
            logger=log,
        )
        self._waiting = 0  # len() of the producer counts requests and events, too
        self._delivered_now = 0  # not yet in the metric
        self._last_delivery_s = time.monotonic()
        buffered.set_function(lambda: self._waiting)

    def offer(self, frame: Frame, receipt: Callable[[int], None] | None = None) -> bool:
        """Buffer a frame for Kafka; False if the buffer is full. Never blocks.

        When Kafka has the frame, `poll` or `flush` calls `receipt` with its `seq`.
        """
        if not self._waiting:
            self._last_delivery_s = time.monotonic()
        try:
            self._producer.produce(
                self._topic,
                encode(frame),
                frame.session,
                timestamp=frame.received,
                on_delivery=partial(self._delivered, receipt, frame.seq),
            )
        except (BufferError, KafkaException):
            return False
        self._waiting += 1
        return True

    def poll(self) -> None:
        """Serve Kafka's acknowledgements; call this often.

        Raises:
            CannotSend: the producer failed permanently; the process must restart.
        """
        self._producer.poll(0)
        self._count_delivered()
        if self._fatal:
            raise CannotSend(f"Kafka's producer failed permanently: {self._fatal.str()}")

    def why_unready(self) -> str | None:
        """Why frames are not delivered, or None."""
        silence_s = time.monotonic() - self._last_delivery_s
        if self._waiting and silence_s > SILENCE_S:
            return f"Kafka has acknowledged nothing for {silence_s:.0f} s"
        return None

    def flush(self) -> None:
        """Wait until Kafka has all frames, FLUSH_S at most."""
        self._producer.flush(FLUSH_S)
        self._count_delivered()

    def require_empty(self) -> None:
        """Check at the end that Kafka has all frames.

        Raises:
            CannotSend: accepted frames are unacknowledged, so they may be lost.
        """
        if self._waiting:
            raise CannotSend(f"stopped with {self._waiting} frames that Kafka had not acknowledged")

    def _count_delivered(self) -> None:
        if self._delivered_now:
            self._last_delivery_s = time.monotonic()
            delivered_frames.inc(self._delivered_now)
            self._delivered_now = 0

    def _failed(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error

    def _delivered(
        self,
        receipt: Callable[[int], None] | None,
        seq: int | None,
        error: KafkaError | None,
        _: Message,
    ) -> None:
        self._waiting -= 1
        if error is None:
            self._delivered_now += 1
            if receipt and seq is not None:
                receipt(seq)
        else:
            lost.labels(error.name()).inc()
            log.error("a frame was lost: %s", error.str())
