"""How the site's own people leave themselves out: by a link, in one browser, with the tracker in Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.chromium import leave
from tests.support.recorder import Recorder
from tests.support.site import Site

STORED = """
async () => ({
  local: { ...localStorage },
  session: { ...sessionStorage },
  cookie: document.cookie,
  databases: await indexedDB.databases(),
})
"""

NOTHING = {"local": {}, "session": {}, "cookie": "", "databases": []}

BLOCKED = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
"""


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site.origin)
    yield context
    leave(context)


@pytest.fixture
def asked(context: BrowserContext, recorder: Recorder) -> list[str]:
    """The paths that pages ask ingest for, sockets included."""
    asked: list[str] = []

    def note(url: str) -> None:
        if url.partition("://")[2].startswith(recorder.origin.partition("://")[2]):
            asked.append("/" + url.partition("://")[2].partition("/")[2])

    context.on("request", lambda request: note(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: note(socket.url)))
    return asked


@pytest.fixture
def page(context: BrowserContext, asked: list[str]) -> Page:
    return context.new_page()


def notice(page: Page, text: str) -> None:
    expect(page.locator("pageheat-notice")).to_contain_text(text)


def test_a_link_leaves_this_browser_out_and_another_counts_it_again(
    page: Page, recorder: Recorder, asked: list[str]
) -> None:
    page.goto("/long?q=1#pageheat-off")
    notice(page, "Pageheat no longer counts you on 127.0.0.1")
    assert page.evaluate("location.pathname + location.search + location.hash") == "/long?q=1"
    page.goto("/other")
    page.mouse.click(300, 400)
    page.goto("/other#pageheat-on")
    notice(page, "counts you on 127.0.0.1")
    assert page.evaluate(STORED) == NOTHING
    assert {path.rpartition("/")[2] for path in asked} <= {"tracker.js", "page.js", "seldom.js"}
    page.goto("/long")
    page.mouse.click(33, 44)
    recorder.expect(type="click", path="/long")
    assert {seen.path for seen in recorder.all()} == {"/long"}


def test_only_who_leaves_has_something_stored_and_nothing_but_that(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.click(33, 44)
    recorder.expect(type="click")
    assert page.evaluate(STORED) == NOTHING
    page.goto("/long#pageheat-off")
    notice(page, "no longer")
    assert page.evaluate(STORED) == NOTHING | {"local": {"pageheat-off": "1"}}
    assert page.context.cookies() == []


def test_a_page_that_is_open_sends_nothing_more(page: Page, recorder: Recorder) -> None:
    page.goto("/long")
    page.mouse.click(33, 44)
    recorder.expect(type="click", x=33)
    page.evaluate("location.hash = 'pageheat-off'")
    notice(page, "no longer")
    page.mouse.click(55, 66)
    page.evaluate("localStorage.clear()")
    page.goto("/other")
    page.mouse.click(77, 88)
    recorder.expect(type="click", x=77)
    assert recorder.all(x=55) == []


def test_the_notice_lets_presses_through_to_the_page(page: Page) -> None:
    page.goto("/long#pageheat-off")
    notice(page, "no longer")
    box = page.locator("pageheat-notice").bounding_box()
    assert box
    assert box["height"] < 100
    at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).localName", at) != "pageheat-notice"


def test_a_browser_that_stores_nothing_is_told_so_and_left_out_on_that_page(
    context: BrowserContext, page: Page, asked: list[str]
) -> None:
    context.add_init_script(BLOCKED)
    page.goto("/long#pageheat-off")
    notice(page, "on this page only")
    page.mouse.click(33, 44)
    page.goto("about:blank")
    assert {path.rpartition("/")[2] for path in asked} <= {"tracker.js", "page.js", "seldom.js"}
