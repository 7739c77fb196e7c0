"""How many moving visitors can the whole system follow on this machine, Kafka included?

Real processes: a Kafka node and one each of ingest, group_by, aggregator and broadcaster. Each visitor
(`visitors.py`) moves, four points a second, on 40 pages; those on pages that nobody watches send every 2 s.
The generator shares the machine; its CPU time is reported separately. On the first page, which has a fifth of
all visitors, a probe's pointer now and then comes to rest where no other visitor moves, and two viewers watch
(`probes.py`): one like our overlay, one like the tutorial's. The latency is from sending the probe's frame
until a viewer has a grid with it. What a browser adds, to send and to draw, is in `latency`.

Asserted at the end: each frame was acknowledged, and is in `clickstream-group-by-page` once and in order;
the grids that viewers kept under load, and the last of each page, equal a recount of that topic
(`recounts.py`).

BENCH_SYSTEM_VISITORS and BENCH_SYSTEM_SECONDS set the number and the duration, 3,000 and 600 by default; the
half minute before is not measured.

Not shown: visitors who arrive and leave, a real network, and a disk with other load.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka_node
from benchmarks.probes import Probe, Viewer, probe
from benchmarks.recounts import check_last, read_back
from benchmarks.usage import cpu_s, memory_mb
from benchmarks.visitors import PAGES, Order, Outcome
from pageheat.kafka_log import KafkaLog
from pageheat.parent import ending_with_parent
from tests.support.system import SERVICES, running

VISITORS = int(os.environ.get("BENCH_SYSTEM_VISITORS", "3000"))
SECONDS = float(os.environ.get("BENCH_SYSTEM_SECONDS", "600"))

WARM_UP_S = 30.0
"""Before measuring: Kafka's JVM compiles its hot code."""

MEASURED = ("Kafka", *SERVICES)


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka_node() as node:
        yield {"broker": node.broker, "kafka": node.pid}


def run(context: Context) -> Values:
    """Let the visitors move, measure, and check."""
    name = f"bench{time.time_ns()}"
    sender = Probe(name)
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(broker=context["broker"]), Path(folder)) as system,
        closing(KafkaLog(context["broker"])) as log,
    ):
        services = system.start_all()
        ingest, broadcaster = services["ingest"], services["broadcaster"]
        pids = {"Kafka": context["kafka"]} | {service: services[service].pid for service in SERVICES}
        generator = subprocess.Popen(
            ending_with_parent([sys.executable, "-m", "benchmarks.visitors"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert generator.stdin
        assert generator.stdout
        with generator, closing(generator.stdin), closing(generator.stdout):
            order = Order(ingest.port, name, VISITORS, WARM_UP_S + SECONDS)
            generator.stdin.write(msgspec.json.encode(order) + b"\n")
            generator.stdin.flush()
            assert generator.stdout.readline() == b"moving\n"
            time.sleep(WARM_UP_S)
            before_s = {process: cpu_s(pid) for process, pid in pids.items()}
            began_s, own_s = time.perf_counter(), time.process_time()
            viewers = asyncio.run(probe(ingest.address, broadcaster.address, sender, SECONDS))
            took_s = time.perf_counter() - began_s
            used_s = {process: cpu_s(pid) - before_s[process] for process, pid in pids.items()}
            used_s["viewers"] = time.process_time() - own_s
            outcome = msgspec.json.decode(generator.stdout.readline(), type=Outcome)
        sent = {f"{name}-{number}": frames for number, frames in enumerate(outcome.sent)}
        pages = read_back(log, sent | {sender.session: sender.sent})
        for page, counted in pages.items():
            check_last(page, counted, broadcaster.address)
        for viewer in viewers:
            assert viewer.kept
            for grid in viewer.kept:
                pages[PAGES[0]].check(grid)
        memory = {process: memory_mb(pid) for process, pid in pids.items()}
    return values_of(viewers, outcome, took_s, used_s, memory)


def values_of(
    viewers: Sequence[Viewer],
    outcome: Outcome,
    took_s: float,
    used_s: Mapping[str, float],
    memory: Mapping[str, float],
) -> Values:
    """Return the rows; `used_s` is each process' CPU time during `took_s`, `memory` its maximum, MB."""
    moved_s = WARM_UP_S + SECONDS
    frames_per_s = outcome.frames / moved_s
    cores = {process: used / took_s for process, used in used_s.items()}
    values = {
        "moving visitors": float(round(VISITORS * outcome.points / outcome.due)),
        "events": outcome.points / moved_s,
        "frames": frames_per_s,
        "points late, p99": outcome.late_p99_ms,
        "visitors (generator)": outcome.cpu_s / moved_s,
        "all but visitors and viewers": sum(cores.values()) - cores["viewers"],
    }
    for viewer in viewers:
        for percent in (50, 99):
            kind = "lean" if viewer.wants_deltas else "tutorial"
            latency_ms = float(np.percentile(viewer.latencies_s, percent)) * 1e3
            values[f"pointer to {kind} viewer, p{percent}"] = latency_ms
    values |= cores
    values |= {
        f"{process}, a frame": used / frames_per_s * 1e6
        for process, used in cores.items()
        if process != "viewers"
    }
    return values | {f"{process}, memory": mb for process, mb in memory.items()}


BENCHMARK = Benchmark(
    question=f"The whole system, Kafka included: {VISITORS:,} visitors who move, for {SECONDS:g} s",
    cases={"all": run},
    rows=[
        Row("moving visitors", "", at_least=3_000),
        *(
            Row(f"pointer to {kind} viewer, p{percent}", "ms", 1_000, at_most=1 if percent == 99 else None)
            for kind in ("lean", "tutorial")
            for percent in (50, 99)
        ),
        Row("events", "events/s"),
        Row("frames", "frames/s"),
        Row("points late, p99", "ms"),
        Row("all but visitors and viewers", "cores"),
        *(Row(process, "cores") for process in (*MEASURED, "viewers", "visitors (generator)")),
        *(Row(f"{process}, a frame", "µs") for process in MEASURED),
        *(Row(f"{process}, memory", "MB") for process in MEASURED),
    ],
    prepare=prepare,
    rounds=1,
)
