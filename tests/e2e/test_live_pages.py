"""Everything is real: pages of one path that a query or a hash route tells apart."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from tests.support.heat import heat, wait_for_heat
from tests.support.site import Site
from tests.support.system import Instance, running, until

RULES = {"PAGE_QUERY": "id", "HASH_ROUTES": "true", "PAGE_SUFFIXES": "/,/index.html"}

SPOT = "alpha > 120"
"""At the pointer: the middle of its tile, up to 13 px beside it, is hotter."""

TWO = "/routed?id=a%26b#/two"


@pytest.fixture(scope="module")
def real(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Instance]]:
    """The origins of a site and of its heat map, and the broadcaster."""
    port = str(free_port())
    site = Site(f"http://127.0.0.1:{port}")
    with running(node, tmp_path_factory.mktemp("system"), SITE_URL=site.origin, **RULES) as system:
        services = system.start_all(INGEST_PORT=port)
        broadcaster = services["broadcaster"]
        heatmap = system.start(
            "heatmap", BROADCASTER_URL=f"http://{broadcaster.address}"
        ).wait_until_healthy()
        yield site.origin, f"http://{heatmap.address}", broadcaster
    site.close()


def press(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()


def test_each_page_of_one_path_has_its_own_heat_in_every_viewer_and_tool(
    browser: Browser, real: tuple[str, str, Instance], node: KafkaNode
) -> None:
    site, heatmap, broadcaster = real
    visitor = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    visitor.goto(f"{site}/routed/index.html?id=a%26b&q=ann@example.org")
    press(visitor, 300, 200)
    visitor.evaluate("push(null, '', '?q=ann&id=a%26b#/two/')")
    press(visitor, 900, 500)

    def warm() -> set[str]:
        with urllib.request.urlopen(f"http://{broadcaster.address}/_pageheat/pages", timeout=10) as answer:
            return {entry["page"] for entry in json.load(answer)["pages"]}

    until(lambda: warm() == {"/routed?id=a%26b", TWO}, lambda: f"{warm()} are warm")
    for address in (
        "grid/routed/?id=a%26b",
        f"grid/?page={quote(TWO)}",
        f"png/?page={quote(TWO)}&layer=clicks",
    ):
        urllib.request.urlopen(f"http://{broadcaster.address}/_pageheat/{address}", timeout=10).close()

    analyst = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    analyst.goto(f"{heatmap}/_pageheat/")
    analyst.locator("a.row", has_text="#/two").click()
    expect(analyst.locator(".page .name")).to_have_text(TWO)
    analyst.get_by_role("radio", name="Both").check(force=True)
    wait_for_heat(analyst, 900, 500, SPOT)
    assert heat(analyst, 300, 200)[3] == 0
    analyst.evaluate("push(null, '', '?id=a%26b')")
    wait_for_heat(analyst, 300, 200, SPOT)
    wait_for_heat(analyst, 900, 500, "alpha === 0")

    environment = os.environ | RULES | {"KAFKA_BROKER": node.broker, "SITE_URL": site, "COUNT_ROBOTS": "true"}
    command = [
        "verify",
        "--seconds",
        "2",
        "--broadcaster",
        broadcaster.address,
        "--pages",
        "/routed/index.html?id=a%26b#/two/",
    ]
    verification = subprocess.run(
        [sys.executable, "-m", "pageheat", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verification.returncode == 0, verification
    assert "grids of 1 page" in verification.stdout
