"""The bookmarklets in use: dragged from their page, clicked on pages of other origins."""

import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Error, FloatRect, Page, expect

from pageheat.frontends.heatmap.bookmarklet import href
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.contract.records import Size
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.elsewhere import Elsewhere
from tests.support.server import Server

SIZE = Size(1280, 2400)
SIZE = Size(1280, 2400)
HOT = {(25, 10): 40}
HOT_AT: FloatRect = {"x": 640, "y": 490, "width": 20, "height": 20}

MIDDLE: FloatRect = {"x": 900, "y": 300, "width": 20, "height": 20}

HEAT = """([x, y]) => {
  const root = document.querySelector("pageheat-overlay")?.shadowRoot;
  return root && [...root.querySelectorAll("canvas")].some((canvas) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const column = Math.floor(((x - left) / width) * canvas.width);
    const row = Math.floor(((y - top) / height) * canvas.height);
    if (!canvas.width || column !== Math.max(0, Math.min(column, canvas.width - 1))) return false;
    return canvas.getContext("2d").getImageData(column, row, 1, 1).data[3] > 200;
  });
}"""
"""Whether there is heat at a point of the viewport."""

PICTURE_HEIGHT = 2000

WHOLE_PICTURE = """() => {
  const image = document.querySelector("pageheat-bookmarklet")?.shadowRoot.querySelector("img");
  if (!image) return false;
  const { x, y, width, height } = image.getBoundingClientRect();
  const { scrollWidth, scrollHeight } = document.documentElement;
  const placed = x + scrollX === 0 && y + scrollY === 0 && width === scrollWidth;
  return placed && height === image.naturalHeight && [width, scrollHeight];
}"""
"""The document's size, if the picture is as wide, and as high as it was made."""

TRACES = """() => [
  document.documentElement.outerHTML, document.adoptedStyleSheets.length, Reflect.ownKeys(window),
  Reflect.ownKeys(history), history.pushState.toString(), { ...sessionStorage }, { ...localStorage },
  document.cookie, document.title,
]"""

LISTENED_TO = ["window", "document", "document.documentElement", "document.body", "navigation", "history"]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    elsewhere = Elsewhere()
    yield elsewhere
    elsewhere.close()


@pytest.fixture(scope="module")
def watched() -> Iterator[Broadcaster]:
    broadcaster = Broadcaster()
    broadcaster.show("/liquid", make_grid(HOT, size=SIZE))
    broadcaster.show("//blog/centred", make_grid(HOT, size=SIZE))
    broadcaster.show("//blog/next", make_grid({(10, 12): 40}, size=SIZE))
    yield broadcaster
    broadcaster.close()


@pytest.fixture(scope="module")
def frontend(elsewhere: Elsewhere, watched: Broadcaster) -> Iterator[str]:
    """Origin of the heat-map front end; its sites are one server under two names."""
    settings = HeatmapSettings.load(
        site_url=elsewhere.main, sites=f"blog={elsewhere.blog}", broadcaster_url=watched.origin
    )
    app = Server(create_app(settings))
    yield app.origin
    app.stop()


Click = Callable[[str], None]


@pytest.fixture(scope="module")
def addresses(browser: Browser, frontend: str) -> dict[str, str]:
    """The bookmarks by name, as dragged from their page."""
    page = browser.new_page()
    page.goto(f"{frontend}/_pageheat/bookmarklet")
    marks = page.locator("a[draggable]").all()
    found = {mark.inner_text(): mark.get_attribute("href") or "" for mark in marks}
    page.close()
    return found


@pytest.fixture
def click(page: Page, addresses: dict[str, str], elsewhere: Elsewhere) -> Click:
    """Clicks the bookmark of this name; elsewhere has no policy."""
    elsewhere.policy = ""
    return lambda name: bookmark(page, addresses[name])


def bookmark(page: Page, address: str) -> None:
    """A click on a bookmark is a navigation by the browser, to which no page's policy applies."""
    with pytest.raises(Error, match="ERR_ABORTED"):  # it leads to no document
        page.goto(address)


