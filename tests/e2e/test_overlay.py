"""The overlay in a real browser, over pages of a site, with the test's broadcaster."""

import re

from playwright.sync_api import Browser, FloatRect, Page, expect

from pageheat.services.contract.records import Size
from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.heat import heat, wait_for_heat
from tests.support.recorder import Recorder
from tests.support.site import Site

WIDTH, HEIGHT = 1280, 720
PAGE_HEIGHT = 3000
SIZE = Size(WIDTH, PAGE_HEIGHT)

HOT = {(25, 10): 40}
"""One hot tile, with its centre at (652.8, 630) on a page of WIDTH × PAGE_HEIGHT, as has its row of 20 px."""
HOT_AT = (652.8, 630.0)

SIZES = """() => {
  const { offsetWidth, offsetHeight } = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".flow");
  const { scrollWidth, scrollHeight } = document.documentElement;
  return offsetWidth === scrollWidth && offsetHeight === scrollHeight ? [offsetWidth, offsetHeight] : null;
}"""  # noqa: E501 - JavaScript
"""The size of what heat is drawn on if it is the document's."""


def state(page: Page, words: str) -> None:
    """Expect this text in the panel."""
    expect(page.locator(".state")).to_contain_text(words)


# Where the heat is


def test_heat_is_where_the_grid_is_hot_and_cold_parts_are_untouched(
    page: Page, origin: str, site: Site, broadcaster: Broadcaster
) -> None:
    page.goto(f"{site.origin}/heated")
    hot: FloatRect = {"x": 620, "y": 600, "width": 60, "height": 60}
    cold: FloatRect = {"x": 0, "y": 0, "width": 500, "height": 720}
    clean_hot, clean_cold = page.screenshot(clip=hot), page.screenshot(clip=cold)
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    assert heat(page, 200, 200)[3] == 0
    assert page.screenshot(clip=cold) == clean_cold
    assert page.screenshot(clip=hot) != clean_hot


def test_heat_scrolls_with_the_page(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid({(25, 40): 40}, size=SIZE))
    page.goto(f"{origin}/heated")
    place: FloatRect = {"x": 620, "y": 400, "width": 60, "height": 60}
    wait_for_heat(page, 100, 100, "alpha === 0")
    cold = page.screenshot(clip=place)
    page.evaluate("scrollTo(0, 2000)")
    wait_for_heat(page, 652.8, 2430)
    assert page.screenshot(clip=place) != cold


