"""Runs group_by: re-keys frames to their page, so that all events of a page meet in one partition."""

from functools import partial

from services.contract import logs, topics
from services.contract.contact import KafkaContact
from services.contract.settings import GroupBySettings
from services.contract.streams import StreamApplication
from services.contract.web import all_well, serve_beside
from services.group_by.stream import Rekeying, buffered

GROUP = "group_by"


def main() -> None:
    """Re-key until SIGTERM."""
    settings = GroupBySettings.load()
    logs.configure("group_by", settings)
    used = [topics.CLICKSTREAM, topics.BY_PAGE, topics.DEAD_LETTER]
    topics.require(settings.kafka_broker, settings.kafka_replication, used)
    rekeying = Rekeying(settings.kafka_broker)
    kafka = KafkaContact(settings.kafka_broker, used).start()
    app = StreamApplication(settings, GROUP, rekeying, kafka.require_same)
    buffered.set_function(app.buffered)
    app.in_batches(app.raw_topic(topics.CLICKSTREAM), partial(rekeying.rekey, send=app.send))
    ready, alive = all_well(kafka.trouble, app.trouble), kafka.unless_silent(app.stuck)
    serve_beside(ready, alive, settings.bind_address, settings.group_by_port)
    app.run()
