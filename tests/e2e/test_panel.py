"""Where the panel is: at first, moved by pointer or keys, hidden by a key."""

from collections.abc import Callable

import msgspec
import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.support.broadcaster import Broadcaster, make_band, make_detail, make_grid, on_element
from tests.support.heat import heat, wait_for_heat
from tests.support.system import until

HOT = {(8, 5): 40}
HOT_AT = (8.5 * 1280 / 50, 330.0)
FOLD_KEY = "Alt+Shift+H"


@pytest.fixture
def live(page: Page, origin: str, broadcaster: Broadcaster) -> Page:
    """A page under a live overlay."""
    broadcaster.show("/heated", make_grid(HOT))
    broadcaster.tell("/heated", make_detail(make_band("wide", on_element("body>button", {(9, 9): 4}))))
    page.goto(f"{origin}/heated")
    expect(page.locator(".state")).to_contain_text("Live")
    return page


def box_of(page: Page) -> FloatRect:
    box = page.locator("aside.panel").bounding_box()
    assert box is not None
    return box


def wait_for_box(page: Page, holds: Callable[[FloatRect], bool]) -> FloatRect:
    """Return the panel's box when it has this property."""
    until(lambda: holds(box_of(page)), lambda: f"the panel is at {box_of(page)}")
    return box_of(page)


def drag(page: Page, selector: str, across: float, down: float) -> None:
    box = page.locator(selector).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across / 2, y + down / 2)
    page.mouse.move(x + across, y + down)
    page.mouse.up()


def test_it_is_dragged_by_its_head_and_is_there_on_the_next_page(live: Page, origin: str) -> None:
    before = box_of(live)
    drag(live, ".state", -700, -150)
    after = box_of(live)
    assert (after["x"], after["y"]) == (before["x"] - 700, before["y"] - 150)
    live.get_by_role("button", name="Pause").click()
    expect(live.locator(".state")).to_contain_text("Paused")
    live.goto(f"{origin}/holding")
    expect(live.locator(".state")).to_contain_text("Live")
    assert box_of(live)["x"] == after["x"]


def test_an_age_in_minutes_is_readable_and_widens_nothing(live: Page, broadcaster: Broadcaster) -> None:
    grid = make_grid(HOT)
    broadcaster.show("/heated", msgspec.structs.replace(grid, newest=grid.end - 14 * 60_000))
    expect(live.locator(".state")).to_contain_text("newest 14 min ago")
    for part in (".state", ".card"):
        wide, room = live.locator(part).evaluate("(it) => [it.scrollWidth, it.clientWidth]")
        assert wide <= room, part


def test_it_never_leaves_the_window(live: Page) -> None:
    drag(live, ".state", 2000, -2000)
    box = box_of(live)
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 1280
    for width, height in ((700, 500), (320, 400), (1280, 720)):
        live.set_viewport_size({"width": width, "height": height})
        wait_for_box(
            live,
            lambda box, width=width, height=height: (  # type: ignore[misc]
                box["x"] >= 0
                and box["y"] >= 0
                and box["x"] + box["width"] <= width
                and box["y"] + box["height"] <= height
            ),
        )
    assert box_of(live) == box


def test_its_dot_is_dragged_without_opening_it_and_pressed_to_open_it(live: Page) -> None:
    live.get_by_role("button", name="Fold the panel").click()
    drag(live, ".dot", -600, -300)
    expect(live.locator(".dot")).to_be_visible()
    at = box_of(live)
    assert at["x"] < 700
    live.locator(".dot").click()
    expect(live.get_by_label("Heat of this page")).to_be_visible()


def test_it_is_moved_by_arrow_keys(live: Page) -> None:
    before = box_of(live)
    live.locator("body > button").focus()
    live.keyboard.press("Tab")
    live.evaluate("keys.length = 0")
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowLeft"):
        live.keyboard.press(key)
    after = box_of(live)
    assert (after["x"], after["y"]) == (before["x"] - 112, before["y"] - 16)
    live.keyboard.press("Home")
    assert box_of(live) == before
    assert live.evaluate("keys") == []
    assert live.evaluate("scrollY") == 0


def test_a_key_hides_it_with_its_lists_and_the_heat_stays(live: Page) -> None:
    wait_for_heat(live, *HOT_AT)
    live.get_by_role("button", name="Elements").click()
    live.evaluate("keys.length = 0")
    live.locator("body > button").focus()
    live.keyboard.press(FOLD_KEY)
    expect(live.get_by_label("Heat of this page")).to_be_hidden()
    expect(live.get_by_role("dialog", name="Elements")).to_be_hidden()
    expect(live.locator("body > button")).to_be_focused()
    assert heat(live, *HOT_AT)[3] > 0
    assert box_of(live)["width"] <= 48
    live.keyboard.press(FOLD_KEY)
    expect(live.get_by_label("Heat of this page")).to_be_visible()
    live.get_by_text("Keys", exact=True).click()
    expect(live.get_by_text(FOLD_KEY, exact=True)).to_be_visible()
    assert [key for key in live.evaluate("keys") if key not in ("Alt", "Shift")] == []


FIXED = """([id, style]) => {
  const part = document.createElement("a");
  part.id = id;
  part.style.cssText = `position: fixed; margin: 0; background: #2a6; ${style}`;
  document.body.append(part);
}"""
CHAT = "right: 20px; bottom: 20px; width: 60px; height: 60px"
BAR = "left: 0; right: 0; bottom: 0; height: 56px"


def test_nobody_having_moved_it_it_leaves_chats_and_bars_free(live: Page) -> None:
    assert box_of(live)["x"] > 900
    live.evaluate(FIXED, ["chat", CHAT])
    wait_for_box(live, lambda box: box["x"] == 16)
    live.evaluate("document.querySelector('#chat').remove()")
    live.evaluate(FIXED, ["bar", BAR])
    box = wait_for_box(live, lambda box: abs(box["y"] + box["height"] - (720 - 56 - 16)) < 0.1)
    # The list of elements is on the other side, and leaves the page's head free.
    live.get_by_role("button", name="Elements").click()
    listed = live.get_by_role("dialog", name="Elements").bounding_box()
    assert listed is not None
    assert listed["y"] > 100
    assert listed["x"] > box["x"] + box["width"] or listed["x"] + listed["width"] < box["x"]


def test_on_a_phone_its_dot_is_above_the_bar_and_away_from_the_logo(
    browser: Browser, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT))
    with browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True) as context:
        page = context.new_page()
        page.goto(f"{origin}/heated")
        page.locator(".dot").wait_for()
        page.evaluate(FIXED, ["bar", BAR])
        box = wait_for_box(page, lambda box: abs(box["y"] + box["height"] - (740 - 56 - 16)) < 0.1)
        assert box["y"] > 370
        page.locator(".dot").tap()
        card = page.get_by_label("Heat of this page")
        expect(card).to_be_visible()
        page.get_by_role("button", name="Elements").tap()
        listed = page.get_by_role("dialog", name="Elements").bounding_box()
        assert listed is not None
        assert listed["y"] > 370
        page.goto("about:blank")
