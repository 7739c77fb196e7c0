"""The stages of an event's way from the pointer to the overlay, seen from outside.

A stage ends when its output is seen: the frame as the visitor's page sends it; the record by a reader of each
topic; the grid as the analyst's page receives it; the frame that shows it. So a stage includes the transport
to the next one, and "aggregator" includes the wait for its step.
"""

import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from struct import iter_unpack

import msgspec
from confluent_kafka import Consumer

from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.settings import WindowSettings
from pageheat.verification.evidence import read_grid
from pageheat.verification.recount import tile

GRID = WindowSettings.model_fields["grid_size"].default

STAGES = ("tracker", "ingest", "group_by", "aggregator", "broadcaster", "overlay")

READER_MS = 20
"""Maximum delay of a topic's reader."""

Tile = tuple[int, int]
"""Column and row."""

Seen = tuple[float, set[Tile]]
"""Time, ms since the epoch, and tiles."""


class Stages(threading.Thread):
    """Reads each topic; `seen` has the time and the tiles of each record of the page."""

    def __init__(self, broker: str, page: str) -> None:
        super().__init__(daemon=True)
        self.seen: dict[str, list[Seen]] = {CLICKSTREAM: [], BY_PAGE: [], HEATMAP: []}
        self._key = page.encode()
        self._path = f'"path":"{page}"'.encode()
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker,
                "group.id": "bench",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
            }
        )
        with closing(KafkaLog(Cluster(broker))) as log:
            self._consumer.assign([place for topic in self.seen for place in log.edge(topic, latest=True)])

    def run(self) -> None:
        """Read until stopped."""
        while not self._stopping.is_set():
            message = self._consumer.poll(0.1)
            if message is None or message.error():
                continue
            topic, value = str(message.topic()), message.value() or b""
            if self._path in value if topic == CLICKSTREAM else message.key() == self._key:
                self.seen[topic].append((time.time() * 1e3, warm_tiles(value)))
        self._consumer.close()

    def stop(self) -> None:
        """Stop; return when the thread has ended."""
        self._stopping.set()
        self.join()


def warm_tiles(value: bytes) -> set[Tile]:
    """Return the tiles of a frame's moves, or of a grid."""
    if grid := read_grid(value):
        return {(int(x), int(y)) for x, rows in grid["value"].items() for y in rows}
    record = msgspec.json.decode(value) if value[:1] == b"{" else {}
    if "received" not in record:
        return set()
    size = record["page"]["document"]
    return {
        (tile(x, size["width"], GRID), tile(y, size["height"], GRID))
        for x, y, _ in iter_unpack("<3i", b64decode(record.get("moves", "")))
    }


def stages_of(
    place: Tile,
    pointed_ms: float,
    drawn_ms: float,
    sent: Sequence[float],
    received: Sequence[float],
    seen: Mapping[str, Sequence[Seen]],
) -> Iterator[float]:
    """Return the time that an event spent in each of STAGES, ms.

    Args:
        place: the tile, cold until then.
        pointed_ms: when the pointer got there; all times are ms since the epoch.
        drawn_ms: when the frame was made.
        sent: when the visitor's page sent messages.
        received: when the analyst's page received messages.
        seen: what the readers of the topics saw.
    """
    on_topic = [
        next(at for at, tiles in seen[topic] if at > pointed_ms and place in tiles)
        for topic in (CLICKSTREAM, BY_PAGE, HEATMAP)
    ]
    # A reader may see a grid later than the broadcaster does.
    received_ms = next(at for at in received if at > on_topic[-1] - READER_MS)
    sent_ms = max(at for at in sent if at < on_topic[0])
    times = [pointed_ms, sent_ms, *on_topic, received_ms, drawn_ms]
    return (later - earlier for earlier, later in pairwise(times))
