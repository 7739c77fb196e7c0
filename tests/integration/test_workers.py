"""Two workers of ingest on one port, as real processes with a real Kafka."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from pageheat import health
from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.sites import SEEN, SEEN_HOST
from pageheat.services.contract.topics import CLICKSTREAM
from tests.support.endings import all_end, handles_of
from tests.support.system import Instance, running, until
from tests.support.topics import records
from tests.support.visitors import sent_frame

OURS = [Subprotocol("pageheat.v1")]

CONNECTIONS = 40
"""That all are given to one of two workers happens once in 2^39 runs."""

FRAMES = 5


def children(pid: int) -> list[int]:
    """A process' children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def ingest(node: KafkaNode, tmp_path: Path) -> Iterator[Instance]:
    with running(node, tmp_path, INGEST_WORKERS="2") as system:
        yield system.start("ingest").wait_until_healthy()


def opened(ingest: Instance, stack: ExitStack, count: int) -> list[ClientConnection]:
    address = f"ws://{ingest.address}/"
    return [
        stack.enter_context(connect(address, subprotocols=OURS, compression=None, open_timeout=60))
        for _ in range(count)
    ]


def by_worker(ingest: Instance, name: str) -> dict[str, float]:
    """A metric of each worker."""
    with urllib.request.urlopen(f"http://{ingest.address}/_pageheat/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    found = {sample.labels["worker"]: 0.0 for sample in samples}
    for sample in samples:
        found[sample.labels["worker"]] += sample.value
    return found


def acknowledged(connection: ClientConnection, count: int) -> list[int]:
    """The numbers of that many acknowledged frames."""
    numbers: list[int] = []
    while len(numbers) < count:
        numbers += json.loads(connection.recv(timeout=30)).get("acknowledged", [])
    return numbers


def test_frames_of_many_connections_are_acknowledged_and_on_the_topic_once(
    node: KafkaNode, ingest: Instance
) -> None:
    sessions = [f"two-workers-{number}" for number in range(CONNECTIONS)]
    with ExitStack() as stack:
        connections = opened(ingest, stack, CONNECTIONS)
        open_in = by_worker(ingest, "pageheat_ingest_sockets")
        assert set(open_in) == {"1", "2"}
        assert sum(open_in.values()) == CONNECTIONS
        assert min(open_in.values()) > 0, "one worker has all connections"
        for seq in range(FRAMES):
            for session, connection in zip(sessions, connections, strict=True):
                connection.send(sent_frame(session, seq, "/two", (5, 5)))
        for connection in connections:
            assert sorted(acknowledged(connection, FRAMES)) == [*range(FRAMES)]
        for name in ("frames_accepted", "frames_delivered", "receipts"):
            due = {worker: FRAMES * count for worker, count in open_in.items()}
            counted = partial(by_worker, ingest, f"pageheat_ingest_{name}_total")
            until(lambda: counted() == due, lambda: f"{name}: {counted()} instead of {due}")  # noqa: B023
    frames = [json.loads(message.value() or b"") for message in records(node.broker, CLICKSTREAM)]
    ours = sorted((frame["session"], frame["seq"]) for frame in frames if frame["session"] in sessions)
    assert ours == sorted((session, seq) for session in sessions for seq in range(FRAMES))


def test_a_killed_worker_is_started_again_and_its_visitors_reconnect(ingest: Instance) -> None:
    first, _ = children(ingest.pid)
    with ExitStack() as stack:
        connections = opened(ingest, stack, CONNECTIONS)
        mine = int(by_worker(ingest, "pageheat_ingest_sockets")["1"])
        os.kill(first, signal.SIGKILL)
        again = opened(ingest, stack, CONNECTIONS)  # none is refused: those of worker 1 wait for it
        for number, connection in enumerate(again):
            connection.send(sent_frame(f"again-{number}", 0, "/two", (5, 5)))
        assert [acknowledged(connection, 1) for connection in again] == [[0]] * CONNECTIONS
        lost = 0
        for connection in connections:
            try:
                connection.ping().wait(30)
                connection.recv(timeout=0)
            except ConnectionClosed:
                lost += 1
            except TimeoutError:
                pass
        assert lost == mine, "visitors of the other worker stay connected"
    ingest.wait_until_healthy()
    assert first not in children(ingest.pid)
    assert len(children(ingest.pid)) == 2
    assert "worker 1 ended with code -9; started again" in ingest.log()


def test_the_port_is_alive_and_ready_only_if_every_worker_is(ingest: Instance) -> None:
    first, _ = children(ingest.pid)

    def answers(path: str) -> set[str | None]:
        """What the port says, whichever worker is asked."""
        return {health.why_unready("127.0.0.1", ingest.port, path) for _ in range(4)}

    paths = ("/healthz", "/_pageheat/ready")
    assert {path: answers(path) for path in paths} == {path: {None} for path in paths}
    os.kill(first, signal.SIGSTOP)
    try:
        for path in paths:
            assert answers(path) <= {"503 worker 1: it does not answer", "no answer"}
    finally:
        os.kill(first, signal.SIGCONT)
    for path in paths:
        until(lambda: answers(path) == {None}, ingest.describe)  # noqa: B023


def test_what_came_of_a_page_is_told_of_all_workers(ingest: Instance) -> None:
    with ExitStack() as stack:
        connections = opened(ingest, stack, CONNECTIONS)
        for number, connection in enumerate(connections):
            connection.send(sent_frame(f"seen-{number}", 0, f"/seen{number}", (5, 5)))
        assert [acknowledged(connection, 1) for connection in connections] == [[0]] * CONNECTIONS
    for number in range(CONNECTIONS):
        request = urllib.request.Request(
            f"http://{ingest.address}{SEEN}?page=/seen{number}&origin=http://localhost:8080",
            headers={"Host": SEEN_HOST},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["people"], f"/seen{number} is not known"


def test_at_the_end_all_workers_have_ended_and_the_port_is_free(ingest: Instance) -> None:
    handles = handles_of(children(ingest.pid))
    assert ingest.stop() == 0
    assert all_end(handles, 0)
    assert health.why_unready("127.0.0.1", ingest.port, "/healthz") == "no answer"


def test_workers_end_with_a_parent_that_is_killed(ingest: Instance) -> None:
    handles = handles_of(children(ingest.pid))
    ingest.kill()
    assert all_end(handles, 30), ingest.log()


def test_another_ingest_on_the_same_port_is_refused(
    ingest: Instance, node: KafkaNode, tmp_path: Path
) -> None:
    with running(node, tmp_path / "..", INGEST_WORKERS="2") as others:
        other = others.start("ingest", INGEST_PORT=str(ingest.port))
        deadline_s = time.monotonic() + 60
        while not other.ended and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert f"cannot listen on 127.0.0.1:{ingest.port}" in other.log()
