"""Runs the aggregator: counts events per tile over the hopping window; recovers its state from the log."""

import gc
import time

from pageheat.services.aggregator.counting import HEARTBEAT_INTERVAL_MS, Counting
from pageheat.services.aggregator.publisher import Publisher
from pageheat.services.aggregator.watched import WatchedPages
from pageheat.services.contract import topics
from pageheat.services.contract.rights import SERVICES
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.kafka_monitor import KafkaMonitor, TopicRecreated
from pageheat.services.runtime.settings import AggregatorSettings
from pageheat.services.runtime.streams import StreamApplication
from pageheat.services.runtime.watched import WatchedSource
from pageheat.services.runtime.web import all_well, serve_beside

GROUP = "aggregator"

RESTART_DELAY_S = 4 * HEARTBEAT_INTERVAL_MS / 1000
"""After this long without a heartbeat, broadcasters accept lower positions: they wait for three intervals."""

GC_THRESHOLD = 20_000
"""New objects that trigger a garbage collection. The objects of a few batches of records have no cycles."""


def main() -> None:
    """Count until SIGTERM."""
    settings = AggregatorSettings.load()
    logs.configure("aggregator", settings)
    rights = SERVICES["aggregator"]
    topic_admin.require(settings.kafka, settings.kafka_replication, rights, settings.window_ms)
    publisher = Publisher(settings.kafka)
    watched = WatchedPages(WatchedSource(settings.kafka)).start()
    counting = Counting(settings, publisher, watched=watched)
    kafka = KafkaMonitor(settings.kafka, rights.topics).start()
    app = StreamApplication(settings, GROUP, counting, kafka.require_same)
    app.in_batches(app.raw_topic(topics.BY_PAGE), counting.count)
    ready, alive = all_well(kafka.why_unready, app.why_unready), kafka.unless_silent(app.stuck)
    serve_beside(ready, alive, settings.bind_address, settings.aggregator_port)
    gc.freeze()  # imported modules stay: scanning them takes 60 ms each time
    gc.set_threshold(GC_THRESHOLD)
    try:
        app.run()
    except TopicRecreated:
        # our next positions will be lower, and would be stale beside our last heartbeat
        time.sleep(RESTART_DELAY_S)
        raise
    finally:
        watched.stop()
        publisher.flush()
