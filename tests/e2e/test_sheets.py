"""Where the overlay draws heat: on what scrolls, as it scrolls and grows, and on what does not."""

import pytest
from playwright.sync_api import Page

from pageheat.services.contract.records import ROW_PX, SPOT_PX, SPOTS
from tests.support.broadcaster import Broadcaster, Counts, make_band, make_detail, make_grid, on_element
from tests.support.fine import fine
from tests.support.heat import is_cold, is_hot

WIDTH, HEIGHT = 1280, 720

LEFT, TOP = 202, 52
"""Of the content of `shell.html`, in the window: its header, its menu and a border are outside."""
FIFTH = 1300
"""Where its fifth section begins in the content, px."""

SCROLL = "([selector, top]) => { document.querySelector(selector).scrollTop = top }"
BOUNDS = """() => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  return [...shadowRoot.querySelectorAll(".flow canvas, .pinned canvas")].map((canvas) => {
    const { width, height } = canvas.getBoundingClientRect();
    return [width, height, canvas.width, canvas.height];
  });
}"""
"""Sizes of all canvases, px in the window and in themselves."""

HOTTEST_SPOT = """(selector) => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const canvas = shadowRoot.querySelector(`canvas[data-selector="${selector}"]`);
  if (!canvas) return null;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const alphas = Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]);
  const most = Math.max(...alphas);
  if (most < 200) return null;
  const hottest = alphas.flatMap((alpha, i) => (alpha === most ? [i] : []));
  const mean = (numbers) => numbers.reduce((sum, each) => sum + each + 0.5, 0) / numbers.length;
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const x = mean(hottest.map((i) => i % canvas.width)) / canvas.width;
  const y = mean(hottest.map((i) => Math.floor(i / canvas.width))) / canvas.height;
  const warm = new Set(alphas.flatMap((alpha, i) => (alpha ? [Math.floor(i / canvas.width)] : [])));
  return [left + x * width, top + y * height, (warm.size / canvas.height) * height];
}"""
"""Where in the window an element's heat is hottest, and how high all its heat is, px."""


def column(number: int, width: float = WIDTH) -> float:
    """The middle of a column on something of this width."""
    return (number + 0.5) * width / 50


def row(number: int) -> float:
    return (number + 0.5) * 20


SHEETS = {"moves": "moves", "top": "top_moves", "bottom": "bottom_moves"}


def show(page: Page, broadcaster: Broadcaster, address: str, name: str, **sheets: Counts) -> None:
    """Open a page whose moves are these, by column and row, on each of SHEETS."""
    layers = {
        SHEETS[sheet]: {(row, column): n for (column, row), n in counts.items()}
        for sheet, counts in sheets.items()
    }
    broadcaster.show(f"/{name}", make_grid({(1, 1): 1}, counts=fine(ROW_PX, columns=50, **layers)))
    page.goto(f"{address}/{name}")


