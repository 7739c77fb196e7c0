"""The demo shop in a real browser: what visitors do there, with ingest away."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from pageheat.frontends.demo.server import application, page_paths
from tests.support.server import Server

NOWHERE = "http://127.0.0.1:1"
"""An address without ingest: the tracker cannot be loaded."""

WIDTHS = (360, 700, 900, 1280, 1900)

PRODUCT = "/products/dune-vase"


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = Server(application(NOWHERE))
    yield server.origin
    server.stop()


@pytest.fixture
def page(browser: Browser, shop: str) -> Iterator[Page]:
    """A page whose scripts must not fail."""
    errors: list[str] = []
    context = browser.new_context(base_url=shop, reduced_motion="reduce")
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert errors == []


def mark(page: Page) -> None:
    """Leave a mark in the document that a page load would remove."""
    page.evaluate("window.marked = true")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("window.marked === true"))


def path(page: Page) -> str:
    return str(page.evaluate("location.pathname"))


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def put_into_basket(page: Page, slug: str) -> None:
    """By clicks, from any page of the shop."""
    page.locator("#site-header .brand").click()
    page.locator(f'#products [data-product="{slug}"]').click()
    page.get_by_role("button", name="Add to basket").click()


# --- pages and addresses


def test_clicking_from_page_to_page_changes_the_address_and_keeps_the_document(page: Page) -> None:
    page.goto("/")
    mark(page)
    page.locator('#products [data-product="dune-vase"]').click()
    heading(page, "Dune vase")
    assert path(page) == PRODUCT
    page.locator("#related .card").first.click()
    heading(page, "Tide mug")
    assert path(page) == "/products/tide-mug"
    page.locator("#basket-link").click()
    heading(page, "Your basket is empty")
    assert (path(page), is_marked(page)) == ("/basket", True)


def test_back_and_forward_show_the_pages_visited(page: Page) -> None:
    page.goto("/")
    mark(page)
    page.locator('#products [data-product="cove-bowl"]').click()
    heading(page, "Cove bowl")
    page.go_back()
    heading(page, "Stoneware from the tide line")
    assert path(page) == "/"
    page.go_forward()
    heading(page, "Cove bowl")
    assert (path(page), is_marked(page)) == ("/products/cove-bowl", True)


def test_a_page_opened_by_a_click_starts_at_its_top(page: Page) -> None:
    page.goto(PRODUCT)
    page.locator("#related .card").first.click()
    heading(page, "Tide mug")
    assert page.evaluate("scrollY") == 0


def test_back_restores_the_lists_scroll_position(page: Page) -> None:
    page.goto("/")
    card = page.locator('#products [data-product="reef-tumbler"]')
    card.scroll_into_view_if_needed()
    was = page.evaluate("scrollY")
    assert was > 0
    card.click()
    heading(page, "Reef tumbler")
    page.go_back()
    page.wait_for_function("was => Math.abs(scrollY - was) <= 1", arg=was)


def test_every_page_can_be_opened_by_its_address(page: Page) -> None:
    titles = set()
    for each in sorted(page_paths()):
        response = page.goto(each)
        assert response is not None
        assert response.status == 200
        expect(page.locator("#missing")).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        titles.add(page.title())
    assert len(titles) == len(page_paths())


def test_the_list_links_to_every_product_the_server_knows(page: Page) -> None:
    page.goto("/")
    links = page.locator("#products a").evaluate_all("all => all.map(each => new URL(each.href).pathname)")
    assert sorted(links) == sorted(known for known in page_paths() if known.startswith("/products/"))


@pytest.mark.parametrize("unknown", ["/nowhere", "/products/anchor", "/products/dune-vase/x", "/%C3%A4"])
def test_an_unknown_page_says_so_and_links_back(page: Page, unknown: str) -> None:
    response = page.goto(unknown)
    assert response is not None
    assert response.status == 404
    heading(page, "This page is at high water")
    expect(page).to_have_title("Not found · Saltmarsh Pottery")
    page.get_by_role("link", name="See all pieces").click()
    expect(page.locator("#products")).to_be_visible()


def test_an_address_with_a_fragment_scrolls_to_it(page: Page) -> None:
    page.goto("/#workshop")
    expect(page.locator("#workshop h2")).to_be_in_viewport()
    page.goto(PRODUCT)
    page.locator("#site-header").get_by_role("link", name="Journal").click()
    expect(page.locator("#visitors h2")).to_be_in_viewport()


def test_an_unknown_fragment_does_no_harm(page: Page) -> None:
    page.goto("/#1 not%20there")
    expect(page.locator("#products")).to_be_visible()


def test_one_kind_of_product_can_be_shown_alone(page: Page) -> None:
    page.goto("/")
    mark(page)
    everything = page.locator("#products .card").count()
    page.locator(".filter").get_by_role("link", name="Cups").click()
    expect(page.locator("#pieces h2")).to_have_text("Cups")
    assert 0 < page.locator("#products .card").count() < everything
    expect(page.locator(".filter [aria-current]")).to_have_text("Cups")
    assert is_marked(page)


def test_a_click_for_a_new_tab_is_left_to_the_browser(page: Page) -> None:
    page.goto("/")
    with page.context.expect_page() as opened:
        page.locator('#products [data-product="dune-vase"]').click(modifiers=["ControlOrMeta"])
    heading(opened.value, "Dune vase")
    assert path(page) == "/"


# --- the basket


def test_a_basket_is_filled_counted_changed_and_emptied(page: Page) -> None:
    page.goto("/")
    count, total = page.locator("#basket-count"), page.locator("#total")
    expect(count).to_have_text("0")
    put_into_basket(page, "dune-vase")
    put_into_basket(page, "tide-mug")
    expect(count).to_have_text("2")
    page.locator("#basket-link").click()
    expect(total).to_have_text(f"€ {84 + 26}")

    vase = page.locator('#lines [data-product="dune-vase"]')
    pieces = vase.get_by_label("Pieces")
    pieces.fill("3")
    pieces.press("Tab")
    expect(count).to_have_text("4")
    expect(vase.locator(".price")).to_have_text(f"€ {3 * 84}")
    expect(total).to_have_text(f"€ {3 * 84 + 26}")

    vase.get_by_role("button", name="Remove Dune vase").click()
    expect(page.locator("#lines li")).to_have_count(1)
    expect(total).to_have_text("€ 26")
    page.locator("#lines").get_by_label("Pieces").fill("0")
    page.locator("#lines").get_by_label("Pieces").press("Enter")
    heading(page, "Your basket is empty")
    expect(count).to_have_text("0")


def test_a_count_beyond_the_limit_is_corrected(page: Page) -> None:
    page.goto("/")
    put_into_basket(page, "dune-vase")
    page.locator("#basket-link").click()
    pieces = page.get_by_label("Pieces")
    pieces.fill("999")
    pieces.press("Enter")
    expect(pieces).to_have_value("20")
    expect(page.locator("#basket-count")).to_have_text("20")


def test_counting_by_keyboard_keeps_the_focus(page: Page) -> None:
    page.goto("/")
    put_into_basket(page, "dune-vase")
    page.locator("#basket-link").click()
    pieces = page.get_by_label("Pieces")
    pieces.focus()
    pieces.press("ArrowUp")
    pieces.press("ArrowUp")
    expect(pieces).to_be_focused()
    expect(page.locator("#basket-count")).to_have_text("3")


def test_a_piece_is_bought_in_the_glaze_that_was_chosen(page: Page) -> None:
    page.goto(PRODUCT)
    before = page.locator("#picture").get_attribute("src")
    page.locator(".glazes").get_by_text("Rust").click()
    expect(page.locator("#picture")).to_have_attribute("alt", "Dune vase in Rust")
    assert page.locator("#picture").get_attribute("src") != before
    page.get_by_role("button", name="Add to basket").click()
    said = page.locator("article").get_by_role("status")
    expect(said).to_contain_text("Dune vase in Rust is in your basket")
    said.get_by_role("link").click()
    expect(page.locator("#lines small")).to_have_text("Rust")


def test_ordering_empties_the_basket(page: Page) -> None:
    page.goto("/")
    put_into_basket(page, "dune-vase")
    page.locator("#basket-link").click()
    page.get_by_label("Pieces").fill("2")
    page.get_by_role("link", name="Order").click()
    heading(page, "Thank you")
    expect(page.locator("#basket-count")).to_have_text("0")


# --- layout


@pytest.mark.parametrize("address", ["/", PRODUCT])
def test_the_header_stays_when_the_page_scrolls(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("scrollTo({ top: 600, behavior: 'instant' })")
    assert page.evaluate("scrollY") == 600
    box = page.locator("#site-header").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"]) == (0, 0, page.evaluate("innerWidth"))


def test_the_list_has_as_many_columns_as_its_width_allows(page: Page) -> None:
    page.goto("/")
    seen = {}
    for width in (440, 460, 461, 760, 761, 1100, 1101, 1900):
        page.set_viewport_size({"width": width, "height": 900})
        left = "all => new Set(all.map(each => each.getBoundingClientRect().x)).size"
        seen[width] = page.locator("#products .card").evaluate_all(left)
    assert seen == {440: 1, 460: 1, 461: 2, 760: 2, 761: 3, 1100: 3, 1101: 4, 1900: 4}


@pytest.mark.parametrize("address", ["/", PRODUCT, "/basket", "/nowhere"])
def test_no_page_is_wider_than_the_window(page: Page, address: str) -> None:
    page.goto(address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("address", "panel"), [("/", "#journal"), (PRODUCT, "#review-list")])
def test_pages_are_long_and_a_panel_on_them_scrolls(page: Page, address: str, panel: str) -> None:
    page.goto(address)
    inside = page.locator(panel)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollHeight") > 2 * 900
        inside.evaluate("panel => { panel.scrollTop = 0; panel.scrollIntoView({ block: 'center' }); }")
        was = page.evaluate("scrollY")
        inside.hover()
        page.mouse.wheel(0, 60)
        page.wait_for_function("selector => document.querySelector(selector).scrollTop > 0", arg=panel)
        assert page.evaluate("scrollY") == was


# --- menu and keyboard


def test_the_menu_opens_and_escape_closes_it_with_the_focus_back(page: Page) -> None:
    page.goto("/")
    button, menu = page.locator("#menu-button"), page.locator("#menu")
    expect(menu).to_be_hidden()
    button.click()
    expect(menu).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_a_click_elsewhere_closes_the_menu(page: Page) -> None:
    page.goto("/")
    page.locator("#menu-button").click()
    expect(page.locator("#menu")).to_be_visible()
    page.mouse.click(1000, 300)
    expect(page.locator("#menu")).to_be_hidden()


@pytest.mark.parametrize(("choice", "title"), [("Vases", "Vases"), ("All pieces", "All pieces")])
def test_a_choice_closes_the_menu(page: Page, choice: str, title: str) -> None:
    page.goto("/")
    page.locator("#menu-button").click()
    page.locator("#menu").get_by_role("link", name=choice).click()
    expect(page.locator("#pieces h2")).to_have_text(title)
    expect(page.locator("#menu")).to_be_hidden()


def test_the_first_tab_stop_skips_the_header(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_keyboard_reaches_a_card_and_opens_it(page: Page) -> None:
    page.goto("/")
    mark(page)
    page.locator(".filter a").last.focus()
    page.keyboard.press("Tab")
    expect(page.locator("#products .card").first).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Dune vase")
    expect(page.locator("#main")).to_be_focused()
    assert is_marked(page)


# --- pictures


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", PRODUCT])
def test_pictures_are_drawn(page: Page, address: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    drawn = "all => Promise.all(all.map(each => each.decode().then(() => each.naturalWidth)))"
    widths = page.locator("img").evaluate_all(drawn)
    assert len(widths) >= 8
    assert min(widths) > 0


def test_pictures_follow_the_systems_colour_scheme(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    first = page.locator("#products img").first
    by_day = first.get_attribute("src")
    assert by_day
    page.emulate_media(color_scheme="dark")
    expect(first).not_to_have_attribute("src", by_day)


def test_each_view_of_a_piece_has_its_own_picture(page: Page) -> None:
    page.goto(PRODUCT)
    seen = set()
    for thumb in page.locator(".thumbs button").all():
        thumb.press("Enter")
        expect(thumb).to_have_attribute("aria-pressed", "true")
        expect(thumb).to_be_focused()
        expect(page.locator('.thumbs [aria-pressed="true"]')).to_have_count(1)
        seen.add(page.locator("#picture").get_attribute("src"))
    assert len(seen) == 3


# --- tracker and storage


def test_the_shop_works_when_the_tracker_cannot_be_loaded(page: Page) -> None:
    with page.expect_event("requestfailed", lambda request: "/page.js" in request.url):
        page.goto("/")
    put_into_basket(page, "dune-vase")
    expect(page.locator("#basket-count")).to_have_text("1")


def test_nothing_is_kept_in_the_browser(page: Page) -> None:
    page.goto("/")
    put_into_basket(page, "dune-vase")
    page.locator("#basket-link").click()
    kept = page.evaluate(
        """async () => ({
          local: localStorage.length,
          session: sessionStorage.length,
          databases: (await indexedDB.databases()).length,
        })"""
    )
    assert kept == {"local": 0, "session": 0, "databases": 0}
    assert page.context.cookies() == []
    page.reload()
    expect(page.locator("#basket-count")).to_have_text("0")
