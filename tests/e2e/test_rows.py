"""The layers across the page, attention and scroll: their rows and lines, and what the panel says."""

from itertools import pairwise

from playwright.sync_api import Browser, Page, expect

from pageheat.services.contract.records import Size
from tests.support.broadcaster import Broadcaster, make_band, make_detail, make_grid
from tests.support.looks import Look, look_counts

WIDTH, HEIGHT = 1280, 720
PAGE_PX = 3000
SIZE = Size(WIDTH, PAGE_PX)

FIRST: list[Look] = [(0, 600, 2_000)]
LONG: list[Look] = [(0, 600, 500), (400, 600, 9_500)]
LONGEST: list[Look] = [(0, 800, 500), (2_200, 800, 250)]
VIEWS = [FIRST, LONG, FIRST, LONGEST]
"""400 to 600 px were in view for 14.5 s, 620 to 800 for 10 s, 900 for 9.5 s, 2,500 for 0.25 s."""

ROWS = """(y) => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const canvas = shadowRoot.querySelector(".rows canvas");
  const { top, bottom, left, right } = canvas.getBoundingClientRect();
  if (canvas.closest("[hidden]") || y < top || y >= bottom) return [0, 0, 0, 0, left, right];
  const row = Math.floor(((y - top) / (bottom - top)) * canvas.height);
  return [...canvas.getContext("2d").getImageData(0, row, 1, 1).data, left, right];
}"""
"""Red, green, blue, alpha of the rows at a height in the window, and where they begin and end in it, px."""

LINES = """() => {
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const lines = [...shadowRoot.querySelectorAll(".rows:not([hidden]) .line")];
  return Object.fromEntries(lines.map((line) => [
    line.dataset.name,
    [Math.round(line.getBoundingClientRect().top), line.textContent],
  ]));
}"""
"""Name → where in the window a line is, px, and its label."""


def open_page(page: Page, origin: str, layer: str, name: str = "heated") -> None:
    page.goto(f"{origin}/{name}")
    page.get_by_role("radio", name=layer).check()


def wait_for_alphas(page: Page, alphas: dict[int, str]) -> None:
    """Wait until the opacity at each height of the window is like this, as "alpha > 9"."""
    for y, test in alphas.items():
        page.wait_for_function(f"(y) => {{ const alpha = ({ROWS})(y)[3]; return {test}; }}", arg=y)


def wait_for_lines(page: Page, expected: dict[str, tuple[int, str]]) -> None:
    page.wait_for_function(
        f"(wanted) => JSON.stringify(({LINES})()) === JSON.stringify(wanted)",
        arg={name: list(line) for name, line in expected.items()},
    )


def show(broadcaster: Broadcaster, name: str = "heated", *, page_px: int = PAGE_PX) -> None:
    looks = look_counts(*VIEWS, page_px=page_px)
    broadcaster.show(f"/{name}", make_grid({}, size=Size(WIDTH, page_px), looks=looks))


def test_attention_lies_across_the_page_where_it_was_in_view(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster)
    open_page(page, origin, "Attention")
    page.get_by_role("radio", name="Tiles").check()
    wait_for_alphas(page, {410: "alpha > 120", 590: "alpha > 120", 610: "alpha < 120 && alpha > 60"})
    longest, before = page.evaluate(ROWS, 410), page.evaluate(ROWS, 390)
    assert longest[3] > before[3] > 0
    assert longest[4:] == [0, WIDTH]
    page.evaluate("scrollTo(0, 900)")
    wait_for_alphas(page, {90: "alpha > 60", 110: "alpha === 0"})
    page.evaluate("scrollTo(0, 2000)")
    wait_for_alphas(page, {190: "alpha === 0", 210: "alpha > 0 && alpha < 20"})
    expect(page.locator(".scale.attention p")).to_have_text("0715 s a row")


