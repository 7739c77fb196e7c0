"""What the tracker sends about a click in a real browser: its element and its effect."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from pageheat.services.contract.records import Point
from tests.support.chromium import leave
from tests.support.recorder import Recorder
from tests.support.site import Site


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    viewport = {"width": 1280, "height": 720}
    context = browser.new_context(base_url=site.origin, viewport=viewport)  # type: ignore[arg-type]
    yield context.new_page()
    leave(context)


BEHAVIOUR = """() => new Promise((done, failed) => {
    const isThere = () => String(window[Symbol.for("pageheat.tracker")].onclick).includes("rage");
    const look = () => (isThere() ? done() : requestAnimationFrame(look));
    setTimeout(() => failed("behaviour.js has not taken its place at the tracker's hook"), 15_000);
    look();
})"""
"""Wait until the second file has run. (A strict policy forbids Playwright's own waiting.)"""


def load_behaviour(page: Page) -> None:
    """Come onto the page with the pointer, which loads the second file."""
    page.mouse.move(1, 1)
    page.mouse.move(2, 2)
    page.evaluate(BEHAVIOUR)


MIDDLE = """([clicked, meant]) => {
    const range = document.createRange();
    range.selectNode(document.querySelector(clicked));
    const drawn = range.getBoundingClientRect();
    const x = Math.round(drawn.left + drawn.width / 2), y = Math.round(drawn.top + drawn.height / 2);
    const box = document.querySelector(meant).getBoundingClientRect();
    return [x, y, (x - box.left) / box.width, (y - box.top) / box.height];
}"""
"""Where to click on an element that may have no box, and the place of that on the target element."""


@pytest.mark.parametrize("width", [1280, 400])
def test_a_clicks_selector_finds_its_element_again(page: Page, recorder: Recorder, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(f"/elements/{width}")
    load_behaviour(page)
    for clicked, meant, selector in (
        (".home", ".home", '[data-part="top bar"]>a'),
        (".lamp", ".lamp", '[data-sku="A1"]>a'),
        (".vase-buy", ".vase-buy", '[data-sku="B2"]>button'),
        (".generated", ".generated", "#main>div:nth-of-type(1)>button"),
        (".found", ".found", '[data-testid="search"]>div>p'),
        (".second-twice", ".second-twice", "#main>div:nth-of-type(4)>p"),
        (".guests", ".guests", "#booking>label"),
        (".cross", ".close", '[data-action="close"]'),
        ("x-buy", "x-buy", '[data-kind="buy"]'),
        (".bare", ".holder", '[data-box="none"]'),
        (".plain", ".plain", "body>p"),
        # now it is gone
        (".mug", ".mug", '[data-sku="C3"]>span:nth-of-type(2)'),
    ):
        x, y, *fractions = page.evaluate(MIDDLE, [clicked, meant])
        same = "([a, b]) => document.querySelector(a) === document.querySelector(b)"
        assert page.evaluate(same, [selector, meant]), selector
        page.mouse.click(x, y)
        target = recorder.expect(type="click", path=f"/elements/{width}", x=x, y=y).target
        assert target is not None, selector
        assert target.selector == selector
        assert (target.x, target.y) == pytest.approx(fractions, abs=0.001)
    assert page.locator(".mug").count() == 0


def test_an_element_has_one_selector_however_early_it_is_clicked(page: Page, recorder: Recorder) -> None:
    held: list[Route] = []
    page.route("**/more.js", lambda route: held.append(route))
    page.goto("/elements/early")
    for clicked in (".lamp-buy", ".vase-buy"):
        page.mouse.click(*page.evaluate(MIDDLE, [clicked, clicked])[:2])
    page.evaluate("document.querySelector('[data-sku=B2]').remove()")
    held[0].continue_()
    page.evaluate(BEHAVIOUR)
    page.mouse.click(*page.evaluate(MIDDLE, [".lamp-buy", ".lamp-buy"])[:2])
    recorder.wait_for(lambda: len(recorder.all(type="click")) == 3, "three clicks")
    assert [it.target and it.target.selector for it in recorder.all(type="click")] == [
        '[data-sku="A1"]>button',
        '[data-sku="B2"]>button',
        '[data-sku="A1"]>button',
    ]


def test_a_click_on_the_page_itself_has_no_target(page: Page, recorder: Recorder) -> None:
    page.goto("/elements")
    page.mouse.click(640, 700)
    assert recorder.expect(type="click", x=640, y=700).target is None


def test_a_frame_has_the_position_of_the_pages_first_element(page: Page, recorder: Recorder) -> None:
    page.goto("/answers")
    page.evaluate("document.body.style.margin = '0 0 0 300px'; document.body.style.height = '3000px'")
    page.evaluate("scrollTo(0, 500)")
    page.mouse.click(600, 400)
    assert recorder.expect(type="click").first == Point(300, 0)


def test_dwell_is_on_the_element_under_the_pointer(page: Page, recorder: Recorder) -> None:
    page.clock.install()
    page.goto("/elements/rest")
    load_behaviour(page)
    page.evaluate("document.body.style.height = '3000px'")
    x, y, *_ = page.evaluate(MIDDLE, [".vase", ".vase"])
    page.mouse.move(x, y)
    page.clock.run_for(2000)
    page.evaluate("scrollTo(0, 10 * document.querySelector('.plain').offsetTop)")
    page.clock.run_for(1000)
    recorder.wait_for(lambda: len(recorder.all(type="dwell", path="/elements/rest")) >= 3, "dwell")
    first, second, third = recorder.all(type="dwell", path="/elements/rest")[:3]
    for rest in (first, second):
        assert (rest.x, rest.y) == (x, y)
        assert rest.target
        assert rest.target.selector == '[data-sku="B2"]>a'
    assert (third.y > y, third.target) == (True, None)


def test_a_rage_click_is_sent_beside_its_click(page: Page, recorder: Recorder) -> None:
    page.goto("/answers")
    load_behaviour(page)
    page.locator("#broken").click(click_count=3)
    rage = recorder.expect(type="rage")
    assert len(recorder.all(type="click", x=rage.x, y=rage.y)) == 3
    assert rage.target
    assert rage.target.selector == "#broken"


def test_a_click_is_dead_if_nothing_changes_after_it(page: Page, recorder: Recorder) -> None:
    page.clock.install()
    page.goto("/answers")
    load_behaviour(page)
    alive = ["changes", "field", "label", "summary", "shadow", "canvas", "scroller", "popover", "routes"]
    dead = ["text", "analytics", "broken"]
    for name in alive + dead:
        page.locator(f"#{name}").click()
        page.clock.run_for(500)
        if name == "scroller":
            page.wait_for_function("window.scrolled")  # delivered to a page with its next frame
        page.clock.run_for(2000)
    recorder.wait_for(lambda: len(recorder.all(type="dead")) >= len(dead), "as many dead clicks")
    told = recorder.all(type="dead")
    assert [it.target and it.target.selector for it in told] == [f"#{name}" for name in dead]
    for it in told:
        assert it.target == recorder.expect(type="click", x=it.x, y=it.y).target
        assert 2500 <= it.age < 60_000


def test_a_click_that_leaves_the_page_is_not_dead(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    load_behaviour(page)
    page.mouse.click(150, 520)
    page.wait_for_url("**/other")
    page.mouse.click(33, 44)
    recorder.expect(path="/other", type="click")
    assert recorder.all(path="/long", type="dead") == []


def test_a_strict_policy_allows_the_second_file(page: Page) -> None:
    page.goto("/strict")
    load_behaviour(page)
