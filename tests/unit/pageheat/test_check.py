"""`pageheat check --http`, with a site and an ingest on ports of this machine."""

import argparse
import json
from collections.abc import Callable, Iterator

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pageheat.commands import check
from pageheat.frontends.heatmap.server import create_app
from pageheat.frontends.tracker import scripts
from pageheat.services.checking.page import tracker_tag
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.tokens import issue
from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.rules import Rules
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.ingest import SENT, KeepingSink
from tests.support.server import Server

Check = Callable[[str], tuple[int, str]]


INGEST: list[str] = []
"""The origin of the ingest that the site's pages name."""


@pytest.fixture
def site() -> Iterator[Server]:
    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        tag = "" if name == "bare" else tracker_tag(INGEST[0])
        policy = {"strict": "default-src 'self'", "halfway": f"connect-src {INGEST[0]}"}
        if name == "moved":
            return RedirectResponse("/right")
        if name == "data":
            return Response("{}", media_type="application/json")
        headers = {"content-security-policy": policy[name]} if name in policy else None
        return HTMLResponse(f"<!doctype html><title>x</title>{tag}", headers=headers)

    server = Server(Starlette(routes=[Route("/{name:path}", page)]))
    yield server
    server.stop()


@pytest.fixture
def ingest(site: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(Ingest(KeepingSink(), scripts(), Rules(Origins(site.origin, {}, set()))))
    INGEST[:] = [server.origin]
    monkeypatch.setenv("SITE_URL", site.origin)
    monkeypatch.setenv("INGEST_URL", server.origin)
    yield server
    server.stop()


@pytest.fixture
def run(site: Server, ingest: Server, capsys: pytest.CaptureFixture[str]) -> Check:
    def run(path: str) -> tuple[int, str]:
        code = check.run(by_http(site.origin + path))
        return code, capsys.readouterr().out

    return run


def by_http(url: str) -> argparse.Namespace:
    return argparse.Namespace(url=url, browser="", http=True)


def visit(site: Server, ingest: Server, path: str, **more: object) -> None:
    frame = {**SENT, **more, "page": {**SENT["page"], "path": path}}
    url, headers = f"{ingest.origin}/_pageheat/beacon", {"origin": site.origin}
    assert httpx2.post(url, content=json.dumps(frame), headers=headers).is_success


def lines(out: str, outcome: str) -> list[str]:
    return [line.split(maxsplit=2)[1] for line in out.splitlines() if line.startswith(outcome)]


def test_a_page_that_is_right_passes_everything(run: Check) -> None:
    code, out = run("/right")
    assert code == 0
    passed = ["page", "tag", "script", "policy", "origin", "socket", "visitors", "name"]
    assert lines(out, "PASS") == passed
    assert len(out.splitlines()) == 1 + len(passed)
    assert "read by HTTP" in out.splitlines()[0]
    assert "counted as /right" in out


@pytest.mark.parametrize(
    ("path", "failed", "told"),
    [
        ("/bare", ["tag"], '→ Add it to the page: <script async src="http://127.0.0.1:'),
        ("/strict", ["policy", "policy"], "→ Add to its default-src: http://127.0.0.1:"),
        ("/data", ["page"], "it is application/json, not a page"),
    ],
)
def test_what_forbids_heat_fails_with_what_to_do(run: Check, path: str, failed: list[str], told: str) -> None:
    code, out = run(path)
    assert (code, lines(out, "FAIL")) == (1, failed), out
    assert told in out


@pytest.mark.parametrize(
    ("path", "warned", "told"),
    [
        ("/halfway", ["policy"], "by POST"),
        ("/moved", ["page"], "/right"),
        ("/right?id=7", ["name"], "PAGE_QUERY"),
        ("/right#/users/7", ["name"], "HASH_ROUTES"),
    ],
)
def test_what_makes_heat_differ_is_a_warning(run: Check, path: str, warned: list[str], told: str) -> None:
    code, out = run(path)
    assert (code, lines(out, "WARN")) == (0, warned), out
    assert told in out


def test_robots_people_and_pages_of_nearly_the_same_address_are_told_apart(
    run: Check, site: Server, ingest: Server
) -> None:
    visit(site, ingest, "/right/")
    assert "People moved on /right/, which is another page" in run("/right")[1]
    visit(site, ingest, "/right", robot=True)
    assert "Only robots came" in run("/right")[1]
    visit(site, ingest, "/right")
    assert lines(run("/right")[1], "PASS")[-2:] == ["people", "name"]


def test_an_origin_that_no_setting_names_fails(
    site: Server, ingest: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = site.origin.replace("127.0.0.1", "localhost.localhost")
    monkeypatch.setenv("SITE_FETCH_URL", site.origin)
    monkeypatch.setenv("SITE_URL", other)
    assert check.run(by_http(f"{other}/right")) == 1
    out = capsys.readouterr().out
    assert lines(out, "FAIL") == ["origin"]
    assert f"→ Set ORIGINS={other}" in out


def test_an_ingest_and_a_site_that_do_not_answer_are_named(run: Check, site: Server, ingest: Server) -> None:
    ingest.stop()
    code, out = run("/right")
    assert (code, lines(out, "FAIL"), lines(out, "WARN")) == (1, ["script", "socket"], ["ingest"]), out
    site.stop()
    assert lines(run("/right")[1], "FAIL") == ["page"]


@pytest.mark.parametrize("url", ["", "shop", "ftp://shop.example/", "http://", "http://a b/"])
def test_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(check.NoPage, match="give one such as http://localhost:8080/"):
        check.run(by_http(url))


def test_the_front_end_tells_the_same_to_who_may_look(site: Server, ingest: Server) -> None:
    settings = HeatmapSettings.load(site_url=site.origin, ingest_url=ingest.origin)
    front = Server(create_app(settings))
    try:
        ask = f"{front.origin}/_pageheat/check"
        found = httpx2.get(ask, params={"page": "/bare"}).json()["findings"]
        assert [each["name"] for each in found if each["outcome"] == "FAIL"] == ["tag"]
        running = httpx2.get(ask, params={"page": "/bare", "runs": "1"}).json()["findings"]
        assert all(each["outcome"] != "FAIL" for each in running), "a script adds the tag"
        for wrong in ({"page": "x"}, {}, {"page": "/", "origin": "https://stranger.example"}):
            assert httpx2.get(ask, params=wrong).status_code == 400
        stranger = httpx2.get(ask, params={"page": "/"}, headers={"origin": "https://stranger.example"})
        assert stranger.status_code == 403
    finally:
        front.stop()
    private = settings.model_copy(update={"published_address": "0.0.0.0", "view_secret": SecretStr("s" * 32)})
    front = Server(create_app(private))
    try:
        ask = f"{front.origin}/_pageheat/check"
        assert httpx2.get(ask, params={"page": "/bare"}).status_code == 401
        token = issue("s" * 32, "", "/bare", 2**40)
        headers = {"authorization": f"Bearer {token}"}
        assert httpx2.get(ask, params={"page": "/bare"}, headers=headers).status_code == 200
        assert httpx2.get(ask, params={"page": "/right"}, headers=headers).status_code == 401
    finally:
        front.stop()
