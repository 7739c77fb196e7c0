"""The containers as a user runs them: built, started, healthy; an event in, a grid out."""

import json
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from pageheat.processes import read_processes
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import Comparison, compare
from tests.support.containers import Containers
from tests.support.system import until

pytestmark = pytest.mark.docker

GRID_TIMEOUT_S = 30


def send_event(containers: Containers, path: str, x: int, y: int) -> None:
    """One move, as the tutorial's script sends it."""
    event = {
        "session_id": "smoke",
        "type": "mousemove",
        "page_url": f"http://localhost{path}",
        "relative_path": path,
        "query_prams": "",
        "buttons": 0,
        "window": {"width": 1000, "height": 1000},
        "mouse-coordinates": {"x": x, "y": y},
    }
    with connect(f"ws://{containers.address('ingest')}{path}smoke") as ingest:
        ingest.send(json.dumps(event))


def first_grid(containers: Containers, path: str) -> dict[str, Any]:
    """The first grid of a page with a hot tile."""
    with connect(f"ws://{containers.address('broadcaster')}{path}") as broadcaster:
        while True:
            grid: dict[str, Any] = json.loads(broadcaster.recv(timeout=GRID_TIMEOUT_S))
            if grid["value"]:
                return grid


@pytest.mark.parametrize("path", ["/mug", "/caf%C3%A9%2F1//a%20b"])
def test_an_event_sent_to_ingest_is_in_the_grid_that_viewers_get(containers: Containers, path: str) -> None:
    send_event(containers, path, x=510, y=30)
    grid = first_grid(containers, path)
    assert grid["value"] == {"25": {"1": 1}}
    assert grid["end"] - grid["start"] == 300_000


def test_the_history_has_the_present_too(containers: Containers) -> None:
    send_event(containers, "/remembered", x=510, y=30)
    address = f"http://{containers.address('history')}/_pageheat/history/grid/remembered?to=now"
    until(lambda: httpx2.get(address).json()["totals"]["moves"] == 1, lambda: httpx2.get(address).text)


def test_tools_on_this_machine_reach_kafka_at_its_published_port(containers: Containers) -> None:
    kafka = Admin(Cluster(containers.address("kafka")))
    assert compare(kafka, read_specs(), replication=1) == Comparison()


def test_the_heat_map_shows_the_shop_and_its_overlay(containers: Containers) -> None:
    page = httpx2.get(f"http://{containers.address('heatmap')}/").text
    assert "data-pageheat-overlay" in page


def test_the_front_end_knows_the_address_that_was_requested(containers: Containers) -> None:
    own = f"http://{containers.address('heatmap')}"
    assert json.dumps(own) in httpx2.get(f"{own}/_pageheat/settings.js").text


@pytest.mark.parametrize(
    ("size", "status"), [(70_000, 413), (17, 400)], ids=["too long for a frame", "not a frame"]
)
def test_a_beacon_is_accepted_or_refused_by_ingest_itself(
    containers: Containers, size: int, status: int
) -> None:
    answer = httpx2.post(f"http://{containers.address('ingest')}/_pageheat/beacon", content=b"x" * size)
    assert answer.status_code == status
    assert answer.json()["refused"] == {413: "too_large", 400: "malformed"}[status]


SEND_TOO_MUCH = """
import sys
from websockets.sync.client import connect

port, limited = sys.argv[1:]

def refused_for(address):
    # fewer than are refused before one is disconnected
    with connect(f"ws://entry:{port}/", additional_headers={"X-Forwarded-For": address}) as ingest:
        for _ in range(90):
            ingest.send("no frame")
        return {ingest.recv(timeout=30).split('"')[3] for _ in range(90)}

if limited == "yes":
    while "rate" not in refused_for("192.0.2.1"):
        pass
print(*sorted(refused_for("192.0.2.2")))
"""


def test_an_address_is_limited_whatever_it_claims_to_be_and_others_are_not(containers: Containers) -> None:
    port = str(containers.ports["ingest"])
    assert "rate" in containers.python("demo", 1, SEND_TOO_MUCH, port, "yes")
    assert containers.python("heatmap", 1, SEND_TOO_MUCH, port, "no").split() == ["malformed"]


def test_the_entry_logs_neither_clients_nor_requests(containers: Containers) -> None:
    ingest = f"http://{containers.address('ingest')}"
    assert (
        httpx2.get(f"{ingest}/secret-page?secret=1", headers={"Referer": "http://secret/"}).status_code == 404
    )
    assert httpx2.get(f"{ingest}/_pageheat/beacon?x=secret").status_code == 400
    assert httpx2.get(f"{ingest}/secret", headers={"Secret": "x" * 20_000}).status_code == 400
    assert "secret" not in containers.compose("logs", "entry").lower()


@pytest.mark.parametrize("name", [*sorted(read_processes().keys() - {"topics"}), "entry"])
def test_no_container_runs_as_root(name: str, containers: Containers) -> None:
    assert containers.compose("exec", "-T", name, "id", "-u").strip() != "0"
