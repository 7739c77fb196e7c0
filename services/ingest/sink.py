"""The way to Kafka: a bounded buffer that never blocks its caller."""

import logging
import time

from confluent_kafka import KafkaError, Message, Producer
from prometheus_client import Counter, Gauge

from services.contract.records import Frame, encode
from services.contract.topics import CLICKSTREAM

log = logging.getLogger(__name__)

BUFFER_FRAMES = 100_000
"""Frames kept while Kafka is away: 30 MB, half a minute of 3,000 moving visitors."""

LINGER_MS = 5
"""Waited for more frames to send at once: a hundredth of the latency that a viewer sees."""

SILENCE_S = 10
"""Unacknowledged for this long means that Kafka is away, not slow."""

FLUSH_S = 20
"""What a stopping ingest gives Kafka to take the rest: less than a supervisor's patience (30 s)."""

delivered = Counter("pageheat_ingest_frames_delivered", "Frames acknowledged by Kafka")
lost = Counter("pageheat_ingest_frames_lost", "Frames that Kafka finally did not take", ["error"])
buffered = Gauge("pageheat_ingest_frames_buffered", "Frames waiting for Kafka's acknowledgement")


class Sink:
    """Produces frames to `clickstream`, keyed by session, in order, each once (idempotent, acks=all)."""

    def __init__(self, broker: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": broker,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": LINGER_MS,
                "compression.type": "lz4",
                "partitioner": "murmur2",
                "queue.buffering.max.messages": BUFFER_FRAMES,
            },
            logger=log,
        )
        self._waiting = 0  # the producer's own length counts requests and events, too
        self._last_delivery_s = time.monotonic()
        buffered.set_function(lambda: self._waiting)

    def offer(self, frame: Frame) -> bool:
        """Take the frame to be sent; False when the buffer is full. Never blocks."""
        if not self._waiting:
            self._last_delivery_s = time.monotonic()
        try:
            self._producer.produce(
                CLICKSTREAM,
                encode(frame),
                frame.session,
                timestamp=frame.received,
                on_delivery=self._delivered,
            )
        except BufferError:
            return False
        self._waiting += 1
        return True

    def poll(self) -> None:
        """Serve Kafka's acknowledgements; to be called often."""
        self._producer.poll(0)

    def trouble(self) -> str | None:
        """Why frames don't get through, or None."""
        silence_s = time.monotonic() - self._last_delivery_s
        if self._waiting and silence_s > SILENCE_S:
            return f"Kafka has acknowledged nothing for {silence_s:.0f} s"
        return None

    def flush(self) -> None:
        """Wait, at most FLUSH_S, until Kafka has all; say what it did not take."""
        self._producer.flush(FLUSH_S)
        if self._waiting:
            log.error("stopped with %d frames that Kafka had not acknowledged", self._waiting)

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        self._waiting -= 1
        self._last_delivery_s = time.monotonic()
        if error is None:
            delivered.inc()
        else:
            lost.labels(error.name()).inc()
            log.error("a frame was lost: %s", error.str())
