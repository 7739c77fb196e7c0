"""Runs ingest: accepts, checks and stamps pointer events."""

import gc
from collections.abc import Callable, Mapping

from pageheat.services.contract import topics
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.script import Script
from pageheat.services.ingest.app import MAX_MESSAGE_BYTES, Ingest
from pageheat.services.ingest.fast_path import FastSocket
from pageheat.services.ingest.rules import Rules
from pageheat.services.ingest.sink import Sink
from pageheat.services.ingest.watched_source import WatchedSource
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.kafka_monitor import KafkaMonitor
from pageheat.services.runtime.settings import IngestSettings
from pageheat.services.runtime.timeouts import TimeoutWebSocketProtocol
from pageheat.services.runtime.web import serve

NEW_OBJECTS = 100_000
"""Net new objects before Python's garbage collector runs. Objects of buffered frames are freed without it,
when Kafka has them; scanning them again and again costs an eighth more."""


def main(scripts: Callable[[Pages], Mapping[str, Script]]) -> None:
    """Serve until SIGTERM; then flush accepted frames.

    Args:
        scripts: returns the tracker's scripts to serve, by name, for these rules of pages' names.
    """
    settings = IngestSettings.load()
    logs.configure("ingest", settings)
    used = [topics.CLICKSTREAM, topics.WATCHED]
    topic_admin.require(settings.kafka_broker, settings.kafka_replication, used)
    sink = Sink(settings.kafka_broker)
    kafka = KafkaMonitor(settings.kafka_broker, [topics.CLICKSTREAM]).start()
    watched = WatchedSource(settings.kafka_broker)
    app = Ingest(sink, scripts(settings.pages), Rules.of(settings), kafka=kafka.why_unready, watched=watched)
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    serve(
        app,
        settings.bind_address,
        settings.ingest_port,
        ws=FastSocket if settings.ingest_fast_path else TimeoutWebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        proxy_headers=False,  # TRUSTED_PROXIES decides which proxies count
    )
    sink.require_empty()
