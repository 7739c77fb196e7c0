"""The tracker in a real browser, on pages of another origin than ingest's.

That an event does not arrive is shown by a later one that does: all of a page's events have left it
when those of the next page arrive.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pageheat.services.contract.records import Size
from tests.e2e.test_clicks import BEHAVIOUR
from tests.support.chromium import launch, leave
from tests.support.recorder import Recorder
from tests.support.site import Site

WHOLE_CHROMIUM = True
"""These tests count every move of the pointer, and the shell's makes one of its own."""

VIEWPORT = Size(1280, 720)

PAUSE_MS = 499
"""The tracker's shortest wait before it reconnects; ages are rounded."""


@contextmanager
def undisturbed(context: BrowserContext) -> Iterator[Page]:
    """A page whose scripts, error handlers and console must not notice the tracker."""
    heard: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text))
    yield page
    leave(context)
    # The browser's own messages about an unreachable or forbidden server cannot be prevented.
    assert [text for text in heard if not re.match(r"WebSocket connection to|Connecting to 'ws:", text)] == []


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with undisturbed(browser.new_context(base_url=site.origin)) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.origin, has_touch=True)
    with undisturbed(context) as page:
        yield page


def click_on_next_page(page: Page, recorder: Recorder, path: str = "/other/last") -> None:
    """Leave the page; return when an event on the next one has arrived."""
    page.goto(path)
    page.mouse.click(33, 44)
    recorder.expect(path=path, type="click")


