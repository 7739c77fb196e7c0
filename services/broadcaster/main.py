"""Runs broadcaster: pushes each new grid of a page to everyone who watches that page."""

import logging

from services.broadcaster.access import exposure, secret_of
from services.broadcaster.app import MAX_MESSAGE_BYTES, Broadcaster
from services.broadcaster.sockets import SocketProtocol
from services.broadcaster.source import HeatmapSource
from services.contract import logs, topics
from services.contract.clock import wall_clock_ms
from services.contract.contact import KafkaContact
from services.contract.settings import BroadcasterSettings
from services.contract.web import serve

log = logging.getLogger(__name__)


def main() -> None:
    """Serve until SIGTERM."""
    settings = BroadcasterSettings.load()
    logs.configure("broadcaster", settings)
    if said := exposure(settings):
        log.warning("%s", said)
    used = [topics.HEATMAP, topics.HEATMAP_DETAIL, topics.DEAD_LETTER]
    topics.require(settings.kafka_broker, settings.kafka_replication, used)
    kafka = KafkaContact(settings.kafka_broker, used).start()
    source = HeatmapSource(settings.kafka_broker)
    app = Broadcaster(source, wall_clock_ms, kafka.trouble, secret_of(settings), settings.masks)
    address, port = settings.bind_address, settings.broadcaster_port
    serve(app, address, port, ws=SocketProtocol, ws_max_size=MAX_MESSAGE_BYTES)
