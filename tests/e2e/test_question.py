"""A designer's question, answered on the page: did the new header move clicks, last week, on phones?"""

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pageheat.frontends.demo.server import application
from pageheat.services.contract.records import Frame, Size
from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.chromium import leave
from tests.support.history import MINUTE_MS, click, frame
from tests.support.past import History
from tests.support.server import Server

FIRST, SECOND = '[data-product="dune-vase"]', '[data-product="tide-mug"]'
"""Products of the demo shop, as their order on its first page is."""

HEADER_DAYS = 6
"""The new header came at the midnight so many days ago: with "7 days"."""

VIEWS = 800
TEST_MS = 60 * MINUTE_MS
"""The span before grows while the test takes its time: nobody came then."""

MOST_TABS = 100


class View(NamedTuple):
    """A page view, and what was clicked on in it."""

    at_ms: int
    is_phone: bool
    clicked: str


def header_ms(now_ms: int) -> int:
    today = datetime.fromtimestamp(now_ms / 1000).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((today - timedelta(days=HEADER_DAYS)).timestamp() * 1000)


def visited(now_ms: int) -> list[View]:
    """Thirteen days of page views; since the header is new, phones find the first product."""
    chance, views = random.Random(14), []
    for number in range(VIEWS):
        at_ms = now_ms - int((1 - number / VIEWS) * 13 * 24 * 60) * MINUTE_MS - 5 * MINUTE_MS
        if 0 < 2 * header_ms(now_ms) - now_ms - at_ms < TEST_MS:
            continue
        is_phone = chance.random() < 0.4
        is_moved = is_phone and at_ms >= header_ms(now_ms)
        weights = (40, 15, 45) if is_moved else (15, 40, 45)
        views.append(View(at_ms, is_phone, chance.choices((FIRST, SECOND, ""), weights)[0]))
    return views


def frame_of(number: int, view: View) -> Frame:
    width = 390 if view.is_phone else 1280
    return frame(
        view.at_ms,
        session=str(number),
        looks=[(0, 700, 4_000, 0)],
        events=[click(20, 900, selector=view.clicked)] if view.clicked else [],
        document=Size(width, 3000),
        viewport=Size(width, 700),
    )


class Asked(NamedTuple):
    origin: str
    views: list[View]
    now_ms: int


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The shop with that history."""
    now_ms = int(time.time() * 1000)
    views = visited(now_ms)
    frames = (frame_of(number, view) for number, view in enumerate(views))
    history = History(tmp_path_factory.mktemp("history"), frames)
    shop, broadcaster = Server(application("http://127.0.0.1:1")), Broadcaster()
    broadcaster.show("/", make_grid({(20, 10): 9}))
    with history.shown(shop.origin, broadcaster.origin) as origin:
        yield Asked(origin, views, now_ms)
    shop.stop()
    broadcaster.close()
    history.close()


def share(views: list[View], product: str) -> str:
    return f"{round(100 * sum(view.clicked == product for view in views) / len(views))} %"


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Go there by the key alone."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("(it) => it.matches(':focus')"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} has no focus after {MOST_TABS} keys")


@pytest.mark.parametrize("width", [1280, 400])
def test_by_keyboard_alone_the_shares_before_and_after_are_those_of_a_recount(
    browser: Browser, asked: Asked, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.add_init_script("localStorage.setItem('pageheat-tour', 'offered')")
    page = context.new_page()
    page.goto(asked.origin)
    opener = page.get_by_role("button", name="Time: Live")
    expect(opener).to_be_visible()
    tab_to(page, opener)
    page.keyboard.press("Enter")
    week = page.get_by_role("button", name="7 days", exact=True)
    tab_to(page, week)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Visitors"))
    page.keyboard.press("Enter")
    widths = page.get_by_role("group", name="Visitors").get_by_label("Width")
    expect(widths).to_be_visible()
    tab_to(page, widths)
    page.keyboard.type("phone")
    compare = page.get_by_role("button", name="Compare")
    tab_to(page, compare, "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("radio", name="Nothing"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="The span before")).to_be_checked()

    length_ms = asked.now_ms - header_ms(asked.now_ms)
    phones = [view for view in asked.views if view.is_phone]
    after = [view for view in phones if view.at_ms >= header_ms(asked.now_ms)]
    before = [view for view in phones if 0 < header_ms(asked.now_ms) - view.at_ms <= length_ms]
    expect(page.locator(".what")).to_contain_text(f"{len(after)} page views, exact to the minute")
    expect(page.locator(".summary")).to_contain_text("2 elements changed by more than chance")

    if width == 400:
        tab_to(page, page.get_by_role("button", name="Show the panel"))
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Elements"))
    page.keyboard.press("Enter")
    rows = page.get_by_role("dialog", name="Elements").locator("li")
    for product, sign in ((FIRST, "+"), (SECOND, "−")):
        row = rows.filter(has_text=product)
        expect(row.locator(".count")).to_have_text(f"{share(before, product)} → {share(after, product)}")
        expect(row.locator(".change")).to_contain_text(f"{sign}")
        expect(row.locator(".change")).to_contain_text("points")
    expect(page.locator(".when")).to_contain_text(f", {len(before)} page views")
    leave(context)
