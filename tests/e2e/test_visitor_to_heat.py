"""Everything is real: what a visitor did is drawn where it was, on pages of every layout."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from tests.e2e.test_live import move_around
from tests.e2e.test_sheets import HOTTEST_SPOT
from tests.support.chromium import leave
from tests.support.heat import ON_SCREEN
from tests.support.site import Site
from tests.support.system import running

LAYOUTS = [
    "plain",
    "zoomed",
    "zoomed-body",
    "scaled-body",
    "wide",
    "shifted",
    "from-right-to-left",
    "vertical",
    "replaced",
]

MOVED = (900, 200)
"""Where the visitor moves in the window."""

AT = (0.3, 0.4)
"""Where the visitor clicks, as fractions of the element's box."""

NEAR_PX = 8
"""A spot's middle may be so far from what was clicked: half a spot, and half a pixel of its canvas."""

TO_THE_BUTTON = "document.querySelector('#press').scrollIntoView({ block: 'center', inline: 'center' })"

IS_ON = f"""([selector, across, down, near]) => {{
  const found = ({HOTTEST_SPOT})(selector);
  const {{ x, y, width, height }} = document.querySelector(selector).getBoundingClientRect();
  return found && Math.hypot(found[0] - x - across * width, found[1] - y - down * height) <= near;
}}"""


@dataclass(frozen=True)
class Real:
    """The origins of a site and of its heat map."""

    site: str
    heatmap: str


@pytest.fixture(scope="module")
def real(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    ingest = f"http://127.0.0.1:{(port := free_port())}"
    site = Site(ingest)
    with running(node, tmp_path_factory.mktemp("system"), SITE_URL=site.origin) as system:
        services = system.start_all(INGEST_PORT=str(port))
        broadcaster = f"http://{services['broadcaster'].address}"
        heatmap = system.start("heatmap", BROADCASTER_URL=broadcaster).wait_until_healthy()
        yield Real(site.origin, f"http://{heatmap.address}")
    site.close()


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto(address)
    page.evaluate(TO_THE_BUTTON)
    return page


@pytest.mark.parametrize("layout", LAYOUTS)
def test_heat_is_drawn_where_the_visitor_was(browser: Browser, real: Real, layout: str) -> None:
    visitor = opened(browser, f"{real.site}/placed/{layout}")
    move_around(visitor, *MOVED)
    for selector in ("#press", "#chart svg"):
        x, y, width, height = visitor.evaluate(
            "(selector) => { const { x, y, width, height } = "
            "document.querySelector(selector).getBoundingClientRect(); return [x, y, width, height]; }",
            selector,
        )
        visitor.mouse.click(x + AT[0] * width, y + AT[1] * height)
    analyst = opened(browser, f"{real.heatmap}/placed/{layout}")
    analyst.wait_for_function(f"(at) => ({ON_SCREEN})(at) > 60", arg=MOVED)
    assert analyst.evaluate(ON_SCREEN, [1100, 620]) == 0
    for size in ((1280, 720), (1000, 600)):
        analyst.set_viewport_size({"width": size[0], "height": size[1]})
        analyst.evaluate(TO_THE_BUTTON)
        analyst.wait_for_function(IS_ON, arg=["#press", *AT, NEAR_PX])
    # A drawing counts for the element around it, which is as large here but in its width.
    heated = (
        "document.querySelector('pageheat-overlay').shadowRoot.querySelector('[data-selector=\"#chart\"]')"
    )
    analyst.wait_for_function(f"Boolean({heated})")
    for page in (visitor, analyst):
        leave(page.context)
