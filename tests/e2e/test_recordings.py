"""Replayed recordings: the heat over each page's screenshot, and on the page itself.

Mouse rows are in page coordinates; a screenshot is as wide as its window. The saved pages render true
without a network.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.recorded_site import GRID, RECORDINGS, Recording, site_app
from tests.support.recordings import CHOSEN
from tests.support.server import Server
from tests.support.system import running

HEAT_AT_ALL = """(points) => {
  const canvas = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".heat");
  const context = canvas.getContext("2d");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return points.map(([x, y]) => context.getImageData(
    Math.min(canvas.width - 1, Math.floor(((x - left) / width) * canvas.width)),
    Math.min(canvas.height - 1, Math.floor(((y - top) / height) * canvas.height)), 1, 1).data[3]);
}"""
"""Alpha of the heat at points of a page that the window shows whole."""


@contextmanager
def stopping(server: Server) -> Iterator[Server]:
    """The server, stopped at the end."""
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Recorded:
    """A running Pageheat to which the recordings were replayed: their site, and its heat map."""

    site: str
    heatmap: str


@pytest.fixture(scope="module")
def recorded(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recorded]:
    """All recordings replayed, and verified."""
    folder = tmp_path_factory.mktemp("recordings")
    ingest_port = free_port()
    site = Server(site_app(f"http://127.0.0.1:{ingest_port}/_pageheat/tracker.js"))
    with (
        stopping(site),
        KafkaNode(kafka_installation, folder / "kafka") as node,
        running(node, folder) as system,
    ):
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        services = system.start_all(INGEST_PORT=str(ingest_port), ORIGINS=site.origin)
        front_end = system.start(
            "heatmap", SITE_URL=site.origin, BROADCASTER_URL=f"http://{services['broadcaster'].address}"
        ).wait_until_healthy()
        settings = {
            **os.environ,
            "KAFKA_BROKER": node.broker,
            "INGEST_PORT": str(services["ingest"].port),
            "BROADCASTER_PORT": str(services["broadcaster"].port),
        }
        for command in (["replay", str(CHOSEN.folder), "--speed", "20"], ["verify", "--seconds", "3"]):
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
        yield Recorded(site.origin, f"http://{front_end.address}")


@pytest.mark.parametrize("one", RECORDINGS, ids=lambda one: one.name)
def test_the_heat_of_a_recorded_page_is_where_its_pointer_was(
    browser: Browser, recorded: Recorded, one: Recording
) -> None:
    # The whole page, as heat is drawn only in the window and near it.
    page = browser.new_context(viewport={"width": one.width, "height": one.height}).new_page()
    page.goto(f"{recorded.heatmap}{one.path}")
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


HEAT_ON = """(xpaths) => {
  const RIM = 33.5; // px: how far a spot at an edge reaches
  const boxes = xpaths.map((xpath) => {
    const found = document.evaluate(xpath, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null);
    return found.singleNodeValue.getBoundingClientRect();
  });
  const root = document.querySelector("pageheat-overlay").shadowRoot;
  return [...root.querySelectorAll(".spots")].flatMap((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const box = canvas.getBoundingClientRect();
    const points = [];
    for (let pixel = 0; pixel < width * height; pixel++) {
      const heat = data[4 * pixel + 1] * data[4 * pixel + 3];
      const x = box.x + (((pixel % width) + 0.5) / width) * box.width;
      const y = box.y + ((Math.floor(pixel / width) + 0.5) / height) * box.height;
      const inside = boxes.some((it) =>
        it.left - RIM <= x && x <= it.right + RIM && it.top - RIM <= y && y <= it.bottom + RIM);
      if (heat > 0) points.push({ x: x + scrollX, y: y + scrollY, heat, inside });
    }
    return points;
  });
}"""
"""Every visible point with heat of a click, and whether it is on an element, or in a spot's reach of it."""

ALL_HEAT_IS_ON = f"""(xpaths) => {{
  const points = ({HEAT_ON})(xpaths);
  return points.length > 0 && points.every(({{ inside }}) => inside) && points;
}}"""
"""The same points, once there are some, and all are inside."""

SCROLL_TO = """(xpath) => {
  const found = document.evaluate(xpath, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null);
  found.singleNodeValue.scrollIntoView({ block: "center", behavior: "instant" });
}"""


@pytest.mark.parametrize("one", RECORDINGS, ids=lambda one: one.name)
def test_a_recorded_click_is_on_its_element_at_its_own_width_and_at_another(
    browser: Browser, recorded: Recorded, one: Recording
) -> None:
    with browser.new_context(viewport=one.window) as context:
        visitor = context.new_page()
        visitor.goto(f"{recorded.site}/visited/{one.name}")
        x, y = one.click
        visitor.evaluate("(y) => scrollTo({ top: y - innerHeight / 2, behavior: 'instant' })", y)
        visitor.mouse.click(x, y - visitor.evaluate("scrollY"))
        analyst = context.new_page()
        for page, clicked in ((f"{one.path}?saved", one.clicked), (f"/visited/{one.name}", one.clicked[:1])):
            analyst.set_viewport_size(one.window)
            analyst.goto(f"{recorded.heatmap}{page}")
            for width in (one.window["width"], 1000 if one.window["width"] != 1000 else 1280):
                analyst.set_viewport_size({**one.window, "width": width})
                for element in clicked:
                    analyst.evaluate(SCROLL_TO, element)
                    points = analyst.wait_for_function(ALL_HEAT_IS_ON, arg=clicked).json_value()
                hottest = max(points, key=lambda point: point["heat"])
                if "visited" in page and width == one.window["width"]:
                    assert abs(hottest["x"] - x) < 12
                    assert abs(hottest["y"] - y) < 12


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) == 5
