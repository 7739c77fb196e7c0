"""How many frames per second does `ingest` accept, validate and write to Kafka on one core?

50 connections with our subprotocol send 400,000 frames of the demo shop's visitors, about 230 bytes each, as
fast as ingest acknowledges them (`tracker_load.py`). ingest is a real process on one core, with librdkafka's
threads; the generator and Kafka share the others. The time runs until the frames are acknowledged, that is,
until Kafka has them. Then each must be on `clickstream` once. Rate limits are off. The whole run is done
WARM_UPS times before it is measured, as a Kafka that has just started spends more time on JIT compilation
than on frames.

The same is measured with INGEST_FAST_PATH=false.

Reference: a bare server of the library `websockets` on the same core that reads the same frames from the same
generator and drops them.

Not shown: thousands of connections, where each read returns one frame; a broker on another machine.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec

from benchmarks import tracker_load
from benchmarks.cores import MEASURED, OTHERS, kafka_beside, on
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.tracker_load import CONNECTIONS, Load
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.parent import ending_with_parent
from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.runtime.cluster import Cluster
from tests.support.system import running

EACH = 8_000
FRAMES = EACH * CONNECTIONS
ANY_NUMBER = {"SESSION_FRAMES_PER_S": "0", "ADDRESS_FRAMES_PER_S": "0"}

SLOW = "ingest, fast path off"

WARM_UPS = 3
"""After these Kafka takes half of its initial time; more warm-ups gain hardly anything."""


class _Stored(msgspec.Struct):
    session: str
    seq: int


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka on the cores that are not measured, and warm it up."""
    with kafka_beside() as broker:
        context: Context = {"broker": broker}
        for _ in range(WARM_UPS):
            of_ingest(context)
        yield context


def values_of(load: Load, server_cpu_s: float, name: str) -> Values:
    """Return the rows of one case."""
    return {
        name: load.frames_per_s,
        f"{name}, CPU a frame": server_cpu_s / FRAMES * 1e6,
        f"{name}, its core busy": server_cpu_s / load.seconds * 100,
        f"{name}, generator's CPU": load.cpu_s / load.seconds * 100,
    }


@on(OTHERS)
def of_websockets(_: Context) -> Values:
    """Measure the reference."""
    with on([MEASURED]):
        server = subprocess.Popen(
            ending_with_parent([sys.executable, "-m", "benchmarks.dropping_server"]),
            stdout=subprocess.PIPE,
            text=True,
        )
    assert server.stdout
    with closing(server.stdout):
        try:
            port, before_s = int(server.stdout.readline()), cpu_s(server.pid)
            load = tracker_load.run(port, "dropped", EACH, receipts=False)
            return values_of(load, cpu_s(server.pid) - before_s, "websockets")
        finally:
            server.terminate()
            server.wait()


def of_ingest(context: Context) -> Values:
    """Measure ingest with default settings."""
    return measured(context, "ingest", fast_path=True)


def without_fast_path(context: Context) -> Values:
    """Measure ingest when the library parses every message: the difference is the fast path's gain."""
    return measured(context, SLOW, fast_path=False)


@on(OTHERS)
def measured(context: Context, name: str, *, fast_path: bool) -> Values:
    """Measure ingest; assert that every frame is acknowledged, and in Kafka once."""
    settings = ANY_NUMBER | {"INGEST_FAST_PATH": str(fast_path).lower()}
    session = f"bench-{time.time_ns()}"
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder), **settings) as system,
        closing(KafkaLog(Cluster(context["broker"]))) as log,
    ):
        log.assign(log.edge(CLICKSTREAM, latest=True))
        with on([MEASURED]):
            ingest = system.start("ingest")
        ingest.wait_until_healthy()
        before_s = cpu_s(ingest.pid)
        load = tracker_load.run(ingest.port, session, EACH, receipts=True)
        values = values_of(load, cpu_s(ingest.pid) - before_s, name)
        stored = Counter(
            (frame.session, frame.seq)
            for message in log.up_to(log.ends(log.edge(CLICKSTREAM, latest=True)))
            for frame in [msgspec.json.decode(message.value() or b"", type=_Stored)]
        )
    assert stored == {(f"{session}-{n}", seq): 1 for n in range(CONNECTIONS) for seq in range(EACH)}
    return values


BENCHMARK = Benchmark(
    "ingest: frames accepted, checked and acknowledged by Kafka, on one core",
    {"websockets": of_websockets, "ingest": of_ingest, SLOW: without_fast_path},
    [
        Row("websockets", "frames/s"),
        Row("ingest", "frames/s", "websockets", at_least=0.6),
        Row(SLOW, "frames/s", "ingest"),
        Row("websockets, CPU a frame", "µs"),
        Row("ingest, CPU a frame", "µs", "websockets, CPU a frame"),
        Row(f"{SLOW}, CPU a frame", "µs", "ingest, CPU a frame"),
        *(
            Row(f"{name}, {what}", "%")
            for name in ("websockets", "ingest", SLOW)
            for what in ("its core busy", "generator's CPU")
        ),
    ],
    prepare,
)
