"""How much more do two aggregators count than one, on one machine?

600,000 frames of one event each, of 3,000 visitors on 60 pages, five pages in each of the twelve partitions
of `clickstream-group-by-page`. All become visible at once, when one aggregator, or two that share the
partitions, are ready and idle. The time runs until grids or heartbeats on `heatmap` say that every partition
is counted to its end. Then the newest grid of each page must hold exactly that page's events.

Efficiency is the rate of each of two, divided by the rate of one alone. CPU time per frame is reported next
to it, as here both share two cores with each other, with Kafka and with this benchmark: if CPU time per frame
stays the same, the lack of cores is the limit.

Not shown: aggregators on separate machines, a network between them and Kafka, more than one broker.
"""

import binascii
import random
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from itertools import cycle, islice
from pathlib import Path
from struct import pack

import msgspec

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import Record, fill, kafka_node
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import SOURCE_OFFSET, SOURCE_PARTITION
from pageheat.services.contract.topics import BY_PAGE, HEATMAP
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from tests.support.system import running, until

FRAMES, VISITORS = 600_000, 3_000
PARTITIONS, PAGES_EACH = 12, 5

BY_KEY = -1
"""As `fill`'s partition: the client hashes the key."""

LAST_GRIDS_S = 5
"""Deadline for the grids of the step in which the last frame was counted."""


class Counted(msgspec.Struct):
    """The fields of a grid or a heartbeat that are used here."""

    position: int
    totals: Mapping[str, int] = {}


def partition_of(page: str) -> int:
    """Return the partition that librdkafka, and so `fill`, hashes a page to."""
    return binascii.crc32(page.encode()) % PARTITIONS


def pages() -> list[str]:
    """Return pages, the same number in each partition."""
    found: Counter[int] = Counter()
    chosen = []
    for number in range(10_000):
        page = f"/things/{number}"
        if found[partition_of(page)] < PAGES_EACH:
            found[partition_of(page)] += 1
            chosen.append(page)
    assert len(chosen) == PARTITIONS * PAGES_EACH
    return chosen


def records(received_ms: int) -> Iterator[Record]:
    """Yield what group_by writes for moving visitors, the pages in turn."""
    random_ = random.Random(12)
    ways = [(random_.randrange(1265), random_.randrange(4210)) for _ in range(8_192)]
    form = (
        b'{"v":2,"site":"","received":%d,"page":{"path":"%s","document":{"width":1265,"height":4210},'
        b'"viewport":{"width":1280,"height":720}},"session":"visitor-%014d","seq":%d,"moves":"%s"}'
    )
    for number, page in enumerate(islice(cycle(pages()), FRAMES)):
        seq, visitor = divmod(number, VISITORS)
        moves = b64encode(pack("<3i", *ways[number % 8_192], number % 250))
        value = form % (received_ms, page.encode(), visitor, seq, moves)
        headers = [
            (SOURCE_PARTITION, str(visitor % PARTITIONS).encode()),
            (SOURCE_OFFSET, str(number).encode()),
        ]
        yield page.encode(), value, headers


def shares(broker: str) -> list[int]:
    """Return the number of partitions of each aggregator."""
    admin = Admin(Cluster(broker))
    members = admin.describe_consumer_groups(["aggregator"])["aggregator"].result(30).members
    return [len(member.assignment.topic_partitions) for member in members]


def watch(log: KafkaLog, due: Mapping[str, int]) -> float:
    """Read `heatmap` until all is counted; return that moment, by `time.perf_counter`."""
    due_of = dict.fromkeys(range(PARTITIONS), 0)
    for page, frames in due.items():
        due_of[partition_of(page)] += frames
    reached, shown = dict.fromkeys(due_of, 0), dict.fromkeys(due, 0)
    while any(reached[partition] < due_of[partition] for partition in due_of):
        take(log, reached, shown)
    counted_s = time.perf_counter()
    while shown != due:
        assert time.perf_counter() - counted_s < LAST_GRIDS_S, "the newest grids do not hold what was sent"
        take(log, reached, shown)
    return counted_s


def take(log: KafkaLog, reached: dict[int, int], shown: dict[str, int]) -> None:
    """Update the partitions' positions and the pages' counts from the next records."""
    for message in log.next():
        if value := message.value():
            counted = msgspec.msgpack.decode(value, type=Counted)
            partition = message.partition() or 0
            reached[partition] = max(reached[partition], counted.position)
            if (page := (message.key() or b"").decode()) in shown:
                shown[page] = counted.totals["moves"]


def measured(count: int) -> Values:
    """Measure the rate of that many aggregators."""
    name = "1 aggregator" if count == 1 else f"{count} aggregators"
    due = Counter(islice(cycle(pages()), FRAMES))
    with ExitStack() as stack:
        node = stack.enter_context(kafka_node())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pageheat-bench-")))
        system = stack.enter_context(running(node, folder))
        log = stack.enter_context(closing(KafkaLog(Cluster(node.broker))))
        members = [system.start("aggregator", GROUP_INSTANCE_ID=str(number)) for number in range(count)]
        for member in members:
            member.wait_until_healthy()
        until(lambda: shares(node.broker) == [PARTITIONS // count] * count, lambda: "rebalancing")
        log.assign(log.edge(HEATMAP, latest=True))
        assert fill(node.broker, BY_PAGE, records(int(time.time() * 1000)), BY_KEY) == FRAMES
        pids = [pid for pid in (node.pid, *(member.pid for member in members)) if pid]
        began_s, began_cpu_s = time.perf_counter(), [cpu_s(pid) for pid in pids]
        took_s = watch(log, due) - began_s
        kafka_s, *each_s = (cpu_s(pid) - before_s for pid, before_s in zip(pids, began_cpu_s, strict=True))
        used_s = sum(each_s)
    return {
        name: FRAMES / took_s,
        f"{name}, each": FRAMES / took_s / count,
        f"{name}, CPU a frame": used_s / FRAMES * 1e6,
        f"{name}, Kafka's CPU a frame": kafka_s / FRAMES * 1e6,
        f"{name}, cores used": (used_s + kafka_s) / took_s,
    }


def one(_: Context) -> Values:
    """Measure the reference."""
    return measured(1)


def two(_: Context) -> Values:
    """Measure two aggregators."""
    return measured(2)


BENCHMARK = Benchmark(
    question="How much more do two aggregators count than one, on the two cores that Kafka has too?",
    cases={"1 aggregator": one, "2 aggregators": two},
    rows=[
        Row("1 aggregator", "frames/s"),
        Row("2 aggregators", "frames/s", "1 aggregator"),
        Row("2 aggregators, each", "frames/s", "1 aggregator"),
        Row("1 aggregator, CPU a frame", "µs"),
        Row("2 aggregators, CPU a frame", "µs", "1 aggregator, CPU a frame"),
        Row("1 aggregator, Kafka's CPU a frame", "µs"),
        Row("2 aggregators, Kafka's CPU a frame", "µs"),
        Row("1 aggregator, cores used", "cores"),
        Row("2 aggregators, cores used", "cores"),
    ],
    rounds=3,
)
