"""The strip of time: any range of the past over the page, by a history that has one."""

from datetime import datetime, timedelta

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.support.chromium import leave
from tests.support.heat import wait_for_heat
from tests.support.history import MINUTE_MS
from tests.support.site import Site
from tests.support.strip import LATELY_AT, LIVE_AT, YESTERDAY_AT, Shown, preset


def offered(page: Page, name: str) -> Locator:
    """The choice of visitors by this attribute."""
    return page.get_by_role("group", name="Visitors").locator("label", has_text=name).locator("select")


def test_nothing_of_it_is_loaded_until_it_is_asked_for(page: Page, shown: Shown) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shown.origin}/heated")
    wait_for_heat(page, *LIVE_AT)
    assert not [url for url in asked if "/time" in url or shown.history.origin in url]
    page.get_by_role("button", name="Time: Live").click()
    expect(page.get_by_role("region", name="Time")).to_be_visible()
    expect(page.locator(".state")).to_contain_text("Live")
    assert [url for url in asked if shown.history.origin in url]


def test_a_preset_shows_its_heat_with_its_page_views_and_how_exact_it_is(strip: Page) -> None:
    wait_for_heat(strip, *LIVE_AT)
    preset(strip, "Yesterday")
    wait_for_heat(strip, *YESTERDAY_AT)
    wait_for_heat(strip, *LATELY_AT, "alpha === 0")
    panel = strip.get_by_label("Heat of this page")
    expect(panel.locator(".state")).to_contain_text("Yesterday")
    expect(panel.locator(".when")).to_contain_text("24 page views, exact to the minute")
    expect(panel.locator(".counts")).to_contain_text("96 moves")
    expect(panel.locator(".counts")).to_contain_text("24 page views")
    preset(strip, "Last hour")
    wait_for_heat(strip, *LATELY_AT)
    preset(strip, "Live")
    wait_for_heat(strip, *LIVE_AT)
    expect(panel.locator(".state")).to_contain_text("Live")
    expect(panel.locator(".when")).to_be_hidden()


def test_until_a_range_is_known_nothing_of_it_is_said_to_be_zero(strip: Page) -> None:
    held: list[Route] = []
    strip.route("**/history/grid/**", lambda it: held.append(it))
    with strip.expect_request("**/history/grid/**"):
        preset(strip, "Yesterday")
    counts = strip.locator(".counts")
    expect(counts).to_have_text("– moves– clicks– page views")
    held[0].continue_()
    expect(counts).to_have_text("96 moves24 clicks24 page views")


def test_the_other_layers_and_the_elements_follow(strip: Page) -> None:
    preset(strip, "Yesterday")
    wait_for_heat(strip, *YESTERDAY_AT)
    strip.get_by_role("button", name="Elements").click()
    row = strip.get_by_role("dialog", name="Elements").locator("li").first
    expect(row.locator(".count")).to_have_text("24")
    strip.get_by_role("radio", name="Scroll").check()
    looks = strip.locator(".looks-text")
    expect(looks).to_contain_text("24 page views")
    around, depths = looks.bounding_box(), looks.locator(".marks").bounding_box()
    assert around
    assert depths
    assert around["y"] <= depths["y"] < around["y"] + around["height"]  # not where notes' marks are


def test_views_and_bands_are_chosen_by_their_numbers(strip: Page) -> None:
    preset(strip, "Last hour")
    wait_for_heat(strip, *LATELY_AT)
    strip.get_by_role("button", name="Visitors").click()
    referrer = offered(strip, "Referrer")
    expect(referrer.locator("option")).to_have_text(["any", "direct · 12", "news.example · 8"])
    referrer.select_option("news.example · 8")
    when = strip.locator(".when")
    expect(when).to_contain_text("8 page views")
    expect(when).to_contain_text("news.example")
    preset(strip, "30 days")
    referrer.select_option("any")
    expect(when).to_contain_text("44 page views")
    offered(strip, "Width").select_option("phone · 20")
    expect(when).to_contain_text("20 page views")
    expect(strip.locator(".settings select")).to_have_value("phone")


def test_each_preset_shows_its_page_views_and_says_its_times(strip: Page) -> None:
    when, today = strip.locator(".when"), datetime.now()
    ago = today - timedelta(days=7)
    for name, text in (
        ("Today", "00:00 to now · 20 page views"),
        ("7 days", "to now · 44 page views"),
        (f"Last {ago:%A}", f"{ago:%a} {ago.day} {ago:%b} · 0 page views"),
    ):
        preset(strip, name)
        expect(when).to_contain_text(text)
        expect(strip.locator(".presets [aria-pressed=true]")).to_have_text(name)
    expect(strip.locator(".status")).to_contain_text("Nothing was collected then")


def test_visitors_are_chosen_by_all_that_a_page_view_has_and_by_several_at_once(strip: Page) -> None:
    preset(strip, "30 days")
    when = strip.locator(".when")
    expect(when).to_contain_text("44 page views")
    strip.get_by_role("button", name="Visitors").click()
    for name, value in (
        ("Source", "letter"),
        ("Medium", "mail"),
        ("Campaign", "spring"),
        ("Segment", "shop-b"),
    ):
        choice = offered(strip, name)
        choice.select_option(f"{value} · 8")
        expect(when).to_contain_text("8 page views, exact to the minute")
        expect(when).to_contain_text(value)
        choice.select_option("any")
        expect(when).to_contain_text("44 page views")
    offered(strip, "Width").select_option("phone · 20")
    offered(strip, "Campaign").select_option("none · 12")
    expect(when).to_contain_text("12 page views, exact to the minute · phone, no campaign")
    expect(strip.get_by_role("button", name="Visitors")).to_have_attribute("data-count", "2")