def test_moves_and_clicks_arrive_with_page_and_viewport(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.move(300, 400)
    page.mouse.down()
    move = recorder.expect(type="move")
    click = recorder.expect(type="click")
    for seen in (move, click):
        assert (seen.x, seen.y, seen.path) == (300, 400, "/long")
        assert (seen.document, seen.viewport) == (Size(1280, 3000), VIEWPORT)
        assert 0 <= seen.age < 60_000
    assert (move.buttons, click.buttons) == (0, 1)
    assert move.session == click.session


@pytest.mark.parametrize("y", [pytest.param(400, id="on a blank area"), pytest.param(520, id="on a link")])
def test_a_click_of_any_button_is_sent(page: Page, recorder: Recorder, y: int) -> None:
    page.goto("/long")
    page.evaluate("addEventListener('auxclick', (event) => event.preventDefault())")  # opens no tab
    for button, bit in (("right", 2), ("middle", 4), ("left", 1)):
        page.mouse.click(150, y, button=button)  # type: ignore[arg-type]
        assert recorder.expect(type="click", buttons=bit).y == y


def test_the_last_point_of_a_movement_arrives(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.move(10, 200)
    page.mouse.move(600, 300, steps=40)
    recorder.expect(type="move", x=600, y=300)
    assert len(recorder.all(type="move")) < 40


def test_positions_are_in_document_coordinates_scrolled_or_not(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.evaluate("document.body.style.width = '2000px'; scrollTo(250, 1200)")
    page.mouse.click(300, 400)
    click = recorder.expect(type="click")
    assert (click.x, click.y, click.document) == (550, 1600, Size(2000, 3000))


def test_an_event_has_the_documents_size_at_its_time(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.click(300, 400)
    page.evaluate("document.body.style.height = '4940px'")
    page.mouse.click(310, 400)
    page.set_viewport_size({"width": 800, "height": 600})
    page.mouse.click(320, 400)
    assert recorder.expect(type="click", x=300).document == Size(1280, 3000)
    assert recorder.expect(type="click", x=310).document == Size(1280, 5000)
    last = recorder.expect(type="click", x=320)
    assert (last.document, last.viewport) == (Size(800, 5000), Size(800, 600))


def test_a_short_document_has_the_size_of_its_viewport(page: Page, recorder: Recorder) -> None:
    page.goto("/other")
    page.mouse.click(300, 400)
    assert recorder.expect(type="click").document == VIEWPORT


def test_quirks_mode_is_measured_too(page: Page, recorder: Recorder) -> None:
    page.goto("/quirks")
    page.evaluate("scrollTo(0, 1000)")
    page.mouse.click(300, 400)
    click = recorder.expect(type="click")
    assert (click.y, click.document) == (1400, Size(1280, 2500))


@pytest.mark.parametrize(
    ("x", "y", "fixed"),
    [
        pytest.param(20, 25, True, id="text in a fixed header"),
        pytest.param(20, 80, True, id="text in a sticky bar"),
        pytest.param(1200, 650, True, id="fixed inside a shadow tree"),
        pytest.param(640, 360, False, id="the page itself"),
    ],
)
def test_parts_that_do_not_scroll_are_flagged(
    page: Page, recorder: Recorder, x: int, y: int, fixed: bool
) -> None:
    page.goto("/long")
    page.mouse.click(x, y)
    assert recorder.expect(type="click").fixed is fixed


@pytest.mark.parametrize("way", ["pushState", "replaceState"])
def test_an_event_belongs_to_the_route_on_which_it_happened(page: Page, recorder: Recorder, way: str) -> None:
    page.goto("/long/a")
    page.mouse.move(100, 300)
    page.mouse.move(110, 300)
    page.evaluate(f"history.{way}(null, '', '/long/b?secret=1#part')")
    page.mouse.move(120, 300)
    page.mouse.down()
    assert recorder.expect(type="move", x=110).path == "/long/a"
    assert recorder.expect(type="move", x=120).path == "/long/b"
    assert recorder.expect(type="click", x=120).path == "/long/b"
    assert len({seen.session for seen in recorder.seen}) == 1


def test_going_back_to_a_route_is_followed(page: Page, recorder: Recorder) -> None:
    page.goto("/long/a")
    page.evaluate("history.pushState(null, '', '/long/b')")
    page.mouse.move(100, 300)
    page.mouse.move(110, 300)
    page.evaluate("new Promise((done) => { onpopstate = done; history.back() }).then(() => 0)")
    page.mouse.click(120, 300)
    assert recorder.expect(type="move", x=110).path == "/long/b"
    assert recorder.expect(type="click", x=120).path == "/long/a"


def test_the_click_that_leaves_the_page_arrives_once(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.move(150, 300)
    page.mouse.move(150, 520)
    with page.expect_navigation(url="**/other"):
        page.mouse.down()
        page.mouse.up()
    recorder.expect(path="/long", type="click", x=150, y=520)
    recorder.expect(path="/long", type="move", x=150, y=520)
    click_on_next_page(page, recorder)
    recorder.expect(path="/long", type="click", x=150, y=520)
    recorder.expect(path="/long", type="move", x=150, y=520)


def test_the_last_point_before_leaving_arrives(page: Page, recorder: Recorder) -> None:
    page.goto("/long?data-interval=60000")
    page.mouse.move(300, 400)
    page.mouse.move(310, 410)
    click_on_next_page(page, recorder)
    assert recorder.expect(path="/long", type="move", x=310, y=410).way == "beacon"


def test_queued_events_are_sent_when_the_socket_opens(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    with recorder.holding():
        page.mouse.click(300, 400)
        recorder.wait_for(lambda: recorder.connections == 1, "a connection")
        page.mouse.click(310, 410)
        assert recorder.seen == []
    assert recorder.expect(type="click", x=300).way == "socket"
    assert recorder.expect(type="click", x=310).way == "socket"
    assert recorder.connections == 1


def test_queued_events_go_by_beacon_when_the_page_is_left(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    with recorder.holding():
        page.mouse.click(150, 520)
        page.wait_for_url("**/other")
        assert recorder.expect(path="/long", type="click").way == "beacon"
    click_on_next_page(page, recorder)
    recorder.expect(path="/long", type="click")


def test_a_hidden_tab_sends_its_queue(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    with recorder.holding():
        page.mouse.click(300, 400)
        page.evaluate(
            """() => {
                Object.defineProperty(document, "visibilityState", { value: "hidden" });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        assert recorder.expect(type="click").way == "beacon"


def test_tracking_resumes_when_a_page_returns_from_the_browsers_cache(
    browser: Browser, site: Site, recorder: Recorder
) -> None:
    # By default, Playwright starts browsers with this cache disabled.
    keeping = launch(browser.browser_type, whole=True, ignore_default_args=["--disable-back-forward-cache"])
    with keeping, undisturbed(keeping.new_context(base_url=site.origin)) as page:
        page.goto("/long")
        page.evaluate("() => { onpageshow = (event) => { window.cached = event.persisted } }")
        page.mouse.click(300, 400)
        first = recorder.expect(path="/long", type="click")
        page.goto("/other")
        page.go_back(wait_until="commit")
        page.wait_for_function("window.cached")
        page.mouse.click(310, 400)
        assert recorder.expect(path="/long", type="click", x=310).session == first.session
        assert recorder.connections == 2


def test_it_reconnects_when_ingest_is_back(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.click(300, 400)
    session = recorder.expect(type="click").session
    with recorder.away():
        page.mouse.click(310, 400)
        page.mouse.click(320, 400)
    assert recorder.expect(type="click", x=310).session == session
    assert recorder.expect(type="click", x=320).session == session
    assert recorder.connections == 2


def test_a_frame_whose_acknowledgement_is_lost_with_its_connection_is_resent(
    page: Page, recorder: Recorder
) -> None:
    page.goto("/long")
    page.mouse.click(300, 400)
    recorder.expect(type="click", x=300)
    recorder.acknowledges = False
    start = time.monotonic()
    page.mouse.click(310, 400)
    first = recorder.expect(type="click", x=310)
    with recorder.away():
        recorder.acknowledges = True
        page.mouse.click(320, 400)
    recorder.wait_for(lambda: any(it.type == "click" for it in recorder.resent), "the click again")
    again = next(it for it in recorder.resent if it.type == "click")
    longest_ms = (time.monotonic() - start) * 1000
    assert again == replace(first, age=again.age)
    assert first.age + PAUSE_MS <= again.age <= longest_ms
    recorder.expect(type="click", x=320)
    assert {it.seq for it in recorder.all(type="click", x=300)}.isdisjoint({it.seq for it in recorder.resent})


@pytest.mark.parametrize("signal", ["globalPrivacyControl", "doNotTrack"])
def test_visitors_who_ask_not_to_be_tracked_are_not(page: Page, recorder: Recorder, signal: str) -> None:
    page.add_init_script(
        f"""if (location.pathname === "/long")
            Object.defineProperty(Navigator.prototype, "{signal}", {{ get: () => "1" }});"""
    )
    page.goto("/long")
    page.mouse.click(300, 400)
    click_on_next_page(page, recorder)
    assert recorder.all(path="/long") == []
    assert recorder.connections == 1
    page.goto("/long?data-respect-privacy=false")
    page.mouse.click(300, 400)
    recorder.expect(path="/long", type="click")


def test_under_an_overlay_nothing_is_sent(page: Page, recorder: Recorder, site: Site) -> None:
    site.go_on.clear()
    page.goto("/watched?data-interval=60000", wait_until="commit")
    page.get_by_text("Read up to here.").wait_for()
    page.mouse.click(300, 400)
    site.go_on.set()
    page.wait_for_load_state()
    page.mouse.click(310, 410)
    page.mouse.move(320, 420)
    page.mouse.move(330, 430)
    click_on_next_page(page, recorder)
    assert recorder.all(path="/watched") == []
    assert recorder.connections == 1


def test_events_while_a_page_loads_are_sent_once_it_is_parsed(
    page: Page, recorder: Recorder, site: Site
) -> None:
    site.go_on.clear()
    page.goto("/slow", wait_until="commit")
    page.get_by_text("Read up to here.").wait_for()
    page.mouse.click(300, 400)
    assert recorder.connections == 0
    site.go_on.set()
    recorder.expect(path="/slow", type="click")


def test_a_page_with_two_tags_is_tracked_once(page: Page, recorder: Recorder) -> None:
    page.goto("/twice")
    page.mouse.click(300, 400)
    click_on_next_page(page, recorder)
    recorder.expect(path="/twice", type="click")
    assert recorder.connections == 2


def test_a_framed_page_is_tracked_as_itself(page: Page, recorder: Recorder) -> None:
    page.goto("/framing")
    page.mouse.click(250, 150)
    click_on_next_page(page, recorder)
    click = recorder.expect(path="/other/inside", type="click")
    assert (click.x, click.y, click.document) == (50, 50, Size(400, 300))
    assert recorder.all(path="/framing") == []


def test_events_are_seen_even_if_the_page_stops_their_propagation(page: Page, recorder: Recorder) -> None:
    page.goto("/rude")
    page.mouse.click(300, 400)
    recorder.expect(type="move")
    recorder.expect(type="click")


def swipe_up(phone: Page) -> None:
    """Scroll by finger, as Chromium does for a real one: the pointer is cancelled."""
    touch = phone.context.new_cdp_session(phone)
    for kind, y in ("touchStart", 500), *(("touchMove", y) for y in range(490, 200, -20)):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 200, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.wait_for_function("scrollY > 0")


def test_a_tap_clicks_and_a_swipe_does_not(phone: Page, recorder: Recorder) -> None:
    phone.goto("/long")
    swipe_up(phone)
    phone.touchscreen.tap(120, 240)
    assert recorder.expect(type="click").x == 120


def test_nothing_is_kept_in_the_browser(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.click(300, 400)
    first = recorder.expect(type="click").session
    assert page.context.cookies() == []
    assert page.context.storage_state(indexed_db=True) == {"cookies": [], "origins": []}
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    page.mouse.click(310, 400)
    assert recorder.expect(type="click", x=310).session != first


@pytest.mark.parametrize(
    "missing",
    ["WebSocket", "Navigator.prototype.sendBeacon", "Event.prototype.composedPath", "crypto"],
)
def test_missing_browser_features_cause_no_errors_on_the_page(
    page: Page, recorder: Recorder, missing: str
) -> None:
    page.add_init_script(f"if (location.pathname === '/long') delete window.{missing}")
    with recorder.holding():
        page.goto("/long")
        if missing == "Navigator.prototype.sendBeacon":
            page.evaluate(BEHAVIOUR)  # it posts
        page.mouse.click(300, 400)
        page.goto("/other")
        if missing in ("WebSocket", "Navigator.prototype.sendBeacon"):
            assert recorder.expect(path="/long", type="click").way == "beacon"
    click_on_next_page(page, recorder)


@pytest.mark.parametrize("sockets", ["missing", "forbidden", "refused"])
def test_without_websockets_everything_is_posted(page: Page, recorder: Recorder, sockets: str) -> None:
    if sockets == "missing":
        page.add_init_script("delete window.WebSocket")
    recorder.takes_sockets = sockets != "refused"
    page.goto("/strict" if sockets == "forbidden" else "/long")
    page.mouse.move(400, 100)
    page.mouse.click(410, 100)
    page.mouse.click(420, 110)
    for x in (410, 420):
        assert recorder.expect(type="click", x=x).way == "beacon"
    recorder.expect(type="move", x=400)
    page.mouse.click(150, 520) if sockets != "forbidden" else page.get_by_role("link").click()
    page.wait_for_url("**/other")
    click_on_next_page(page, recorder)
    told = [(it.x, it.path, it.seq, it.way, it.age) for it in recorder.all(type="click")]
    assert len(told) == 4, told
