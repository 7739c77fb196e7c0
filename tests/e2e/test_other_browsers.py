"""Pageheat in Firefox and WebKit: a visitor, the overlay, the lists of pages, the tour, the bookmarklet.

What is tested here works alike in every browser; Chromium's own tests are finer.
"""

import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from PIL import Image

from pageheat.services.contract.records import Size
from pageheat.services.contract.watching import TRACKER_SEND_MS, WATCHED_SEND_MS
from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.history import MINUTE_MS
from tests.support.other_browsers import Driver, firefox, missing, webkit
from tests.support.recorder import Recorder
from tests.support.site import Site
from tests.support.strip import Shown
from tests.support.system import until

MISSING = missing()
pytestmark = pytest.mark.skipif(
    bool(MISSING) and "CI" not in os.environ, reason=f"not installed: {', '.join(MISSING)}"
)

OVERLAY = "document.querySelector('pageheat-overlay')?.shadowRoot"
ESCAPE, ARROW_LEFT = "\ue00c", "\ue012"


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """A window of the browser, for all tests here."""
    make: Any = request.param
    browser: AbstractContextManager[Driver] = make()
    with browser as driver:
        driver.resize(1280, 800)
        yield driver


def colour(driver: Driver, x: float, y: float) -> tuple[int, ...]:
    """What the screen shows at a point of the viewport."""
    with Image.open(io.BytesIO(driver.screenshot())) as image:
        return tuple(image.convert("RGB").getpixel((round(x), round(y))))  # type: ignore[arg-type]


def tile(driver: Driver, column: int, y: float) -> tuple[float, float]:
    """The middle of a column of tiles in the viewport of a page that is not scrolled."""
    return (column + 0.5) * driver.evaluate("document.documentElement.scrollWidth") / 50, y


def wait_until_other(driver: Driver, place: tuple[float, float], cold: tuple[int, ...]) -> None:
    until(lambda: colour(driver, *place) != cold, lambda: f"{driver.name}: no heat at {place}")


def test_a_visitors_moves_and_clicks_arrive_with_their_places(
    driver: Driver, site: Site, recorder: Recorder
) -> None:
    driver.goto(f"{site.origin}/long?{driver.name}")
    driver.wait_for("Boolean(window[Symbol.for('pageheat.tracker')])")
    seen = len(recorder.seen)
    driver.move((300, 400), (310, 410))
    driver.click(150, 520)
    until(
        lambda: {"move", "click"} <= {event.type for event in recorder.seen[seen:]},
        lambda: f"{driver.name}: {recorder.seen[seen:]}",
    )
    click = next(event for event in recorder.seen[seen:] if event.type == "click")
    assert (click.path, click.x, click.y) == ("/long", 150, 520)
    assert click.target is not None
    assert click.target.selector == "#link"


def test_what_is_in_view_is_told_once_it_is_held(driver: Driver, site: Site, recorder: Recorder) -> None:
    driver.goto(f"{site.origin}/long?looks-{driver.name}")
    until(lambda: any(it.top == 0 for it in recorder.looks), lambda: f"{driver.name}: {recorder.looks}")
    driver.evaluate("void scrollTo(0, 1200)")
    until(lambda: any(it.top == 1200 for it in recorder.looks), lambda: f"{driver.name}: {recorder.looks}")
    height = driver.evaluate("document.documentElement.clientHeight")
    assert {it.height for it in recorder.looks if it.path == "/long"} == {height}


def moved(driver: Driver, recorder: Recorder, frames: int) -> list[int]:
    """Move until this many further frames have come; return how many events each has."""
    known = len(recorder.seen)

    def sizes() -> list[int]:
        return list(Counter((it.session, it.seq) for it in recorder.seen[known:]).values())

    while len(sizes()) < frames:
        driver.move((300, 400), (303, 402), (306, 404))
    return sizes()


