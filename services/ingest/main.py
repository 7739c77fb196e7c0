"""Runs ingest: accepts, checks and stamps pointer events."""

import gc
from functools import partial

from frontends import tracker
from services.contract import logs, topics
from services.contract.contact import KafkaContact
from services.contract.settings import IngestSettings
from services.contract.web import serve
from services.ingest.app import MAX_MESSAGE_BYTES, Ingest
from services.ingest.connections import QuickConnection
from services.ingest.messages import QuickSocket
from services.ingest.rules import Rules
from services.ingest.sink import Sink

NEW_OBJECTS = 100_000
"""More than these are made, and not let go, before Python looks for cycles among them. What frames take on
their way to Kafka is let go when they are there; to look through it time and again costs an eighth more."""


def main() -> None:
    """Serve until SIGTERM; what was accepted by then is flushed."""
    settings = IngestSettings.load()
    logs.configure("ingest", settings)
    topics.require(settings.kafka_broker, settings.kafka_replication, [topics.CLICKSTREAM])
    sink = Sink(settings.kafka_broker)
    kafka = KafkaContact(settings.kafka_broker, [topics.CLICKSTREAM]).start()
    app = Ingest(sink, tracker.scripts(), Rules.of(settings), kafka=kafka.trouble)
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    serve(
        app,
        settings.bind_address,
        settings.ingest_port,
        http=partial(QuickConnection, app.click),
        ws=QuickSocket,
        ws_max_size=MAX_MESSAGE_BYTES,
        proxy_headers=False,  # whose word counts is TRUSTED_PROXIES' to say
    )
    sink.require_empty()
