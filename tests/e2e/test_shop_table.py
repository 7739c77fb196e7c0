"""The simulated visitors' table of the demo shop equals what a browser shows."""

import json
import math
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pageheat.frontends.demo.server import application
from pageheat.traffic.shop import HOME, TABLE
from tests.support.recorder import Recorder, Seen
from tests.support.server import Server
from tests.support.shop_table import SELECTOR, measure

WINDOWS = ((1440, 900), (390, 844))

ELSEWHERE = 0.15
"""Tolerance of a document's height: machines have different fonts."""

CLICKED = {
    HOME: (
        "#menu-button",
        "#site-header>nav>a:nth-of-type(2)",
        '[data-product="cove-bowl"]',
        "#workshop>ol>li:nth-of-type(2)>p",
        "#site-footer>nav>a:nth-of-type(3)",
    ),
    "/products/dune-vase": (
        "#picture",
        '[data-product="dune-vase"]>div:nth-of-type(2)>a',
        '[data-product="dune-vase"]>div:nth-of-type(1)>div>button:nth-of-type(2)',
        "#related>div>a:nth-of-type(2)",
    ),
}
"""Places of each kind."""

GO_NOWHERE = """
addEventListener("click", (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
"""

AGAIN = "the shop has changed: 'python -m tests.support.shop_table' measures it again"


@pytest.fixture(scope="module")
def shown(browser: Browser) -> dict[str, Any]:
    shop = Server(application("http://127.0.0.1:1"))
    try:
        return measure(browser, shop.origin, WINDOWS)
    finally:
        shop.stop()


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text())
    return table


def test_visitors_know_the_pages_of_the_shop(shown: dict[str, Any], known: dict[str, Any]) -> None:
    assert known["products"] == shown["products"], AGAIN
    assert list(known["pages"]) == list(shown["pages"]), AGAIN


@pytest.mark.parametrize("width", [str(width) for width, _ in WINDOWS])
def test_visitors_find_links_where_the_browser_shows_them(
    shown: dict[str, Any], known: dict[str, Any], width: str
) -> None:
    for path, layouts in shown["pages"].items():
        real, table = layouts[width], known["pages"][path][width]
        height = real["document"][1]
        assert table["document"][0] == real["document"][0], AGAIN
        assert math.isclose(table["document"][1], height, rel_tol=ELSEWHERE), (path, AGAIN)
        real_links = [part for part in real["parts"] if part[2]]
        for kind, (x, y, *_), link, fixed, selector in (part for part in table["parts"] if part[2]):
            assert any(
                [kind, link, fixed, selector] == [other[0], *other[2:]]
                and math.dist((x, y), other[1][:2]) <= ELSEWHERE * height
                for other in real_links
            ), (path, link, AGAIN)


def test_selectors_equal_those_the_tracker_makes_of_real_clicks(browser: Browser, recorder: Recorder) -> None:
    shop = Server(application(recorder.origin))
    try:
        with browser.new_context(base_url=shop.origin) as context:
            page = context.new_page()
            page.add_init_script(GO_NOWHERE)
            for path, places in CLICKED.items():
                page.goto(path, wait_until="networkidle")
                for place in places:
                    click = pressed(page, recorder, place)
                    under = "([x, y]) => document.elementFromPoint(x - scrollX, y - scrollY)"
                    element = page.evaluate_handle(under, [click.x, click.y])
                    assert click.target
                    assert click.target.selector == element.evaluate(SELECTOR)
    finally:
        shop.stop()


def pressed(page: Page, recorder: Recorder, place: str) -> Seen:
    """The event that arrives for a click on the middle of a place."""
    before = len(recorder.all(type="click"))
    page.locator(place).click()
    recorder.wait_for(lambda: len(recorder.all(type="click")) > before, f"a click on {place}")
    return recorder.all(type="click")[-1]
