"""Reads topics for tests, and recounts all grids and breakdowns that were ever published."""

from collections import defaultdict
from contextlib import closing
from itertools import chain

from confluent_kafka import Message
from confluent_kafka.admin import NewTopic

from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.forgetting import is_of_history_alone
from pageheat.services.contract.topics import BY_PAGE, HEATMAP, HEATMAP_DETAIL
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create
from pageheat.verification.breakdown_recount import band_differences, element_differences
from pageheat.verification.evidence import read_grid
from pageheat.verification.recount import PageLog, differences, parse, read_frame
from tests.support.frames import BANDS

STEP_MS, GRID_SIZE = 250, 50


def _cluster(broker: str | Cluster) -> Cluster:
    return broker if isinstance(broker, Cluster) else Cluster(broker)


def new_topic(broker: str, name: str, **config: str) -> str:
    """Create a topic with one partition; `config` has Kafka's names, with underscores for dots."""
    set_up = {key.replace("_", "."): value for key, value in config.items()}
    create(Admin(Cluster(broker)), NewTopic(name, 1, 1, config=set_up))
    return name


def records(broker: str | Cluster, topic: str) -> list[Message]:
    """Return all records of a topic, in order within a partition."""
    with closing(KafkaLog(_cluster(broker))) as log:
        places = log.edge(topic, latest=False)
        log.assign(places)
        return list(log.up_to(log.ends(places)))


def end_offsets(broker: str | Cluster, topic: str) -> int:
    """Return the sum of a topic's end offsets: its number of records if none was deleted."""
    with closing(KafkaLog(_cluster(broker))) as log:
        return sum(log.ends(log.edge(topic, latest=False)).values())


def page_logs(broker: str | Cluster) -> dict[str, PageLog]:
    """Return every page's events; of duplicates of a source frame the first in the log counts."""
    logs: dict[str, PageLog] = defaultdict(lambda: PageLog(GRID_SIZE))
    seen: set[tuple[bytes, bytes]] = set()
    for message in records(broker, BY_PAGE):
        if message.value() is None and is_of_history_alone(message.headers()):
            continue
        if message.value() is None:
            logs[message.key().decode()].forget(message.offset())
            continue
        headers = dict(message.headers() or ())
        frame = read_frame(message.value())
        source = headers.get("source.partition", b""), headers.get("source.offset", b"")
        if frame and source not in seen:
            seen.add(source)
            logs[message.key().decode()].add(message.offset(), frame)
    return logs


def wrong_grids(broker: str | Cluster) -> tuple[int, list[str]]:
    """Return the number of grids ever published, and all errors in grids and breakdowns."""
    logs = page_logs(broker)
    grids, wrong = 0, []
    for message in records(broker, HEATMAP):
        page, grid = message.key().decode(), read_grid(message.value())
        if page.startswith("/") and grid and "value" in grid:
            grids += 1
            wrong += [f"{page} @{grid['end']}: {d}" for d in differences(grid, logs[page], STEP_MS)]
    for message in records(broker, HEATMAP_DETAIL):
        page, detail = message.key().decode(), parse(message.value())
        if detail:
            found = (judge(detail, logs[page], BANDS) for judge in (band_differences, element_differences))
            wrong += [f"{page}, breakdown @{detail['end']}: {d}" for d in chain(*found)]
    return grids, wrong
