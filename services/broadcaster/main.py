"""Runs broadcaster: pushes each new grid of a page to everyone who watches that page."""

from services.broadcaster.app import MAX_MESSAGE_BYTES, Broadcaster
from services.broadcaster.source import HeatmapSource
from services.contract import logs, topics
from services.contract.clock import wall_clock_ms
from services.contract.settings import BroadcasterSettings
from services.contract.web import serve


def main() -> None:
    """Serve until SIGTERM."""
    settings = BroadcasterSettings.load()
    logs.configure("broadcaster", settings.log_level)
    topics.require(
        settings.kafka_broker,
        settings.kafka_replication,
        [topics.HEATMAP, topics.HEATMAP_DETAIL, topics.DEAD_LETTER],
    )
    app = Broadcaster(HeatmapSource(settings.kafka_broker), wall_clock_ms)
    serve(app, settings.bind_address, settings.broadcaster_port, ws_max_size=MAX_MESSAGE_BYTES)