def test_scroll_has_lines_where_75_50_and_25_percent_came_and_windows_end(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster)
    open_page(page, origin, "Scroll")
    lines = {
        "75": (600, "75 %"),
        "50": (1000, "50 %"),
        "25": (3000, "25 %"),
        "fold": (640, "Average fold, 640 px"),
    }
    wait_for_lines(page, lines)
    page.evaluate("scrollTo(0, 700)")
    wait_for_lines(page, {name: (y - 700, text) for name, (y, text) in lines.items()})
    wait_for_alphas(page, {290: "alpha > 0", 310: "alpha > 0"})
    half, quarter = page.evaluate(ROWS, 250), page.evaluate(ROWS, 350)
    assert half[:3] != quarter[:3]
    expect(page.locator(".scale.scroll p")).to_have_text("050100 %")
    expect(page.get_by_role("radio", name="Fixed")).to_be_hidden()
    page.get_by_role("radio", name="Attention").check()
    wait_for_lines(page, {})
    page.get_by_role("radio", name="Moves").check()
    wait_for_alphas(page, {250: "alpha === 0"})


def test_the_panel_says_of_how_many_page_views_of_when_and_what_is_under_the_pointer(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster)
    open_page(page, origin, "Attention")
    text = page.locator(".looks-text")
    expect(text).to_contain_text("4 page views, ")
    page.mouse.move(300, 410)
    expect(text).to_contain_text("400–420 px, under the pointer")
    expect(text).to_contain_text("14.5 s in view, 3.6 s per page view")
    expect(page.locator(".at")).to_have_text("14.5 s")
    page.get_by_role("radio", name="Scroll").check()
    expect(text).to_contain_text("600 px75 % reach1,000 px50 % reach3,000 px25 % reach")
    expect(text).to_contain_text("Windows end at 640 px on average; 8 of 10 are from 590 to 790 px.")
    page.mouse.move(300, 650)
    expect(text).to_contain_text("2 page views reach it, 50 %")
    # Over the panel nothing of the page is pointed at: scrolling chooses the place.
    page.get_by_role("radio", name="Scroll").hover()
    expect(text).to_contain_text("360–380 px, middle of the window")
    expect(page.locator(".at")).to_be_hidden()
    page.evaluate("scrollTo(0, 1000)")
    expect(text).to_contain_text("1,360–1,380 px, middle of the window1 page view reach it, 25 %")