def test_page_views_are_counted_instead_of_events(strip: Page) -> None:
    preset(strip, "Yesterday")
    wait_for_heat(strip, *YESTERDAY_AT)
    strip.get_by_role("button", name="Visitors").click()
    strip.get_by_role("radio", name="Page views").check()
    expect(strip.locator(".legend .moves")).to_contain_text("24 page views a tile")
    expect(strip.locator(".counts")).to_contain_text("24 moves")
    strip.get_by_role("button", name="Elements").click()
    row = strip.get_by_role("dialog", name="Elements").locator("li").first
    expect(row.locator(".share")).to_have_text("100 %")


def test_a_range_is_brushed_and_moved_by_keys_to_the_minute(strip: Page) -> None:
    preset(strip, "Last hour")
    field = strip.locator(".field")
    box = field.bounding_box()
    assert box
    strip.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    strip.mouse.down()
    strip.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 20)
    strip.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 20)
    strip.mouse.up()
    begin = strip.get_by_role("slider", name="Begin of the range")
    before = int(begin.get_attribute("aria-valuenow") or 0)
    assert before % MINUTE_MS == 0
    begin.focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowRight"):
        strip.keyboard.press(key)
    expect(begin).to_have_attribute("aria-valuenow", str(before - 2 * MINUTE_MS))
    expect(strip.locator(".presets [aria-pressed=true]")).to_have_count(0)
    whole = strip.get_by_role("slider", name="Range", exact=True)
    whole.focus()
    strip.keyboard.press("ArrowLeft")
    expect(begin).to_have_attribute("aria-valuenow", str(before - 3 * MINUTE_MS))


def test_a_range_is_typed_into_the_calendar(strip: Page) -> None:
    yesterday = datetime.now() - timedelta(days=1)
    strip.get_by_role("button", name="Dates and times").click()
    dates = strip.get_by_role("group", name="Dates and times")
    dates.get_by_label("From").fill(f"{yesterday:%Y-%m-%d}T12:03")
    dates.get_by_label("To", exact=True).fill(f"{yesterday:%Y-%m-%d}T12:07")
    dates.get_by_label("To", exact=True).blur()
    expect(strip.locator(".when")).to_contain_text("4 page views, exact to the minute")


def test_where_the_service_was_away_there_is_a_gap_not_a_zero(strip: Page) -> None:
    preset(strip, "Last hour")
    expect(strip.locator(".gap")).to_have_count(1)
    gap = strip.locator(".gap").bounding_box()
    assert gap
    strip.mouse.move(gap["x"] + gap["width"] / 2, gap["y"] + 15)
    expect(strip.locator(".tip")).to_contain_text("the service was away")


def test_a_link_shows_the_same_to_a_colleague(browser: Browser, strip: Page) -> None:
    preset(strip, "30 days")
    strip.get_by_role("radio", name="Clicks", exact=True).check()
    strip.locator(".settings select").select_option("desktop")
    expect(strip.locator(".when")).to_contain_text("desktop")
    strip.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    strip.get_by_role("button", name="Copy a link").click()
    expect(strip.locator(".status")).to_contain_text("copied")
    link = strip.evaluate("copied").replace("#pageheat&", "#pageheat&hash=%23part&")
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script("addEventListener('DOMContentLoaded', () => { window.seen = location.hash; })")
    other = context.new_page()
    other.goto(link)
    expect(other.locator(".when")).to_contain_text("24 page views")
    expect(other.get_by_role("radio", name="Clicks", exact=True)).to_be_checked()
    expect(other.locator(".when")).to_contain_text("desktop")
    assert other.evaluate("[seen, location.hash]") == ["#part", "#part"]
    leave(context)


def test_the_range_stays_on_the_visits_next_page(strip: Page, shown: Shown) -> None:
    preset(strip, "Yesterday")
    wait_for_heat(strip, *YESTERDAY_AT)
    strip.get_by_role("button", name="Fold the strip of time").click()
    expect(strip.get_by_role("button", name="Time: Yesterday")).to_be_visible()
    strip.goto(f"{shown.origin}/heated")
    wait_for_heat(strip, *YESTERDAY_AT)
    expect(strip.get_by_role("button", name="Time: Yesterday")).to_be_visible()


def test_escape_folds_the_strip_and_the_focus_is_where_it_was_opened(live: Page) -> None:
    opener = live.get_by_role("button", name="Time: Live")
    opener.press("Enter")
    expect(live.get_by_role("region", name="Time")).to_be_focused()
    live.keyboard.press("Escape")
    expect(live.get_by_role("region", name="Time")).to_be_hidden()
    expect(opener).to_be_focused()


def test_without_a_history_the_strip_says_how_to_get_it_and_shows_it_once_it_is_there(
    live: Page, shown: Shown, site: Site
) -> None:
    shown.history.stop()
    live.get_by_role("button", name="Time: Live").click()
    status = live.locator(".status")
    expect(status).to_contain_text(f"No answer from the history at {shown.history.origin}")
    expect(status).to_contain_text("pip install 'pageheat[history]'")
    wait_for_heat(live, *LIVE_AT)
    shown.history.start(site_url=site.origin, heatmap_url=shown.origin)
    live.evaluate("dispatchEvent(new Event('online'))")
    expect(status).to_be_empty()


def test_an_empty_page_says_since_when_the_history_collects(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.origin}/holding")
    page.get_by_role("button", name="Time: Live").click()
    preset(page, "Yesterday")
    expect(page.locator(".message")).to_contain_text("Nothing of this page in this range")
    expect(page.locator(".message")).to_contain_text("The history begins on")
