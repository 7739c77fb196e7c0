"""The list of pages over time, with a history that knows two thousand of them."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pageheat.services.contract.records import Frame, Size
from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.chromium import leave
from tests.support.heat import wait_for_heat
from tests.support.history import MINUTE_MS, click, frame
from tests.support.past import History
from tests.support.site import Site

PRODUCTS = 2_000
"""Pages `/heated/0` and so on, one page view each."""

GAINS, BEFORE = 40, 10
"""Page views of `/heated` in the last hour, and in the hour before."""

HEATED_AT = (652, 910)
"""Where the products have heat: in the middle of a cell."""


def a_past(now_ms: int) -> Iterator[Frame]:
    for number in range(BEFORE):
        yield frame(now_ms - 90 * MINUTE_MS, page="/heated", session=f"b{number}")
    for number in range(GAINS):
        events = [click(1, 1)] if number < 3 else []
        yield frame(now_ms - 20 * MINUTE_MS, page="/heated", session=f"a{number}", events=events)
    for number in range(PRODUCTS):
        yield frame(
            now_ms - 10 * MINUTE_MS,
            page=f"/heated/{number}",
            session=f"p{number}",
            moves=[(*HEATED_AT, 0)],
            events=[click(1, 1)] * (number == 7),
            document=Size(1280, 3000),
        )


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    now_ms = int(time.time() * 1000)
    first = now_ms // MINUTE_MS - 300
    history = History(
        tmp_path_factory.mktemp("history"), a_past(now_ms), (first + number for number in range(600))
    )
    yield history
    history.close()


@pytest.fixture
def origin(site: Site, broadcaster: Broadcaster, history: History) -> Iterator[str]:
    """The front end's."""
    broadcaster.show("/warm", make_grid({(8, 5): 40}))
    with history.shown(site.origin, broadcaster.origin) as origin:
        yield origin


@pytest.fixture
def listed(page: Page, origin: str) -> Page:
    """The list of the last hour."""
    page.goto(f"{origin}/_pageheat/")
    preset(page, "Last hour")
    expect(rows(page).first).to_contain_text("/heated")
    return page


def preset(page: Page, name: str) -> None:
    page.locator(".presets").get_by_role("button", name=name, exact=True).click()


def rows(page: Page) -> Locator:
    return page.locator(".past tbody tr")


def row(page: Page, name: str) -> Locator:
    return rows(page).filter(has=page.get_by_role("link", name=name, exact=True))


def test_what_is_warm_comes_first_and_a_range_is_one_press_away(page: Page, origin: str) -> None:
    page.goto(f"{origin}/_pageheat/")
    expect(page.get_by_role("heading", name="Warm pages")).to_be_visible()
    expect(page.locator(".board li")).to_have_count(1)
    preset(page, "Last hour")
    expect(page.get_by_role("heading", name="Pages", exact=True)).to_be_visible()
    first = rows(page).first
    expect(first.locator(".views")).to_have_text("40")
    expect(first.locator(".change")).to_have_text("+300 %")
    expect(first.locator(".change")).to_have_attribute("data-kind", "more")
    expect(first.locator(".clicks")).to_have_text("3")
    expect(first.get_by_role("img")).to_have_attribute("aria-label", "40 page views at the most")
    expect(page.locator(".past .foot")).to_have_text("2,001 pages")
    preset(page, "Live")
    expect(page.locator(".board li")).to_have_count(1)


def test_columns_order_the_list_and_the_end_of_it_brings_more(listed: Page) -> None:
    listed.get_by_role("button", name="Clicks").click()
    expect(rows(listed).nth(1)).to_contain_text("/heated/7")
    head = listed.get_by_role("columnheader", name="Clicks")
    expect(head).to_have_attribute("aria-sort", "descending")
    listed.get_by_role("button", name="Change").click()
    expect(rows(listed).first.locator(".page")).to_have_text("/heated")
    listed.get_by_role("button", name="Page", exact=True).click()
    expect(rows(listed).nth(1)).to_contain_text("/heated/0")
    expect(rows(listed)).to_have_count(100)
    listed.get_by_role("button", name="Show more").scroll_into_view_if_needed()
    expect(rows(listed).nth(150)).to_be_attached()


def test_pages_are_found_by_their_names_and_by_keys_alone(listed: Page) -> None:
    listed.keyboard.press("/")
    listed.keyboard.type("/77")
    expect(listed.locator(".past .foot")).to_have_text("11 pages with “/77”")
    listed.keyboard.press("ArrowDown")
    expect(rows(listed).first.get_by_role("link")).to_be_focused()
    listed.keyboard.press("ArrowUp")
    listed.keyboard.press("Escape")
    expect(listed.locator(".past .foot")).to_have_text("2,001 pages")


def test_the_searchs_key_works_where_a_keyboard_has_it_above_a_digit(listed: Page) -> None:
    listed.locator("body").dispatch_event("keydown", {"key": "/", "code": "Digit7", "shiftKey": True})
    expect(listed.get_by_role("searchbox")).to_be_focused()


