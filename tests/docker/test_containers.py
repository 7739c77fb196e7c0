"""The containers as a user runs them: built, started, healthy; an event in, its grid out."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from pageheat.kafka.node import free_port
from pageheat.processes import read_processes
from services.contract.topics import admin_client, differences, read_specs

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
READY_TIMEOUT_S = 120
GRID_TIMEOUT_S = 30


class Containers:
    """The compose file under a project name and on ports of its own."""

    def __init__(self) -> None:
        ports = {spec.port: free_port() for spec in read_processes().values() if spec.port}
        self.ports = {name: ports[spec.port] for name, spec in read_processes().items() if spec.port}
        self._environment = (
            os.environ
            | {"COMPOSE_PROJECT_NAME": f"pageheat-smoke-{os.getpid()}"}
            | {name: str(port) for name, port in ports.items()}
        )

    def compose(self, *arguments: str) -> str:
        """Run docker compose; its output."""
        # Another .env than the checkout's: only what stands here counts.
        done = subprocess.run(
            ["docker", "compose", "--env-file", os.devnull, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def containers() -> Iterator[Containers]:
    started = Containers()
    try:
        try:
            started.compose("build", "--quiet")
            started.compose("up", "--detach", "--wait", "--wait-timeout", str(READY_TIMEOUT_S))
        except AssertionError:
            print(started.compose("logs", "--no-color", "--tail=50"))
            raise
        yield started
    finally:
        started.compose("down", "--volumes", "--remove-orphans", "--timeout=10")


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
    with connect(f"ws://127.0.0.1:{containers.ports['ingest']}{path}smoke") as ingest:
        ingest.send(json.dumps(event))


def first_grid(containers: Containers, path: str) -> dict[str, Any]:
    """The first grid of a page in which something is hot."""
    with connect(f"ws://127.0.0.1:{containers.ports['broadcaster']}{path}") as broadcaster:
        while True:
            grid: dict[str, Any] = json.loads(broadcaster.recv(timeout=GRID_TIMEOUT_S))
            if grid["value"]:
                return grid


def test_an_event_that_comes_in_is_in_the_grid_that_goes_out(containers: Containers) -> None:
    send_event(containers, "/lamp", x=510, y=30)
    grid = first_grid(containers, "/lamp")
    assert grid["value"] == {"25": {"1": 1}}
    assert grid["end"] - grid["start"] == 300_000


def test_a_second_aggregator_can_be_started_beside_the_first(containers: Containers) -> None:
    containers.compose(
        *["up", "--detach", "--no-recreate", "--scale", "aggregator=2"],
        *["--wait", "--wait-timeout", str(READY_TIMEOUT_S)],
    )
    for path in ("/chair", "/table", "/vase", "/clock"):
        send_event(containers, path, x=990, y=990)
    for path in ("/chair", "/table", "/vase", "/clock"):
        assert first_grid(containers, path)["value"] == {"49": {"49": 1}}


def test_tools_on_this_machine_reach_kafka_at_its_published_port(containers: Containers) -> None:
    kafka = admin_client(f"127.0.0.1:{containers.ports['kafka']}")
    assert differences(kafka, read_specs(), replication=1) == {}


def test_the_heat_map_shows_the_shop_and_its_overlay(containers: Containers) -> None:
    page = httpx2.get(f"http://127.0.0.1:{containers.ports['heatmap']}/").text
    assert "data-pageheat-overlay" in page


@pytest.mark.parametrize("name", sorted(read_processes().keys() - {"topics"}))
def test_no_container_runs_as_root(name: str, containers: Containers) -> None:
    assert containers.compose("exec", "-T", name, "id", "-u").strip() != "0"
