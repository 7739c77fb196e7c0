"""Our pages and parts by the rules of WCAG 2.2, A and AA, as far as axe-core can tell; in light and dark."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.chromium import leave
from tests.support.strip import Shown, preset

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.skipif(
    not AXE.exists() and "CI" not in os.environ, reason="axe-core is not installed: npm ci"
)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

OURS = {"include": {"fromShadowDom": ["pageheat-overlay", ".ours"]}}
"""The overlay's parts, and nothing of the page."""

AUDIT = """async ([within, rules]) => {
  const { violations } = await axe.run(within ?? document, { runOnly: rules, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)}: ${failureSummary}`));
}"""


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of somebody who likes it light, or dark."""
    scheme: Any = request.param
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    yield context.new_page()
    leave(context)


def violations(page: Page, within: dict[str, Any] | None = None) -> list[str]:
    """What axe finds in a part of the page, or all of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate(AUDIT, [within, RULES])
    return found


def test_the_overlay_with_the_strip_of_time_its_menus_a_comparison_and_a_film(
    page: Page, shown: Shown
) -> None:
    page.goto(f"{shown.origin}/heated")
    expect(page.locator(".state")).to_contain_text("Live")
    page.get_by_role("button", name="Elements").click()
    assert violations(page, OURS) == []
    page.get_by_role("button", name="Time: Live").click()
    preset(page, "30 days")
    for menu in ("Visitors", "Compare", "Dates and times"):
        page.get_by_role("button", name=menu).click()
    page.get_by_role("radio", name="Visitors").check()
    expect(page.locator(".summary")).to_contain_text("changed by more than chance")
    assert violations(page, OURS) == []
    page.get_by_role("radio", name="A curtain").check()
    expect(page.get_by_role("slider", name="Curtain")).to_be_visible()
    assert violations(page, OURS) == []
    page.get_by_role("button", name="Play as a film").click()
    page.get_by_role("button", name="Pause the film").click()
    expect(page.get_by_role("slider", name="Curtain")).to_have_count(0)
    assert violations(page, OURS) == []


def test_the_list_of_pages(page: Page, shown: Shown, broadcaster: Broadcaster) -> None:
    for number in range(3):
        broadcaster.show(f"/product/{number}", make_grid({(25, 10): 40 - number}, visitors=3))
    page.goto(f"{shown.origin}/_pageheat/")
    expect(page.get_by_text("/product/0").first).to_be_visible()
    assert violations(page) == []


def test_the_bookmarklets_page(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.origin}/_pageheat/bookmarklet")
    assert violations(page) == []
