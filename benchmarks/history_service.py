"""The service itself, in its process on a real Kafka: what it takes, and how soon it knows.

Moving visitors' frames are written to `clickstream-group-by-page` as they happen, 12,000 moves a second, and
read by a history that has a year behind it.
"""

import http.client
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

from confluent_kafka import Producer

from benchmarks.harness import Values
from benchmarks.history_visitors import SEND_MS, Visitors
from benchmarks.kafka import kafka
from benchmarks.usage import cpu_s, memory_mb
from pageheat.services.contract.records import encode
from pageheat.services.contract.topics import BY_PAGE
from tests.support.system import Instance, running

ALONE_S, BESIDE_S, READERS = 65, 45, 4
SLICES = 20
"""The visitors send one after the other, not all at once."""

SETTINGS = {"SESSION_TIMEOUT_MS": "60000"}
"""The generator of visitors may take a core from it for seconds."""

ROOT = "/_pageheat/history"


class Traffic:
    """Writes visitors' frames until it is stopped."""

    def __init__(self, broker: str, visitors: int) -> None:
        self._producer = Producer({"bootstrap.servers": broker, "linger.ms": 20, "compression.type": "lz4"})
        self._crowds = [Visitors(visitors // SLICES, seed=number + 2) for number in range(SLICES)]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.frames = 0

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        turn, due_s = 0, time.monotonic()
        while not self._stopped.wait(max(due_s - time.monotonic(), 0)):
            for frame in self._crowds[turn % SLICES].frames(int(time.time() * 1000)):
                headers = [("source.partition", b"0"), ("source.offset", b"%d" % self.frames)]
                self._producer.produce(BY_PAGE, encode(frame), frame.key.encode(), headers=headers)
                self.frames += 1
            self._producer.poll(0)
            turn += 1
            due_s += SEND_MS / 1000 / SLICES
        self._producer.flush(10)


def asked(connection: http.client.HTTPConnection, path: str) -> bytes:
    """An answer of the history."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body


def stored(history: Instance) -> int:
    """Events and looks that the history has stored."""
    connection = http.client.HTTPConnection(history.address, timeout=30)
    text = asked(connection, "/_pageheat/metrics").decode()
    return int(float(text.partition("\npageheat_history_events_stored_total ")[2].split()[0]))


def measured(folder: str, visitors: int, paths: Sequence[str]) -> Values:
    """CPU of the process alone, its answers' 99th percentile beside it, memory, and when an event is known.

    Args:
        folder: of a database with a past.
        visitors: how many move.
        paths: questions, below ROOT.
    """
    with history(folder) as (broker, service):
        with Traffic(broker, visitors) as traffic:
            until(lambda: stored(service) > 0)
            began_s, began_cpu_s, began = time.monotonic(), cpu_s(service.pid), traffic.frames
            time.sleep(ALONE_S)
            took_s = time.monotonic() - began_s
            writer = (cpu_s(service.pid) - began_cpu_s) / took_s
            moves_s = (traffic.frames - began) * 8 / took_s
            took_ms = beside(service, paths)
        known_s = delay_s(broker, service)
        memory = memory_mb(service.pid)
    return {
        "writer": writer * 12_000 / moves_s,
        "p99 of four readers": statistics.quantiles(took_ms, n=100)[98],
        "event to answer": known_s,
        "memory": memory,
    }


@contextmanager
def history(folder: str) -> Iterator[tuple[str, Instance]]:
    """A Kafka, and a history that reads it."""
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as logs,
        kafka() as broker,
        running(SimpleNamespace(broker=broker), Path(logs), HISTORY_FOLDER=folder, **SETTINGS) as system,
    ):
        yield broker, system.start("history").wait_until_healthy()


def beside(service: Instance, paths: Sequence[str]) -> list[float]:
    """How long answers to four readers take, ms, each asking again at once."""
    until_s, took_ms = time.monotonic() + BESIDE_S, list[float]()

    def read(number: int) -> None:
        chance = random.Random(number)
        connection = http.client.HTTPConnection(service.address, timeout=30)
        while time.monotonic() < until_s:
            began_s = time.perf_counter()
            asked(connection, ROOT + chance.choice(paths))
            took_ms.append((time.perf_counter() - began_s) * 1000)

    readers = [threading.Thread(target=read, args=[number]) for number in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return took_ms


def delay_s(broker: str, service: Instance) -> float:
    """From an event that just missed a batch until an answer has it, s, where nobody asks for the present."""
    before = stored(service)
    until(lambda: stored(service) > before)
    frame = next(Visitors(1, seed=1).frames(int(time.time() * 1000)))
    path, now_s = frame.page.path, frame.received // 1000
    range_ = urlencode({"from": (now_s - 3600) * 1000, "to": (now_s + 3600) * 1000, "step": "hour"})
    connection = http.client.HTTPConnection(service.address, timeout=30)
    missing = asked(connection, f"{ROOT}/series{path}?{range_}")
    producer = Producer({"bootstrap.servers": broker})
    headers = [("source.partition", b"1"), ("source.offset", b"0")]
    producer.produce(BY_PAGE, encode(frame), frame.key.encode(), headers=headers)
    producer.flush(10)
    began_s = time.monotonic()
    until(lambda: asked(connection, f"{ROOT}/series{path}?{range_}") != missing)
    return time.monotonic() - began_s


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; fail after three minutes."""
    ends_s = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < ends_s, "the history has not stored within three minutes"
        time.sleep(0.25)