def test_moves_go_every_two_seconds_and_at_each_step_while_somebody_watches(
    driver: Driver, site: Site, recorder: Recorder
) -> None:
    driver.goto(f"{site.origin}/long?watched-{driver.name}")
    driver.wait_for("Boolean(window[Symbol.for('pageheat.tracker')])")
    assert max(moved(driver, recorder, 4)) >= 6, "a step has two points"
    recorder.every = WATCHED_SEND_MS
    try:
        moved(driver, recorder, 1)  # ingest answers it
        assert sorted(moved(driver, recorder, 13)[1:])[6] <= 4
    finally:
        recorder.every = TRACKER_SEND_MS


def test_heat_lies_where_it_is_hot_and_stays_while_the_page_grows(
    driver: Driver, site: Site, origin: str, broadcaster: Broadcaster
) -> None:
    driver.goto(f"{site.origin}/heated")
    width = driver.evaluate("document.documentElement.scrollWidth")
    height = driver.evaluate("document.documentElement.scrollHeight")
    hot, cold = tile(driver, 25, height * 10.5 / 50), (200, 200)
    clean, clean_cold = colour(driver, *hot), colour(driver, *cold)
    broadcaster.show("/heated", make_grid({(25, 10): 40}, size=Size(width, height)))
    driver.goto(f"{origin}/heated")
    wait_until_other(driver, hot, clean)
    assert colour(driver, *cold) == clean_cold
    driver.evaluate("document.body.append(document.createElement('p'))")
    driver.evaluate("void (document.body.lastChild.style.height = '900px')")
    broadcaster.show("/heated", make_grid({(25, 10): 41}, size=Size(width, height)))
    driver.wait_for(f"{OVERLAY}.textContent.includes('41 moves')")
    assert colour(driver, *hot) != clean


def test_a_visitor_can_press_through_the_heat_and_the_panels_controls_work(
    driver: Driver, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid({(25, 10): 40}, {(5, 5): 7}))
    driver.goto(f"{origin}/heated")
    driver.wait_for(f"{OVERLAY}?.textContent.includes('40 moves')")
    driver.evaluate("void addEventListener('click', () => document.title = 'pressed')")
    driver.click(200, 300)
    driver.wait_for("document.title === 'pressed'")
    clicks = f"{OVERLAY}.querySelector('input[value=clicks]')"
    driver.click_on(f"({clicks}.closest('label') || {clicks})")
    driver.wait_for(f"{clicks}.checked")


