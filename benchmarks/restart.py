"""How soon does an aggregator that was killed know everything again?

A million events in the window, in frames of four, on 1,000 pages and all twelve partitions. The aggregator
that has counted them is killed (SIGKILL) and restarted with the same group instance id; it keeps nothing on
disk. The time runs from the start of the process until each page has a grid of all its records. Every grid
published until then must equal a recount of the topic.

Not shown: an instance that takes over under another id, which first waits for the dead one's session timeout.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

from benchmarks.group_by import BY_KEY
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import Record, fill, kafka
from benchmarks.made import made
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import (
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    Event,
    Page,
    Size,
    decode_summary,
    encode,
)
from pageheat.services.contract.topics import BY_PAGE, HEATMAP
from pageheat.services.runtime.cluster import Cluster
from pageheat.verification.recount import differences, parse
from tests.support.system import Instance, running
from tests.support.topics import STEP_MS, page_logs

EVENTS, EVENTS_A_FRAME, PAGES, VISITORS = 1_000_000, 4, 1_000, 3_000
SPREAD_MS = 270_000
"""Time span of the events; the window is longer, so none leaves it during the run."""

RIGHT, READING, CPU = "every page right", "of that, reading back", "time of one core"


def frames() -> Iterator[Record]:
    """Yield what group_by wrote in the last minutes."""
    random_, now_ms = random.Random(6), int(time.time() * 1000)
    pages = [Page(f"/things/{i}", Size(1265, 4210), Size(1280, 720)) for i in range(PAGES)]
    count = EVENTS // EVENTS_A_FRAME
    for number in range(count):
        seq, visitor = divmod(number, VISITORS)
        moves: list[tuple[int, int, int]] = []
        clicks: list[Event] = []
        for i in range(EVENTS_A_FRAME):
            place = random_.randrange(1265), random_.randrange(4210), 250 * i
            if random_.random() < 0.02:
                clicks.append(Event("click", *place))
            else:
                moves.append(place)
        received = now_ms - SPREAD_MS + SPREAD_MS * number // count
        frame = made(received, random_.choice(pages), f"visitor-{visitor:014}", seq, moves, clicks)
        source = [(SOURCE_PARTITION, b"0"), (SOURCE_OFFSET, b"%d" % number)]
        yield frame.key.encode(), encode(frame), source


def grids(log: KafkaLog, positions: dict[int, int]) -> Iterator[tuple[str, bytes]]:
    """Yield the next grids of `log`, until each page has had one that reaches its partition's position."""
    missing = {f"/things/{i}" for i in range(PAGES)}
    while missing:
        for message in log.next():
            page, value = (message.key() or b"").decode(), message.value()
            if page.startswith("/") and value:
                yield page, value
                if decode_summary(value).position >= positions[message.partition() or 0]:
                    missing.discard(page)


def restarted(_: Context) -> Values:
    """Kill the aggregator when it has counted everything, restart it, and time it."""
    with (
        kafka() as broker,
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(broker=broker), Path(folder), GROUP_INSTANCE_ID="aggregator") as system,
        closing(KafkaLog(Cluster(broker))) as log,
    ):
        counting = system.start("aggregator").wait_until_healthy()
        log.assign(log.edge(HEATMAP, latest=False))
        assert fill(broker, BY_PAGE, frames(), BY_KEY) == EVENTS // EVENTS_A_FRAME
        # minus one: each partition's last record is the transaction marker
        positions = {end.partition: end.offset - 1 for end in log.edge(BY_PAGE, latest=True)}
        for _grid in grids(log, positions):
            pass
        counting.kill()
        log.assign(log.edge(HEATMAP, latest=True))
        began_s = time.perf_counter()
        second = system.start("aggregator")
        published = list(grids(log, positions))
        took_s, took_cpu_s = time.perf_counter() - began_s, cpu_s(second.pid)
        pages = page_logs(broker)
        assert sum(map(len, pages.values())) == EVENTS
        for page, value in published:
            grid = parse(value)
            assert grid
            assert not list(differences(grid, pages[page], STEP_MS))
        return {RIGHT: took_s, READING: reading_s(second), CPU: took_cpu_s}


def reading_s(instance: Instance) -> float:
    """Return how long it has read back, according to its log."""
    (entry,) = (line for line in instance.log().splitlines() if "read back" in line)
    return float(json.loads(entry)["message"].rpartition(" in ")[2].removesuffix(" s"))


BENCHMARK = Benchmark(
    f"How soon does an aggregator that was killed know {EVENTS:,} events again?",
    {"restart": restarted},
    [Row(RIGHT, "s", at_most=5), Row(READING, "s"), Row(CPU, "s")],
)
