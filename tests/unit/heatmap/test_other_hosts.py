"""No request and no redirect leads the heat-map front end to another host than the site's."""

from collections.abc import Iterator

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from tests.support.plain_site import Site, ask, says
from tests.support.server import Server

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