def test_warm_pages_are_listed(driver: Driver, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/lamp", make_grid({(25, 25): 90}, visitors=3))
    driver.goto(f"{origin}/_pageheat/")
    driver.wait_for("document.body.textContent.includes('3 visitors')")
    driver.wait_for("document.querySelectorAll('canvas').length > 0")


def test_the_bookmarklet_shows_the_heat_and_takes_it_away(
    driver: Driver, site: Site, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid({(25, 10): 40}))
    driver.goto(f"{origin}/_pageheat/bookmarklet")
    address = driver.wait_for("document.querySelector('a[href^=\"javascript:\"]')?.href")
    driver.goto(f"{site.origin}/heated")
    bookmark = f"void (location.href = {json.dumps(address)})"
    driver.evaluate(bookmark)
    driver.wait_for(f"{OVERLAY}?.textContent.includes('40 moves')")
    driver.evaluate(bookmark)
    driver.wait_for("!document.querySelector('pageheat-overlay')")


def on(selector: str, root: str = OVERLAY) -> str:
    """The first element that a selector finds, as an expression."""
    return f"{root}.querySelector({json.dumps(selector)})"


def press(driver: Driver, element: str) -> None:
    """Click on an element as soon as it is there and nothing moves."""
    is_seen = f"{element}?.checkVisibility({{ visibilityProperty: true }})"
    root = f"{element}.getRootNode()"
    is_busy = f"{root}.getAnimations().length || {on('[aria-busy=true]', root)}"
    driver.wait_for(f"{is_seen} && !({is_busy})")
    driver.click_on(element)


def test_a_range_is_shown_played_as_a_film_and_compared_by_a_curtain(driver: Driver, shown: Shown) -> None:
    driver.goto(f"{shown.origin}/heated")
    driver.wait_for(f"{OVERLAY}?.querySelector('.state')?.textContent.includes('Live')")
    press(driver, on(".time"))
    press(driver, on("[data-preset=month]"))
    driver.wait_for(f"{on('.when')}.textContent.includes('44 page views')")
    press(driver, on("header .play"))
    driver.wait_for(f"{on('.film input')}?.valueAsNumber > Number({on('.film input')}?.min)")
    driver.evaluate(f"void {on('.film input')}.focus()")
    driver.press(ESCAPE)
    driver.wait_for(f"!{on('.film')}?.checkVisibility()")
    begin = f"Number({on('.end.from')}.getAttribute('aria-valuenow'))"
    before = driver.evaluate(begin)
    driver.evaluate(f"void {on('.end.from')}.focus()")
    driver.press(ARROW_LEFT)
    driver.wait_for(f"{begin} === {before - MINUTE_MS}")
    press(driver, on("[aria-label=Compare]"))
    press(driver, on(".compare label:has([value=visitors])"))
    press(driver, on(".compare label:has([value=curtain])"))
    driver.wait_for(f"{on('.edge')}?.getAttribute('aria-valuetext').startsWith('50 % phone')")
    middle = driver.evaluate("innerWidth") / 2
    driver.drag((middle, 200), (middle / 2, 200))
    driver.wait_for(f"{on('.edge')}.getAttribute('aria-valuenow') === '25'")
    driver.press(ARROW_LEFT)
    driver.wait_for(f"{on('.edge')}.getAttribute('aria-valuenow') === '24'")
    driver.evaluate(f"void {on('.end.from')}.focus()")
    driver.press(ESCAPE)
    driver.wait_for(f"!{on('section.strip')}.checkVisibility()")


def test_the_pages_of_a_range_are_listed_searched_grouped_and_downloaded(
    driver: Driver, shown: Shown
) -> None:
    def part(selector: str) -> str:
        return on(selector, "document")

    def says(selector: str, text: str) -> None:
        driver.wait_for(f"{part(selector)}?.textContent.includes({json.dumps(text)})")

    driver.goto(f"{shown.origin}/_pageheat/")
    press(driver, part("[data-preset=month]"))
    says(".past tbody .page", "/heated")
    says(".past tbody .views", "44")
    for key in "/lamp":
        driver.press(key)
    says(".past .notice", "contains “lamp”")
    driver.press(ESCAPE)
    says(".past .foot", "1 page")
    press(driver, part("[title^='Pages of one kind']"))
    says(".groups", "No group is proposed")
    press(driver, part("[title$=CSV]"))
    says("[title$=CSV]", "Done")


def test_the_tour_of_the_shop_is_begun_goes_on_and_ends_for_good(driver: Driver, heated_shop: str) -> None:
    title = f"{on('#pageheat-tour-title')}?.textContent"
    driver.goto(heated_shop)
    driver.wait_for(f"{OVERLAY} && {title} === 'New here?'")
    for step, part in (("This is live", ".card"), ("Any time", "section.strip")):
        press(driver, on(".tour .next"))
        driver.wait_for(f"{title} === {json.dumps(step)} && {on(f'{part}.toured')}?.checkVisibility()")
    driver.press(ARROW_LEFT)
    driver.wait_for(f"{title} === 'This is live' && {OVERLAY}.textContent.includes('40 moves')")
    driver.press(ESCAPE)
    driver.wait_for(f"!{on('.tour')} && {on('section.strip')}.checkVisibility()")
    driver.goto(heated_shop)
    driver.wait_for(f"{OVERLAY}?.textContent.includes('40 moves')")
    assert not driver.evaluate(f"Boolean({on('.tour')})")
