"""Sites under the heat map in a real browser: logins at an http name, hot reload, and several sites."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pageheat.frontends.heatmap.protocols import SERVER_OPTIONS
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.broadcaster import Broadcaster
from tests.support.chromium import launch, leave
from tests.support.server import Server

SHOP = "https://www.shop.example"

LOGIN = "<!doctype html><title>Log in</title><form method=post><button>Log in</button></form>"

RELOADING = """<!doctype html><title>Version %d</title><p id=state>connecting</p><script>
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/@hmr?token=a", "vite-hmr");
  socket.onopen = () => { state.textContent = `open by ${socket.protocol}`; };
  socket.onmessage = ({ data }) => { if (JSON.parse(data).type === "full-reload") location.reload(); };
  addEventListener("click", () => socket.send("changed"));
</script>"""


XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Strict</title></head>
<body><p id="well">well-formed<br/></p></body></html>"""

TICKING = """<!doctype html><title>Ticking</title><ol id=heard></ol><script>
  const source = new EventSource("/events");
  source.onmessage = ({ data }) => heard.append(data, " ");
</script>"""


class Shop:
    """A site that logs in by cookies for https alone, and reloads its page when that has changed."""

    def __init__(self) -> None:
        self.version = 1
        self.go_on = threading.Event()
        self.server = Server(
            Starlette(
                routes=[
                    Route("/login", self._login, methods=["GET", "POST"]),
                    Route("/account", self._account),
                    Route("/dev", self._dev),
                    Route("/xhtml", self._xhtml),
                    Route("/events", self._events),
                    Route("/ticking", self._ticking),
                    WebSocketRoute("/@hmr", self._hmr),
                ]
            )
        )

    async def _login(self, request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(LOGIN)
        response = RedirectResponse(f"{SHOP}/account", 303)
        response.headers.append("set-cookie", "sid=1; Secure; HttpOnly; SameSite=Lax; Path=/")
        response.headers.append("set-cookie", "__Host-csrf=2; Secure; Path=/; SameSite=Strict")
        response.headers.append("set-cookie", "__Secure-x=3; Secure; Path=/; Domain=www.shop.example")
        response.headers.append("set-cookie", "embedded=4; Secure; SameSite=None; Partitioned; Path=/")
        return response

    async def _account(self, request: Request) -> Response:
        names = " ".join(sorted(f"{name}={value}" for name, value in request.cookies.items()))
        own = request.headers["host"] == "www.shop.example"
        return HTMLResponse(f"<!doctype html><title>Account</title><p>{names}</p><p>{own}</p>")

    async def _dev(self, _: Request) -> Response:
        return HTMLResponse(RELOADING % self.version)

    async def _xhtml(self, _: Request) -> Response:
        return Response(XHTML, media_type="application/xhtml+xml")

    async def _ticking(self, _: Request) -> Response:
        return HTMLResponse(TICKING)

    async def _events(self, _: Request) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "data: first\n\n"
            await asyncio.to_thread(self.go_on.wait)
            yield "data: second\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _hmr(self, socket: WebSocket) -> None:
        if socket.headers.get("origin") != SHOP or socket.query_params.get("token") != "a":
            await socket.close()
            return
        await socket.accept("vite-hmr")
        await socket.receive_text()
        self.version += 1
        await socket.send_json({"type": "full-reload"})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    rule = "--host-resolver-rules=MAP heat.example 127.0.0.1"
    with sync_playwright() as playwright, launch(playwright.chromium, rule) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    leave(context)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.go_on.set()
    shop.server.stop()


@pytest.fixture(scope="module")
def port(shop: Shop) -> Iterator[str]:
    """The port of the shop's heat map, which is called heat.example, too."""
    watched = Broadcaster()
    settings = HeatmapSettings.load(
        site_url=SHOP,
        site_fetch_url=shop.server.origin,
        broadcaster_url=watched.origin,
        allowed_hosts="heat.example",
    )
    app = Server(create_app(settings), **SERVER_OPTIONS)
    yield app.origin.rpartition(":")[2]
    app.stop()
    watched.close()


@pytest.mark.parametrize("host", ["heat.example", "localhost", "127.0.0.1"])
def test_one_can_log_in_under_the_heat_map_at_http(page: Page, port: str, host: str) -> None:
    page.goto(f"http://{host}:{port}/login")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"http://{host}:{port}/account")
    expect(page.locator("p").first).to_have_text("__Host-csrf=2 __Secure-x=3 embedded=4 sid=1")
    expect(page.locator("p").nth(1)).to_have_text("True")
    expect(page.locator("pageheat-overlay")).to_have_count(1)


@pytest.mark.parametrize("host", ["heat.example", "localhost"])
def test_a_page_reloads_itself_when_the_site_says_that_it_has_changed(
    page: Page, port: str, host: str
) -> None:
    page.goto(f"http://{host}:{port}/dev")
    expect(page.locator("#state")).to_have_text("open by vite-hmr")
    before = page.title()
    page.mouse.click(5, 300)
    expect(page).not_to_have_title(before)
    expect(page.locator("#state")).to_have_text("open by vite-hmr")


def test_xhtml_stays_well_formed_with_the_overlay(page: Page, port: str) -> None:
    page.goto(f"http://heat.example:{port}/xhtml")
    expect(page.locator("#well")).to_have_text("well-formed")
    expect(page.locator("pageheat-overlay")).to_have_count(1)


def test_events_arrive_one_by_one(page: Page, port: str, shop: Shop) -> None:
    page.goto(f"http://heat.example:{port}/ticking")
    expect(page.locator("#heard")).to_contain_text("first")
    expect(page.locator("#heard")).not_to_contain_text("second")
    shop.go_on.set()
    expect(page.locator("#heard")).to_contain_text("second")


def test_each_site_has_its_own_cookies_and_the_list_leads_to_both(page: Page) -> None:
    def site(name: str) -> Server:
        async def answer(request: Request) -> Response:
            response = HTMLResponse(f"<title>{name}</title><p>{request.cookies.get('sid')}</p>")
            response.set_cookie("sid", name)
            return response

        return Server(Starlette(routes=[Route("/{path:path}", answer)]))

    main, blog, watched = site("main"), site("blog"), Broadcaster()
    settings = HeatmapSettings.load(
        site_url=main.origin, sites=f"blog={blog.origin}", broadcaster_url=watched.origin
    )
    app = Server(create_app(settings), **SERVER_OPTIONS)
    port = app.origin.rpartition(":")[2]
    for _ in range(2):
        for host, name in (("localhost", "main"), ("blog.localhost", "blog")):
            page.goto(f"http://{host}:{port}/page")
            expect(page).to_have_title(name)
    expect(page.locator("p").first).to_have_text("blog")
    watched.wait_for_viewers("//blog/page")
    page.goto(f"http://localhost:{port}/_pageheat/")
    link = page.get_by_role("link", name="blog", exact=True)
    expect(link).to_have_attribute("href", "http://blog.localhost:8081/")
    for server in (app, main, blog):
        server.stop()
    watched.close()