def wait_until_gone(page: Page) -> None:
    expect(page.locator("[data-pageheat-overlay]")).to_have_count(0)


def traces(page: Page) -> list[object]:
    """All traces that a page could see: its DOM, globals, storage and event listeners."""
    return [page.evaluate(TRACES), listeners(page)]


def listeners(page: Page) -> list[tuple[str, str]]:
    """Listeners on shared objects of the page, except Playwright's, whose scripts have no address."""
    session = page.context.new_cdp_session(page)
    scripts: dict[str, str] = {}
    session.on("Debugger.scriptParsed", lambda script: scripts.update({script["scriptId"]: script["url"]}))
    session.send("Debugger.enable")
    found = []
    for target in LISTENED_TO:
        known = session.send("Runtime.evaluate", {"expression": target})["result"]["objectId"]
        heard = session.send("DOMDebugger.getEventListeners", {"objectId": known})["listeners"]
        found += [(target, one["type"]) for one in heard if scripts[one["scriptId"]]]
    session.detach()
    return sorted(found)


def place(page: Page, column: int, row: int) -> list[float]:
    """A tile's centre in the viewport of a page that is not scrolled, and was SIZE when it was counted."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [(column + 0.5) * width / 50, (row + 0.5) * SIZE.height / 50]


def png(red: int, green: int, blue: int) -> bytes:
    """A picture of one colour, as wide as the page, and PICTURE_HEIGHT high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1280, PICTURE_HEIGHT, 8, 6, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes([red, green, blue, 128]) * 1280) * PICTURE_HEIGHT)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# Their own page


