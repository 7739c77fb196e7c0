"""Real people's recorded browsing, replayed: each page's heat over its own screenshot.

The five recordings of AdSERP (see the data's README): mouse rows are in page coordinates, screenshots
are 1280 px wide for a window of 1422.
"""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from services.contract.topics import admin_client, create_missing, read_specs
from tests.e2e.server import Server
from tests.system import running

ADSERP = Path(__file__).parents[3] / "shared" / "data" / "adserp"
GRID = 50

HEAT_AT_ALL = """(points) => {
  const canvas = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".heat");
  const context = canvas.getContext("2d");
  const { scrollWidth, scrollHeight } = document.documentElement;
  return points.map(([x, y]) => context.getImageData(
    Math.min(canvas.width - 1, Math.floor((x / scrollWidth) * canvas.width)),
    Math.min(canvas.height - 1, Math.floor((y / scrollHeight) * canvas.height)), 1, 1).data[3]);
}"""
"""Alpha of the heat at points in page coordinates."""


@dataclass(frozen=True)
class Recording:
    """One session: the document's size and where its pointer moved, CSS px."""

    name: str
    width: int
    height: int
    moves: list[tuple[float, float]]

    @property
    def screenshot(self) -> Path:
        return ADSERP / "full-page-screenshots" / f"{self.name}.png"

    def tile(self, x: float, y: float) -> tuple[int, int]:
        return min(int(GRID * x / self.width), GRID - 1), min(int(GRID * y / self.height), GRID - 1)


def recording(file: Path) -> Recording:
    metadata = (ADSERP / "trial-metadata" / f"{file.stem}.xml").read_text()
    size = re.search(r"<document>(\d+)x(\d+)</document>", metadata)
    assert size
    with file.open(newline="") as rows:
        moves = [
            (float(row["xpos"]), float(row["ypos"]))
            for row in csv.DictReader(rows)
            if row["event"] == "mousemove"
        ]
    return Recording(file.stem, int(size[1]), int(size[2]), moves)


RECORDINGS = [recording(file) for file in sorted((ADSERP / "mouse-movement-data").glob("*.csv"))]


def screenshots_app() -> Starlette:
    """A site whose page `/adserp/<id>` is that recording's screenshot, in its document's size."""
    known = {one.name: one for one in RECORDINGS}

    async def page(request: Request) -> HTMLResponse:
        one = known[request.path_params["name"]]
        return HTMLResponse(
            "<!doctype html><title>AdSERP</title><style>body{margin:0}"
            f"div{{width:{one.width}px;height:{one.height}px;overflow:hidden}}img{{width:1422px}}</style>"
            f'<div><img src="/pictures/{one.name}"></div>'
        )

    async def picture(request: Request) -> FileResponse:
        return FileResponse(known[request.path_params["name"]].screenshot)

    return Starlette(routes=[Route("/adserp/{name}", page), Route("/pictures/{name}", picture)])


@pytest.fixture(scope="module")
def screenshots() -> Iterator[str]:
    server = Server(screenshots_app())
    yield server.origin
    server.stop()


@pytest.fixture(scope="module")
def heatmap(
    kafka_installation: KafkaInstallation, screenshots: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The heat-map front end over the screenshots, after all recordings were replayed and verified."""
    folder = tmp_path_factory.mktemp("recordings")
    with KafkaNode(kafka_installation, folder / "kafka") as node, running(node, folder) as system:
        create_missing(admin_client(node.broker), read_specs(), replication=1)
        services = system.start_all()
        front_end = system.start(
            "heatmap", SITE_URL=screenshots, BROADCASTER_URL=f"http://{services['broadcaster'].address}"
        ).wait_until_healthy()
        settings = {
            **os.environ,
            "KAFKA_BROKER": node.broker,
            "INGEST_PORT": str(services["ingest"].port),
            "BROADCASTER_PORT": str(services["broadcaster"].port),
        }
        for command in (["replay", str(ADSERP), "--speed", "20"], ["verify", "--seconds", "3"]):
            done = subprocess.run(
                [sys.executable, "-m", "pageheat", *command],
                env=settings,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        yield f"http://{front_end.address}"


@pytest.mark.parametrize("one", RECORDINGS, ids=lambda one: one.name)
def test_the_heat_of_a_recorded_page_lies_where_its_pointer_was(
    browser: Browser, heatmap: str, one: Recording
) -> None:
    page = browser.new_context(viewport={"width": one.width, "height": 1137}).new_page()
    page.goto(f"{heatmap}/adserp/{one.name}")
    assert page.evaluate("document.documentElement.scrollHeight") == one.height
    expect(page.locator("pageheat-overlay .legend").first).to_contain_text("moves a tile")
    page.wait_for_function(f"(points) => ({HEAT_AT_ALL})(points).every((alpha) => alpha > 0)", arg=one.moves)
    visited = {one.tile(*position) for position in one.moves}
    cold = [
        ((column + 0.5) * one.width / GRID, (row + 0.5) * one.height / GRID)
        for column in range(GRID)
        for row in range(GRID)
        if all(abs(column - x) > 4 or abs(row - y) > 4 for x, y in visited)
    ]
    assert len(cold) > GRID * GRID / 3, "the pointer was everywhere"
    assert set(page.evaluate(HEAT_AT_ALL, cold)) == {0}
    page.context.close()


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) == 5
