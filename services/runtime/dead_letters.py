"""Logs and counts dead letters when they are found."""

import logging

from prometheus_client import Counter

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP, HEATMAP_DETAIL

log = logging.getLogger(__name__)

counted = Counter("pageheat_dead_letters", "Records that could not be read", ["topic"])
for _topic in (CLICKSTREAM, BY_PAGE, HEATMAP, HEATMAP_DETAIL):
    counted.labels(_topic)  # exported as 0 from the start


def report(dead_letter: DeadLetter) -> None:
    """Log and count a dead letter; call this once, when it is found."""
    counted.labels(dead_letter.topic).inc()
    place = {"topic": dead_letter.topic, "partition": dead_letter.partition, "offset": dead_letter.offset}
    log.warning("a record is unreadable: %s", dead_letter.reason, extra=place)
