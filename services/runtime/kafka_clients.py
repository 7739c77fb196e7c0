"""The one place where clients of Kafka are made: what all of ours share, and what each adds.

Settings are librdkafka's, by its names. A client that is given no logger is silent: its errors come as
exceptions, and say the same as its log would.
"""

import logging
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

Settings = dict[str, Any]

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


def producer(
    broker: str, settings: Settings | None = None, *, logger: logging.Logger | None = None
) -> Producer:
    """A producer to the bootstrap servers `broker`."""
    return Producer(_config(broker, PRODUCER, settings, logger), **_logging(logger))


def reader(
    broker: str, name: str, settings: Settings | None = None, *, logger: logging.Logger | None = None
) -> Consumer:
    """A consumer outside of any group: partitions are assigned explicitly, and nothing is committed.

    librdkafka requires a group name all the same; committed offsets are looked up by it.
    """
    alone = {
        "group.id": name,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
    }
    return Consumer(_config(broker, CONSUMER | alone, settings, logger), **_logging(logger))


class Admin(AdminClient):  # type: ignore[misc]  # the client has no types
    """A client that asks about topics, and creates them; it knows its bootstrap servers, `broker`."""

    def __init__(self, broker: str) -> None:
        # without a callback, errors of a broker that is not there yet are printed
        super().__init__(_config(broker, CLIENT, {"error_cb": lambda _: None}, None))
        self.broker = broker


def _config(
    broker: str, shared: Settings, own: Settings | None, logger: logging.Logger | None
) -> dict[str, Any]:
    silent = {} if logger else {"log_level": 0}
    return {"bootstrap.servers": broker, **shared, **silent, **(own or {})}


def _logging(logger: logging.Logger | None) -> dict[str, logging.Logger]:
    return {"logger": logger} if logger else {}
