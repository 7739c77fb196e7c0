"""Memory limits that need real sockets: viewers that never read, idle connections."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from confluent_kafka import Producer

from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.records import Grid, Heartbeat, Size, Totals, encode
from pageheat.services.contract.topics import HEATMAP
from pageheat.services.contract.tutorial import tutorial_json
from pageheat.services.runtime.clock import wall_clock_ms
from tests.support.fine import fine
from tests.support.system import Instance, running, until
from tests.support.tiles import packed_tiles

DEAF_VIEWERS = 200
GRIDS = 100
IDLE_SOCKETS = 1_000
MB = 1_000_000

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)
OURS = "Sec-WebSocket-Protocol: pageheat.v1\r\n"


def large_grid(position: int) -> Grid:
    """A grid with all tiles hot, 100 kB."""
    end = wall_clock_ms() // 250 * 250
    tiles = packed_tiles({str(x): dict.fromkeys(map(str, range(50)), 12_345_678_901) for x in range(50)})
    return Grid(
        start=end - 300_000,
        end=end,
        value=tiles,
        clicks=tiles,
        grid_size=50,
        visitors=1,
        totals=Totals(1, 1),
        newest=end - 250,
        page=Size(1000, 1000),
        partition=4,
        position=position,
        fine=fine(moves={(row, column): 12_345_678_901 for row in range(50) for column in range(50)}),
    )


def open_silently(sockets: ExitStack, instance: Instance, path: str, more: str = "") -> socket.socket:
    """A WebSocket that is opened but never read."""
    opened = sockets.enter_context(socket.create_connection(("127.0.0.1", instance.port), timeout=20))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    opened.sendall(HANDSHAKE.format(path=path, host=instance.address, more=more).encode())
    assert b" 101 " in opened.recv(64), instance.describe()
    return opened


def metric(instance: Instance, name: str) -> float:
    with urllib.request.urlopen(f"http://{instance.address}/_pageheat/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def memory(instance: Instance) -> float:
    return metric(instance, "process_resident_memory_bytes")


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_viewers_that_never_read_have_at_most_one_grid_buffered_each(
    kafka: KafkaNode, tmp_path: Path, sockets: ExitStack
) -> None:
    with running(kafka, tmp_path) as system:
        broadcaster = system.start("broadcaster").wait_until_healthy()
        producer = Producer({"bootstrap.servers": kafka.broker, "compression.type": "lz4"})

        def show(position: int) -> None:
            producer.produce(HEATMAP, encode(large_grid(position)), b"/deaf", 4)
            producer.produce(HEATMAP, encode(Heartbeat(4, position, wall_clock_ms())), b"clock/4", 4)
            producer.flush(15)
            address = f"http://{broadcaster.address}/_pageheat/grid/deaf"

            def shown() -> bool:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    return bool(json.load(answer)["position"] == position)

            until(shown, broadcaster.describe)

        producer.produce(HEATMAP, encode(large_grid(1)), b"/deaf", 4)
        producer.flush(15)
        until(lambda: metric(broadcaster, "pageheat_broadcaster_pages") == 1, broadcaster.describe)
        for _ in range(DEAF_VIEWERS):
            open_silently(sockets, broadcaster, "/deaf")
        show(2)
        before = memory(broadcaster)
        for position in range(3, GRIDS):
            show(position)
        grown = memory(broadcaster) - before
        print(f"grew by {grown / MB:.1f} MB")
        sent = DEAF_VIEWERS * GRIDS * len(tutorial_json(encode(large_grid(1))))
        assert metric(broadcaster, "pageheat_broadcaster_grids_dropped_total") > DEAF_VIEWERS * GRIDS / 4
        assert grown < 50 * MB, f"grew by {grown / MB:.0f} MB; {sent / MB:.0f} MB were to be sent"


@pytest.mark.parametrize("service", ["ingest", "broadcaster"])
def test_an_idle_socket_takes_little_memory(
    kafka: KafkaNode, tmp_path: Path, sockets: ExitStack, service: str
) -> None:
    with running(kafka, tmp_path) as system:
        instance = system.start(service).wait_until_healthy()
        before = memory(instance)
        for _ in range(IDLE_SOCKETS):
            open_silently(sockets, instance, "/idle", OURS)
        each = (memory(instance) - before) / IDLE_SOCKETS
        print(f"{service}: {each / 1000:.1f} kB a socket")
        assert each < 60_000


def test_unfinished_messages_together_stay_within_their_limit(
    kafka: KafkaNode, tmp_path: Path, sockets: ExitStack
) -> None:
    begun = b"\x81\xff" + MB.to_bytes(8) + b"\0\0\0\0" + b"?" * (MB - 1)
    with running(kafka, tmp_path) as system:
        ingest = system.start("ingest").wait_until_healthy()
        before = memory(ingest)
        for _ in range(150):
            with suppress(ConnectionError):
                open_silently(sockets, ingest, "/slow").sendall(begun)
        grown = memory(ingest) - before
        print(f"grew by {grown / MB:.1f} MB")
        assert 20 * MB < metric(ingest, "pageheat_messages_unfinished_bytes") <= 32 * MB
        assert grown < 80 * MB, f"grew by {grown / MB:.0f} MB; 150 MB were sent"
