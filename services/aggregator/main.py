"""Runs aggregator: counts events per tile over the hopping window, recovering from the log."""

import gc
import time

from pageheat.services.aggregator.counting import CLOCK_INTERVAL_MS, Counting
from pageheat.services.aggregator.publisher import Publisher
from pageheat.services.contract import topics
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.kafka_monitor import KafkaMonitor, TopicRecreated
from pageheat.services.runtime.settings import AggregatorSettings
from pageheat.services.runtime.streams import StreamApplication
from pageheat.services.runtime.web import all_well, serve_beside

GROUP = "aggregator"

BELIEVED_S = 4 * CLOCK_INTERVAL_MS / 1000
"""After so long without a clock broadcasters believe one that says less: they wait for three."""

GC_THRESHOLD = 20_000
"""New objects after which Python looks for cycles among them. Those of a few batches of records have none."""


def main() -> None:
    """Count until SIGTERM."""
    settings = AggregatorSettings.load()
    logs.configure("aggregator", settings)
    used = [topics.BY_PAGE, topics.HEATMAP, topics.HEATMAP_DETAIL, topics.DEAD_LETTER]
    topic_admin.require(settings.kafka_broker, settings.kafka_replication, used, settings.window_ms)
    publisher = Publisher(settings.kafka_broker)
    counting = Counting(settings, publisher)
    kafka = KafkaMonitor(settings.kafka_broker, used).start()
    app = StreamApplication(settings, GROUP, counting, kafka.require_same)
    app.in_batches(app.raw_topic(topics.BY_PAGE), counting.count)
    ready, alive = all_well(kafka.why_unready, app.why_unready), kafka.unless_silent(app.stuck)
    serve_beside(ready, alive, settings.bind_address, settings.aggregator_port)
    gc.freeze()  # what was imported stays: to look through it takes 60 ms each time
    gc.set_threshold(GC_THRESHOLD)
    try:
        app.run()
    except TopicRecreated:
        # what begins to count again knows less, and would not be believed beside what we said last
        time.sleep(BELIEVED_S)
        raise
    finally:
        publisher.flush()
