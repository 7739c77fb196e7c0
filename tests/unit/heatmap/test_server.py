"""The heat-map front end's server in front of a small real site, each on its own port."""

import asyncio
import gzip
import json
import re
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from urllib.parse import unquote

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pageheat.frontends.heatmap import bookmarklet, proxy
from pageheat.frontends.heatmap.addresses import addresses
from pageheat.frontends.heatmap.injection import added
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.server import Server

Answer = Callable[[Request], Awaitable[Response]]

PAGE = "<!doctype html><body>Lämps</body>"


class Site:
    """Answers every request with `answer`, and records the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.answer: Answer = self._page
        self.server = Server(Starlette(routes=[Route("/{path:path}", _Endpoint(self))]))

    @property
    def origin(self) -> str:
        return self.server.origin

    async def _page(self, _: Request) -> Response:
        return Response(PAGE, media_type="text/html")


class _Endpoint:
    """An ASGI application, so that its route accepts all methods."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        request = Request(scope, receive)
        self._site.requests.append(request)
        self._site.bodies.append(await request.body())
        response = await self._site.answer(request)
        await response(scope, receive, send)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Site, Server]]:
    site = Site()
    app = Server(create_app(settings(site.origin)))
    yield site, app
    app.stop()
    site.server.stop()


def settings(site: str, **others: str) -> HeatmapSettings:
    return HeatmapSettings.load(site_url=site, broadcaster_url="http://localhost:8002", **others)


@pytest.fixture
def site(running: tuple[Site, Server]) -> Site:
    site, _ = running
    site.answer = site._page
    site.requests.clear()
    site.bodies.clear()
    return site


@pytest.fixture
def browser(site: Site, running: tuple[Site, Server]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running[1].origin, headers={"accept": "text/html"}) as client:
        yield client