def test_a_group_is_proposed_with_its_evidence_accepted_opened_and_undone(
    browser: Browser, listed: Page
) -> None:
    listed.get_by_role("button", name="Groups").click()
    proposal = listed.get_by_role("region", name="Groups of pages").locator("li")
    expect(proposal).to_contain_text("2,000 pages, 2,000 page views; 2,000 different values: /heated/0, ")
    proposal.get_by_role("button", name="Accept: /heated/*").click()
    expect(rows(listed)).to_have_count(2)
    group = row(listed, "/heated/*")
    expect(group).to_contain_text("2,000 pages")
    expect(group.locator(".views")).to_have_text("2,000")
    group.get_by_role("button", name="Pages of /heated/*").click()
    expect(rows(listed)).to_have_count(52)
    context = browser.new_context()
    other = context.new_page()
    other.goto(listed.url)  # a link shows a colleague the same
    expect(row(other, "/heated/*").locator(".views")).to_have_text("2,000")
    leave(context)
    href = group.get_by_role("link").get_attribute("href")
    listed.reload()
    expect(rows(listed)).to_have_count(2)
    proposal = listed.get_by_role("region", name="Groups of pages")
    listed.get_by_role("button", name="Groups").click()
    proposal.get_by_role("button", name="Undo: /heated/*").click()
    expect(rows(listed)).to_have_count(100)
    assert href
    listed.goto(href)  # any page of the group has the heat of all
    wait_for_heat(listed, *HEATED_AT)
    expect(listed.locator(".when")).to_contain_text("all of /heated/*")
    expect(listed.locator(".when")).to_contain_text("2,000 page views")
    listed.get_by_role("button", name="All of /heated/*").click()
    expect(listed.locator(".when")).to_contain_text("1 page view,")


def test_a_link_to_the_list_shows_a_colleague_the_same(browser: Browser, listed: Page) -> None:
    now = datetime.now().replace(second=0, microsecond=0)
    listed.get_by_role("button", name="Dates and times").click()
    dates = listed.get_by_role("group", name="Dates and times")
    dates.get_by_label("From").fill(f"{now - timedelta(minutes=120):%Y-%m-%dT%H:%M}")
    dates.get_by_label("To", exact=True).fill(f"{now - timedelta(minutes=60):%Y-%m-%dT%H:%M}")
    dates.get_by_label("To", exact=True).blur()
    expect(listed.locator(".past .foot")).to_have_text("1 page")
    listed.get_by_role("button", name="Clicks").click()
    listed.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    listed.get_by_role("button", name="Copy link").click()
    expect(listed.get_by_role("button", name="Done")).to_be_visible()
    context = browser.new_context()
    other = context.new_page()
    other.goto(listed.evaluate("copied"))
    expect(rows(other)).to_have_count(1)
    expect(rows(other).locator(".views")).to_have_text(str(BEFORE))
    expect(other.get_by_role("columnheader", name="Clicks")).to_have_attribute("aria-sort", "descending")
    expect(other.get_by_role("group", name="Dates and times")).to_be_visible()
    leave(context)


def test_what_is_listed_is_downloaded_as_csv(listed: Page) -> None:
    listed.get_by_role("searchbox").fill("heated")
    expect(listed.locator(".past .foot")).to_contain_text("with “heated”")
    with listed.expect_download() as download:
        listed.get_by_role("button", name="CSV").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    assert lines[0].startswith("page,pages,views,clicks,")
    assert lines[1].startswith("/heated,1,40,3,")
    assert len(lines) == 1 + PRODUCTS + 1
    assert len(set(lines)) == len(lines)


def test_at_400_px_the_list_needs_no_scrolling_sideways(listed: Page) -> None:
    listed.set_viewport_size({"width": 400, "height": 800})
    expect(rows(listed).first.locator(".views")).to_be_visible()
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not listed.evaluate(wide)
    listed.evaluate("document.documentElement.dir = 'rtl'")
    assert not listed.evaluate(wide)
    first = rows(listed).first
    name, views = first.locator(".page").bounding_box(), first.locator(".trend").bounding_box()
    assert name
    assert views
    assert name["x"] + name["width"] > 360  # on the right
    assert views["y"] > name["y"]


def test_without_a_history_the_list_is_live_and_says_how_to_get_one(
    page: Page, origin: str, history: History
) -> None:
    history.stop()
    page.goto(f"{origin}/_pageheat/")
    expect(page.locator(".board li")).to_have_count(1)
    preset(page, "Yesterday")
    notice = page.locator(".past .notice")
    expect(notice).to_contain_text(f"No answer from the history at {history.origin}")
    expect(notice).to_contain_text("pip install 'pageheat[history]'")
    preset(page, "Live")
    expect(page.locator(".board li")).to_have_count(1)
