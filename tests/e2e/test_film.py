"""A range as a film over the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.chromium import leave
from tests.support.heat import wait_for_heat
from tests.support.strip import LIVE_AT, YESTERDAY_AT, Shown, preset

FILM = "/_pageheat/history/film/"


def play(page: Page) -> Locator:
    """Play what is chosen; returns the film's slider."""
    page.get_by_role("button", name="Play as a film").click()
    return page.get_by_role("slider", name="Time in the film")


def wait_until_it_moves(slider: Locator) -> None:
    """Wait until a film that begins is on its way."""
    is_on_its_way = "(it) => it.valueAsNumber > Number(it.min) && it.valueAsNumber < Number(it.max)"
    slider.page.wait_for_function(is_on_its_way, arg=slider.element_handle())


def seek(page: Page, slider: Locator, hour: int) -> None:
    """Pause, and go to an hour of the day by keys."""
    page.get_by_role("button", name="Pause the film").click()
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(hour):
        page.keyboard.press("ArrowRight")


def test_a_film_plays_and_is_scrubbed_by_keys_and_leaving_it_shows_the_range_again(strip: Page) -> None:
    preset(strip, "Yesterday")
    wait_for_heat(strip, *YESTERDAY_AT)
    slider = play(strip)
    film = strip.get_by_role("group", name="Film")
    expect(film.get_by_role("combobox", name="Speed")).to_have_value(str(60 * 60_000))
    wait_until_it_moves(slider)
    wait_for_heat(strip, *YESTERDAY_AT, "alpha === 0")
    seek(strip, slider, 13)
    expect(film.locator(".moment")).to_contain_text(", 13:00")
    wait_for_heat(strip, *YESTERDAY_AT)
    # the first page view's four moves were just before noon
    expect(strip.locator(".counts")).to_contain_text("92 moves")
    expect(strip.locator(".when")).to_contain_text("each moment shows the hour before it")
    strip.keyboard.press("ArrowRight")
    wait_for_heat(strip, *YESTERDAY_AT, "alpha === 0")
    strip.keyboard.press("End")
    film.get_by_role("button", name="Play the film").click()
    wait_until_it_moves(slider)
    film.get_by_role("button", name="Leave the film").click()
    expect(strip.locator(".when")).to_contain_text("24 page views")
    wait_for_heat(strip, *YESTERDAY_AT)
    expect(strip.get_by_role("button", name="Play as a film")).to_be_focused()
    expect(strip.locator(".playhead")).to_be_hidden()


def test_the_pointer_scrubs_and_the_speed_is_chosen(strip: Page) -> None:
    preset(strip, "Yesterday")
    slider = play(strip)
    strip.get_by_role("button", name="Pause the film").click()
    box = slider.bounding_box()
    assert box
    strip.mouse.move(box["x"] + 9, box["y"] + box["height"] / 2)
    strip.mouse.down()
    strip.mouse.move(box["x"] + box["width"] * 13 / 24, box["y"] + box["height"] / 2)
    strip.mouse.up()
    wait_for_heat(strip, *YESTERDAY_AT)
    strip.get_by_role("combobox", name="Speed").select_option("A day a second")
    expect(strip.locator(".when")).to_contain_text("each moment shows the day before it")
    strip.get_by_role("radio", name="Scroll").check()
    expect(strip.locator(".film .note")).to_contain_text("A film has moves and clicks")


def test_nothing_of_a_film_is_loaded_before_one_is_asked_for_and_what_comes_next_is_ahead(
    page: Page, shown: Shown
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shown.origin}/heated")
    page.get_by_role("button", name="Time: Live").click()
    preset(page, "30 days")
    expect(page.locator(".when")).to_contain_text("44 page views")
    assert not [url for url in asked if "film/" in url or "film.css" in url]
    with page.expect_request(lambda request: FILM in request.url):
        slider = play(page)
    page.get_by_role("button", name="Pause the film").click()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').filter(({ name }) => "
        f"name.includes('{FILM}')).length >= 2"
    )
    first, last = (float(slider.get_attribute(name) or 0) for name in ("min", "max"))
    assert float(slider.input_value()) < (first + last) / 2


def test_the_space_bar_plays_and_pauses(strip: Page) -> None:
    preset(strip, "Yesterday")
    slider = play(strip)
    wait_until_it_moves(slider)
    slider.press("Space")
    expect(strip.get_by_role("button", name="Play the film")).to_be_visible()
    at = slider.input_value()
    slider.press("Space")
    expect(strip.get_by_role("button", name="Pause the film")).to_be_visible()
    expect(slider).not_to_have_value(at)


def test_a_film_from_the_live_heat_plays_the_last_hour_and_leaving_it_is_live_again(strip: Page) -> None:
    wait_for_heat(strip, *LIVE_AT)
    slider = play(strip)
    wait_until_it_moves(slider)
    expect(strip.locator(".state")).to_contain_text("Last hour")
    wait_for_heat(strip, *LIVE_AT, "alpha === 0")
    slider.focus()
    strip.keyboard.press("Escape")
    expect(strip.locator(".state")).to_contain_text("Live")
    wait_for_heat(strip, *LIVE_AT)


@pytest.fixture
def still(browser: Browser, shown: Shown) -> Iterator[Page]:
    """The page of somebody who wants no motion."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{shown.origin}/heated")
    page.get_by_role("button", name="Time: Live").click()
    yield page
    leave(context)


def test_with_reduced_motion_a_film_has_a_still_picture_for_each_second(still: Page) -> None:
    preset(still, "Yesterday")
    slider = play(still)
    still.get_by_role("button", name="Pause the film").click()
    at = float(slider.get_attribute("min") or 0) + 12.1 * 3_600_000
    slider.evaluate("(it, at) => { it.value = at; it.dispatchEvent(new Event('input')); }", at)
    expect(still.locator(".film .moment")).to_contain_text(", 12:06")
    # all of the hour from 12 to 13, not a tenth of it
    expect(still.locator(".counts")).to_contain_text("92 moves")
