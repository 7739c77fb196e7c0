"""How many moving visitors can the whole system follow on this machine, Kafka included?

Real processes: a Kafka node, ingest with its workers, and one each of group_by, aggregator and broadcaster.
Each visitor (`visitors.py`) moves, four points a second. A fifth of them are on the first page, the others
spread over pages with some 60 of them each. Analysts watch ten of those: their visitors send every 250 ms,
all others every 2 s. The generators share the machine; their CPU time is reported separately.

On each watched page, a probe's pointer now and then comes to rest where no other visitor moves, and a viewer
like our overlay watches, on the first of them also one like the tutorial's (`probes.py`). The latency is from
sending the probe's frame until a viewer has a grid with it. What a browser adds, to send and to draw, is in
`latency`.

Asserted at the end: each frame was acknowledged, and is in `clickstream-group-by-page` once and in order;
the grids that viewers kept under load, and the last of each page, equal a recount of that topic
(`recounts.py`). A generator that was late itself sent less than visitors would: beyond a point's interval the
table says "missed", beyond a frame's the run fails.

The environment sets, with their defaults: BENCH_SYSTEM_VISITORS (20,000), BENCH_SYSTEM_SECONDS (600;
the minute before is not measured: in its first half they arrive), BENCH_SYSTEM_WORKERS (2, of ingest),
BENCH_SYSTEM_WATCHED (10 pages), BENCH_SYSTEM_HOME (0; 1 if the first page is one of them, with a fifth of
all visitors on it), and BENCH_SYSTEM_GENERATORS (one process for each 10,000 visitors).

Not shown: visitors who arrive and leave, a real network, and a disk with other load.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks.generators import Moving, divided, moving, processes_for
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka_node
from benchmarks.probes import Probe, Viewer, probe_all
from benchmarks.recounts import check_last, read_back
from benchmarks.sizing import VISITORS_A_PAGE
from benchmarks.usage import cpu_s, memory_mb
from benchmarks.visitors import EVERY_S, PAGES, UNWATCHED_POINTS, Order, Outcome, page_names
from pageheat.kafka_log import KafkaLog
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.settings import WindowSettings
from tests.support.system import SERVICES, Instance, running

ARRIVE_S = 30.0
"""Visitors begin to move one after another: as many as a large site has do not come within two seconds."""

WARM_UP_S = 60.0
"""Before measuring: visitors arrive, and Kafka's JVM compiles its hot code."""

AFTER_S = 5.0
"""For which visitors move on after the measurement: at the end, all send what they still have at once."""

WINDOW_MS = int(WindowSettings.model_fields["window_seconds"].default) * 1_000
SLACK_MS = 5_000
"""Clocks, steps and ages: a frame of the last window is not older than that and the window."""

MEASURED = ("Kafka", *SERVICES)

PROBED_S = 90.0
"""Deadline after the measurement: SEEN_S, and for all connections to be opened and closed."""

LOG_CHARS = 4_000

LATE_MS = EVERY_S * 1e3
TOO_LATE_MS = UNWATCHED_POINTS * LATE_MS


@dataclass(frozen=True)
class Load:
    """Who moves, and who watches.

    Args:
        visitors: how many move.
        seconds: for how long they are measured.
        workers: of ingest.
        watched: pages that somebody watches.
        home: whether the first page is one of them, with a fifth of all visitors on it.
        generators: processes that they are divided among.
        slowed: whether ingest lets each send less often where many move.
    """

    visitors: int
    seconds: float
    workers: int = 2
    watched: int = 10
    home: bool = False
    generators: int = 1
    slowed: bool = True

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(len(PAGES), self.visitors // VISITORS_A_PAGE)

    @property
    def watched_pages(self) -> Sequence[str]:
        """The pages that somebody watches."""
        first = 0 if self.home else 1
        return page_names(self.pages)[first : first + self.watched]

    @property
    def moved_s(self) -> float:
        """For how long visitors move in all."""
        return WARM_UP_S + self.seconds + AFTER_S


def load_of(environment: Mapping[str, str]) -> Load:
    """The load that the environment's BENCH_SYSTEM_… ask for."""

    def asked(name: str, default: int) -> int:
        return int(environment.get(f"BENCH_SYSTEM_{name}", default))

    visitors = asked("VISITORS", 20_000)
    return Load(
        visitors,
        asked("SECONDS", 600),
        asked("WORKERS", 2),
        asked("WATCHED", 10),
        bool(asked("HOME", 0)),
        asked("GENERATORS", processes_for(visitors)),
    )


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka_node() as node:
        yield {"broker": node.broker, "kafka": node.pid}


@contextmanager
def telling(service: Instance) -> Iterator[None]:
    """If what is inside fails, add the end of the service's log, whose folder is removed."""
    try:
        yield
    except Exception:
        print(service.log()[-LOG_CHARS:], file=sys.stderr)
        raise


def run(load: Load, context: Context) -> Values:
    """Let the visitors move, measure, and check."""
    name = f"bench{time.time_ns()}"
    probes = [
        Probe(f"{name}-probe-{number}", page, (True, False) if number == 0 else (True,))
        for number, page in enumerate(load.watched_pages)
    ]
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(broker=context["broker"]), Path(folder)) as system,
        closing(KafkaLog(Cluster(context["broker"]))) as log,
    ):
        unlimited = {} if load.slowed else {"PAGE_FRAMES_PER_S": "0", "UNWATCHED_FRAMES_PER_S": "0"}
        services = system.start_all(INGEST_WORKERS=str(load.workers), **unlimited)
        ingest, broadcaster = services["ingest"], services["broadcaster"]
        pids = {"Kafka": context["kafka"]} | {service: services[service].pid for service in SERVICES}
        order = Order(ingest.port, name, load.visitors, load.moved_s, pages=load.pages, arrive_s=ARRIVE_S)
        with telling(ingest), moving(divided(order, load.generators)) as visitors:
            asyncio.run(visitors.guard(WARM_UP_S))
            before_s = {process: cpu_s(pid) for process, pid in pids.items()}
            began_s, own_s = time.perf_counter(), time.process_time()
            asyncio.run(probed(visitors, probes, load.seconds, ingest.address, broadcaster.address))
            took_s = time.perf_counter() - began_s
            used_s = {process: cpu_s(pid) - before_s[process] for process, pid in pids.items()}
            used_s["viewers"] = time.process_time() - own_s
            since_ms = int(time.time() * 1e3) - WINDOW_MS - SLACK_MS
            outcome = visitors.outcome()
        sent = {f"{name}-{number}": frames for number, frames in enumerate(outcome.sent)}
        sent |= {probe.session: probe.sent for probe in probes}
        pages = read_back(log, sent, load.watched_pages, since_ms)
        for page, counted in pages.items():
            check_last(page, counted, broadcaster.address)
        viewers = [viewer for probe in probes for viewer in probe.viewers]
        for viewer in viewers:
            assert viewer.kept
            for grid in viewer.kept:
                pages[viewer.page].check(grid)
        memory = {process: memory_mb(pid) for process, pid in pids.items()}
    values = values_of(load, viewers, outcome, took_s, used_s, memory)
    assert outcome.late_p99_ms <= TOO_LATE_MS, (
        f"the generators were late by {outcome.late_p99_ms:,.0f} ms (p99), so this measures them: fewer "
        f"visitors (BENCH_SYSTEM_VISITORS), or a machine with more cores. All was counted once. {values}"
    )
    return values