def test_heat_stays_where_it_was_when_the_page_grows(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(page, broadcaster, origin, "growing", moves={(25, 30): 9})
    is_hot(page, column(25), row(30))
    page.evaluate("document.querySelector('main').className = 'grown'")
    page.wait_for_function(
        "document.querySelector('pageheat-overlay').shadowRoot.querySelector('.flow').offsetHeight === 5000"
    )
    is_hot(page, column(25), row(30))
    page.evaluate("scrollTo(0, 400)")
    is_hot(page, column(25), row(30) - 400)
    is_cold(page, column(25), row(30))
    page.set_viewport_size({"width": 700, "height": 500})
    is_hot(page, column(25, 700), row(30) - 400)


def test_in_an_app_shell_heat_scrolls_with_the_main_part_and_ends_where_that_ends(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    button = "main>section:nth-of-type(5)"
    broadcaster.tell("/shell", make_detail(make_band("wide", on_element(f"#shell>{button}", {(32, 32): 9}))))
    show(page, broadcaster, origin, "shell", moves={(25, 75): 9})
    for size in ((WIDTH, HEIGHT), (900, 500)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.evaluate(SCROLL, ["main", 1200])
        x = LEFT + column(25, page.evaluate("document.querySelector('main').clientWidth"))
        is_hot(page, x, TOP + row(75) - 1200)
        page.evaluate(SCROLL, ["main", 1400])
        is_hot(page, x, TOP + row(75) - 1400)
        is_cold(page, x, TOP + row(75) - 1200)
        # Beneath the header.
        page.evaluate(SCROLL, ["main", 1540])
        is_cold(page, x, 30)
    assert page.evaluate("document.documentElement.scrollHeight") == 500
    page.get_by_role("radio", name="Clicks").check()
    for top in (1200, 1300):
        page.evaluate(SCROLL, ["main", top])
        page.wait_for_function(
            f"""([selector, y]) => {{
              const found = ({HOTTEST_SPOT})(selector);
              return found && Math.abs(found[1] - y) <= 6;
            }}""",
            arg=[f"#shell>{button}", TOP + FIFTH + 152 - top],
        )


@pytest.mark.parametrize(("name", "scroller"), [("scrolling-body", "body"), ("shadow-shell", None)])
def test_on_a_body_or_in_a_shadow_tree_that_scrolls_heat_scrolls_too(
    page: Page, origin: str, broadcaster: Broadcaster, name: str, scroller: str | None
) -> None:
    show(page, broadcaster, origin, name, moves={(25, 75): 9})
    find = (
        f"document.querySelector('{scroller}')"
        if scroller
        else "document.querySelector('x-content').shadowRoot.querySelector('main')"
    )
    for top in (1000, 1300):
        page.evaluate(f"{find}.scrollTop = {top}")
        is_hot(page, column(25), row(75) - top)


@pytest.mark.parametrize(("query", "across", "along"), [("", WIDTH, 2000), ("?sideways", 4000, 2000)])
def test_on_what_begins_at_its_end_heat_scrolls_too(
    page: Page, origin: str, broadcaster: Broadcaster, query: str, across: int, along: int
) -> None:
    show(page, broadcaster, origin, "chat", moves={(40, 75): 9, (45, 20): 9})
    page.goto(f"{origin}/chat{query}")
    x, y = column(40, across), row(75)
    if query:
        x, y = column(45, across), row(20)
    left, top = (across - WIDTH, 0) if query else (0, along - HEIGHT)
    is_hot(page, x - left, y - top)
    page.evaluate("document.querySelector('main').scrollBy(-300, -300)")
    is_hot(page, x - left + 300, y - top) if query else is_hot(page, x - left, y - top + 300)
    assert page.evaluate("document.documentElement.scrollHeight") == HEIGHT


def test_clicks_on_a_part_that_is_fixed_in_one_that_holds_it_are_shown(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    names = ["translate", "filter", "will-change", "contain", "content-visibility"]
    x, y = SPOTS + 128, SPOTS + 50 // SPOT_PX
    clicks = [on_element(f"#in-{name}", {(x, y): 9}) for name in names]
    broadcaster.tell("/held", make_detail(make_band("wide", *clicks)))
    show(page, broadcaster, origin, "held", moves={(25, 5): 9})
    page.get_by_role("radio", name="Clicks").check()
    for place, name in enumerate(names):
        page.evaluate("(top) => scrollTo(0, top)", 500 * place)
        page.wait_for_function(
            f"""(selector) => {{
              const found = ({HOTTEST_SPOT})(selector);
              const box = document.querySelector(selector).getBoundingClientRect();
              return found && Math.hypot(found[0] - box.x - 100, found[1] - box.y - 50) <= 6;
            }}""",
            arg=f"#in-{name}",
        )


def test_from_right_to_left_heat_is_at_its_place_from_the_left_edge(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(page, broadcaster, origin, "leftwards", moves={(10, 20): 9, (40, 25): 9})
    is_hot(page, column(40, 2 * WIDTH) - WIDTH, row(25))
    for left in (-1000, -WIDTH):
        page.evaluate("(left) => scrollTo(left, 0)", left)
        is_hot(page, column(10, 2 * WIDTH) - WIDTH - left, row(20))
    assert page.evaluate("document.documentElement.scrollWidth") == 2 * WIDTH
    page.evaluate("document.body.style.width = '1600px'")
    page.wait_for_function("document.documentElement.scrollWidth === 1600")
    page.evaluate("scrollTo(-320, 0)")
    is_hot(page, column(10, 1600), row(20))


def test_the_panel_reads_from_left_to_right_on_a_page_that_does_not(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(page, broadcaster, origin, "leftwards", moves={(40, 25): 9})
    zero, end = page.locator(".scale.moves p span").first, page.locator(".scale.moves p span").last
    is_hot(page, column(40, 2 * WIDTH) - WIDTH, row(25))
    boxes = zero.bounding_box(), end.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] < boxes[1]["x"]


def test_heat_on_bars_stays_with_them_at_any_size_of_the_window(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    # The last is beneath the header when the page is scrolled by 2,000 px.
    moves = {(40, 20): 9, (40, 102): 9}
    show(page, broadcaster, origin, "bars", top={(25, 2): 9}, bottom={(10, 1): 9}, moves=moves)
    for width, height in ((WIDTH, HEIGHT), (900, 600)):
        page.set_viewport_size({"width": width, "height": height})
        for top in (0, 2000):
            page.evaluate("(top) => scrollTo(0, top)", top)
            is_hot(page, column(25, width), row(2))
            is_hot(page, column(10, width), height - row(1))
            (is_cold if top else is_hot)(page, column(40, width), row(20))
            is_cold(page, column(40, width), row(2))


def test_what_is_drawn_of_a_tall_page_is_near_the_window_and_exact(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    x, y = SPOTS + 128, SPOTS + 15_000 // SPOT_PX
    spots = {(x, y): 9, (x, SPOTS + 200 // SPOT_PX): 9}
    broadcaster.tell("/tall", make_detail(make_band("wide", on_element("#story", spots))))
    show(page, broadcaster, origin, "tall", moves={(25, 900): 9, (25, 5): 9})
    is_hot(page, column(25), row(5))
    for top in (17_700, 17_900, 18_000):
        page.evaluate("(top) => scrollTo(0, top)", top)
        is_hot(page, column(25), row(900) - top)
    page.get_by_role("radio", name="Clicks").check()
    for top in (14_500, 14_950, 14_600):
        page.evaluate("(top) => scrollTo(0, top)", top)
        place = [40 + 128.5 / 256 * 1200, 15_000 + SPOT_PX / 2 - top]
        page.wait_for_function(
            f"""([x, y]) => {{
              const found = ({HOTTEST_SPOT})("#story");
              return found && Math.hypot(found[0] - x, found[1] - y) <= 6 && found[2] < 80;
            }}""",
            arg=place,
        )
    for width, height, across, down in page.evaluate(BOUNDS):
        assert width <= WIDTH
        assert height <= 4 * HEIGHT
        assert across <= 600
        assert down <= 600