def test_a_button_can_be_dragged_and_its_code_copied(
    page: Page, frontend: str, addresses: dict[str, str]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{frontend}/_pageheat/bookmarklet")
    page.get_by_role("link", name="Heat map", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Drag “Heat map” up to the bookmarks bar")
    copy = page.locator("dt", has_text="Heat picture").locator("+ dd button")
    copy.click()
    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == addresses["Heat picture"]
    wait_until_gone(page)


# The heat map


def test_the_map_opens_on_a_click_follows_routes_and_leaves_no_trace(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster
) -> None:
    page.goto(f"{elsewhere.blog}/centred")
    before = traces(page)
    seen, cold = page.screenshot(), page.screenshot(clip=HOT_AT)
    click("Heat map")
    watched.wait_for_viewers("//blog/centred")
    page.wait_for_function(HEAT, arg=place(page, 25, 10))
    assert page.screenshot(clip=HOT_AT) != cold
    page.evaluate("history.pushState({}, '', '/next')")
    watched.wait_for_viewers("//blog/next")
    page.wait_for_function(HEAT, arg=place(page, 10, 12))
    page.evaluate("history.replaceState({}, '', '/centred')")
    watched.wait_for_viewers("//blog/centred")
    page.get_by_role("radio", name="Clicks").check()
    page.get_by_role("radio", name="Scroll").check()
    expect(page.locator(".looks-text")).to_contain_text("Nothing was in view yet.")
    assert listeners(page) != before[1]
    click("Heat map")
    wait_until_gone(page)
    assert traces(page) == before
    watched.wait_for_viewers()
    assert page.screenshot() == seen


@pytest.mark.parametrize("name", ["Heat map", "Heat picture"])
def test_on_a_page_of_no_site_a_notice_names_the_settings(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster, name: str
) -> None:
    page.goto(f"{elsewhere.unknown}/liquid")
    click(name)
    notice = page.get_by_label("About the heat map")
    expect(notice).to_contain_text(f"no setting names {elsewhere.unknown}. Add it to SITES")
    expect(notice).to_contain_text("or to ORIGINS")
    expect(page.locator("pageheat-overlay")).to_have_count(0)
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
    click(name)
    watched.wait_for_viewers()


def test_listed_pages_link_to_the_heat_map_of_their_site(
    page: Page, click: Click, elsewhere: Elsewhere, frontend: str
) -> None:
    page.goto(f"{elsewhere.blog}/centred")
    click("Heat map")
    page.get_by_role("button", name="Warm pages").click()
    rows = page.get_by_role("dialog", name="Warm pages").locator("li")
    for key, address in (
        ("//blog/next", "http://blog.localhost:8081/next"),
        ("/liquid", f"{frontend}/liquid"),
    ):
        link = rows.get_by_role("link", name=key)
        expect(link).to_have_attribute("href", address)


# The heat picture


@pytest.mark.parametrize("layout", ["liquid", "centred"])
def test_the_picture_keeps_its_height_at_any_width_and_leaves_no_trace(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster, layout: str
) -> None:
    watched.pictures[f"/{layout}"] = png(255, 0, 0)
    page.goto(f"{elsewhere.main}/{layout}")
    before = traces(page)
    seen, white = page.screenshot(), page.screenshot(clip=MIDDLE)
    click("Heat picture")
    page.wait_for_function(WHOLE_PICTURE)
    assert page.screenshot(clip=MIDDLE) != white
    assert page.evaluate("document.elementFromPoint(640, 300).localName") == "main"
    page.set_viewport_size({"width": 500, "height": 720})
    page.wait_for_function(f"(({WHOLE_PICTURE})() || [])[0] < 720")
    page.evaluate("document.querySelector('main').setAttribute('style', 'height: 900px')")
    page.wait_for_function(f"(({WHOLE_PICTURE})() || [])[1] < 1000")
    page.evaluate("document.querySelector('main').removeAttribute('style')")
    page.set_viewport_size({"width": 1280, "height": 720})
    click("Heat picture")
    wait_until_gone(page)
    assert traces(page) == before
    assert page.screenshot() == seen


def test_the_picture_is_refreshed_follows_routes_and_shows_errors(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster
) -> None:
    page.clock.install()
    watched.pictures["/warm"] = png(255, 0, 0)
    notice, image = page.get_by_label("About the heat map"), page.locator("pageheat-bookmarklet img").last
    page.goto(f"{elsewhere.main}/cold")
    click("Heat picture")
    expect(notice).to_contain_text("No visitors on this page")
    page.evaluate("history.pushState({}, '', '/warm')")
    expect(image).to_be_visible()
    expect(notice).to_be_hidden()
    shown = image.get_attribute("src")

    for _ in range(2):  # a new request means that the last answer has been processed
        with page.expect_response("**/_pageheat/png/warm?layer=clicks"):
            page.clock.run_for(5_000)
    assert image.get_attribute("src") == shown
    assert watched.unchanged >= 2
    watched.pictures["/warm"] = png(0, 255, 0)
    page.clock.run_for(5_000)
    expect(image).not_to_have_attribute("src", shown or "")

    with watched.away():
        page.clock.run_for(5_000)
        expect(notice).to_contain_text(f"No answer from {watched.origin}")
        expect(image).to_be_visible()
    page.clock.run_for(5_000)
    expect(notice).to_be_hidden()
    page.set_viewport_size({"width": 500, "height": 720})
    page.clock.run_for(5_000)
    expect(notice).to_contain_text("window of a very different width")
    page.set_viewport_size({"width": 1200, "height": 720})
    page.clock.run_for(5_000)
    expect(notice).to_be_hidden()
    page.go_back()
    expect(image).to_be_hidden()
    expect(notice).to_contain_text("No visitors on this page")


def test_the_other_bookmark_switches_between_map_and_picture(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster
) -> None:
    watched.pictures["//blog/centred"] = png(255, 0, 0)
    picture, overlay = page.locator("pageheat-bookmarklet img").last, page.locator("pageheat-overlay")
    page.goto(f"{elsewhere.blog}/centred")
    click("Heat map")
    watched.wait_for_viewers("//blog/centred")
    click("Heat picture")
    expect(picture).to_be_visible()
    expect(overlay).to_have_count(0)
    watched.wait_for_viewers()
    click("Heat map")
    watched.wait_for_viewers("//blog/centred")
    expect(picture).to_have_count(0)


# Policies

CONNECTIONS = "connect-src {broadcaster} {socket} http://localhost:8005"
"""To the broadcaster and the history."""


@pytest.mark.parametrize(
    ("name", "policy", "title", "allow"),
    [
        ("Heat map", "connect-src 'self'", "forbids the heat", CONNECTIONS),
        ("Heat map", "style-src 'self'", "forbids the panel", "style-src {frontend}"),
        ("Heat picture", "connect-src 'self'", "forbids the heat", CONNECTIONS),
        ("Heat picture", "style-src 'none'; img-src https:", "forbids the picture", "img-src blob:"),
    ],
)
def test_the_error_says_what_a_policy_forbids_and_what_to_allow(
    page: Page,
    click: Click,
    elsewhere: Elsewhere,
    watched: Broadcaster,
    frontend: str,
    name: str,
    policy: str,
    title: str,
    allow: str,
) -> None:
    watched.pictures["/liquid"] = png(255, 0, 0)
    elsewhere.policy = policy
    page.goto(f"{elsewhere.main}/liquid")
    click(name)
    notice = page.get_by_label("About the heat map")
    expect(notice.locator("strong")).to_have_text(f"This site {title}")
    socket = watched.origin.replace("http", "ws")
    expect(notice.locator("code")).to_have_text(
        allow.format(broadcaster=watched.origin, socket=socket, frontend=frontend)
    )
    expect(notice).not_to_contain_text("No answer")
    assert notice.evaluate("(card) => getComputedStyle(card).position") == "fixed"
    click(name)
    wait_until_gone(page)


def test_the_panel_blames_the_policy_that_blocks_the_heat_not_the_broadcaster(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster
) -> None:
    elsewhere.policy = "connect-src 'self'"
    page.goto(f"{elsewhere.main}/liquid")
    click("Heat map")
    expect(page.locator(".state")).to_have_text("Blocked")
    message = page.locator(".message")
    expect(message).to_contain_text(f"Its connect-src should allow {watched.origin} ws://")
    expect(message).not_to_contain_text("No answer")


def test_heat_is_in_the_right_place_without_the_panels_style(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster
) -> None:
    elsewhere.policy = "style-src 'self'"
    page.goto(f"{elsewhere.main}/liquid")
    height = page.evaluate("document.documentElement.scrollHeight")
    click("Heat map")
    page.wait_for_function(HEAT, arg=place(page, 25, 10))
    assert page.evaluate("document.documentElement.scrollHeight") == height


@pytest.mark.parametrize(
    "policy",
    [
        "script-src {frontend}; require-trusted-types-for 'script'; trusted-types 'none'",
        "script-src 'nonce-a' 'strict-dynamic'; style-src {frontend}; connect-src {broadcaster} {socket}",
    ],
)
def test_a_policy_that_allows_what_the_page_lists_lets_heat_through(
    page: Page, click: Click, elsewhere: Elsewhere, watched: Broadcaster, frontend: str, policy: str
) -> None:
    elsewhere.policy = policy.format(
        frontend=frontend, broadcaster=watched.origin, socket=watched.origin.replace("http", "ws")
    )
    page.goto(f"{elsewhere.main}/liquid")
    click("Heat map")
    page.wait_for_function(HEAT, arg=place(page, 25, 10))
    expect(page.get_by_label("About the heat map")).to_be_hidden()
    expect(page.locator(".state")).to_be_visible()


def test_a_bookmark_says_whether_its_script_is_forbidden_or_unreachable(
    page: Page, click: Click, elsewhere: Elsewhere, frontend: str
) -> None:
    said: list[str] = []

    def hear(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", hear)
    elsewhere.policy = "script-src 'self'"
    page.goto(elsewhere.main)
    with page.expect_event("dialog"):
        click("Heat map")
    elsewhere.policy = ""
    page.goto(elsewhere.main)
    with page.expect_event("dialog"):
        bookmark(page, href("http://127.0.0.1:1", "picture"))
    forbidden, away = said
    assert "Content-Security-Policy" in forbidden
    assert f"script-src should allow {frontend}" in forbidden
    assert "http://127.0.0.1:1 does not answer" in away
