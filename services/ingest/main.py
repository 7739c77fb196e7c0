"""Runs ingest: accepts, checks and stamps pointer events."""

import gc
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from pageheat.services.contract import topics
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.rights import SERVICES
from pageheat.services.contract.script import Script
from pageheat.services.ingest.app import MAX_MESSAGE_BYTES, Ingest
from pageheat.services.ingest.fast_path import FastSocket
from pageheat.services.ingest.rules import Rules
from pageheat.services.ingest.sink import Sink
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.kafka_monitor import KafkaMonitor
from pageheat.services.runtime.listening import listen
from pageheat.services.runtime.settings import IngestSettings
from pageheat.services.runtime.timeouts import TimeoutWebSocketProtocol
from pageheat.services.runtime.watched import WatchedSource
from pageheat.services.runtime.web import open_files, serve_on
from pageheat.services.runtime.workers import Colleagues, Place

log = logging.getLogger(__name__)

NEW_OBJECTS = 100_000
"""Net new objects before Python's garbage collector runs. Objects of buffered frames are freed without it,
when Kafka has them; scanning them again and again costs an eighth more."""


SPARE_FILES = 1_000
"""Open files that are not WebSockets: Kafka's, and requests for scripts, beacons and metrics."""


def main(
    settings: IngestSettings, scripts: Callable[[Pages], Mapping[str, Script]], place: Place | None = None
) -> None:
    """Serve until SIGTERM; then flush accepted frames.

    Args:
        settings: of ingest.
        scripts: returns the tracker's scripts to serve, by name, for these rules of pages' names.
        place: of this process among the workers of the port; None: it is alone there.
    """
    logs.configure(f"ingest-{place.number}" if place else "ingest", settings)
    rights = SERVICES["ingest"]
    topic_admin.require(settings.kafka, settings.kafka_replication, rights)
    sink = Sink(settings.kafka)
    kafka = KafkaMonitor(settings.kafka, [topics.CLICKSTREAM]).start()
    watched = WatchedSource(settings.kafka)
    app = Ingest(
        sink,
        scripts(settings.pages),
        replace(Rules.of(settings), max_sockets=sockets_within(open_files(), settings.max_sockets)),
        kafka=kafka.why_unready,
        watched=watched,
        colleagues=Colleagues.of(place) if place else None,
    )
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    serve_on(
        place.sockets() if place else [listen(settings.bind_address, settings.ingest_port)],
        app,
        ws=FastSocket if settings.ingest_fast_path else TimeoutWebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        proxy_headers=False,  # TRUSTED_PROXIES decides which proxies count
    )
    sink.require_empty()


def sockets_within(files: int, wanted: int) -> int:
    """How many of the wanted WebSockets fit into a limit of open files (-1: no limit). Logs if not all do."""
    room = max(1, files - SPARE_FILES)
    if files < 0 or wanted <= room:
        return wanted
    log.warning("of MAX_SOCKETS=%d, %d are kept open, as %d files may be open at once", wanted, room, files)
    return room