async def probed(
    visitors: Moving, probes: Sequence[Probe], seconds: float, ingest: str, broadcaster: str
) -> None:
    """Let the probes move, and see them, while the visitors move; fail at once if these end."""
    async with asyncio.timeout(seconds + PROBED_S), asyncio.TaskGroup() as group:
        guarding = group.create_task(visitors.guard(seconds))
        await probe_all(probes, ingest, broadcaster, seconds)
        guarding.cancel()


def values_of(
    load: Load,
    viewers: Sequence[Viewer],
    outcome: Outcome,
    took_s: float,
    used_s: Mapping[str, float],
    memory: Mapping[str, float],
) -> Values:
    """Return the rows; `used_s` is each process' CPU time during `took_s`, `memory` its maximum, MB."""
    moved_s = load.moved_s
    frames_per_s = outcome.frames / moved_s
    cores = {process: used / took_s for process, used in used_s.items()}
    values = {
        "moving visitors": float(round(load.visitors * outcome.points / outcome.due)),
        "events": outcome.points / moved_s,
        "frames": frames_per_s,
        "frames late, p99": outcome.late_p99_ms,
        "visitors (generator)": outcome.cpu_s / moved_s,
        "all but visitors and viewers": sum(cores.values()) - cores["viewers"],
    }
    for kind, wants_deltas in (("lean", True), ("tutorial", False)):
        of_kind = [viewer.latencies_s for viewer in viewers if viewer.wants_deltas is wants_deltas]
        for percent in (50, 99):
            values[f"pointer to {kind} viewer, p{percent}"] = latency_ms([*chain(*of_kind)], percent)
    lean = [viewer.latencies_s for viewer in viewers if viewer.wants_deltas]
    values["pointer to lean viewer, p99 of the slowest page"] = max(latency_ms(one, 99) for one in lean)
    values |= cores
    values |= {
        f"{process}, a frame": used / frames_per_s * 1e6
        for process, used in cores.items()
        if process != "viewers"
    }
    return values | {f"{process}, memory": mb for process, mb in memory.items()}


def latency_ms(latencies_s: Sequence[float], percent: int) -> float:
    """Return a percentile, ms."""
    return float(np.percentile(latencies_s, percent)) * 1e3


def benchmark(load: Load, question: str, *, has_targets: bool = True) -> Benchmark:
    """The measurement of a load."""

    def within(most: float) -> float | None:
        return most if has_targets else None

    return Benchmark(
        question=f"{question}: {load.visitors:,} visitors who move, for {load.seconds:g} s, "
        f"{load.watched} pages watched",
        cases={"all": partial(run, load)},
        rows=[
            Row("moving visitors", "", at_least=20_000 if has_targets else None),
            *(
                Row(
                    f"pointer to {kind} viewer, p{percent}",
                    "ms",
                    1_000,
                    at_most=within(1) if percent == 99 else None,
                )
                for kind in ("lean", "tutorial")
                for percent in (50, 99)
            ),
            Row("pointer to lean viewer, p99 of the slowest page", "ms", 1_000, at_most=within(1)),
            Row("events", "events/s"),
            Row("frames", "frames/s"),
            Row("frames late, p99", "ms", at_most=within(LATE_MS)),
            Row("all but visitors and viewers", "cores"),
            *(Row(process, "cores") for process in (*MEASURED, "viewers", "visitors (generator)")),
            *(Row(f"{process}, a frame", "µs") for process in MEASURED),
            *(Row(f"{process}, memory", "MB") for process in MEASURED),
        ],
        prepare=prepare,
        rounds=1,
    )


BENCHMARK = benchmark(load_of(os.environ), "The whole system, Kafka included")
