"""What does a moving visitor, and a page's grid, cost in bytes: on the line, on Kafka's disk, in memory?

The real system, and 1,000 visitors who move for 20 s, four frames of one event a second each, on 40 pages
(`visitors.py`); no viewers. Sizes on disk are those of Kafka's log files, compressed as the services write
them, without replicas and indexes. How many of each there are is counted in the topics.

Not shown: frames of visitors who click, rest or read more than they move (fewer, and some longer); what grids
weigh after five minutes of it (more tiles are warm); disks that have been compacted.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka_node
from benchmarks.visitors import Order, Outcome
from pageheat.kafka_log import KafkaLog
from pageheat.leash import leashed
from services.contract.records import CLOCK_KEY_PREFIX
from services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP, HEATMAP_DETAIL
from tests.system import running

VISITORS, SECONDS = 1_000, 20.0

RECORDS = {CLICKSTREAM: "frame", BY_PAGE: "frame by page", HEATMAP: "grid", HEATMAP_DETAIL: "detail"}
"""What is counted in each topic."""


def resident_bytes(pid: int) -> int:
    """What a process has in memory."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024


def on_disk(data: Path, topic: str) -> int:
    """Bytes of a topic's log files."""
    partitions = (folder for folder in data.iterdir() if folder.name.rpartition("-")[0] == topic)
    return sum(log.stat().st_size for folder in partitions for log in folder.glob("*.log"))


def lengths(log: KafkaLog, topic: str) -> Iterator[int]:
    """Of each record's value but clocks and tombstones."""
    places = log.edge(topic, latest=False)
    log.assign(places)
    for message in log.up_to(log.ends(places)):
        if (value := message.value()) and not (message.key() or b"").startswith(CLOCK_KEY_PREFIX.encode()):
            yield len(value)


def move(port: int) -> Iterator[Outcome | None]:
    """Let the visitors connect, which is told by None, and move."""
    generator = subprocess.Popen(
        leashed([sys.executable, "-m", "benchmarks.visitors"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert generator.stdin
    assert generator.stdout
    with generator, closing(generator.stdin), closing(generator.stdout):
        generator.stdin.write(msgspec.json.encode(Order(port, "visitor", VISITORS, SECONDS)) + b"\n")
        generator.stdin.flush()
        assert generator.stdout.readline() == b"moving\n"
        yield None
        yield msgspec.json.decode(generator.stdout.readline(), type=Outcome)


def run(_: Context) -> Values:
    """Count bytes."""
    with ExitStack() as stack:
        node = stack.enter_context(kafka_node())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pageheat-bench-")))
        services = stack.enter_context(running(node, folder)).start_all()
        log = stack.enter_context(closing(KafkaLog(node.broker)))
        ingest = services["ingest"]
        before = resident_bytes(ingest.pid)
        moving = move(ingest.port)
        next(moving)
        connected = resident_bytes(ingest.pid)
        outcome = next(moving)
        assert outcome
        time.sleep(1)  # the step that holds the last frame, and the details after it
        told = {topic: list(lengths(log, topic)) for topic in RECORDS}
        assert len(told[CLICKSTREAM]) == len(told[BY_PAGE]) == outcome.frames
        values = {"ingest, memory a visitor": (connected - before) / VISITORS / 1e3}
        for topic, record in RECORDS.items():
            values[record] = sum(told[topic]) / len(told[topic])
            values[f"{record}, on disk"] = on_disk(node.data, topic) / len(told[topic])
    return values | _rates(told)


def _rates(told: Mapping[str, list[int]]) -> dict[str, float]:
    return {
        f"{RECORDS[topic]}s": len(told[topic]) / SECONDS for topic in (CLICKSTREAM, HEATMAP, HEATMAP_DETAIL)
    }


BENCHMARK = Benchmark(
    question=f"What {VISITORS:,} moving visitors, and the grids of their pages, cost in bytes",
    cases={"all": run},
    rows=[
        *(Row(f"{record}{way}", "bytes") for record in RECORDS.values() for way in ("", ", on disk")),
        *(Row(f"{record}s", f"{record}s/s") for record in ("frame", "grid", "detail")),
        Row("ingest, memory a visitor", "kB"),
    ],
    rounds=2,
)
