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


def show_many(broadcaster: Broadcaster, count: int) -> None:
    """Pages /item/1 to /item/count, the later the warmer."""
    for number in range(1, count + 1):
        broadcaster.show(f"/item/{number}", make_grid({(5, 5): 10 * number}))


def test_pages_that_match_the_search_remain_and_escape_brings_back_the_others(
    board: Locator, page: Page
) -> None:
    expect(board).to_have_count(2)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search pages")
    expect(search).to_be_focused()
    page.keyboard.type("LAMP")
    expect(board).to_have_count(1)
    expect(board).to_contain_text("/lamp3 visitors")
    expect(page.locator(".foot:visible")).to_have_text("1 of 2 warm pages")
    search.fill("<b>sofa")
    expect(board).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("No page's address contains “<b>sofa”")
    search.press("Escape")
    expect(board).to_have_count(2)


def test_the_search_finds_pages_beyond_the_first_hundred(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show_many(broadcaster, 120)
    page.goto(f"{origin}/_pageheat/")
    rows = page.locator(".board li")
    expect(rows).to_have_count(100)
    page.get_by_role("searchbox", name="Search pages").fill("item/1 ")
    expect(rows.filter(has=page.get_by_title("/item/1", exact=True))).to_have_count(1)
    expect(rows).to_have_count(32)


def test_at_the_lists_end_come_more_rows_until_all_are_shown(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show_many(broadcaster, 302)
    page.goto(f"{origin}/_pageheat/")
    rows = page.locator(".board li")
    expect(rows).to_have_count(100)
    expect(rows.first).to_contain_text("/item/302")
    page.wait_for_function("""() => {
      scrollTo(0, document.documentElement.scrollHeight);
      return document.querySelectorAll(".board li").length === 302;
    }""")
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    expect(rows.last).to_contain_text("/item/1")


def test_the_order_is_the_chosen_one_and_is_kept(board: Locator, page: Page) -> None:
    expect(board.first).to_contain_text("/heated/chair")
    page.get_by_label("Order").select_option("Most visitors")
    expect(board.first).to_contain_text("/lamp")
    page.reload()
    expect(board.first).to_contain_text("/lamp")
    expect(page.get_by_label("Order")).to_have_value("visitors")
    page.locator(".head").get_by_text("moves").click()
    expect(board.first).to_contain_text("/heated/chair")
    expect(page.get_by_label("Order")).to_have_value("moves")


def test_pages_that_differ_in_one_segment_are_one_row_with_their_sum_if_asked_for(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/cart", LAMP)
    broadcaster.show("/product/1", make_grid({(1, 1): 60}, visitors=2))
    broadcaster.show("/product/2", make_grid({(1, 1): 50}, {(1, 1): 1}, visitors=2))
    page.goto(f"{origin}/_pageheat/")
    rows = page.locator(".board li")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Group", exact=True).click()
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("/product/:id2 pages≤ 4 visitors110 moves1 click")
    expect(page.locator(".foot:visible")).to_have_text("3 warm pages in 2 rows")
    group = page.get_by_role("button", name="/product/:id 2 pages ≤ 4 visitors 110 moves 1 click")
    expect(group).to_have_attribute("aria-expanded", "false")
    group.click()
    expect(group).to_have_attribute("aria-expanded", "true")
    expect(rows.locator("a .page")).to_have_text(["/product/1", "/product/2", "/cart"])
    broadcaster.show("/product/2", make_grid({(1, 1): 55}, visitors=2))
    expect(rows.first).to_contain_text("115 moves0 clicks")
    page.reload()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Group", exact=True).click()
    expect(rows.locator("a")).to_have_count(3)


def test_rows_are_reached_and_groups_unfolded_by_arrow_keys(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/cart", CHAIR)
    show_many(broadcaster, 3)
    page.goto(f"{origin}/_pageheat/")
    page.get_by_role("button", name="Group", exact=True).click()
    rows = page.locator(".board li > *")
    expect(rows).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(rows).to_have_count(5)
    page.keyboard.press("End")
    expect(rows.last).to_be_focused()
    expect(rows.last).to_contain_text("/item/1")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(rows).to_have_count(2)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox", name="Search pages")).to_be_focused()


def test_pages_of_one_of_several_sites_can_be_chosen(
    board: Locator, page: Page, broadcaster: Broadcaster
) -> None:
    expect(board).to_have_count(2)
    site = page.get_by_label("Site", exact=True)
    expect(site).to_be_hidden()
    broadcaster.show("//blog/first", LAMP)
    expect(site).to_be_visible()
    site.select_option("blog")
    expect(board.locator(".page")).to_have_text(["//blog/first"])
    site.select_option("")
    expect(board.locator(".page")).to_have_text(["/heated/chair", "/lamp"])


def test_a_tall_pages_thumbnail_is_its_top_in_a_readable_size(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/tall", make_grid({(25, 2): 90}, size=Size(1000, 20_000)))
    page.goto(f"{origin}/_pageheat/")
    thumbnail = page.locator(".board canvas")
    box = thumbnail.bounding_box()
    assert box is not None
    assert box["width"] > 40
    assert box["height"] == pytest.approx(84)
    # A row of 20 px at 1,000 px from the top: a round spot in the middle of the first tenth, which is shown.
    spot = page.wait_for_function("""() => {
      const canvas = document.querySelector(".board canvas");
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      const warm = [...Array(width * height).keys()].filter((pixel) => data[4 * pixel + 3] > 100);
      if (warm.length === 0) return false;
      const box = canvas.getBoundingClientRect();
      const along = (values, length) => [Math.min(...values) * length, (Math.max(...values) + 1) * length];
      return {
        x: along(warm.map((pixel) => pixel % width), box.width / width),
        y: along(warm.map((pixel) => Math.floor(pixel / width)), box.height / height),
      };
    }""").json_value()
    (left, right), (top, bottom) = spot["x"], spot["y"]
    assert (top + bottom) / 2 == pytest.approx(1010 / 1000 * box["width"], abs=2)
    assert bottom - top == pytest.approx(right - left, rel=0.25)
    assert bottom - top < 15


@pytest.mark.parametrize("width", [360, 1280])
def test_long_names_differ_where_they_can_be_seen(
    page: Page, origin: str, broadcaster: Broadcaster, width: int
) -> None:
    names = [f"/blog/2026/{'a-very-long-title-' * 12}part-{part}" for part in (1, 2)]
    for name in names:
        broadcaster.show(name, LAMP)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{origin}/_pageheat/")
    shown = page.locator(".board .row .page")
    expect(shown).to_have_text(names)
    assert [shown.nth(i).get_attribute("title") for i in (0, 1)] == names
    for i in (0, 1):
        end = shown.nth(i).get_by_text(f"part-{i + 1}", exact=False).last
        right = end.evaluate("(end) => end.getBoundingClientRect().right")
        assert right <= shown.nth(i).evaluate("(page) => page.getBoundingClientRect().right") + 0.5
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_row_that_did_not_change_is_not_touched(
    board: Locator, page: Page, broadcaster: Broadcaster
) -> None:
    expect(board.nth(1)).to_contain_text("90 moves")
    page.wait_for_function("() => document.querySelectorAll('.thumbnail')[1].width > 1")
    page.evaluate("""() => {
      window.touched = 0;
      const observer = new MutationObserver((changes) => { window.touched += changes.length; });
      const all = { subtree: true, childList: true, attributes: true, characterData: true };
      observer.observe(document.querySelectorAll(".board li")[1], all);
    }""")
    broadcaster.show("/heated/chair", make_grid({(5, 5): 4100}, visitors=1))
    expect(board.first).to_contain_text("4,100 moves")
    broadcaster.show("/heated/chair", make_grid({(5, 5): 4200}, visitors=1))
    expect(board.first).to_contain_text("4,200 moves")
    assert page.evaluate("window.touched") == 0
    broadcaster.show("/lamp", make_grid({(25, 25): 95}, visitors=4))
    page.wait_for_function("() => window.touched > 0")


def test_in_the_drawer_escape_first_clears_the_search(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", CHAIR)
    broadcaster.show("/heated/lamp", LAMP)
    page.goto(f"{origin}/heated")
    page.get_by_role("button", name="Warm pages").click()
    drawer = page.get_by_role("dialog", name="Warm pages")
    expect(drawer.get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("lamp")
    expect(drawer.get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(drawer.get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
