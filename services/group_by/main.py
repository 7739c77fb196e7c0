"""Runs group_by: re-keys frames to their page, so that all events of a page are in one partition."""

from functools import partial

from pageheat.services.contract import topics
from pageheat.services.contract.rights import SERVICES
from pageheat.services.group_by.stream import Rekeying, buffered
from pageheat.services.runtime import logs, topic_admin
from pageheat.services.runtime.kafka_monitor import KafkaMonitor
from pageheat.services.runtime.settings import GroupBySettings
from pageheat.services.runtime.streams import StreamApplication
from pageheat.services.runtime.web import all_well, serve_beside

GROUP = "group_by"


def main() -> None:
    """Re-key until SIGTERM."""
    settings = GroupBySettings.load()
    logs.configure("group_by", settings)
    rights = SERVICES["group_by"]
    topic_admin.require(settings.kafka, settings.kafka_replication, rights)
    rekeying = Rekeying(settings.kafka)
    kafka = KafkaMonitor(settings.kafka, rights.topics).start()
    app = StreamApplication(settings, GROUP, rekeying, kafka.require_same)
    buffered.set_function(app.buffered)
    app.in_batches(app.raw_topic(topics.CLICKSTREAM), partial(rekeying.rekey, send=app.send))
    ready, alive = all_well(kafka.why_unready, app.why_unready), kafka.unless_silent(app.stuck)
    serve_beside(ready, alive, settings.bind_address, settings.group_by_port)
    app.run()
