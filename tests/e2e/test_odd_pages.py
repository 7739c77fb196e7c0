"""The tracker on pages that make it hard: odd elements, old libraries, fingers, and tags of every kind."""

import base64
import hashlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from pageheat.frontends.tracker import scripts
from tests.e2e.test_clicks import MIDDLE, load_behaviour
from tests.support.chromium import leave
from tests.support.recorder import OWN, Recorder
from tests.support.site import Site

VIEWPORT = {"width": 1280, "height": 720}


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.origin, viewport=VIEWPORT)  # type: ignore[arg-type]
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    leave(context)
    assert failures == []


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.origin, has_touch=True)
    yield context.new_page()
    leave(context)


def clicked(page: Page, recorder: Recorder, selector: str) -> tuple[str, bool]:
    """Click an element: the selector that is told of it, and whether that finds it."""
    x, y, *_ = page.evaluate(MIDDLE, [selector, selector])
    recorder.seen.clear()
    page.mouse.click(x, y)
    target = recorder.expect(type="click").target
    assert target is not None, selector
    query = """([told, meant]) => {
        const all = Document.prototype.querySelectorAll.call(document, told);
        return all.length === 1 && all[0] === Document.prototype.querySelectorAll.call(document, meant)[0];
    }"""
    return target.selector, page.evaluate(query, [target.selector, selector])


@pytest.mark.parametrize(
    ("element", "selector"),
    [
        (".box >> nth=0", None),
        ("my_card", "body>my_card"),
        ("emotion-é", "body>emotion-é"),
        ("form button", "body>form:nth-of-type(1)>button"),
    ],
)
def test_elements_of_every_name_are_told(
    page: Page, recorder: Recorder, element: str, selector: str | None
) -> None:
    page.goto("/odd")
    told, is_found = clicked(page, recorder, element.replace(".box >> nth=0", "p > .box"))
    assert is_found
    assert told == (selector or r"body>p>o\:p")


def test_an_element_forty_levels_deep_is_told_and_a_deeper_one_counts_for_an_ancestor(
    page: Page, recorder: Recorder
) -> None:
    page.goto("/odd")
    told, is_found = clicked(page, recorder, ".at-40")
    assert is_found
    assert told.count(">") > 40
    told, is_found = clicked(page, recorder, ".at-120")
    assert not is_found
    holds = "told => document.getElementsByClassName('at-120')[0].matches(told + ' *')"
    assert page.evaluate(holds, told)


def test_a_part_of_a_picture_counts_for_itself_by_its_place_on_the_picture(
    page: Page, recorder: Recorder
) -> None:
    page.goto("/odd")
    x, y, *_ = page.evaluate(MIDDLE, ["img", "img"])
    for x_on_it, selector in (
        (x - 50, '[data-part="hall"]'),
        (x + 50, "#plan-of-rooms>map>area:nth-of-type(2)"),
    ):
        page.mouse.click(x_on_it, y)
        target = recorder.expect(type="click", x=x_on_it).target
        assert target is not None
        assert (target.selector, target.width, target.height) == (selector, 200, 40)
        assert (target.x, target.y) == ((x_on_it - x + 100) / 200, 0.5)


def test_an_item_of_a_list_is_told_by_its_link_wherever_it_is(page: Page, recorder: Recorder) -> None:
    page.goto("/odd")
    load_behaviour(page)
    items = [f"li:nth-of-type({nth}) button" for nth in range(1, 6)]
    told = [clicked(page, recorder, item) for item in items]
    assert [selector for selector, _ in told] == [
        'li:has(a[href*="/p/7?"])>button',
        'li:has(a[href$="/p/8"])>button',
        'li:has(a[href$="/p/9"])>button',
        # no secrets and no addresses of people
        "body>ul>li:nth-of-type(4)>button",
        "body>ul>li:nth-of-type(5)>button",
    ]
    assert all(is_found for _, is_found in told)
    page.evaluate("document.getElementsByTagName('ul')[0].append(document.getElementsByTagName('li')[0])")
    assert clicked(page, recorder, "li:nth-of-type(5) button")[0] == told[0][0]


def test_a_click_in_a_frame_without_the_tracker_counts_on_the_frame(page: Page, recorder: Recorder) -> None:
    page.goto("/odd")
    load_behaviour(page)
    x, y, *_ = page.evaluate(MIDDLE, ["#video", "#video"])
    page.mouse.move(x - 90, y)
    page.mouse.move(x - 100, y)
    page.mouse.click(x - 100, y)
    click = recorder.expect(type="click")
    assert click.framed
    assert click.target is not None
    assert (click.target.selector, click.target.x, click.target.y) == ("#video", 0.5, 0.5)
    page.mouse.click(x - 80, y)
    page.mouse.click(640, 400)
    recorder.expect(type="click", framed=False)
    assert len(recorder.all(type="click", framed=True)) == 1, "once until the focus is back"


def test_a_frame_that_gets_the_focus_otherwise_is_not_clicked(page: Page, recorder: Recorder) -> None:
    page.goto("/odd")
    load_behaviour(page)
    page.evaluate("document.getElementsByTagName('iframe')[0].contentWindow.focus()")
    page.mouse.click(640, 400)
    recorder.expect(type="click")
    assert recorder.all(framed=True) == []


