"""Dead letters where they are found: logged and counted."""

import logging

from prometheus_client import Counter

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP, HEATMAP_DETAIL

log = logging.getLogger(__name__)

counted = Counter("pageheat_dead_letters", "Records that could not be read", ["topic"])
for _topic in (CLICKSTREAM, BY_PAGE, HEATMAP, HEATMAP_DETAIL):
    counted.labels(_topic)  # shown as 0 from the beginning


def report(letter: DeadLetter) -> None:
    """Log and count a dead letter, once, where it is found."""
    counted.labels(letter.topic).inc()
    place = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
    log.warning("a record is unreadable: %s", letter.reason, extra=place)