def test_the_layers_are_chosen_by_keyboard(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    show(broadcaster)
    open_page(page, origin, "Dwell")
    page.get_by_role("radio", name="Dwell").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Attention")).to_be_checked()
    wait_for_alphas(page, {410: "alpha > 0"})
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Scroll")).to_be_checked()
    page.wait_for_function(f"() => ({LINES})()['50'][0] === 1000")
    page.reload()
    page.wait_for_function(f"() => ({LINES})()['50'][0] === 1000")


def test_a_page_that_fits_the_window_is_reached_by_all_and_the_panel_says_so(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    looks = look_counts([(0, 720, 900)], [(0, 800, 250)], page_px=720)
    broadcaster.show("/heated", make_grid({}, size=Size(WIDTH, 720), looks=looks))
    open_page(page, origin, "Scroll")
    expect(page.locator(".looks-text")).to_contain_text("This page fits the window of everybody")
    expect(page.locator(".looks-text")).to_contain_text("2 page views reach it, 100 %")
    wait_for_lines(
        page,
        {
            "75": (720, "75 %"),
            "50": (720, "50 %"),
            "25": (720, "25 %"),
            "fold": (750, "Average fold, 750 px"),
        },
    )


def test_before_anything_was_in_view_the_panel_says_what_counts(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/heated", make_grid({(1, 1): 4}, size=SIZE))
    for layer in ("Attention", "Scroll"):
        open_page(page, origin, layer)
        expect(page.locator(".looks-text")).to_contain_text("Nothing was in view yet.")
        expect(page.locator(".looks-text .reading")).to_be_hidden()
        wait_for_lines(page, {})
    show(broadcaster)
    page.wait_for_function(f"() => ({LINES})()['50']?.[0] === 1000")
    expect(page.locator(".looks-text")).to_contain_text("4 page views")


def test_a_width_band_has_its_own(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    phone = look_counts([(0, 400, 1_000), (800, 400, 1_000)], page_px=PAGE_PX)
    show(broadcaster)
    broadcaster.tell(
        "/heated",
        make_detail(make_band("phone", visitors=1, looks=phone), make_band("desktop", visitors=3)),
    )
    open_page(page, origin, "Scroll")
    page.wait_for_function(f"() => ({LINES})()['50'][0] === 1000")
    page.get_by_role("combobox", name="Visitors").select_option("phone")
    page.wait_for_function(f"() => ({LINES})()['50'][0] === 1200")
    expect(page.locator(".looks-text")).to_contain_text("1 page view, ")


LEFT, TOP = 202, 52
"""Of the content of `shell.html`, in the window."""


def test_in_an_app_shell_rows_and_lines_scroll_with_the_main_part(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster, "shell")
    open_page(page, origin, "Scroll", "shell")
    for top in (0, 700):
        page.evaluate("(top) => { document.querySelector('main').scrollTop = top }", top)
        page.wait_for_function(f"(y) => Math.abs(({LINES})()['50'][0] - y) <= 1", arg=TOP + 1000 - top)
    assert abs(page.evaluate(ROWS, 400)[4] - LEFT) <= 1
    page.mouse.move(LEFT + 100, TOP + 250)
    expect(page.locator(".looks-text")).to_contain_text("940–960 px, under the pointer")
    page.mouse.move(LEFT - 100, TOP + 250)
    expect(page.locator(".looks-text")).to_contain_text("middle of the window")
    page.mouse.move(LEFT + 100, TOP - 30)
    expect(page.locator(".looks-text")).to_contain_text("middle of the window")


def test_with_reduced_motion_rows_and_lines_are_there_at_once(
    browser: Browser, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster)
    with browser.new_context(reduced_motion="reduce", viewport={"width": WIDTH, "height": HEIGHT}) as context:
        page = context.new_page()
        open_page(page, origin, "Attention")
        wait_for_alphas(page, {410: "alpha > 0"})
        assert page.evaluate(ROWS, 410)[3] > 120
        line = page.evaluate(
            """() => {
              const line = document.createElement("div");
              line.className = "line";
              document.querySelector("pageheat-overlay").shadowRoot.querySelector(".lines").append(line);
              return getComputedStyle(line).transitionDuration;
            }"""
        )
        assert line == "0s"


def test_from_right_to_left_labels_are_in_the_window_of_a_page_that_is_wider(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster, "leftwards")
    open_page(page, origin, "Scroll", "leftwards")
    label = page.locator(".line[data-name='75'] span")
    for left in (0, -1000):
        page.evaluate("(left) => scrollTo(left, 0)", left)
        page.wait_for_function(f"() => ({LINES})()['75'][0] === 600")
        box = label.bounding_box()
        assert box is not None
        assert (round(box["x"]), round(box["y"])) == (10, 578)
        assert page.evaluate(ROWS, 410)[4:] == [-WIDTH - left, WIDTH - left]


def test_labels_of_lines_that_are_close_are_beside_each_other(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    looks = look_counts([(0, 600, 250)], page_px=PAGE_PX)
    broadcaster.show("/heated", make_grid({}, size=SIZE, looks=looks))
    open_page(page, origin, "Scroll")
    page.wait_for_function(f"() => ({LINES})()['25']?.[0] === 600")
    boxes = [label.bounding_box() for label in page.locator(".line span").all()]
    assert len(boxes) == 4
    edges = sorted((box["x"], box["x"] + box["width"]) for box in boxes if box)
    assert all(right <= left for (_, right), (left, _) in pairwise(edges))


def test_on_narrow_windows_all_six_layers_are_in_the_panel(
    browser: Browser, origin: str, broadcaster: Broadcaster
) -> None:
    show(broadcaster)
    for width in (320, 400, 900):
        with browser.new_context(viewport={"width": width, "height": 800}) as context:
            page = context.new_page()
            page.goto(f"{origin}/heated")
            if width < 560:
                page.locator(".dot").click()
            page.get_by_role("radio", name="Scroll").check()
            wide, room = page.locator(".card").evaluate("(it) => [it.scrollWidth, it.clientWidth]")
            assert wide <= room
            for label in page.locator(".choice").first.locator("label").all():
                wide, room = label.evaluate("(it) => [it.scrollWidth, it.clientWidth]")
                assert wide <= room