def test_libraries_that_change_how_json_is_written_change_nothing(page: Page, recorder: Recorder) -> None:
    page.goto("/old-library")
    page.mouse.click(300, 400)
    assert recorder.expect(type="click").path == "/old-library"


REOPEN = """([withTag, closes]) => {
    const tag = withTag ? document.querySelector("script").outerHTML : "";
    document.open();
    document.write(`<!doctype html><html><head>${tag}</head><body><p>After</p></body></html>`);
    if (closes) document.close();
}"""


@pytest.mark.parametrize("closes", [True, False], ids=["and closed", "and never closed"])
@pytest.mark.parametrize("with_tag", [True, False], ids=["with the tag", "without"])
def test_a_page_that_is_written_anew_is_still_tracked(
    page: Page, recorder: Recorder, with_tag: bool, closes: bool
) -> None:
    page.goto("/reopened")
    page.mouse.click(300, 400)
    recorder.expect(type="click", x=300)
    page.evaluate(REOPEN, [with_tag, closes])
    page.mouse.click(310, 400)
    recorder.expect(type="click", x=310)


@pytest.mark.parametrize("closes", [True, False], ids=["and closed", "and never closed"])
def test_a_page_that_is_written_anew_while_it_loads_is_tracked(
    page: Page, site: Site, recorder: Recorder, closes: bool
) -> None:
    site.go_on.clear()
    page.goto("/slow", wait_until="commit")
    page.get_by_text("Read up to here.").wait_for()
    page.evaluate(REOPEN, [False, closes])
    site.go_on.set()
    page.mouse.click(310, 400)
    recorder.expect(type="click", x=310)


def touch(phone: CDPSession, kind: str, *points: tuple[int, int]) -> None:
    places = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
    phone.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": places})


def test_only_a_finger_that_stays_in_its_place_clicks(phone: Page, recorder: Recorder) -> None:
    phone.goto("/odd")
    phone.add_style_tag(content="html { touch-action: none; }")  # the page itself has to see each gesture
    finger = phone.context.new_cdp_session(phone)
    for end in ((330, 600), (300, 612), (291, 591)):  # drags; the last one comes back
        touch(finger, "Start", (300, 600))
        touch(finger, "Move", (340, 600))
        touch(finger, "Move", end)
        touch(finger, "End")
    touch(finger, "Start", (300, 600))
    touch(finger, "Start", (300, 600), (400, 600))
    touch(finger, "End")
    touch(finger, "Start", (300, 600))
    touch(finger, "Move", (305, 604))
    touch(finger, "End")
    assert (recorder.expect(type="click").x, recorder.expect(type="click").y) == (305, 604)


def test_a_finger_that_stops_a_scroll_does_not_click(phone: Page, recorder: Recorder) -> None:
    phone.goto("/long")
    finger = phone.context.new_cdp_session(phone)
    touch(finger, "Start", (300, 300))
    phone.evaluate("new Promise((done) => { onscroll = done; scrollTo(0, 200) }).then(() => 0)")
    touch(finger, "End")
    phone.touchscreen.tap(310, 300)
    assert recorder.expect(type="click").x == 310


@pytest.mark.parametrize("again", ["goto", "reload", "back"])
def test_a_page_that_is_loaded_again_in_one_touch_tab_is_tracked_again(
    phone: Page, recorder: Recorder, again: str
) -> None:
    phone.goto("/long/again")
    phone.touchscreen.tap(101, 240)
    first = recorder.expect(type="click", x=101)
    finger = phone.context.new_cdp_session(phone)
    touch(finger, "Start", (500, 600))
    for y in range(590, 300, -20):
        touch(finger, "Move", (500, y))
    touch(finger, "End")
    if again == "reload":
        phone.reload()
    else:
        phone.goto("/other")
        phone.go_back() if again == "back" else phone.goto("/long/again")
    phone.touchscreen.tap(102, 240)
    assert recorder.expect(type="click", x=102, path="/long/again").session != first.session


HASH = base64.b64encode(hashlib.sha384(scripts()["tracker.js"].body).digest()).decode()


@pytest.mark.parametrize(
    "query",
    [
        "async=",
        "defer=",
        "crossorigin=anonymous",
        f"crossorigin=anonymous&integrity=sha384-{HASH.replace('+', '%2B')}",
        "type=module",
        f"type=module&src=OWN{OWN.tracker}",
        f"src=OWN{OWN.tracker}",
        "src=OWN/_pageheat/tracker.js",
    ],
)
def test_the_tag_works_in_every_form(page: Page, recorder: Recorder, query: str) -> None:
    page.goto(f"/long?{query.replace('OWN', recorder.origin)}")
    page.mouse.click(300, 400)
    recorder.expect(type="click")
    load_behaviour(page)


@pytest.mark.parametrize("at", ["head", "shadow"])
def test_a_tag_that_a_script_adds_works(page: Page, recorder: Recorder, at: str) -> None:
    page.goto("/holding")
    page.evaluate(
        """([src, at]) => new Promise((done) => {
            const script = Object.assign(document.createElement("script"), { src, onload: () => done(0) });
            const shadow = document.createElement("div").attachShadow({ mode: "open" });
            document.body.append(shadow.host);
            (at === "head" ? document.head : shadow).append(script);
            script.remove();
        })""",
        [f"{recorder.origin}/_pageheat/page.js", at],
    )
    page.mouse.click(700, 500)
    recorder.expect(type="click", path="/holding")
