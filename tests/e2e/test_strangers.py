"""Pages of strangers in a real browser, with the real services: they get no heat, the sites' own pages do."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pageheat.frontends.heatmap.bookmarklet import href
from pageheat.frontends.heatmap.server import create_app
from pageheat.frontends.tracker import scripts
from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.sockets import SocketProtocol
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.records import Heartbeat, Size, encode
from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.rules import Rules
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.settings import HeatmapSettings
from tests.e2e.test_bookmarklet import bookmark
from tests.support.broadcaster import NOW_MS, make_grid
from tests.support.chromium import launch
from tests.support.elsewhere import Elsewhere
from tests.support.heatmap_records import ListSource
from tests.support.ingest import KeepingSink
from tests.support.server import Server
from tests.support.system import until

EVIL = "evil.example"

FETCHED = """async (address) => {
  try {
    const answer = await fetch(address, { headers: { Authorization: "Bearer x" } });
    return [answer.status, await answer.text()];
  } catch (error) {
    return error.name;
  }
}"""

LOADED = """([kind, address, mode]) => new Promise((done) => {
  const made = document.createElement(kind);
  if (mode) made.crossOrigin = mode;
  made.onload = () => done("loaded");
  made.onerror = () => done("failed");
  made.src = address;
  document.body.append(made);
})"""

IMPORTED = """(address) => import(address).then(({ settings }) => settings.site, (error) => error.name)"""

HEARD = """([address, protocols]) => new Promise((done) => {
  const socket = new WebSocket(address, protocols);
  const heard = [];
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    heard.push(typeof data === "string" ? data : "binary");
    if (heard.length === 2) socket.close();
  };
  socket.onclose = ({ code }) => done([code, heard]);
})"""


class System(NamedTuple):
    """Origins of the front end, the broadcaster, its site, and the server of other pages."""

    frontend: str
    broadcaster: str
    site: str
    elsewhere: Elsewhere


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for which evil.example is at this machine."""
    rule = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"
    with sync_playwright() as playwright, launch(playwright.chromium, rule) as browser:
        yield browser


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The broadcaster and the front end of one site, /lamp of which is warm."""
    elsewhere, front, back = Elsewhere(), Server(), Server(ws=SocketProtocol)
    settings = HeatmapSettings.load(
        site_url=elsewhere.main, heatmap_url=front.origin, broadcaster_url=back.origin, sites="", origins=""
    )
    source = ListSource()
    source.put("/lamp", encode(make_grid({(25, 10): 700}, {(1, 1): 1}, size=Size(1280, 2400))))
    source.put("clock/4", encode(Heartbeat(4, 8812, NOW_MS)))
    back.start(Gate(Broadcaster(source, lambda: NOW_MS), settings.hosts, settings.viewers))
    front.start(create_app(settings))
    yield System(front.origin, back.origin, elsewhere.main, elsewhere)
    front.stop()
    back.stop()
    elsewhere.close()


HEAT = ("pages", "grid/lamp", "detail/lamp", "png/lamp")


@pytest.mark.parametrize("name", ["unknown", "same machine", "sandboxed"])
def test_a_strangers_page_reads_and_embeds_nothing(page: Page, system: System, name: str) -> None:
    stranger = {"unknown": system.elsewhere.unknown, "sandboxed": system.site}.get(name)
    others = Server(Starlette(routes=[Route("/{path:path}", _page)]))
    try:
        system.elsewhere.policy = "sandbox allow-scripts" if name == "sandboxed" else ""
        page.goto(f"{stranger or others.origin}/lamp")
        for part in HEAT:
            address = f"{system.broadcaster}/_pageheat/{part}"
            assert page.evaluate(FETCHED, address) == "TypeError"
            assert page.evaluate(LOADED, ["img", address, ""]) == "failed"
        picture = f"{system.broadcaster}/_pageheat/png/lamp"
        assert page.evaluate(LOADED, ["img", picture, "anonymous"]) == "failed"
        for address in (f"{system.frontend}/lamp", f"{system.frontend}/_pageheat/settings.js"):
            assert page.evaluate(FETCHED, address) == "TypeError"
        assert page.evaluate(IMPORTED, f"{system.frontend}/_pageheat/settings.js") == "TypeError"
        socket = f"{system.broadcaster}/lamp".replace("http", "ws", 1)
        assert page.evaluate(HEARD, [socket, []]) == [1006, []]
        code, heard = page.evaluate(HEARD, [socket, ["pageheat.v1"]])
        assert (code, len(heard)) == (4403, 1)
        assert '"refused": "origin"' in heard[0]
    finally:
        system.elsewhere.policy = ""
        others.stop()


async def _page(_: Request) -> Response:
    return HTMLResponse("<!doctype html><body>A stranger's page.")


def test_a_page_that_took_our_address_reads_nothing(page: Page, system: System) -> None:
    """DNS rebinding: for the browser, such a page and we are of one origin."""
    rebound = [
        urlsplit(each)._replace(netloc=f"{EVIL}:{urlsplit(each).port}").geturl()
        for each in (system.frontend, system.broadcaster)
    ]
    for origin, path in zip(rebound, ("/lamp", "/_pageheat/pages"), strict=True):
        answer = page.goto(f"{origin}{path}")
        assert answer
        assert answer.status == 403
        assert "ALLOWED_HOSTS" in answer.text()
        for part in ("/", "/_pageheat/settings.js", *(f"/_pageheat/{part}" for part in HEAT)):
            status, text = page.evaluate(FETCHED, origin + part)
            assert (status, "700" in text) == (403, False)
        socket = f"{origin}/lamp".replace("http", "ws", 1)
        assert page.evaluate(HEARD, [socket, ["pageheat.v1"]]) == [1006, []]


def test_the_sites_own_page_reads_and_embeds_what_it_may(page: Page, system: System) -> None:
    page.goto(f"{system.site}/lamp")
    for part in ("pages", "grid/lamp"):
        status, text = page.evaluate(FETCHED, f"{system.broadcaster}/_pageheat/{part}")
        assert (status, "700" in text) == (200, True)
    picture = f"{system.broadcaster}/_pageheat/png/lamp"
    assert page.evaluate(LOADED, ["img", picture, ""]) == "loaded"
    assert page.evaluate(LOADED, ["img", picture, "anonymous"]) == "loaded"
    assert page.evaluate(IMPORTED, f"{system.frontend}/_pageheat/settings.js") == system.site
    socket = f"{system.broadcaster}/lamp".replace("http", "ws", 1)
    _, heard = page.evaluate(HEARD, [socket, ["pageheat.v1"]])
    assert heard == ["binary", "binary"]


def test_overlay_list_and_bookmarklets_show_heat_as_before(page: Page, system: System) -> None:
    page.goto(f"{system.frontend}/lamp")
    expect(page.locator(".counts")).to_contain_text("700 moves")
    page.goto(f"{system.frontend}/_pageheat/")
    expect(page.locator(".board .row .page").first).to_have_text("/lamp")
    page.goto(f"{system.site}/lamp")
    bookmark(page, href(system.frontend, "map"))
    expect(page.locator(".counts")).to_contain_text("700 moves")
    bookmark(page, href(system.frontend, "picture"))
    expect(page.locator("pageheat-bookmarklet img").first).to_be_visible()


def test_a_page_that_isolates_itself_shows_heat_and_sends(page: Page, system: System) -> None:
    """COEP: such a page loads from elsewhere only what says that it may be loaded."""
    sink = KeepingSink()
    ingest = Server(Ingest(sink, scripts(), Rules(Origins(system.site, {}, set()))))
    system.elsewhere.is_isolated = True
    try:
        page.goto(f"{system.site}/lamp")
        assert page.evaluate("crossOriginIsolated")
        for script in ("behaviour.js", "tracker.js"):
            assert page.evaluate(LOADED, ["script", f"{ingest.origin}/_pageheat/{script}", ""]) == "loaded"
        page.mouse.move(300, 300)
        page.mouse.move(400, 300, steps=5)
        until(lambda: bool(sink.frames), lambda: "no frame has arrived")
        assert page.evaluate(LOADED, ["img", f"{system.broadcaster}/_pageheat/png/lamp", ""]) == "loaded"
        assert page.evaluate(LOADED, ["img", f"{system.frontend}/_pageheat/icon.svg", ""]) == "loaded"
        bookmark(page, href(system.frontend, "map"))
        expect(page.locator(".counts")).to_contain_text("700 moves")
        expect(page.locator(".panel")).to_be_visible()
        bookmark(page, href(system.frontend, "picture"))
        expect(page.locator("pageheat-bookmarklet img").first).to_be_visible()
    finally:
        system.elsewhere.is_isolated = False
        ingest.stop()


def test_under_a_name_that_no_setting_has_the_front_end_says_which_setting_to_change(
    page: Page, system: System
) -> None:
    other = system.frontend.replace("127.0.0.1", "heat.localhost")
    page.goto(f"{other}/lamp")
    expect(page.locator(".state strong")).to_have_text("Refused")
    expect(page.locator(".message")).to_contain_text(f"Pages of {other} may not read from here")
    expect(page.locator(".message")).to_contain_text("HEATMAP_URL")
    expect(page.get_by_label("Access token").filter(visible=True)).to_have_count(0)
    page.goto(f"{other}/_pageheat/")
    expect(page.locator(".board .notice")).to_contain_text(f"Pages of {other} may not read from here")
    expect(page.get_by_label("Access token").filter(visible=True)).to_have_count(0)
