"""Where events are on what scrolls, and on what does not, as the tracker says it in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pageheat.services.contract.records import Size
from tests.e2e.test_clicks import load_behaviour
from tests.support.chromium import leave
from tests.support.recorder import Recorder, Seen
from tests.support.site import Site

WIDTH, HEIGHT = 1280, 720

HEADER, MENU = 50, 200
"""Of `shell.html`: px above and beside its main part, which has a border and a padding."""
BORDER, PADDING = 2, 10


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.origin, viewport={"width": WIDTH, "height": HEIGHT})
    yield context.new_page()
    leave(context)


def click(page: Page, recorder: Recorder, x: float, y: float) -> Seen:
    """The click that is sent for a press at a place of the viewport."""
    before = len(recorder.all(type="click"))
    page.mouse.click(x, y)
    recorder.wait_for(lambda: len(recorder.all(type="click")) > before, f"a click at {x}, {y}")
    return recorder.all(type="click")[-1]


def test_in_an_app_shell_events_are_on_the_content_of_its_main_part(page: Page, recorder: Recorder) -> None:
    page.goto("/shell")
    width, height = page.evaluate(
        "(({ scrollWidth, scrollHeight }) => [scrollWidth, scrollHeight])(document.querySelector('main'))"
    )
    page.evaluate("document.querySelector('main').scrollTop = 1500")
    seen = click(page, recorder, 700, 400)
    assert (seen.x, seen.y) == (700 - MENU - BORDER, 400 - HEADER - BORDER + 1500)
    assert (seen.document, seen.fixed) == (Size(width, height), False)
    page.set_viewport_size({"width": 900, "height": 500})
    seen = click(page, recorder, 600, 400)
    assert (seen.x, seen.y, seen.fixed) == (600 - MENU - BORDER, 400 - HEADER - BORDER + 1500, False)


def test_in_an_app_shell_what_is_outside_of_the_main_part_does_not_scroll(
    page: Page, recorder: Recorder
) -> None:
    page.goto("/shell")
    page.evaluate("document.querySelector('main').scrollTop = 1500")
    for x, y in ((600, 20), (50, 500)):
        seen = click(page, recorder, x, y)
        assert (seen.x, seen.y, seen.fixed) == (x, y, True)


def test_a_bar_scrolls_until_it_sticks(page: Page, recorder: Recorder) -> None:
    page.goto("/shell")
    tools = page.locator("#tools")
    for scrolled, fixed in ((0, False), (20, False), (400, True)):
        page.evaluate("(top) => { document.querySelector('main').scrollTop = top }", scrolled)
        box = tools.bounding_box()
        assert box
        x, y = box["x"] + 300, round(box["y"] + 20)
        seen = click(page, recorder, x, y)
        inside = y - HEADER - BORDER + scrolled
        assert (seen.fixed, seen.y) == (fixed, y if fixed else inside), scrolled


@pytest.mark.parametrize("name", ["scrolling-body", "shadow-shell"])
def test_a_body_or_a_shadow_tree_may_be_what_scrolls(page: Page, recorder: Recorder, name: str) -> None:
    page.goto(f"/{name}")
    page.mouse.move(640, 360)
    page.mouse.wheel(0, 1000)
    page.wait_for_function("(document.querySelector('#content, p').getBoundingClientRect().top === -1000)")
    seen = click(page, recorder, 500, 300)
    assert (seen.x, seen.y, seen.document, seen.fixed) == (500, 1300, Size(WIDTH, 4000), False)


@pytest.mark.parametrize("query", ["", "?sideways"])
def test_what_begins_at_its_end_is_counted_from_its_other_end(
    page: Page, recorder: Recorder, query: str
) -> None:
    page.goto(f"/chat{query}")
    across, along = (WIDTH, 2000) if not query else (20 * 200, 2000)
    at_end = (0 if not query else across - WIDTH, along - HEIGHT if not query else 0)
    seen = click(page, recorder, 300, 400)
    assert (seen.x, seen.y) == (at_end[0] + 300, at_end[1] + 400)
    assert (seen.document, seen.fixed) == (Size(across, along), False)
    page.evaluate("document.querySelector('main').scrollBy(-500, -500)")
    seen = click(page, recorder, 300, 400)
    moved = (500, 0) if query else (0, 500)
    assert (seen.x, seen.y) == (at_end[0] + 300 - moved[0], at_end[1] + 400 - moved[1])


HELD = ["translate", "filter", "will-change", "contain", "content-visibility"]


def test_a_part_that_is_fixed_in_one_that_holds_it_scrolls(page: Page, recorder: Recorder) -> None:
    page.goto("/held")
    for place, name in enumerate(HELD):
        top = 500 * place + 200
        page.evaluate("(top) => scrollTo(0, top)", top - 300)
        assert page.locator(f"#in-{name}").evaluate("(it) => it.getBoundingClientRect().top") == (
            300 if top >= 300 else top
        ), name
        y = 350 if top >= 300 else top + 50
        seen = click(page, recorder, 400, y)
        assert (seen.fixed, seen.y) == (False, top + 50), name


def test_a_bar_that_sticks_in_a_transformed_part_stays(page: Page, recorder: Recorder) -> None:
    page.goto("/held")
    page.evaluate("scrollTo(0, 3000)")
    seen = click(page, recorder, 640, 40)
    assert (seen.fixed, seen.y) == (True, 40)


def test_names_of_the_browsers_that_a_page_takes_change_nothing(page: Page, recorder: Recorder) -> None:
    page.goto("/own-names")
    assert click(page, recorder, 640, 600).y == 600
    load_behaviour(page)


def test_names_that_hide_what_browsers_give_change_nothing(page: Page, recorder: Recorder) -> None:
    page.goto("/hiding")
    seen = click(page, recorder, 640, 600)
    assert (seen.x, seen.y, seen.fixed) == (640, 600, False)
    load_behaviour(page)
    page.evaluate("scrollTo(0, 1000)")
    button = "document.getElementsByTagName('button')[0].getBoundingClientRect()"
    x, y = page.evaluate(f"(({{ x, y }}) => [x, y])({button})")
    seen = click(page, recorder, x + 10, y + 10)
    assert seen.fixed
    assert seen.target
    assert seen.target.selector == "body>form>button"


def test_from_right_to_left_x_counts_from_the_contents_left_edge(page: Page, recorder: Recorder) -> None:
    page.goto("/leftwards")
    seen = click(page, recorder, 300, 400)
    assert (seen.x, seen.y, seen.document) == (WIDTH + 300, 400, Size(2 * WIDTH, 3000))
    page.evaluate("scrollTo(-1000, 500)")
    assert page.evaluate("scrollX") == -1000
    seen = click(page, recorder, 300, 400)
    assert (seen.x, seen.y) == (WIDTH - 1000 + 300, 900)


@pytest.mark.parametrize(
    ("scrolled", "x", "y", "fixed"),
    [
        pytest.param(0, 640, 120, False, id="a sticky header in its place"),
        pytest.param(60, 640, 60, False, id="a sticky header on its way"),
        pytest.param(2000, 640, 40, True, id="a sticky header that is stuck"),
        pytest.param(0, 640, 700, True, id="a fixed footer"),
        pytest.param(2000, 640, 700, True, id="a fixed footer on a scrolled page"),
        pytest.param(300, 350, 240, False, id="fixed in an element that is transformed, and scrolls"),
        pytest.param(2000, 640, 400, False, id="the page itself"),
    ],
)
def test_what_stays_in_its_place_is_told_in_px_of_the_viewport(
    page: Page, recorder: Recorder, scrolled: int, x: int, y: int, fixed: bool
) -> None:
    page.goto("/bars")
    page.evaluate("(top) => scrollTo(0, top)", scrolled)
    seen = click(page, recorder, x, y)
    assert (seen.x, seen.y, seen.fixed) == (x, y if fixed else y + scrolled, fixed)
    assert seen.viewport == Size(WIDTH, HEIGHT)


def test_a_dialog_that_locks_the_page_does_not_take_its_place(page: Page, recorder: Recorder) -> None:
    page.goto("/bars")
    page.evaluate(
        """() => {
          scrollTo(0, 1000);
          document.body.style.overflow = "hidden";
          const dialog = document.createElement("div");
          dialog.style = "position: fixed; inset: 0; overflow: auto; background: white";
          dialog.innerHTML = "<p style='height: 3000px'>Terms</p>";
          document.body.append(dialog);
        }"""
    )
    seen = click(page, recorder, 640, 400)
    assert (seen.y, seen.fixed) == (400, True)
    assert seen.document == Size(WIDTH, 5240)
