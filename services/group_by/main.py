"""Runs group_by: re-keys frames to their page, so that all events of a page meet in one partition."""

import logging
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from prometheus_client import Counter

from services.contract import logs, topics
from services.contract.dead_letters import DeadLetter, counted
from services.contract.settings import GroupBySettings
from services.contract.streams import (
    SerializationContext,
    Serializer,
    StreamApplication,
    message_context,
)
from services.contract.web import serve_beside
from services.group_by.routing import PageFrame, route

GROUP = "group_by"

log = logging.getLogger(__name__)
frames = Counter("pageheat_group_by_frames", "Frames sent on to their page")


class ValueBytes(Serializer):
    """Writes the `value` of what is routed."""

    def __call__(self, value: PageFrame | DeadLetter, ctx: SerializationContext) -> bytes:
        """The bytes as they came."""
        return value.value


class Stateless:
    """A group member that has nothing to do but its records."""

    def tick(self) -> None:
        """Nothing is due between records."""

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Reading goes on where the group stands."""

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Nothing is kept."""


def _route(value: Any, key: Any, _timestamp: int, _headers: Any) -> PageFrame | DeadLetter:
    context = message_context()
    routed = route(key, value, context.partition, context.offset)
    if isinstance(routed, DeadLetter):
        counted.labels(routed.topic).inc()
        log.warning(
            "%s[%d]@%d is unreadable: %s",
            *(routed.topic, routed.partition, routed.offset, routed.reason),
        )
    else:
        frames.inc()
    return routed


def main() -> None:
    """Re-key until SIGTERM."""
    settings = GroupBySettings.load()
    logs.configure("group_by", settings.log_level)
    topics.require(
        settings.kafka_broker,
        settings.kafka_replication,
        [topics.CLICKSTREAM, topics.BY_PAGE, topics.DEAD_LETTER],
    )
    app = StreamApplication(settings, GROUP, Stateless())
    by_page = app.raw_topic(topics.BY_PAGE, ValueBytes())
    dead_letter = app.raw_topic(topics.DEAD_LETTER, ValueBytes())
    stream = app.dataframe(app.raw_topic(topics.CLICKSTREAM))
    stream = stream.apply(_route, metadata=True)
    stream = stream.set_headers(lambda routed, *_: routed.headers)
    stream.to_topic(
        lambda routed, *_: dead_letter if isinstance(routed, DeadLetter) else by_page,
        key=lambda routed: routed.key,
    )
    serve_beside(app.trouble, settings.bind_address, settings.group_by_port)
    app.run()
