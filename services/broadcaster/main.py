"""Runs the broadcaster: pushes each new grid of a page to the page's viewers."""

import logging

from pageheat.services.broadcaster.app import MAX_MESSAGE_BYTES, Broadcaster
from pageheat.services.broadcaster.sockets import SocketProtocol
from pageheat.services.broadcaster.source import HeatmapSource
from pageheat.services.broadcaster.watching import WatchedTopic
from pageheat.services.contract.rights import SERVICES
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.access import Access, exposure
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.kafka_monitor import KafkaMonitor
from pageheat.services.runtime.settings import BroadcasterSettings
from pageheat.services.runtime.web import serve

log = logging.getLogger(__name__)


def main() -> None:
    """Serve until SIGTERM."""
    settings = BroadcasterSettings.load()
    logs.configure("broadcaster", settings)
    if warning := exposure(settings):
        log.warning("%s", warning)
    rights = SERVICES["broadcaster"]
    topic_admin.require(settings.kafka, settings.kafka_replication, rights)
    kafka = KafkaMonitor(settings.kafka, rights.topics).start()
    source = HeatmapSource(settings.kafka)
    watched = WatchedTopic(settings.kafka)
    access = Access.of(settings, wall_clock_ms, settings.pages)
    app = Broadcaster(source, wall_clock_ms, kafka.why_unready, access, settings.pages, watched)
    gate = Gate(app, settings.hosts, settings.viewers, cookies=settings.sign_on is not None)
    # the peer of a connection is who it is: VIEW_PROXIES decides whose headers count
    serve(
        gate,
        settings.bind_address,
        settings.broadcaster_port,
        ws=SocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        proxy_headers=False,
    )
