"""Pages that differ by more than their paths, and routes made in every way, in a real browser."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from pageheat.frontends.heatmap.server import create_app
from pageheat.services.contract.records import Size
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.broadcaster import Broadcaster, make_grid
from tests.support.heat import wait_for_heat
from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.site import Site

PAGE_SETTINGS = {"page_query": "id,title", "hash_routes": True, "path_masks": "/routed/user/*"}

SIZE = Size(1280, 2000)
HOT, HOT_AT = {(25, 10): 40}, (652.8, 420.0)

WAYS = {
    "pushState": "history.pushState(null, '', {})",
    "replaceState": "history.replaceState(null, '', {})",
    "a pushState that the page kept": "push(null, '', {})",
    "the Navigation API": "navigation.navigate({}, {{ info: 'route' }}).finished.then(() => 0)",
    "location": "location.assign({})",
}
"""How a page changes its route."""

WITHOUT_NAVIGATION = {
    "a browser without it": "delete window.navigation; delete window.Navigation",
    "a variable of that name": "var navigation = document.createElement('nav')",
}


def go(page: Page, way: str, address: str) -> None:
    page.evaluate(WAYS[way].format(repr(address)))


# What the tracker sends


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/routed?title=Caf%C3%A9+au%20lait&q=ann@example.org", "/routed?title=Caf%C3%A9+au%20lait"),
        ("/routed?q=ann@example.org#ann", "/routed"),
        ("/routed/app?id=7#!/users/7?q=ann", "/routed/app?id=7#!/users/7"),
        ("/routed/app#/access_token=ann&id=7", "/routed/app"),
    ],
)
def test_nothing_of_an_address_leaves_the_browser_that_tells_no_pages_apart(
    page: Page, site: Site, recorder: Recorder, address: str, sent: str
) -> None:
    page.goto(f"{site.origin}{address}")
    page.mouse.click(200, 300)
    recorder.wait_for(lambda: bool(recorder.seen), "the click")
    assert {seen.path for seen in recorder.seen} == {sent}


@pytest.mark.parametrize("way", WAYS)
def test_an_event_belongs_to_the_route_on_which_it_happened(
    page: Page, site: Site, recorder: Recorder, way: str
) -> None:
    page.goto(f"{site.origin}/routed?id=1")
    page.mouse.click(200, 300)
    go(page, way, "/routed?id=1#/two")
    page.mouse.click(210, 300)
    assert recorder.expect(type="click", x=200).path == "/routed?id=1"
    assert recorder.expect(type="click", x=210).path == "/routed?id=1#/two"


# What the overlay shows


@pytest.mark.parametrize("way", WAYS)
def test_the_overlay_follows_a_route_however_it_changes(
    page: Page, origin: str, broadcaster: Broadcaster, way: str
) -> None:
    broadcaster.show("/routed?id=1#/two", make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/routed?id=1")
    broadcaster.wait_for_viewers("/routed?id=1")
    go(page, way, "/routed?id=1#/two")
    broadcaster.wait_for_viewers("/routed?id=1#/two")
    wait_for_heat(page, *HOT_AT)


@pytest.mark.parametrize("script", WITHOUT_NAVIGATION.values(), ids=WITHOUT_NAVIGATION.keys())
def test_the_overlay_follows_routes_without_the_navigation_api(
    page: Page, origin: str, broadcaster: Broadcaster, script: str
) -> None:
    page.add_init_script(script)
    page.goto(f"{origin}/routed")
    broadcaster.wait_for_viewers("/routed")
    go(page, "a pushState that the page kept", "/routed/two")
    broadcaster.wait_for_viewers("/routed/two")
    page.go_back()
    broadcaster.wait_for_viewers("/routed")


def test_a_change_that_tells_no_pages_apart_changes_nothing(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/routed?id=1", make_grid(HOT, size=SIZE))
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"{origin}/routed?id=1")
    wait_for_heat(page, *HOT_AT)
    go(page, "pushState", "/routed?sort=up&id=1#section")
    # the panel has seen the change
    expect(page.locator(".page .note")).to_have_text(
        "?sort=… does not tell pages apart here: see PAGE_QUERY."
    )
    broadcaster.wait_for_viewers("/routed?id=1")
    assert len(sockets) == 1


def test_the_panel_names_the_page_as_it_is_counted(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    page.goto(f"{origin}/routed/user/ann?title=Caf%c3%a9&utm_source=x#/orders/")
    expect(page.locator(".page .name")).to_have_text("/routed/user/*?title=Café#/orders/")
    expect(page.locator(".page .note")).to_be_hidden()
    broadcaster.wait_for_viewers("/routed/user/*?title=Caf%C3%A9#/orders/")
    page.goto(f"{origin}/routed/{'a-long-name' * 9}?q=1")
    expect(page.locator(".page .note")).to_be_visible()
    assert page.locator(".card").evaluate("(card) => card.scrollWidth <= card.clientWidth")


def test_the_list_links_to_the_address_that_shows_a_page(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    key = "/routed?title=a%26b#/two?id=3"
    broadcaster.show(key, make_grid(HOT, size=SIZE))
    page.goto(f"{origin}/_pageheat/")
    row = page.locator("a.row")
    expect(row).to_contain_text(key)
    row.click()
    page.wait_for_url(re.compile(r"/routed\?"))
    parts = urlsplit(page.url)
    assert (parts.path, parts.query, parts.fragment) == ("/routed", "title=a%26b", "/two?id=3")
    broadcaster.wait_for_viewers(key)
    wait_for_heat(page, *HOT_AT)


def test_without_settings_the_panel_says_what_would_tell_pages_apart(
    page: Page, site: Site, broadcaster: Broadcaster
) -> None:
    settings = HeatmapSettings.load(site_url=site.origin, broadcaster_url=broadcaster.origin)
    app = Server(create_app(settings))
    page.goto(f"{app.origin}/routed?p=7&utm_source=x#/two")
    expect(page.locator(".page .name")).to_have_text("/routed")
    expect(page.locator(".page .note")).to_have_text(
        "?p=… does not tell pages apart here: see PAGE_QUERY. "
        "#/… does not tell pages apart here: see HASH_ROUTES."
    )
    broadcaster.wait_for_viewers("/routed")
    page.goto("about:blank")
    app.stop()
