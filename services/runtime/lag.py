"""How far a process is behind the topics that it reads, as Kafka's client reckons it."""

from typing import Any

import msgspec
from prometheus_client import Gauge

INTERVAL_MS = 5_000
"""Between two reckonings; Prometheus asks less often."""

lag = Gauge("pageheat_lag_records", "Records of the partitions read here that have not been read yet")


class _Partition(msgspec.Struct):
    fetch_state: str = ""
    ls_offset: int = -1  # where the partition ends, for those who read it
    next_offset: int = 0  # of the next record to be fetched
    fetchq_cnt: int = 0  # fetched and not yet read, of all partitions: they share a queue


class _Topic(msgspec.Struct):
    partitions: dict[str, _Partition] = {}


class _Statistics(msgspec.Struct):
    topics: dict[str, _Topic] = {}


_decoder = msgspec.json.Decoder(_Statistics)


def lag_config() -> dict[str, Any]:
    """What a consumer's configuration needs for its lag to be known; called back while it polls."""
    return {"statistics.interval.ms": INTERVAL_MS, "stats_cb": lambda text: lag.set(lag_in(text))}


def lag_in(statistics: str) -> int:
    """The lag of a consumer by its statistics, a JSON text of librdkafka's: not fetched yet, or not yet read.

    Not librdkafka's own `consumer_lag`, which knows nothing before a group's first commit.
    """
    read = [
        partition
        for topic in _decoder.decode(statistics).topics.values()
        for partition in topic.partitions.values()
        if partition.fetch_state == "active"
    ]
    to_fetch = sum(max(partition.ls_offset - partition.next_offset, 0) for partition in read)
    return to_fetch + max((partition.fetchq_cnt for partition in read), default=0)
