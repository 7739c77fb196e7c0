"""How far a process is behind the topics that it reads, by the statistics of Kafka's client."""

from typing import Any

import msgspec
from prometheus_client import Gauge

INTERVAL_MS = 5_000
"""Interval of the statistics; Prometheus scrapes less often."""

lag = Gauge("pageheat_lag_records", "Unread records of the partitions that this process reads")


class _Partition(msgspec.Struct):
    fetch_state: str = ""
    ls_offset: int = -1  # the end of the partition, as consumers see it
    next_offset: int = 0  # of the next record to fetch
    fetchq_cnt: int = 0  # fetched but unread records of all partitions, which share a queue


class _Topic(msgspec.Struct):
    partitions: dict[str, _Partition] = {}


class _Statistics(msgspec.Struct):
    topics: dict[str, _Topic] = {}


_decoder = msgspec.json.Decoder(_Statistics)


def lag_config() -> dict[str, Any]:
    """Consumer settings that report its lag; the callback runs while the consumer polls."""
    return {"statistics.interval.ms": INTERVAL_MS, "stats_cb": lambda text: lag.set(lag_in(text))}


def lag_in(statistics: str) -> int:
    """A consumer's lag by librdkafka's JSON statistics: records not yet fetched, or fetched but unread.

    librdkafka's own `consumer_lag` is unknown before a group's first commit.
    """
    active = [
        partition
        for topic in _decoder.decode(statistics).topics.values()
        for partition in topic.partitions.values()
        if partition.fetch_state == "active"
    ]
    to_fetch = sum(max(partition.ls_offset - partition.next_offset, 0) for partition in active)
    return to_fetch + max((partition.fetchq_cnt for partition in active), default=0)