def says(
    body: bytes | str,
    content_type: str = "text/html",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    async def answer(_: Request) -> Response:
        return Response(body, status, {"content-type": content_type, **(headers or {})})

    return answer


@contextmanager
def nobody() -> Iterator[str]:
    """The origin of a reserved port without a listener."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


# Pages


def test_a_page_of_the_site_has_the_overlay(browser: httpx2.Client, site: Site) -> None:
    answer = browser.get("/lamps/oslo?size=2")
    ours = addresses(site.origin, str(browser.base_url).rstrip("/"))
    tag = added(ours, "http://localhost:8002").tag
    assert answer.text == PAGE.replace("<body>", f"{tag}<body>")


def test_the_site_gets_the_path_and_query_that_the_browser_sent(browser: httpx2.Client, site: Site) -> None:
    browser.get("/a%2Fb/%C3%A4//c?x=%20y&x=2")
    assert site.requests[0].scope["raw_path"] == b"/a%2Fb/%C3%A4//c"
    assert site.requests[0].scope["query_string"] == b"x=%20y&x=2"


def test_the_charset_is_kept(browser: httpx2.Client, site: Site) -> None:
    site.answer = says("<body>лампы</body>".encode("cp1251"), "text/html; charset=windows-1251")
    answer = browser.get("/")
    assert answer.headers["content-type"] == "text/html; charset=windows-1251"
    assert answer.text.endswith("</script><body>лампы</body>")


@pytest.mark.parametrize(("encoding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_page_sent_compressed_against_the_request_is_decoded(
    browser: httpx2.Client, site: Site, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    site.answer = says(encode(PAGE.encode()), headers={"content-encoding": encoding})
    answer = browser.get("/")
    assert site.requests[0].headers["accept-encoding"] == "identity"
    assert "content-encoding" not in answer.headers
    assert "overlay.js" in answer.text
    assert "Lämps" in answer.text


def test_a_page_in_an_encoding_that_cannot_be_read_passes_unchanged(
    browser: httpx2.Client, site: Site
) -> None:
    site.answer = says(b"\x01\x02", headers={"content-encoding": "br2"})
    answer = browser.get("/")
    assert (answer.content, answer.headers["content-encoding"]) == (b"\x01\x02", "br2")


def test_the_sites_policy_and_headers_untrue_of_a_changed_page_are_dropped(
    browser: httpx2.Client, site: Site
) -> None:
    dropped = {
        "content-security-policy": "script-src 'none'",
        "content-security-policy-report-only": "script-src 'none'",
        "etag": '"1"',
        "last-modified": "Mon, 06 Jul 2026 10:00:00 GMT",
        "strict-transport-security": "max-age=9",
        "alt-svc": 'h3=":443"',
    }
    site.answer = says(PAGE, headers={"x-frame-options": "DENY", **dropped})
    answer = browser.get("/")
    assert answer.headers["x-frame-options"] == "DENY"
    assert not set(dropped) & set(answer.headers)


def test_a_page_is_requested_whole_and_unconditionally(browser: httpx2.Client, site: Site) -> None:
    browser.get("/", headers={"if-none-match": '"1"', "range": "bytes=0-9"})
    assert not {"if-none-match", "range"} & set(site.requests[0].headers)


def test_an_error_page_has_the_overlay_and_its_status(browser: httpx2.Client, site: Site) -> None:
    site.answer = says(PAGE, status=404)
    answer = browser.get("/gone")
    assert answer.status_code == 404
    assert "overlay.js" in answer.text


@pytest.mark.parametrize(
    ("headers", "is_page"),
    [
        ({"sec-fetch-dest": "document", "accept": "text/html,*/*"}, True),
        ({"sec-fetch-dest": "iframe", "accept": "text/html,*/*"}, True),
        ({"sec-fetch-dest": "empty", "accept": "text/html"}, False),
        # At an address for which browsers tell no destination
        ({"upgrade-insecure-requests": "1", "accept": "text/html,*/*", "referer": "http://a/"}, True),
        ({"accept": "*/*", "referer": "http://a/"}, False),
        ({"accept": "text/html, application/xhtml+xml", "referer": "http://a/"}, False),
        # Other programs
        ({"accept": "text/html"}, True),
        ({"accept": "*/*"}, True),
    ],
)
def test_a_part_of_a_page_that_a_script_fetches_gets_no_overlay(
    browser: httpx2.Client, site: Site, headers: dict[str, str], is_page: bool
) -> None:
    site.answer = says(f"<li><a href='{site.origin}/a'>", headers={"etag": '"1"'})
    answer = browser.get("/part", headers=headers)
    assert answer.text.endswith(f"<li><a href='{str(browser.base_url).rstrip('/')}/a'>")
    assert ("overlay.js" in answer.text) is is_page
    assert ("etag" not in answer.headers) is is_page


def test_a_page_arrives_as_the_site_sends_it(browser: httpx2.Client, site: Site) -> None:
    seen = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def parts() -> AsyncIterator[str]:
        loops.append(asyncio.get_running_loop())
        yield "<body><p>first</p>"
        await seen.wait()
        yield "<p>second</p>"

    async def answer(_: Request) -> Response:
        return StreamingResponse(parts(), media_type="text/html")

    site.answer = answer
    with browser.stream("GET", "/") as stream:
        chunks = stream.iter_text()
        assert next(chunks).endswith("<p>first</p>")
        loops[0].call_soon_threadsafe(seen.set)
        assert "".join(chunks) == "<p>second</p>"


def test_a_head_request_for_a_page_gets_no_length_of_another_body(browser: httpx2.Client) -> None:
    answer = browser.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "content-length" not in answer.headers


# Everything else


def test_other_content_passes_byte_for_byte(browser: httpx2.Client, site: Site) -> None:
    body = gzip.compress(f"fetch('{site.origin}/a')".encode())
    site.answer = says(body, "text/javascript", headers={"content-encoding": "gzip", "etag": '"7"'})
    with browser.stream("GET", "/a.js", headers={"if-none-match": '"6"'}) as answer:
        raw = b"".join(answer.iter_raw())
    assert raw == body
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["etag"] == '"7"'


@pytest.mark.parametrize("content_type", ["text/css", "application/manifest+json", "image/svg+xml"])
@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_addresses_of_the_site_lead_here_in_what_browsers_read(
    browser: httpx2.Client, site: Site, content_type: str, encoding: str
) -> None:
    texts = {"text/css": "p{background:url('@/a')}", "image/svg+xml": "<svg><use href='@/a'/></svg>"}
    text = texts.get(content_type, '{"start_url":"@/a"}')
    body = text.replace("@", site.origin).encode()
    headers = {"content-encoding": encoding, "etag": '"7"'}
    site.answer = says(gzip.compress(body) if encoding else body, content_type, headers=headers)
    answer = browser.get("/a", headers={"sec-fetch-dest": "style"})
    assert answer.text == text.replace("@", str(browser.base_url).rstrip("/"))
    assert answer.headers["etag"] == '"7"'


def test_a_service_worker_of_the_site_is_replaced(browser: httpx2.Client, site: Site) -> None:
    answer = browser.get("/app/sw.js", headers={"service-worker": "script"})
    assert "skipWaiting" in answer.text
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == "/"
    assert site.requests == []


def test_a_body_is_streamed(browser: httpx2.Client, site: Site) -> None:
    seen = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def parts() -> AsyncIterator[str]:
        loops.append(asyncio.get_running_loop())
        yield "first"
        await seen.wait()
        yield "second"

    async def answer(_: Request) -> Response:
        return StreamingResponse(parts(), media_type="text/event-stream")

    site.answer = answer
    with browser.stream("GET", "/events", headers={"sec-fetch-dest": "empty"}) as stream:
        chunks = stream.iter_text()
        assert next(chunks) == "first"
        loops[0].call_soon_threadsafe(seen.set)
        assert "".join(chunks) == "second"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"])
def test_every_method_passes_with_its_body(browser: httpx2.Client, site: Site, method: str) -> None:
    site.answer = says('{"ok": 1}', "application/json", 201)
    answer = browser.request(method, "/cart", content=b"a=1", headers={"content-type": "text/x"})
    assert (answer.status_code, answer.json()) == (201, {"ok": 1})
    assert (site.requests[0].method, site.bodies) == (method, [b"a=1"])
    assert site.requests[0].headers["content-type"] == "text/x"


def test_a_body_of_unknown_length_passes(browser: httpx2.Client, site: Site) -> None:
    browser.post("/upload", content=iter([b"one", b"two"]))
    assert site.bodies == [b"onetwo"]


def test_the_site_sees_its_own_host_and_origin(browser: httpx2.Client, site: Site) -> None:
    ours = str(browser.base_url).rstrip("/")
    browser.post("/", headers={"origin": ours, "referer": f"{ours}/cart?x=1"})
    headers = site.requests[0].headers
    assert headers["host"] == site.origin.removeprefix("http://")
    assert headers["origin"] == site.origin
    assert headers["referer"] == f"{site.origin}/cart?x=1"


def test_a_site_that_is_fetched_elsewhere_sees_the_host_of_its_own_address(site: Site) -> None:
    app = Server(
        create_app(HeatmapSettings.load(site_url="https://www.shop.example", site_fetch_url=site.origin))
    )
    here = {"origin": app.origin, "x-forwarded-host": "heat.example", "forwarded": "host=heat.example"}
    httpx2.post(f"{app.origin}/cart", headers=here)
    app.stop()
    headers = site.requests[0].headers
    assert headers["host"] == headers["x-forwarded-host"] == "www.shop.example"
    assert headers["origin"] == "https://www.shop.example"
    assert headers["x-forwarded-proto"] == "https"
    assert "forwarded" not in headers


def test_another_origin_is_passed_unchanged(browser: httpx2.Client, site: Site) -> None:
    ours = str(browser.base_url).rstrip("/")
    browser.post("/", headers={"origin": site.origin, "referer": f"{ours}.evil.example/"})
    headers = site.requests[0].headers
    assert headers["origin"] == site.origin
    assert headers["referer"] == f"{ours}.evil.example/"


def test_hop_by_hop_headers_are_not_passed_on(browser: httpx2.Client, site: Site) -> None:
    site.answer = says("x", "text/plain", headers={"connection": "x-mine", "x-mine": "1", "x-all": "2"})
    sent = {"connection": "keep-alive, x-yours", "x-yours": "1", "te": "trailers", "x-both": "2"}
    answer = browser.get("/", headers=sent)
    assert not {"x-yours", "te"} & set(site.requests[0].headers)
    assert site.requests[0].headers["x-both"] == "2"
    assert "x-mine" not in answer.headers
    assert answer.headers["x-all"] == "2"


def test_cookies_pass_only_between_one_browser_and_the_site(site: Site, browser: httpx2.Client) -> None:
    async def answer(_: Request) -> Response:
        response = PlainTextResponse("x")
        response.set_cookie("a", "1", domain="shop.example", path="/x")
        response.set_cookie("b", "2")
        return response

    site.answer = answer
    cookies = browser.get("/").headers.get_list("set-cookie")
    assert cookies == ["a=1; Path=/x; SameSite=lax", "b=2; Path=/; SameSite=lax"]
    with httpx2.Client(base_url=browser.base_url) as other:
        other.get("/")
    assert "cookie" not in site.requests[-1].headers


# Redirects


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("{site}/lamps?a=1#b", "{here}/lamps?a=1#b"),
        ("{site}", "{here}"),
        ("//{host}/lamps", "{here}/lamps"),
        ("https://{host}/lamps", "{here}/lamps"),
        ("/lamps", "/lamps"),
        ("oslo", "oslo"),
        ("?page=2", "?page=2"),
        ("{site}//evil.example/x", "{here}//evil.example/x"),
        ("https://elsewhere.example/login", "https://elsewhere.example/login"),
        ("//elsewhere.example/login", "//elsewhere.example/login"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_a_redirect_within_the_site_stays_on_this_origin(
    browser: httpx2.Client, site: Site, said: str, heard: str
) -> None:
    names = {"site": site.origin, "host": site.origin.removeprefix("http://")}
    names["here"] = str(browser.base_url).rstrip("/")
    site.answer = says("", "text/plain", 302, {"location": said.format(**names)})
    answer = browser.get("/shop/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, heard.format(**names))


def test_a_redirect_is_left_to_the_browser(browser: httpx2.Client, site: Site) -> None:
    async def answer(request: Request) -> Response:
        if request.url.path == "/old":
            return RedirectResponse("/new")
        return PlainTextResponse("here")

    site.answer = answer
    assert browser.get("/old").status_code == 307
    assert browser.get("/old", follow_redirects=True).text == "here"


# No other host


@pytest.mark.parametrize(
    "path",
    [
        "//{other}/x",
        "/\\{other}/x",
        "/@{other}/",
        "/%2f%2f{other}/x",
        "/..//{other}/",
        "/x?u=http://{other}/",
    ],
)
def test_no_path_leads_to_another_host(
    running: tuple[Site, Server], site: Site, elsewhere: Site, path: str
) -> None:
    name = elsewhere.origin.removeprefix("http://")
    answer = ask(running[1].origin, f"GET {path.format(other=name)}", f"Host: {name}")
    assert answer.startswith(b"HTTP/1.1 200")
    assert elsewhere.requests == []
    assert site.requests[0].headers["host"] == site.origin.removeprefix("http://")


@pytest.mark.parametrize(
    "target", ["GET http://{other}/x", "GET {other}/x", "GET @{other}/x", "CONNECT {other}", "OPTIONS *"]
)
def test_a_target_that_is_no_path_is_refused(
    running: tuple[Site, Server], site: Site, elsewhere: Site, target: str
) -> None:
    name = elsewhere.origin.removeprefix("http://")
    answer = ask(running[1].origin, target.format(other=name), f"Host: {name}")
    assert answer.startswith(b"HTTP/1.1 4")
    assert (elsewhere.requests, site.requests) == ([], [])


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host: {other}",
        "Forwarded: host={other}",
        "X-Original-URL: http://{other}/",
        "X-Rewrite-URL: http://{other}/",
        "Proxy: http://{other}",
        "Referer: http://{other}/",
    ],
)
@pytest.mark.parametrize("host", ["{other}", "{site}@{other}", "{other}#", "[", ""])
def test_no_header_leads_to_another_host(
    running: tuple[Site, Server], site: Site, elsewhere: Site, host: str, header: str
) -> None:
    names = {"other": elsewhere.origin.removeprefix("http://"), "site": site.origin.removeprefix("http://")}
    answer = ask(running[1].origin, "GET /lamp", f"Host: {host.format(**names)}", header.format(**names))
    assert elsewhere.requests == []
    is_ours = host == "{other}"  # another port of this machine
    assert answer.startswith(b"HTTP/1.1 200" if is_ours else b"HTTP/1.1 403")
    assert [request.headers["host"] for request in site.requests] == [names["site"]] * is_ours


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", ["location", "refresh", "content-location"])
def test_the_proxy_does_not_follow_a_sites_redirect_elsewhere(
    browser: httpx2.Client, site: Site, elsewhere: Site, status: int, name: str
) -> None:
    site.answer = says("", "text/plain", status, {name: f"{elsewhere.origin}/secret"})
    assert browser.get("/", follow_redirects=False).status_code == status
    assert (elsewhere.requests, len(site.requests)) == ([], 1)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Site]:
    """A server that no request may reach."""
    site = Site()
    yield site
    site.server.stop()


def ask(origin: str, line: str, *headers: str) -> bytes:
    """A request that no client library would send."""
    host, port = origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = "\r\n".join([f"{line} HTTP/1.1", *headers, "Connection: close", "", ""])
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


# The policy of our own pages


def test_each_own_page_may_load_what_it_needs_and_nothing_else(browser: httpx2.Client) -> None:
    with nobody() as origin:
        app = Server(create_app(settings(origin)))
        away = httpx2.get(f"{app.origin}/lamps", headers={"accept": "text/html"})
        app.stop()
    listing, bookmarks = browser.get("/_pageheat/"), browser.get("/_pageheat/bookmarklet")
    for page, connect, shown_in in [
        (listing, "http://localhost:8002 ws://localhost:8002", "'none'"),
        (bookmarks, None, "'none'"),
        (away, "'self'", "'self'"),
    ]:
        directives = page.headers["content-security-policy"].split("; ")
        policy = {name: sources for name, _, sources in (one.partition(" ") for one in directives)}
        assert policy.pop("connect-src", None) == connect
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "'none'",
            "frame-ancestors": shown_in,
        }
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=", page.text), (
            "no inline script"
        )


def test_the_sites_pages_get_no_policy_of_ours(browser: httpx2.Client) -> None:
    ours = {"content-security-policy", "referrer-policy", "x-content-type-options"}
    assert not ours & set(browser.get("/lamp").headers)
    assert browser.get("/_pageheat/overlay.js").headers["x-content-type-options"] == "nosniff"


# A site that is down


def test_if_the_site_is_down_a_page_says_what_to_do() -> None:
    with nobody() as origin:
        app = Server(create_app(settings(origin)))
        try:
            answer = httpx2.get(f"{app.origin}/lamps", headers={"accept": "text/html,*/*"})
            assert answer.status_code == 502
            assert answer.headers["cache-control"] == "no-store"
            assert "overlay.js" not in answer.text
            for part in (origin, "SITE_URL", "Try again"):
                assert part in answer.text
            picture = httpx2.get(f"{app.origin}/a.png", headers={"accept": "image/*"})
            assert picture.status_code == 502
            assert picture.text.startswith(f"{origin} does not answer: ")
        finally:
            app.stop()


class Late(httpx2.AsyncBaseTransport):
    """A site that answers later than the time-out."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.extensions["timeout"] == proxy.PAGE_TIMEOUT.as_dict()
        raise httpx2.ReadTimeout("")


async def test_a_site_that_takes_too_long_gives_504() -> None:
    app = create_app(settings("http://shop.example"), Late())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as here:
        answer = await here.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 504
    assert "did not answer in time" in answer.text


def test_an_aborted_answer_is_aborted_here_too(browser: httpx2.Client, site: Site) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"

    async def answer(_: Request) -> Response:
        return StreamingResponse(parts(), headers={"content-length": "8"}, media_type="text/plain")

    site.answer = answer
    with pytest.raises(httpx2.RemoteProtocolError):
        browser.get("/")


# Our own pages


def test_the_list_of_warm_pages_knows_the_broadcaster(browser: httpx2.Client, site: Site) -> None:
    answer = browser.get("/_pageheat/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'data-broadcaster="http://localhost:8002"' in answer.text
    assert f'href="{site.origin}"' in answer.text
    assert browser.get("/_pageheat").headers["location"] == "/_pageheat/"


def test_the_bookmarklets_load_their_script_from_the_address_of_their_page(
    browser: httpx2.Client, site: Site
) -> None:
    answer = browser.get("/_pageheat/bookmarklet", headers={"host": "heat.localhost:81"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    codes = [unquote(code) for code in re.findall('href="javascript:([^"]+)"', unescape(answer.text))]
    assert len(codes) == 2
    for code, mode in zip(codes, ("map", "picture"), strict=True):
        assert 'import("http://heat.localhost:81" + "/_pageheat/bookmarklet.js")' in code
        assert code.endswith(f'heat?.toggle("{mode}"); }})()')
    assert '<a href="/_pageheat/bookmarklet">' in browser.get("/_pageheat/").text
    assert site.requests == []


async def test_settings_are_escaped_in_the_page_and_in_settings_js() -> None:
    odd, site = """http://a/'b"<i>&""", "https://shop.example"
    app = create_app(
        HeatmapSettings.load(site_url=site, broadcaster_url=odd, sites="blog=https://blog.example"),
        Late(),
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as here:
        page = (await here.get("/_pageheat/bookmarklet")).text
        told = await here.get("/_pageheat/settings.js", headers={"origin": "https://blog.example"})
    assert "<i>" not in page
    assert f'<a href="{site}">' in page
    assert '<a href="https://blog.example">https://blog.example</a> <span>blog</span>' in page
    assert told.headers["content-type"].startswith("text/javascript")
    assert told.headers["access-control-allow-origin"] == "https://blog.example"
    told_settings = json.loads(told.text.removeprefix("export const settings = ").removesuffix(";\n"))
    assert told_settings == {
        "frontend": "http://localhost",
        "frontends": {"": "http://localhost", "blog": "http://blog.localhost:8081"},
        "broadcaster": odd,
        "site": site,
        "sites": {"https://blog.example": "blog"},
        "policy": {
            "script-src": ["http://localhost"],
            "style-src": ["http://localhost"],
            "connect-src": ["http://a", "ws://a"],
            "img-src": ["blob:"],
        },
        "pages": {"query": [], "hashRoutes": False},
        "tag": '<script async src="http://localhost:8001/_pageheat/page.js"></script>',
    }


async def test_the_overlay_is_told_what_tells_pages_apart_and_nothing_else_of_the_settings() -> None:
    settings = HeatmapSettings.load(page_query="id, p", hash_routes=True, path_masks="/user/*")
    transport = httpx2.ASGITransport(create_app(settings, Late()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as here:
        told = await here.get("/_pageheat/settings.js")
    assert '"pages": {"query": ["id", "p"], "hashRoutes": true}' in told.text
    assert "user" not in told.text


@pytest.mark.parametrize(
    ("broadcaster", "sources"),
    [
        ("http://localhost:8002", ["http://localhost:8002", "ws://localhost:8002"]),
        ("https://live.example/heat", ["https://live.example", "wss://live.example"]),
    ],
)
def test_a_policy_must_allow_the_broadcaster_by_http_and_by_websocket(
    broadcaster: str, sources: list[str]
) -> None:
    assert bookmarklet.policy("http://here", broadcaster)["connect-src"] == sources


def test_an_address_cannot_break_out_of_the_bookmarklets_code() -> None:
    address = bookmarklet.href("""http://a"+alert(1)+"</a>%20#'é""", "map")
    assert re.fullmatch("javascript:[A-Za-z0-9%!'()*._~-]+", address)
    assert r"""import("http://a\"+alert(1)+\"</a>%20#'\u00e9" + "/_pageheat/""" in unquote(address)


@pytest.mark.parametrize(
    ("asset", "media_type"),
    [
        ("overlay.js", "text/javascript"),
        ("bookmarklet.js", "text/javascript"),
        ("core/grid.js", "text/javascript"),
        ("theme.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_assets_can_be_loaded_from_any_origin(browser: httpx2.Client, asset: str, media_type: str) -> None:
    answer = browser.get(f"/_pageheat/{asset}", headers={"origin": "http://strange.example"})
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin", (
        "for pages that require it (COEP)"
    )
    again = browser.get(f"/_pageheat/{asset}", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_nothing_under_the_reserved_path_reaches_the_site(browser: httpx2.Client, site: Site) -> None:
    for path in ("/_pageheat/nothing", "/_pageheat/../server.py", "/_pageheat/%2e%2e/server.py"):
        assert ask_path(browser, path).startswith(b"HTTP/1.1 404")
    assert b"pageheat" not in browser.get("/healthz").content
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/_pageheat/metrics").status_code == 200
    assert site.requests == []


def ask_path(browser: httpx2.Client, path: str) -> bytes:
    return ask(str(browser.base_url).rstrip("/"), f"GET {path}", "Host: localhost")
