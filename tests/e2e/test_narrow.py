"""The strip of time where there is little room, on a page from right to left, by the bookmarklet."""

import re
from collections.abc import Iterator

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
    .filter((it) => it.checkVisibility())
    .filter((it) => {
      const { left, right, top, bottom } = it.getBoundingClientRect();
      return left < 0 || right > innerWidth || top < 0 || bottom > innerHeight;
    })
    .map((it) => it.getAttribute("aria-label") ?? it.className);
}"""
"""Our controls that are not wholly in the window."""

COVERED = """(part) => {
  const { left, top, width, height } = part.getBoundingClientRect();
  const inset = 4;  // corners are round
  const points = [[left + inset, top + height / 2], [left + width - inset, top + height / 2],
    [left + width / 2, top + inset], [left + width / 2, top + height - inset]];
  const on = points.map(([x, y]) => part.getRootNode().elementFromPoint(x, y));
  return !on.every((hit) => part.contains(hit));
}"""
"""Whether something is above a part's edges, or the part not wholly in the window."""

MENUS = "Visitors", "Compare", "Dates and times", "Notes", "Share"


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
    for menu in MENUS:
        page.get_by_role("button", name=menu, exact=True).click()
        expect(page.get_by_role("group", name="Comparison" if menu == "Compare" else menu)).to_be_visible()
        expect(page.locator(".opened > :not([hidden])")).to_have_count(1)
        assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Play as a film").click()
    page.get_by_role("button", name="Pause the film").click()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Leave the film").click()
    preset(page, "30 days")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("radio", name="Visitors").check()
    page.get_by_role("radio", name="A curtain").check()
    expect(page.get_by_role("slider", name="Curtain")).to_be_visible()
    wait_for_heat(page, *hot)
    assert page.evaluate(OUTSIDE) == []
    leave(context)


@pytest.fixture
def narrow(browser: Browser, shown: Shown) -> Iterator[Page]:
    """The strip of time on a phone."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 800})
    page = context.new_page()
    page.goto(f"{shown.origin}/heated")
    page.get_by_role("button", name="Time: Live").click()
    yield page
    leave(context)


def test_at_400_px_neither_the_curtains_handle_nor_the_list_of_elements_is_below_the_strip(
    narrow: Page,
) -> None:
    preset(narrow, "30 days")
    narrow.get_by_role("button", name="Compare").click()
    narrow.get_by_role("radio", name="Visitors").check()
    narrow.get_by_role("radio", name="A curtain").check()
    curtain = narrow.get_by_role("slider", name="Curtain")
    expect(curtain.locator("i")).to_be_visible()
    assert not curtain.locator("i").evaluate(COVERED)
    narrow.get_by_role("button", name="Show the panel").click()
    narrow.get_by_role("button", name="Elements").click()
    elements = narrow.get_by_role("dialog", name="Elements")
    expect(elements.locator("li")).to_have_count(1)
    assert not elements.evaluate(COVERED)


def test_what_the_strip_and_the_curtain_say_is_never_cut_off(narrow: Page) -> None:
    cut = "(it) => it.scrollWidth > it.clientWidth || getComputedStyle(it).textOverflow !== 'clip'"
    preset(narrow, "7 days")
    sentence = narrow.locator(".what")
    expect(sentence).to_contain_text("nothing is known of")
    for width in (WIDTH, 700, 1000, 1280):
        narrow.set_viewport_size({"width": width, "height": 800})
        assert not sentence.evaluate(cut), width
    narrow.set_viewport_size({"width": WIDTH, "height": 800})
    narrow.get_by_role("button", name="Compare").click()
    narrow.get_by_role("radio", name="The span before").check()
    narrow.get_by_role("radio", name="A curtain").check()
    sides = narrow.locator(".side p")
    expect(sides).to_have_count(2)
    for side in sides.all():
        expect(side).to_contain_text(re.compile("[0-9] page view"))
        assert not side.evaluate(cut)
        box = side.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= WIDTH


def test_in_a_low_window_what_is_opened_scrolls_between_the_head_and_the_sparkline(strip: Page) -> None:
    strip.set_viewport_size({"width": 800, "height": 420})
    for menu in MENUS:
        strip.get_by_role("button", name=menu, exact=True).click()
    assert strip.locator(".opened").evaluate("(it) => it.scrollHeight > it.clientHeight")
    for part in (strip.locator(".what"), strip.locator(".presets"), strip.locator(".chart")):
        box = part.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 420
    save = strip.get_by_role("button", name="Save as a picture")
    save.scroll_into_view_if_needed()
    assert not save.evaluate(COVERED)
