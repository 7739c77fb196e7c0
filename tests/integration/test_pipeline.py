"""The four real services and a real Kafka, from ingest to the broadcaster."""

import json
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from websockets.sync.client import ClientConnection, connect

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.services.broadcaster.delta import STATUS, Reader
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, DEAD_LETTER, HEATMAP, read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.system import Instance, System, running, until
from tests.support.tiles import packed_tiles
from tests.support.topics import end_offsets, records, wrong_grids
from tests.support.visitors import Visitors, sent_frame

WINDOW_MS = 300_000


@pytest.fixture(scope="module")
def system(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    # so long that a process stopped by a test is not replaced
    with running(node, tmp_path_factory.mktemp("services"), SESSION_TIMEOUT_MS="60000") as system:
        yield system


@pytest.fixture(scope="module")
def services(system: System) -> dict[str, Instance]:
    return system.start_all()


def watch(services: dict[str, Instance], page: str) -> ClientConnection:
    return connect(f"ws://{services['broadcaster'].address}{page}")


def grid_with(viewer: ClientConnection, moves: int) -> dict[str, Any]:
    """The first grid with this many moves that a viewer gets."""
    while True:
        grid: dict[str, Any] = json.loads(viewer.recv(timeout=30))
        assert grid["totals"]["moves"] <= moves, "more moves than were sent"
        if grid["totals"]["moves"] == moves:
            return grid


def get_json(services: dict[str, Instance], path: str) -> Any:
    with urllib.request.urlopen(f"http://{services['broadcaster'].address}{path}", timeout=10) as answer:
        return json.load(answer)


def test_the_tutorials_clients_work_unchanged(services: dict[str, Instance]) -> None:
    """The tutorial's protocol on both sides: the script of page /a/b connects to /a/b<GUID>."""
    guid = "0c7f8e9a-1111-4222-8333-444455556666"
    with (
        connect(f"ws://{services['broadcaster'].address}/a/b") as overlay,
        connect(f"ws://{services['ingest'].address}/a/b{guid}") as shop,
    ):
        for x, y in [(100, 100), (110, 100), (950, 1990)]:
            event = {
                "session_id": guid,
                "type": "mousemove",
                "page_url": "http://localhost:8080/a/b",
                "relative_path": "/a/b",
                "query_prams": "",
                "buttons": 0,
                "window": {"width": 1000, "height": 2000},
                "mouse-coordinates": {"x": x, "y": y},
            }
            shop.send(json.dumps(event))
        shop.send(json.dumps({**event, "type": "click", "buttons": 1}))
        while True:
            grid = json.loads(overlay.recv(timeout=30))
            if grid["value"] == {"5": {"2": 2}, "47": {"49": 1}} and grid["clicks"]:
                break
    assert grid["clicks"] == {"47": {"49": 1}}
    assert grid["grid-size"] == 50
    assert grid["end"] - grid["start"] == WINDOW_MS
    assert grid["end"] % 250 == 0


def test_every_event_is_counted_once_and_every_grid_equals_a_recount(
    node: KafkaNode, services: dict[str, Instance]
) -> None:
    before = end_offsets(node.broker, CLICKSTREAM)
    with Visitors(services["ingest"].address) as visitors:
        until(lambda: visitors.frames >= 400, services["ingest"].describe)
    with watch(services, "/lamp") as viewer:
        frames = range(1, visitors.frames, 4)  # those on this page; the last event of each third is a click
        clicks = sum(number % 3 == 0 for number in frames)
        grid = grid_with(viewer, 2 * len(frames) - clicks)
    assert grid["totals"]["clicks"] == clicks
    assert grid["visitors"] == 1
    until(
        lambda: end_offsets(node.broker, BY_PAGE) == before + visitors.frames,
        services["group_by"].describe,
    )
    assert end_offsets(node.broker, CLICKSTREAM) == before + visitors.frames
    grids, wrong = wrong_grids(node.broker)
    assert grids > 8
    assert wrong == []


def test_clicks_in_the_form_of_2006_are_placed_by_their_pages_newest_known_size(
    services: dict[str, Instance],
) -> None:
    ingest = services["ingest"].address

    def click(x: float, y: float, page: str) -> None:
        request = urllib.request.Request(
            f"http://{ingest}/_pageheat/beacon?x={x}&y={y}",
            headers={"Referer": f"http://localhost:8080{page}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert (answer.status, answer.read()) == (204, b"")

    with watch(services, "/known") as viewer:
        with connect(f"ws://{ingest}/") as tracker:
            tracker.send(sent_frame("known", 0, "/known", (1, 1), first=(100, 50)))
            grid_with(viewer, 1)
        click(10, 20.5, "/known")
        click(-50, -50, "/known?q=ann")
        while (grid := grid_with(viewer, 1))["totals"]["clicks"] < 2:
            pass
    assert grid["clicks"] == {"5": {"1": 1}, "2": {"0": 1}}
    assert (grid["totals"]["unplaced"], grid["visitors"]) == (0, 1)
    with watch(services, "/unknown") as viewer:
        click(10, 20, "/unknown")
        grid = grid_with(viewer, 0)
    assert (grid["clicks"], grid["page"], grid["visitors"]) == ({}, None, 0)
    assert grid["totals"] == {"moves": 0, "clicks": 0, "unplaced": 1}


def test_warm_pages_are_listed_with_visitors_and_counts(services: dict[str, Instance]) -> None:
    with connect(f"ws://{services['ingest'].address}/") as tracker, watch(services, "/list/1") as viewer:
        for number in range(3):
            tracker.send(sent_frame(f"s{number}", 0, "/list/1", (1, 1), (2, 2)))
        grid = grid_with(viewer, 6)
    listed = {page["page"]: page for page in get_json(services, "/_pageheat/pages")["pages"]}
    assert listed["/list/1"]["visitors"] == 3
    assert listed["/list/1"]["moves"] == 6
    assert listed["/list/1"]["size"] == {"width": 1000, "height": 2000}
    assert get_json(services, "/_pageheat/grid/list/1")["value"] == grid["value"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get_json(services, "/_pageheat/grid/cold")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        get_json(services, "/_pageheat/pages?limit=many")


def test_a_new_viewer_gets_the_newest_grid_at_once_even_from_a_new_broadcaster(
    system: System, services: dict[str, Instance]
) -> None:
    with connect(f"ws://{services['ingest'].address}/") as tracker, watch(services, "/once") as viewer:
        tracker.send(sent_frame("once", 0, "/once", (1, 1)))
        grid_with(viewer, 1)
    with watch(services, "/once") as viewer:
        assert json.loads(viewer.recv(timeout=30))["value"] == {"0": {"0": 1}}
    newcomer = system.start("broadcaster").wait_until_healthy()
    with connect(f"ws://{newcomer.address}/once") as viewer:
        assert json.loads(viewer.recv(timeout=30))["value"] == {"0": {"0": 1}}
    newcomer.stop()


def test_viewers_of_our_subprotocol_get_the_status_of_counting(services: dict[str, Instance]) -> None:
    url, reader = f"ws://{services['broadcaster'].address}/status", Reader()

    def next_state(viewer: ClientConnection) -> str:
        while (told := reader.take(viewer.recv(timeout=30, decode=False))).kind != STATUS:
            pass
        return "live" if told.numbers[0] else "old"

    with connect(url, subprotocols=["pageheat.v1"]) as viewer:  # type: ignore[list-item]
        assert viewer.subprotocol == "pageheat.v1"
        until(lambda: next_state(viewer) == "live", services["broadcaster"].describe)
        services["aggregator"].signal(signal.SIGSTOP)
        try:
            until(lambda: next_state(viewer) == "old", services["broadcaster"].describe)
        finally:
            services["aggregator"].signal(signal.SIGCONT)
        until(lambda: next_state(viewer) == "live", services["aggregator"].describe)


def test_a_viewer_that_stops_reading_does_not_delay_another(
    node: KafkaNode, services: dict[str, Instance]
) -> None:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", services["broadcaster"].port))
    stuck.sendall(
        b"GET /stuck HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    # more than the buffers between them hold (4 MB on Linux): grids of 400 kB
    cells = packed_tiles({str(x): {str(y): 100_000 for y in range(200)} for x in range(150)}, 200)
    producer = Producer({"bootstrap.servers": node.broker})
    now = int(time.time() * 1000) // 250 * 250
    with stuck, watch(services, "/stuck") as viewer:
        for number in range(1, 31):
            grid = {
                "start": now + number * 250 - WINDOW_MS,
                "end": now + number * 250,
                "visitors": 1,
                "totals": {"moves": number, "clicks": 0},
                "newest": now,
                "page": {"width": 1000, "height": 1000},
                "partition": 0,
                "position": number,
                "value": cells,
                "clicks": b"",
                "fine": {"row": 20},
                "grid-size": 200,
            }
            producer.produce(HEATMAP, msgspec.msgpack.encode(grid), b"/stuck", 0)
            assert producer.flush(15) == 0
            grid_with(viewer, number)
    with connect(f"ws://{services['broadcaster'].address}/stuck") as other:
        assert other.recv(timeout=30)


def test_malformed_records_in_any_topic_become_dead_letters_and_stop_nothing(
    node: KafkaNode, services: dict[str, Instance]
) -> None:
    producer = Producer({"bootstrap.servers": node.broker})
    malformed = b'{"v": 2, "session": '
    for topic in (CLICKSTREAM, BY_PAGE, HEATMAP):
        for partition in range(12):
            producer.produce(topic, malformed, b"/malformed", partition)
    assert producer.flush(15) == 0
    with connect(f"ws://{services['ingest'].address}/") as tracker, watch(services, "/after") as viewer:
        tracker.send(sent_frame("after", 0, "/after", (1, 1)))
        grid_with(viewer, 1)

    def letters() -> list[tuple[bytes, bytes]]:
        return [
            (message.key().rsplit(b"/", 2)[0], message.value())
            for message in records(node.broker, DEAD_LETTER)
        ]

    expected = [(t.encode(), malformed) for t in (CLICKSTREAM, BY_PAGE, HEATMAP) for _ in range(12)]
    until(lambda: len(letters()) >= len(expected), lambda: str(letters()))
    assert sorted(letters()) == sorted(expected)
    for message in records(node.broker, DEAD_LETTER):
        assert dict(message.headers() or ())["reason"]
    assert all(service.health() == "ok" for service in services.values())


def test_what_ingest_accepted_before_sigterm_is_on_the_topic(node: KafkaNode, system: System) -> None:
    ingest = system.start("ingest").wait_until_healthy()
    before = end_offsets(node.broker, CLICKSTREAM)
    with connect(f"ws://{ingest.address}/") as tracker:
        for number in range(2000):
            tracker.send(sent_frame("flushed", number, "/flushed", (1, 1)))
        tracker.send("?")
        tracker.recv(timeout=30)  # answered after all earlier ones were accepted
        assert ingest.stop() == 0
    assert end_offsets(node.broker, CLICKSTREAM) == before + 2000


def test_a_page_whose_visitors_have_left_cools(kafka_installation: KafkaInstallation, tmp_path: Path) -> None:
    with (
        KafkaNode(kafka_installation, tmp_path / "kafka") as node,
        running(node, tmp_path, WINDOW_SECONDS="2") as system,
    ):
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        services = system.start_all()
        with connect(f"ws://{services['ingest'].address}/") as tracker, watch(services, "/left") as viewer:
            tracker.send(sent_frame("left", 0, "/left", (1, 1)))
            warm = grid_with(viewer, 1)
            cold = grid_with(viewer, 0)
        assert cold["end"] == warm["newest"] + 2000 + 250
        assert (cold["value"], cold["visitors"], cold["newest"]) == ({}, 0, None)

        def has_tombstone() -> bool:
            newest = {message.key(): message.value() for message in records(node.broker, HEATMAP)}
            return newest[b"/left"] is None

        until(has_tombstone, services["aggregator"].describe)
        assert get_json(services, "/_pageheat/pages")["total"] == 0


def test_valid_frames_after_a_refused_one_count_even_if_the_client_has_left(
    node: KafkaNode, services: dict[str, Instance]
) -> None:
    before = end_offsets(node.broker, CLICKSTREAM)
    with connect(f"ws://{services['ingest'].address}/") as tracker:
        for message in ["?", *(sent_frame("behind", number, "/behind", (1, 1)) for number in range(5))]:
            tracker.send(message)
    until(lambda: end_offsets(node.broker, CLICKSTREAM) == before + 5, services["ingest"].describe)


def test_a_record_too_large_for_a_dead_letter_stops_nothing(
    node: KafkaNode, services: dict[str, Instance]
) -> None:
    producer = Producer(
        {"bootstrap.servers": node.broker, "message.max.bytes": 3_000_000, "compression.type": "lz4"}
    )
    for topic in (CLICKSTREAM, BY_PAGE, HEATMAP):
        producer.produce(topic, b"\0" * 2_500_000, b"/large", 0)
    assert producer.flush(15) == 0

    def large_letters() -> set[str]:
        headers = [dict(message.headers() or ()) for message in records(node.broker, DEAD_LETTER)]
        return {h["source.topic"].decode() for h in headers if h["source.size"] == b"2500000"}

    until(lambda: large_letters() == {CLICKSTREAM, BY_PAGE, HEATMAP}, lambda: str(large_letters()))
    with connect(f"ws://{services['ingest'].address}/") as tracker, watch(services, "/large") as viewer:
        tracker.send(sent_frame("large", 0, "/large", (1, 1)))
        grid_with(viewer, 1)
