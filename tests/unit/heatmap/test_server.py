"""How the heat-map front end passes a site on: pages with the overlay, all else as it is."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from pageheat.frontends.heatmap.addresses import addresses
from pageheat.frontends.heatmap.injection import added
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.plain_site import PAGE, Late, Site, nobody, says, settings
from tests.support.server import Server

# Pages


def test_a_page_of_the_site_has_the_overlay(browser: httpx2.Client, site: Site) -> None:
    answer = browser.get("/lamps/oslo?size=2")
    ours = addresses(site.origin, str(browser.base_url).rstrip("/"))
    tag = added(ours, "http://localhost:8002", history_url="http://localhost:8005").tag
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


@pytest.mark.parametrize("destination", ["worker", "sharedworker"])
def test_a_workers_script_knows_where_the_sites_addresses_are(
    browser: httpx2.Client, site: Site, destination: str
) -> None:
    headers = {"content-encoding": "gzip", "etag": '"7"', "content-security-policy": "connect-src 'none'"}
    site.answer = says(gzip.compress(b"go()"), "text/javascript", headers=headers)
    answer = browser.get("/w.js", headers={"sec-fetch-dest": destination, "if-none-match": '"7"'})
    own = site.origin.partition("//")[2]
    assert answer.text.endswith("go()")
    assert f'"{str(browser.base_url).rstrip("/")} {own} ' in answer.text
    assert not {"etag", "content-security-policy", "content-encoding"} & answer.headers.keys()
    assert "if-none-match" not in site.requests[0].headers


def test_what_a_worker_is_given_that_is_no_script_passes_unchanged(
    browser: httpx2.Client, site: Site
) -> None:
    site.answer = says("go()", "text/plain")
    assert browser.get("/w.js", headers={"sec-fetch-dest": "worker"}).text == "go()"


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