def test_heat_follows_the_documents_size(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    assert page.evaluate(SIZES) == [WIDTH, PAGE_HEIGHT]
    page.set_viewport_size({"width": 700, "height": HEIGHT})
    page.wait_for_function(f"({SIZES})()?.[0] === 700")
    wait_for_heat(page, 700 * 25.5 / 50, 630)
    page.evaluate("document.body.className = 'short'")
    page.wait_for_function(f"({SIZES})()?.[1] === 1500")
    wait_for_heat(page, 700 * 25.5 / 50, 630)


def test_a_still_page_is_measured_without_touching_the_heat(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    page.evaluate(
        """() => {
          const root = document.documentElement;
          const { get } = Object.getOwnPropertyDescriptor(Element.prototype, "scrollHeight");
          window.measured = 0;
          Object.defineProperty(root, "scrollHeight", { get: () => (window.measured++, get.call(root)) });
          window.touched = [];
          const flow = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".flow");
          new MutationObserver((changes) => touched.push(...changes.map(({ target }) => target.className)))
            .observe(flow.parentNode, { subtree: true, attributes: true, childList: true });
        }"""
    )
    page.wait_for_function("window.measured >= 3")
    assert page.evaluate("window.touched") == []


def test_the_pointer_goes_through_the_heat(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid({(8, 5): 40}, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, 8.5 * WIDTH / 50, 330)
    page.mouse.click(8.5 * WIDTH / 50, 330)
    expect(page.locator("body > button")).to_have_text("1")


# The watched page


def test_a_route_change_switches_to_the_new_pages_heat(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    broadcaster.show("/heated/two", make_grid({(5, 5): 40}, size=SIZE))
    page.goto(f"{origin}/heated?x=1")
    wait_for_heat(page, *HOT_AT)
    page.evaluate("history.pushState({}, '', '/heated/two')")
    broadcaster.wait_for_viewers("/heated/two")
    wait_for_heat(page, 5.5 * WIDTH / 50, 330)
    wait_for_heat(page, *HOT_AT, "alpha === 0")
    page.go_back()
    broadcaster.wait_for_viewers("/heated")
    wait_for_heat(page, *HOT_AT)
    page.evaluate("history.replaceState({}, '', '/heated/three#x')")
    broadcaster.wait_for_viewers("/heated/three")
    wait_for_heat(page, *HOT_AT, "alpha === 0")


def test_an_address_with_two_slashes_is_a_page_of_this_site(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    page.goto(f"{origin}/heated")
    page.evaluate("history.pushState({}, '', `${location.origin}//heated/%C3%A4`)")
    broadcaster.wait_for_viewers("/heated/%C3%A4")


def test_a_framed_page_has_no_overlay_of_its_own(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/holding", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/holding")
    state(page, "Live")
    assert page.frames[1].locator("[data-pageheat-overlay]").count() == 1
    assert page.frames[1].locator("pageheat-overlay").count() == 0
    broadcaster.wait_for_viewers("/holding")


def test_analysts_do_not_heat_their_own_map(page: Page, origin: str, recorder: Recorder) -> None:
    page.goto(f"{origin}/heated")
    state(page, "Live")
    before = recorder.connections, len(recorder.seen)
    page.mouse.move(100, 100)
    page.mouse.click(200, 200)
    page.goto(f"{origin}/holding")
    state(page, "Live")
    assert (recorder.connections, len(recorder.seen)) == before


# State


def test_a_page_without_heat_says_what_to_do(
    page: Page, origin: str, site: Site, broadcaster: Broadcaster
) -> None:
    page.goto(f"{origin}/heated")
    state(page, "no heat")
    expect(page.get_by_role("status")).to_contain_text("No movement here")
    link = page.get_by_role("link", name="Open it on the site")
    expect(link).to_have_attribute("href", f"{site.origin}/heated")
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    state(page, "newest 2 s ago")
    expect(link).to_be_hidden()


def test_a_page_that_cools_loses_its_heat(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    broadcaster.show("/heated", make_grid({}, size=SIZE, visitors=0))
    wait_for_heat(page, *HOT_AT, "alpha === 0")
    state(page, "no heat")
    expect(page.get_by_role("status")).to_contain_text("in the last 5 min")


def test_heat_that_is_no_longer_counted_is_marked_as_old(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    broadcaster.say("old")
    expect(page.locator(".state")).to_have_text(re.compile(r"^Old1\d s$"))
    expect(page.get_by_role("status")).to_contain_text("aggregator")
    assert heat(page, *HOT_AT)[3] > 200
    broadcaster.say("live")
    state(page, "Live")


def test_a_kafka_that_is_away_is_named_in_the_panel_and_in_the_list(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    broadcaster.say("away")
    expect(page.locator(".state")).to_have_text(re.compile(r"^Kafka is away1\d s$"))
    expect(page.get_by_role("status")).to_contain_text("KAFKA_BROKER")
    assert heat(page, *HOT_AT)[3] > 200
    page.goto(f"{origin}/_pageheat/")
    expect(page.locator(".notice")).to_contain_text("no answer from Kafka")
    expect(page.locator(".board li")).to_have_count(1)


def test_a_lost_connection_is_reopened(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    with broadcaster.away():
        state(page, "Reconnecting")
        assert heat(page, *HOT_AT)[3] > 200
        expect(page.get_by_role("status")).to_contain_text(broadcaster.origin)
    state(page, "Live")
    broadcaster.show("/heated", make_grid({(5, 5): 40}, size=SIZE))
    wait_for_heat(page, 5.5 * WIDTH / 50, 330)


def test_after_a_broken_message_everything_is_sent_again(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    broadcaster.cut()
    broadcaster.show("/heated", make_grid({(5, 5): 40}, size=SIZE))
    wait_for_heat(page, 5.5 * WIDTH / 50, 330)
    state(page, "Live")


# The panel


def test_the_panel_shows_counts_and_a_legend_of_the_colours(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    grid = make_grid({(1, 1): 1200, (2, 2): 34}, {(1, 1): 1}, size=SIZE, visitors=7)
    broadcaster.show("/heated", grid)
    page.goto(f"{origin}/heated")
    expect(page.locator(".counts")).to_have_text("1,234 moves1 click7 visitors")
    expect(page.locator(".scale.moves p")).to_have_text("06001,200 moves a tile")
    expect(page.locator(".scale.clicks p")).to_have_text("01 click a tile")


def test_a_paused_overlay_keeps_what_it_shows(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    page.get_by_role("button", name="Pause").click()
    state(page, "Paused")
    broadcaster.show("/heated", make_grid({(5, 5): 40, (6, 6): 40}, size=SIZE))
    # A status comes after the grid, and the panel would show it.
    broadcaster.say("old")
    page.wait_for_function(
        "document.querySelector('pageheat-overlay').shadowRoot.querySelector('.detail')"
        ".textContent !== 'for 0 s'"
    )
    expect(page.locator(".counts")).to_contain_text("40 moves")
    assert heat(page, *HOT_AT)[3] > 200
    assert heat(page, 5.5 * WIDTH / 50, 330)[3] == 0
    page.get_by_role("button", name="Resume").click()
    wait_for_heat(page, 5.5 * WIDTH / 50, 330)
    expect(page.locator(".counts")).to_contain_text("80 moves")


def test_the_layer_switch_shows_moves_or_clicks_or_both(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, {(5, 5): 2}, size=SIZE))
    page.goto(f"{origin}/heated")
    click_at = (5.5 * WIDTH / 50, 330)
    wait_for_heat(page, *HOT_AT)
    wait_for_heat(page, *click_at)
    page.get_by_role("radio", name="Moves").check()
    wait_for_heat(page, *click_at, "alpha === 0")
    expect(page.locator(".scale.clicks")).to_be_hidden()
    page.get_by_role("radio", name="Clicks").check()
    wait_for_heat(page, *HOT_AT, "alpha === 0")
    wait_for_heat(page, *click_at)


def test_a_switch_shows_bare_tiles(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    beside = (HOT_AT[0] + WIDTH / 50, HOT_AT[1])
    wait_for_heat(page, *beside, "alpha > 0")
    page.get_by_role("radio", name="Tiles").check()
    wait_for_heat(page, *beside, "alpha === 0")
    wait_for_heat(page, *HOT_AT, "alpha > 233")
    corner = (25 * WIDTH / 50 + 2, HOT_AT[1] - 8)
    assert heat(page, *corner)[3] == heat(page, *HOT_AT)[3]


def test_a_fixed_maximum_makes_pages_comparable(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/heated")
    wait_for_heat(page, *HOT_AT)
    page.get_by_role("radio", name="Fixed").check()
    maximum = page.get_by_role("spinbutton", name="Count of the hottest colour")
    expect(maximum).to_have_value("40")
    maximum.fill("800")
    wait_for_heat(page, *HOT_AT, "alpha < 60")
    expect(page.locator(".scale.moves")).to_contain_text("800 moves a tile")


def test_opacity_is_what_the_slider_says(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    page.goto(f"{origin}/heated")
    page.get_by_role("slider", name="Opacity").fill("30")
    assert page.locator(".heat").first.evaluate("(canvas) => canvas.style.opacity") == "0.3"
    expect(page.locator(".percent")).to_have_text("30 %")


def test_the_panel_folds_to_a_dot_and_stays_folded_on_the_next_page(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    page.goto(f"{origin}/heated")
    page.get_by_role("button", name="Fold the panel").click()
    expect(page.get_by_label("Heat of this page")).to_be_hidden()
    page.goto(f"{origin}/holding")
    dot = page.get_by_role("button", name="Heat map: Live. Show the panel")
    expect(dot).to_be_visible()
    box = dot.bounding_box()
    assert box is not None
    assert box["width"] <= 48
    dot.click()
    expect(page.get_by_label("Heat of this page")).to_be_visible()


def test_on_a_narrow_window_the_panel_starts_folded(page: Page, origin: str) -> None:
    page.set_viewport_size({"width": 400, "height": HEIGHT})
    page.goto(f"{origin}/heated")
    expect(page.get_by_role("button", name="Show the panel")).to_be_visible()
    expect(page.get_by_label("Heat of this page")).to_be_hidden()


def test_every_control_works_by_keyboard_and_the_page_gets_no_events(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, {(5, 5): 2}, size=SIZE))
    page.goto(f"{origin}/heated")
    state(page, "Live")
    page.locator("body > button").focus()

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    # The panel follows the page's last element. Its first control moves it.
    press("Tab", "Tab")
    page.evaluate("keys.length = 0")
    press("Enter")
    state(page, "Paused")
    press("Enter")
    state(page, "Live")
    press("Tab", "Tab", "ArrowLeft")
    expect(page.get_by_role("radio", name="Clicks")).to_be_checked()
    press("Tab", "ArrowRight")
    expect(page.get_by_role("radio", name="Rage")).to_be_checked()
    press("ArrowLeft", "Tab", "ArrowRight")
    expect(page.get_by_role("radio", name="Tiles")).to_be_checked()
    expect(page.locator(".scale.clicks p")).to_have_text("02 clicks a tile")
    press("Tab", "ArrowRight")
    expect(page.get_by_role("radio", name="Fixed")).to_be_checked()
    press("Tab", "ArrowUp")
    expect(page.get_by_role("spinbutton")).to_have_value("3")
    press("Tab", "ArrowLeft")
    expect(page.locator(".percent")).to_have_text("75 %")
    press("Tab", "Enter")
    expect(page.get_by_text("one width band")).to_be_visible()
    press("Tab", "Enter")
    expect(page.get_by_text("hides the panel")).to_be_visible()
    for name in ("Elements", "Warm pages"):
        press("Tab", "Enter")
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        press("Escape")
        expect(page.get_by_role("dialog", name=name)).to_be_hidden()
    assert page.evaluate("keys") == []
    assert page.evaluate("window.clicks") is None


def test_with_reduced_motion_heat_appears_at_once(
    browser: Browser, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{origin}/heated")
        wait_for_heat(page, *HOT_AT, "alpha > 0")
        assert heat(page, *HOT_AT)[3] > 200


# Loading and removal


def test_it_loads_once_on_any_site_and_is_removed_without_a_trace(
    page: Page, origin: str, site: Site, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid(HOT, size=SIZE))
    page.goto(f"{site.origin}/heated")
    # The tracker loads its second script when the pointer is first on the page.
    page.mouse.move(5, 5)
    page.wait_for_selector("script[src*='/more.js']", state="attached")
    traces = """() => [
      document.documentElement.outerHTML, Object.keys(sessionStorage), Object.keys(localStorage),
      Object.getOwnPropertyNames(history), history.pushState.toString(), Object.keys(window),
    ]"""
    before = page.evaluate(traces)
    mount = f"""async (query) => {{
      const overlay = await import("{origin}/_pageheat/overlay.js" + query);
      overlay.mount({{ broadcaster: "{broadcaster.origin}" }});
      window.overlay = overlay;
    }}"""
    page.evaluate(mount, "")
    page.evaluate(mount, "?again")
    wait_for_heat(page, *HOT_AT)
    assert page.locator("pageheat-overlay").count() == 1
    page.get_by_role("radio", name="Moves").check()
    broadcaster.wait_for_viewers("/heated")
    page.evaluate("window.overlay.remove(), delete window.overlay")
    broadcaster.wait_for_viewers()
    assert page.evaluate(traces) == before
    page.evaluate(mount, "")
    wait_for_heat(page, *HOT_AT)


def test_a_cold_page_is_told_what_keeps_heat_away(page: Page, origin: str) -> None:
    page.goto(f"{origin}/untagged")
    told = page.get_by_role("status")
    expect(told).to_contain_text("does not have the tracker's tag. Add it to the page: <script async src=")
    page.goto(f"{origin}/heated")
    expect(told).to_contain_text("Tag, policy and origin are right; nobody has moved here")
