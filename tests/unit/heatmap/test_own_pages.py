"""The heat-map front end's own pages: their policy, and what the settings give them."""

import json
import re
from html import unescape
from urllib.parse import unquote

import httpx2
import pytest

from pageheat.frontends.heatmap import bookmarklet
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.plain_site import Late, Site, ask, nobody, settings
from tests.support.server import Server

# The policy of our own pages


def test_each_own_page_may_load_what_it_needs_and_nothing_else(browser: httpx2.Client) -> None:
    with nobody() as origin:
        app = Server(create_app(settings(origin)))
        away = httpx2.get(f"{app.origin}/lamps", headers={"accept": "text/html"})
        app.stop()
    listing, bookmarks = browser.get("/_pageheat/"), browser.get("/_pageheat/bookmarklet")
    for page, connect, shown_in in [
        (listing, "http://localhost:8002 ws://localhost:8002 http://localhost:8005", "'none'"),
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
        "history": "http://localhost:8005",
        "site": site,
        "sites": {"https://blog.example": "blog"},
        "policy": {
            "script-src": ["http://localhost"],
            "style-src": ["http://localhost"],
            "connect-src": ["http://a", "ws://a", "http://localhost:8005"],
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
def test_a_policy_must_allow_the_broadcaster_by_http_and_by_websocket_and_the_history(
    broadcaster: str, sources: list[str]
) -> None:
    allowed = bookmarklet.policy("http://here", broadcaster, "https://past.example/heat")["connect-src"]
    assert allowed == [*sources, "https://past.example"]


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
