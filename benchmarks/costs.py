"""How many bytes do a moving visitor and a page's grid cost: on the wire, on Kafka's disk, in memory?

The real system, and 1,000 visitors who move for 20 s on 40 pages, four points a second each, in a frame every
2 s (`visitors.py`), as there are no viewers. The five minutes before are written to
`clickstream-group-by-page` before the services start, so windows are full and grids have their final size
from the beginning. Sizes on disk are those of Kafka's log files, compressed as the services write them,
without replicas and indexes. Records are counted in the topics.

Not shown: visitors who click, dwell or read more than they move (fewer frames, some longer); pages where each
visitor takes another path (more warm tiles); compacted logs.
"""

import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from random import Random

from confluent_kafka import TopicPartition

from benchmarks.generators import moving
from benchmarks.group_by import partitions_of
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import Record, fill, kafka_node
from benchmarks.made import made
from benchmarks.visitors import (
    EVERY_S,
    HEIGHT_PX,
    PAGES,
    STEPS,
    WIDTH_PX,
    Order,
    page_of,
    path,
    place_of,
)
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import (
    HEARTBEAT_KEY_PREFIX,
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    Page,
    Size,
    encode,
)
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP, HEATMAP_DETAIL
from pageheat.services.runtime.cluster import Cluster
from tests.support.system import running

VISITORS, SECONDS = 1_000, 20.0
PAST_S = 300.0

EVENTS_A_FRAME = 40
"""In frames of the past: ten seconds."""

OTHER_SOURCE = 99
"""`clickstream` has no such partition, so the past is not dropped as a duplicate of new frames."""

RECORDS = {CLICKSTREAM: "frame", BY_PAGE: "frame by page", HEATMAP: "grid", HEATMAP_DETAIL: "detail"}
"""Topic → the row that counts its records."""

FRAMES = ("frame", "frame by page")


def resident_bytes(pid: int) -> int:
    """Return a process' resident memory."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024


def on_disk(data: Path, topic: str) -> int:
    """Return the size of a topic's log files, bytes."""
    partitions = (folder for folder in data.iterdir() if folder.name.rpartition("-")[0] == topic)
    return sum(log.stat().st_size for folder in partitions for log in folder.glob("*.log"))


def past(pages: Collection[str], now_ms: int) -> Iterator[Record]:
    """Yield what group_by wrote for these pages' visitors in the last PAST_S, oldest first."""
    way, every_ms = path(Random(4)), int(EVERY_S * 1000)
    by_path = {page: Page(page, Size(WIDTH_PX, HEIGHT_PX), Size(1280, 720)) for page in pages}
    visitors = [number for number in range(VISITORS) if page_of(number) in pages]
    first = -int(PAST_S / EVERY_S)
    begins = range(first, 0, EVENTS_A_FRAME)
    for offset, (begin, number) in enumerate(product(begins, visitors)):
        page, steps = by_path[page_of(number)], range(begin, min(0, begin + EVENTS_A_FRAME))
        moves = [
            (x, y, every_ms * (steps[-1] - step) + age)
            for step in steps
            for age, x, y in [way[(place_of(number) + step) % STEPS]]
        ]
        received = now_ms + every_ms * (steps[-1] + 1)
        frame = made(received, page, f"past-{number}", steps[0] - first, moves)
        headers = [(SOURCE_PARTITION, b"%d" % OTHER_SOURCE), (SOURCE_OFFSET, b"%d" % offset)]
        yield page.path.encode(), encode(frame), headers


def fill_past(broker: str) -> None:
    """Write the past of all pages to the partitions that group_by would use."""
    now_ms = int(time.time() * 1000)
    pages: dict[int, list[str]] = {}
    for page, partition in partitions_of(broker, map(str.encode, PAGES)).items():
        pages.setdefault(partition, []).append(page.decode())
    for partition, paths in pages.items():
        fill(broker, BY_PAGE, past(paths, now_ms), partition)


def lengths(log: KafkaLog, places: list[TopicPartition]) -> Iterator[int]:
    """Yield the length of each value from these offsets on, without heartbeats and tombstones."""
    log.assign(places)
    for message in log.up_to(log.ends(places)):
        if (value := message.value()) and not (message.key() or b"").startswith(
            HEARTBEAT_KEY_PREFIX.encode()
        ):
            yield len(value)


def run(_: Context) -> Values:
    """Measure sizes."""
    with ExitStack() as stack:
        node = stack.enter_context(kafka_node())
        fill_past(node.broker)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pageheat-bench-")))
        services = stack.enter_context(running(node, folder)).start_all()
        log = stack.enter_context(closing(KafkaLog(Cluster(node.broker))))
        ingest = services["ingest"]
        places = {topic: log.edge(topic, latest=True) for topic in RECORDS}
        stored = {topic: on_disk(node.data, topic) for topic in RECORDS}
        before = resident_bytes(ingest.pid)
        order = Order(ingest.port, "visitor", VISITORS, SECONDS)
        visitors = stack.enter_context(moving([order]))
        connected = resident_bytes(ingest.pid)
        outcome = visitors.outcome()
        time.sleep(1)  # for the step of the last frame, and the breakdowns after it
        values = {"ingest, memory a visitor": (connected - before) / VISITORS / 1e3}
        for topic, record in RECORDS.items():
            taken = on_disk(node.data, topic) - stored[topic]
            sizes = list(lengths(log, places[topic]))
            assert record not in FRAMES or len(sizes) == outcome.frames
            values[record] = sum(sizes) / len(sizes)
            values[f"{record}, on disk"] = taken / len(sizes)
    return values


BENCHMARK = Benchmark(
    question=f"What {VISITORS:,} moving visitors, and the grids of their pages, cost in bytes",
    cases={"all": run},
    rows=[
        *(Row(f"{record}{way}", "bytes") for record in RECORDS.values() for way in ("", ", on disk")),
        Row("ingest, memory a visitor", "kB"),
    ],
    rounds=2,
)
