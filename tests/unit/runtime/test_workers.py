"""What a port with several workers answers, and how it is shared."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from pageheat.kafka.ports import free_port
from pageheat.services.runtime.listening import PortTaken, listen
from pageheat.services.runtime.workers import (
    INNER_ADDRESS,
    Answer,
    Colleagues,
    OfWorker,
    Shared,
    first_trouble,
    joined_metrics,
)


def metrics(number: int, frames: dict[str, int], sockets: int) -> Answer:
    """A worker's metrics, as its inner port tells them."""
    registry = CollectorRegistry()
    by_transport = Gauge("frames", "Frames by transport", ["by"], registry=registry)
    for by, count in frames.items():
        by_transport.labels(by).set(count)
    Gauge("sockets", "Open sockets", registry=registry).set(sockets)
    return Answer(200, generate_latest(OfWorker(registry, number)).decode())


def test_metrics_of_all_workers_are_apart_by_a_label_under_one_head_each() -> None:
    joined = joined_metrics([metrics(1, {"get": 2}, 5), metrics(2, {"get": 3, "beacon": 4}, 0)])
    families = [*text_string_to_metric_families(joined)]
    assert [family.name for family in families] == ["frames", "sockets"]
    frames, sockets = families
    told = {(one.labels["worker"], one.labels["by"]): one.value for one in frames.samples}
    assert told == {("1", "get"): 2, ("2", "get"): 3, ("2", "beacon"): 4}
    assert [(one.labels, one.value) for one in sockets.samples] == [
        ({"worker": "1"}, 5),
        ({"worker": "2"}, 0),
    ]


def test_a_worker_that_does_not_answer_has_no_metrics() -> None:
    joined = joined_metrics([Answer(503, "it does not answer\n"), metrics(2, {}, 7)])
    (_, sockets) = text_string_to_metric_families(joined)
    assert [one.labels for one in sockets.samples] == [{"worker": "2"}]


def test_the_first_workers_trouble_is_the_ports() -> None:
    well, away, full = Answer(200, "ok\n"), Answer(503, "Kafka is away\n"), Answer(503, "full\n")
    assert (first_trouble([well, well]).status_code, first_trouble([well, well]).body) == (200, b"ok\n")
    trouble = first_trouble([well, away, full])
    assert (trouble.status_code, trouble.body) == (503, b"worker 2: Kafka is away\n")


@pytest.fixture
async def colleague() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A worker's inner port, which answers "ok", and what it was asked."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok\n")
        writer.close()

    async with await asyncio.start_server(answer, INNER_ADDRESS, 0) as server:
        yield server.sockets[0].getsockname()[1], asked


def request(port: int) -> Request:
    """A question that came to a port."""
    headers = [(b"host", b"us"), (b"x-forwarded-for", b"192.0.2.1")]
    scope = {
        "type": "http",
        "path": "/seen",
        "query_string": b"page=/a%20b",
        "headers": headers,
        "server": (INNER_ADDRESS, port),
    }
    return Request(scope)


async def test_a_question_to_the_port_goes_to_all_and_one_that_is_away_is_told(
    colleague: tuple[int, list[bytes]],
) -> None:
    port, asked = colleague
    with socket.socket() as nobody:
        nobody.bind((INNER_ADDRESS, 0))  # does not listen
        ports = [port, nobody.getsockname()[1]]
        answers = await Colleagues(1, ports).ask(request(80))
    assert answers == [Answer(200, "ok\n"), Answer(503, "it does not answer\n")]
    assert asked == [b"GET /seen?page=/a%20b HTTP/1.0\r\nHost: us\r\n\r\n"]


async def test_a_worker_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pageheat.services.runtime.workers.ANSWER_S", 0.01)
    with listen(INNER_ADDRESS, 0) as hangs:
        (answer,) = await Colleagues(1, [hangs.getsockname()[1]]).ask(request(80))
    assert answer == Answer(503, "it does not answer\n")


def test_only_what_comes_by_its_own_inner_port_is_for_the_worker_alone() -> None:
    second = Colleagues(2, [4_001, 4_002])
    assert [second.is_asked_alone(request(port)) for port in (80, 4_001, 4_002)] == [False, False, True]


def test_a_port_that_is_in_use_is_not_shared_with_strangers() -> None:
    with listen(INNER_ADDRESS, 0) as theirs, pytest.raises(PortTaken):
        Shared(INNER_ADDRESS, theirs.getsockname()[1], 2)
    ours = Shared(INNER_ADDRESS, port := free_port(), 2)
    with pytest.raises(PortTaken):
        Shared(INNER_ADDRESS, port, 2)
    ours.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, workers share one socket")
def test_the_kernel_spreads_connections_over_the_workers() -> None:
    shared = Shared(INNER_ADDRESS, port := free_port(), 2)
    listeners = [socket.socket(fileno=os.dup(place.listener)) for place in shared.places()]
    clients = [socket.create_connection((INNER_ADDRESS, port)) for _ in range(60)]
    counts = []
    for listener in listeners:
        listener.setblocking(False)
        count = 0
        while True:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                break
            count += 1
        counts.append(count)
    assert sum(counts) == len(clients)
    assert min(counts) > 0
    for each in (*listeners, *clients):
        each.close()
    shared.close()
