"""Takes the README's pictures from a running system: `python -m tests.support.readme_pictures`."""

import math
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pageheat.kafka.installation import install
from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.chromium import launch
from tests.support.heat import wait_for_heat
from tests.support.live import live_on, visit
from tests.support.recorded_site import RECORDINGS, site_app
from tests.support.recordings import CHOSEN
from tests.support.server import Server
from tests.support.system import System, running

FOLDER = Path(__file__).parents[2] / "docs" / "images"
PAGE = "/products/dune-vase"
COOLING_S = 12
VISITORS, VISIT_S = 60, 75
HOTTEST = 8
"""Moves a tile: one button has three times as many, beside which all others would be pale."""


def take(page: Page, name: str) -> None:
    """Save a screenshot of the window."""
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=82)
    print(f"docs/images/{name}.jpg")


def a_visit_and_its_cooling(browser: Browser, system: System) -> None:
    """One visitor draws a loop around the vase; the page warms, and cools when the visitor has left."""
    live = live_on(system)
    analyst = visit(browser, f"{live.heatmap}{PAGE}", width=1000)
    visitor = visit(browser, f"{live.shop}{PAGE}", width=1000)
    take(visitor, "visitor")
    for number in range(70):
        angle = number / 60 * 2 * math.pi
        visitor.mouse.move(300 + 190 * math.cos(angle), 330 + 180 * math.sin(angle))
        visitor.wait_for_timeout(60)
    visitor.close()
    wait_for_heat(analyst, 490, 330)
    analyst.wait_for_timeout(600)
    take(analyst, "warm")
    wait_for_heat(analyst, 490, 330, "alpha === 0")
    analyst.wait_for_timeout(2500)
    take(analyst, "cold")


def a_busy_shop(browser: Browser, system: System) -> None:
    """Show simulated visitors, and a recording."""
    port = str(free_port())
    live = live_on(system, f"http://127.0.0.1:{port}")
    pages = Server(site_app(""))
    over_screenshots = system.start(
        "heatmap",
        HEATMAP_PORT=port,
        SITE_URL=pages.origin,
        BROADCASTER_URL=f"http://{live.broadcaster.address}",
    ).wait_until_healthy()
    ingest = f"http://{live.ingest.address}"
    run("simulate", "--visitors", str(VISITORS), "--duration", str(VISIT_S), "--ingest", ingest)
    analyst = visit(browser, f"{live.heatmap}/")
    analyst.get_by_role("radio", name="Fixed").check()
    hottest = analyst.get_by_label("Count of the hottest colour")
    hottest.fill(str(HOTTEST))
    hottest.blur()
    analyst.wait_for_timeout(2500)
    analyst.evaluate("scrollTo(0, 640)")
    analyst.wait_for_timeout(800)
    take(analyst, "heat-map")
    analyst.evaluate("scrollTo(0, 1480)")
    for layer in ("Attention", "Scroll"):
        analyst.get_by_role("radio", name=layer).check()
        if layer == "Attention":
            analyst.get_by_role("radio", name="Auto").check()
        analyst.wait_for_timeout(800)
        take(analyst, layer.lower())
    analyst.get_by_role("radio", name="Moves").check()
    owner = visit(browser, f"{live.shop}/", width=1440)
    module = f"{live.heatmap}/_pageheat/bookmarklet.js"
    owner.evaluate("(module) => import(module).then(({ toggle }) => toggle('map'))", module)
    owner.get_by_role("button", name="Elements").click()
    owner.evaluate("scrollTo(0, 620)")
    owner.wait_for_timeout(2500)
    owner.locator("pageheat-overlay .elements li").nth(1).hover()
    owner.wait_for_timeout(800)
    take(owner, "elements")
    run("replay", str(CHOSEN.folder), "--speed", "20", "--ingest", ingest)
    analyst.goto(f"{live.heatmap}/_pageheat/")
    analyst.wait_for_timeout(4000)
    take(analyst, "warm-pages")
    longest = max(RECORDINGS, key=lambda one: len(one.moves))
    analyst.set_viewport_size({"width": longest.width, "height": 900})
    analyst.goto(f"http://{over_screenshots.address}{longest.path}")
    analyst.wait_for_timeout(4000)
    analyst.keyboard.press("Alt+Shift+H")
    take(analyst, "recording")
    pages.stop()


def run(*command: str) -> None:
    """Run one of the tools until it ends."""
    subprocess.run([sys.executable, "-m", "pageheat", *command], check=True)


def main() -> None:
    """Take all pictures, in about two minutes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    installation = install()
    for pictures, settings in (
        (a_visit_and_its_cooling, {"WINDOW_SECONDS": str(COOLING_S)}),
        (a_busy_shop, {}),
    ):
        with (
            tempfile.TemporaryDirectory() as name,
            sync_playwright() as playwright,
            launch(playwright.chromium) as browser,
            KafkaNode(installation, Path(name) / "kafka") as node,
            running(node, Path(name), **settings) as system,
        ):
            create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
            pictures(browser, system)


if __name__ == "__main__":
    main()
