"""Where an event is on its way from the pointer to the overlay, seen from outside.

A stage ends when its outcome is seen: the frame, on its way out of the visitor's page; the record, by a
reader of each topic; the grid, on its way into the analyst's page; and the frame that shows it. So a stage
has the way to the next one in it, and "aggregator" the wait for its step.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise

import msgspec
from confluent_kafka import Consumer

from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP
from pageheat.services.runtime.settings import WindowSettings
from pageheat.verification.recount import tile

GRID = WindowSettings.model_fields["grid_size"].default

STAGES = ("tracker", "ingest", "group_by", "aggregator", "broadcaster", "overlay")

READER_MS = 20
"""That a reader of a topic may be late."""

Tile = tuple[int, int]
"""Column and row."""

Seen = tuple[float, set[Tile]]
"""When, ms since the epoch, and which."""


class Stages(threading.Thread):
    """When a reader of each topic saw records of the page, and the tiles that those told of."""

    def __init__(self, broker: str, page: str) -> None:
        super().__init__(daemon=True)
        self.seen: dict[str, list[Seen]] = {CLICKSTREAM: [], BY_PAGE: [], HEATMAP: []}
        self._key = page.encode()
        self._told = f'"path":"{page}"'.encode()
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker,
                "group.id": "bench",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
            }
        )
        with closing(KafkaLog(broker)) as log:
            self._consumer.assign([place for topic in self.seen for place in log.edge(topic, latest=True)])

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping.is_set():
            message = self._consumer.poll(0.1)
            if message is None or message.error():
                continue
            topic, value = str(message.topic()), message.value() or b""
            if self._told in value if topic == CLICKSTREAM else message.key() == self._key:
                self.seen[topic].append((time.time() * 1e3, warm_tiles(value)))
        self._consumer.close()

    def stop(self) -> None:
        """Return when it has ended."""
        self._stopping.set()
        self.join()


def warm_tiles(value: bytes) -> set[Tile]:
    """Those of a frame's events, or of a grid."""
    record = msgspec.json.decode(value) if value else {}
    if "events" not in record:
        return {(int(x), int(y)) for x, rows in record.get("value", {}).items() for y in rows}
    size = record["page"]["document"]
    return {
        (tile(event["x"], size["width"], GRID), tile(event["y"], size["height"], GRID))
        for event in record["events"]
        if event["type"] == "move"
    }


def stages_of(
    place: Tile,
    pointed_ms: float,
    drawn_ms: float,
    sent: Sequence[float],
    heard: Sequence[float],
    seen: Mapping[str, Sequence[Seen]],
) -> Iterator[float]:
    """How long it was in each of STAGES, ms, on its way from the pointer to a frame.

    Args:
        place: the tile, cold until then.
        pointed_ms: when the pointer came there; all times are ms since the epoch.
        drawn_ms: when the frame was made.
        sent: when the visitor's page sent something.
        heard: when the analyst's page heard something.
        seen: what the readers of the topics saw.
    """
    on_topic = [
        next(at for at, tiles in seen[topic] if at > pointed_ms and place in tiles)
        for topic in (CLICKSTREAM, BY_PAGE, HEATMAP)
    ]
    # A reader may see a grid later than the broadcaster does.
    told = next(at for at in heard if at > on_topic[-1] - READER_MS)
    gone = max(at for at in sent if at < on_topic[0])
    times = [pointed_ms, gone, *on_topic, told, drawn_ms]
    return (later - earlier for earlier, later in pairwise(times))
