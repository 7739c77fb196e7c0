"""The strip of time where there is little room, on a page from right to left, by the bookmarklet."""

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.support.chromium import leave
from tests.support.heat import wait_for_heat
from tests.support.site import Site
from tests.support.strip import YESTERDAY_AT, Shown, preset

WIDTH = 400

OUTSIDE = """() => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const controls = ":is(.strip, .curtain) :is(button, input, select, .chart, .edge i)";
  const parts = shadowRoot.querySelectorAll(controls);
  return [...parts]
    .filter((it) => !it.closest(".presets") && it.checkVisibility())
    .filter((it) => {
      const { left, right } = it.getBoundingClientRect();
      return left < 0 || right > innerWidth;
    })
    .map((it) => it.getAttribute("aria-label") ?? it.className);
}"""
"""Our controls that are not wholly in the window; the presets scroll."""


@pytest.fixture
def address(page: Page, shown: Shown) -> str:
    """The bookmarklet of the heat map."""
    page.goto(f"{shown.origin}/_pageheat/bookmarklet")
    return page.locator("a[draggable]").first.get_attribute("href") or ""


def test_at_400_px_from_right_to_left_by_the_bookmarklet_all_controls_are_in_reach(
    browser: Browser, site: Site, shown: Shown, address: str
) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 800})
    context.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl'; })"
    )
    page = context.new_page()
    page.goto(f"{site.origin}/heated")
    with pytest.raises(Error, match="ERR_ABORTED"):  # a bookmarklet leads to no document
        page.goto(address)
    page.get_by_role("button", name="Time: Live").click()
    preset(page, "Yesterday")
    hot = YESTERDAY_AT[0] * WIDTH / 1280, YESTERDAY_AT[1]
    wait_for_heat(page, *hot)
    for menu in ("Visitors", "Compare", "Dates and times"):
        page.get_by_role("button", name=menu).click()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Play as a film").click()
    page.get_by_role("button", name="Pause the film").click()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Leave the film").click()
    preset(page, "30 days")
    page.get_by_role("radio", name="Visitors").check()
    page.get_by_role("radio", name="A curtain").check()
    expect(page.get_by_role("slider", name="Curtain")).to_be_visible()
    wait_for_heat(page, *hot)
    assert page.evaluate(OUTSIDE) == []
    leave(context)
