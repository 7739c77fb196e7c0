"""The list of warm pages in a real browser: as a page, and as a drawer beside a page of the site."""

import pytest
from playwright.sync_api import Locator, Page, expect

from pageheat.services.contract.records import Size
from tests.support.broadcaster import Broadcaster, make_grid

LAMP = make_grid({(25, 25): 90}, {(1, 1): 9}, visitors=3, size=Size(1000, 2000))
CHAIR = make_grid({(5, 5): 4000}, visitors=1)


@pytest.fixture
def board(page: Page, origin: str, broadcaster: Broadcaster) -> Locator:
    """The list with two warm pages."""
    broadcaster.show("/lamp", LAMP)
    broadcaster.show("/heated/chair", CHAIR)
    page.goto(f"{origin}/_pageheat/")
    return page.locator(".board li")


def test_the_warmest_page_is_first_with_its_numbers(board: Locator) -> None:
    expect(board).to_have_text(
        ["/heated/chair1 visitor4,000 moves0 clicks2 s ago", "/lamp3 visitors90 moves9 clicks2 s ago"]
    )


def test_numbers_are_updated(board: Locator, broadcaster: Broadcaster) -> None:
    expect(board.nth(1)).to_contain_text("90 moves")
    broadcaster.show("/lamp", make_grid({(25, 25): 95}, visitors=4))
    expect(board.nth(1)).to_contain_text("4 visitors95 moves")


def test_a_page_that_gets_clearly_warmer_rises(board: Locator, broadcaster: Broadcaster) -> None:
    expect(board.first).to_contain_text("/heated/chair")
    broadcaster.show("/lamp", make_grid({(25, 25): 9000}))
    expect(board.first).to_contain_text("/lamp1 visitor9,000 moves")


def test_a_page_that_cools_leaves_the_list(board: Locator, broadcaster: Broadcaster) -> None:
    expect(board).to_have_count(2)
    broadcaster.forget("/lamp")
    expect(board).to_have_count(1)


def test_a_row_links_to_its_page_with_its_heat(board: Locator, page: Page, origin: str) -> None:
    board.first.get_by_role("link").click()
    page.wait_for_url(f"{origin}/heated/chair")
    expect(page.locator(".counts")).to_contain_text("4,000 moves")


def test_a_thumbnail_has_the_pages_proportions_and_its_heat(board: Locator) -> None:
    thumbnail = board.nth(1).locator("canvas")
    expect(thumbnail).to_be_visible()
    box = thumbnail.bounding_box()
    assert box is not None
    assert box["height"] == pytest.approx(2 * box["width"])
    alpha = """(canvas) => {
      const { width, height } = canvas;
      const at = (x, y) =>
        canvas.getContext("2d").getImageData(x * (width - 1), y * (height - 1), 1, 1).data[3];
      return [at(0.5, 0.5) > 100, at(0.1, 0.9) > 0].join();
    }"""
    handle = thumbnail.element_handle()
    assert handle is not None
    page = board.page
    page.wait_for_function(f"(canvas) => ({alpha})(canvas) === 'true,false'", arg=handle)


@pytest.mark.parametrize("path", ["/<img src=x onerror=oops()>", "/\\evil.example", "/a?b#c", "/%zz"])
def test_a_hostile_path_is_text_and_stays_on_this_origin(
    page: Page, origin: str, broadcaster: Broadcaster, path: str
) -> None:
    broadcaster.show(path, LAMP)
    page.goto(f"{origin}/_pageheat/")
    expect(page.locator(".board .row .page")).to_have_text(path)
    assert page.locator(".board img").count() == 0
    href = page.locator(".board a").evaluate("(link) => [link.origin, link.search, link.hash]")
    assert href == [origin, *(("?b", "#c") if "?" in path else ("", ""))]


def test_a_page_of_another_site_is_listed_without_a_link(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("//blog/first", LAMP)
    page.goto(f"{origin}/_pageheat/")
    expect(page.locator(".board li")).to_contain_text("//blog/first")
    assert page.locator(".board :any-link").count() == 0


def test_without_a_warm_page_the_list_says_what_to_do(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    page.goto(f"{origin}/_pageheat/")
    expect(page.get_by_role("status")).to_contain_text("Open the site and move the pointer")
    broadcaster.show("/lamp", LAMP)
    expect(page.locator(".board li")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("")


def test_when_the_broadcaster_is_away_the_list_says_so_and_recovers(
    board: Locator, page: Page, broadcaster: Broadcaster
) -> None:
    expect(board).to_have_count(2)
    with broadcaster.away():
        expect(page.get_by_role("status")).to_contain_text(f"No answer from {broadcaster.origin}")
        expect(board).to_have_count(2)
    expect(page.get_by_role("status")).to_have_text("")


def test_the_list_is_a_drawer_beside_the_page(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    broadcaster.show("/heated", CHAIR)
    broadcaster.show("/heated/lamp", LAMP)
    page.goto(f"{origin}/heated")
    page.get_by_role("button", name="Warm pages").click()
    drawer = page.get_by_role("dialog", name="Warm pages")
    expect(drawer.get_by_role("listitem")).to_have_count(2)
    as_a_page = drawer.get_by_role("link", name="Open as a page")
    expect(as_a_page).to_have_attribute("href", f"{origin}/_pageheat/")
    drawer.get_by_role("button", name="Close the list").click()
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("button", name="Warm pages")).to_be_focused()
    page.get_by_role("button", name="Warm pages").click()
    drawer.get_by_role("link", name="/heated/lamp").click()
    page.wait_for_url(f"{origin}/heated/lamp")
    broadcaster.wait_for_viewers("/heated/lamp")


def test_an_empty_list_has_the_tag_to_copy(page: Page, origin: str) -> None:
    page.goto(f"{origin}/_pageheat/")
    tag = page.locator(".board .tag")
    expect(tag).to_contain_text('<script async src="http://localhost:8001/_pageheat/page.js"></script>')
    expect(tag.get_by_role("button", name="Copy")).to_be_visible()
