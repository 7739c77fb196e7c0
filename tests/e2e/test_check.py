"""`pageheat check` with a real browser: a site of each kind, and an ingest, on ports of this machine."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pageheat.browsing import visit
from pageheat.browsing.browsers import NoBrowser
from pageheat.commands import check
from pageheat.frontends.tracker import scripts
from pageheat.services.checking.page import tracker_tag
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.sites import SEEN, SEEN_HOST
from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.rules import Rules
from tests.support.chromium import of_the_machine
from tests.support.ingest import KeepingSink
from tests.support.server import Server
from tests.support.system import until


def browser_path() -> str:
    """The machine's browser, or else Playwright's own, which may lack what its sandbox needs."""
    if found := of_the_machine():
        return found
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


BROWSER = browser_path()

CERTIFICATES = Path(__file__).parents[1] / "support" / "certificates"

Check = Callable[[str], tuple[int, str]]

WRONG = "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"


class Site:
    """Pages by path: HTML and, maybe, a policy. `{tag}` is the tracker's tag, `{ingest}` ingest's origin."""

    def __init__(self, **options: object) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.ingest = ""
        self.server = Server(Starlette(routes=[Route("/{name:path}", self._answer)]), **options)

    def add(self, path: str, html: str = "{tag}", policy: str = "") -> None:
        self.pages[path] = html, policy

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path.startswith("/to/"):
            return RedirectResponse(request.query_params["url"])
        if path == "/data":
            return Response("{}", media_type="application/json")
        if path == "/adder.js":
            script = "document.head.append(Object.assign(document.createElement('script'), {src: '%s'}))"
            return Response(script % f"{self.ingest}/_pageheat/page.js", media_type="text/javascript")
        if path not in self.pages:
            return Response("nothing", 404)
        html, policy = (
            text.replace("{tag}", tracker_tag(self.ingest))
            .replace("{ingest}", self.ingest)
            .replace("{socket}", self.ingest.replace("http", "ws"))
            for text in self.pages[path]
        )
        headers = {"content-security-policy": policy} if policy else None
        return HTMLResponse(f"<!doctype html><title>x</title>{html}<h1>Page</h1>", headers=headers)


class System:
    """A site and an ingest, and the command that looks at them."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.site, self.sink = Site(), KeepingSink()
        self._patch, self._capsys = patch, capsys
        patch.setattr(visit, "TAG_S", 3)  # nothing here is later
        self.ingest = Server()
        self.serve()

    @property
    def origin(self) -> str:
        return self.site.server.origin

    def serve(self, accepted: str = "", pages: Pages = PATHS_ALONE) -> None:
        """Start ingest, in place of another."""
        if self.site.ingest:
            self.ingest.stop()
        rules = Rules(Origins(accepted or self.origin, {}, set()), pages=pages)
        self.ingest.start(Ingest(self.sink, scripts(pages), rules))
        self.site.ingest = self.ingest.origin
        self._patch.setenv("SITE_URL", self.origin)
        self._patch.setenv("INGEST_URL", self.ingest.origin)

    def check(self, path: str, *, browser: str = BROWSER, http: bool = False) -> tuple[int, str]:
        """The exit code, and what is printed."""
        url = path if path.startswith("http") else self.origin + path
        code = check.run(argparse.Namespace(url=url, browser="" if http else browser, http=http))
        return code, self._capsys.readouterr().out

    def seen(self, path: str) -> dict[str, object]:
        """What ingest says of a page."""
        ask = {"page": path, "origin": self.origin}
        answer = httpx2.get(self.ingest.origin + SEEN, params=ask, headers={"host": SEEN_HOST})
        told: dict[str, object] = answer.json()
        return told


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[System]:
    system = System(monkeypatch, capsys)
    yield system
    system.ingest.stop()
    system.site.server.stop()


def lines(out: str, outcome: str) -> list[str]:
    return [line.split(maxsplit=2)[1] for line in out.splitlines() if line.startswith(outcome)]


def test_a_page_that_is_right_passes_and_the_visit_leaves_nothing(system: System) -> None:
    system.site.add("/right")
    code, out = system.check("/right")
    passed = ["page", "tag", "script", "policy", "origin", "socket", "events", "visitors", "name"]
    assert (code, lines(out, "PASS")) == (0, passed), out
    assert "seen by Chrome" in out
    assert f"({BROWSER}" in out
    assert "The page's HTML loads" in out
    assert "counted as /right" in out
    assert system.sink.frames == []
    assert system.seen("/right") == {
        "page": "/right",
        "people": False,
        "robots": False,
        "alike": [],
        "refused": [],
    }


def test_a_visit_is_no_robot_s_even_where_robots_count(system: System) -> None:
    """Robots are told apart by the frame; a check's frames come to no topic at all."""
    system.site.add("/right")
    system.check("/right")
    system.check("/right")
    assert system.sink.frames == []
    assert not system.seen("/right")["robots"]


@pytest.mark.parametrize(
    ("html", "policy", "failed", "told"),
    [
        pytest.param("", "", ["tag"], "no script of the page adds it", id="no tag"),
        pytest.param(
            "<script src={ingest}/_pageheat/tracking.js></script>",
            "",
            ["script"],
            '→ By the settings the tag is: <script async src="http://127.0.0.1:',
            id="wrong path",
        ),
        pytest.param(
            "<script src=http://127.0.0.1:9/_pageheat/page.js></script>",
            "",
            ["script", "socket"],
            "cannot be loaded: ",
            id="wrong port",
        ),
        pytest.param(
            "{tag}",
            "script-src 'self'",
            ["policy"],
            "→ Add to its script-src: http://127.0.0.1:",
            id="policy forbids the script",
        ),
        pytest.param(
            "{tag}",
            "connect-src 'self'",
            ["policy", "socket"],
            "→ Add to its connect-src: http://127.0.0.1:",
            id="policy forbids all connections",
        ),
        pytest.param(
            "<meta http-equiv=content-security-policy content=\"default-src 'none'\">{tag}",
            "",
            ["policy", "policy"],
            "→ Add to its default-src: http://127.0.0.1:",
            id="policy in the page",
        ),
        pytest.param(
            "<script>document.head.append(Object.assign(document.createElement('meta'), {httpEquiv: "
            "'content-security-policy', content: \"script-src 'unsafe-inline'\"}))</script>{tag}",
            "",
            ["policy"],
            "by script-src-elem",
            id="policy by a script",
        ),
        pytest.param(
            f"<script crossorigin integrity={WRONG} src={{ingest}}/_pageheat/page.js></script>",
            "",
            ["script"],
            "→ Leave the attribute integrity out",
            id="integrity",
        ),
    ],
)
def test_what_keeps_the_tracker_from_a_page_fails_with_what_to_do(
    system: System, html: str, policy: str, failed: list[str], told: str
) -> None:
    system.site.add("/page", html, policy)
    code, out = system.check("/page")
    assert (code, lines(out, "FAIL")) == (1, failed), out
    assert told in out
    assert system.sink.frames == []


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<script src=/adder.js></script>", "adder.js"),
        (
            "<script>setTimeout(() => document.body.append(Object.assign(document.createElement('script'), "
            "{src: '{ingest}/_pageheat/page.js'})), 700)</script>",
            "/late",
        ),
        (
            "<script>addEventListener('pointermove', () => { const it = document.createElement('script'); "
            "it.src = '{ingest}/_pageheat/page.js'; document.body.append(it); it.remove() }, {once: true})"
            "</script>",
            "/late",
        ),
    ],
    ids=["by another script", "late", "when the pointer moves, and removed"],
)
def test_a_tag_that_a_script_adds_is_seen_and_its_script_named(system: System, html: str, told: str) -> None:
    system.site.add("/late", html)
    code, out = system.check("/late")
    assert (code, lines(out, "FAIL")) == (0, []), out
    added = next(line for line in out.splitlines() if "A script of the page adds" in line)
    assert added.endswith(told)
    assert "events" in lines(out, "PASS")
    assert lines(system.check("/late", http=True)[1], "FAIL") == ["tag"], "HTTP cannot see it"


def test_a_tag_that_waits_for_consent_is_named(system: System) -> None:
    system.site.add("/consent", "<script type=text/plain src={ingest}/_pageheat/page.js></script>")
    for http in (False, True):
        code, out = system.check("/consent", http=http)
        assert (code, lines(out, "WARN")) == (0, ["tag"]), out
        assert "type=text/plain" in out
        assert "→ A consent tool does so" in out


def test_a_nonce_lets_the_script_pass_and_one_that_is_missing_does_not(system: System) -> None:
    policy = "script-src 'nonce-abc' 'strict-dynamic'; connect-src {ingest} {socket}"
    system.site.add("/with", "<script nonce=abc src={ingest}/_pageheat/page.js></script>", policy)
    code, out = system.check("/with")
    assert (code, lines(out, "FAIL"), lines(out, "WARN")) == (0, [], []), out
    system.site.add("/without", "{tag}", policy)
    code, out = system.check("/without")
    assert (code, lines(out, "FAIL")) == (1, ["policy"]), out
    assert "→ Add to its script-src: a nonce" in out


def test_a_policy_that_forbids_the_socket_alone_is_a_warning(system: System) -> None:
    system.site.add("/post", "{tag}", "connect-src {ingest}")
    code, out = system.check("/post")
    assert (code, lines(out, "FAIL")) == (0, []), out
    assert set(lines(out, "WARN")) == {"policy", "socket"}
    assert "events" in lines(out, "PASS"), "they come by POST"
    assert system.sink.frames == []


def test_an_origin_that_no_setting_names_fails(system: System) -> None:
    system.serve(accepted="https://other.example")
    system.site.add("/right")
    code, out = system.check("/right")
    assert (code, lines(out, "FAIL")) == (1, ["origin"]), out
    assert f"→ Set ORIGINS={system.origin}" in out
    assert system.seen("/right")["refused"] == [], "the check itself was no visitor"


def test_the_page_is_named_as_the_tracker_names_it(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    system.site.add("/doku.php")
    assert "?id=start tells no pages apart" in system.check("/doku.php?id=start")[1]
    monkeypatch.setenv("PAGE_QUERY", "id")
    code, out = system.check("/doku.php?id=start")
    assert lines(out, "WARN") == ["name"], out
    assert "→ If PAGE_QUERY, HASH_ROUTES or PAGE_SUFFIXES have changed, restart ingest." in out
    system.serve(pages=Pages.parse(query="id"))
    code, out = system.check("/doku.php?id=start")
    assert (code, lines(out, "WARN")) == (0, []), out
    assert "It is counted as /doku.php?id=start" in out


def test_a_route_by_which_an_app_replaces_the_address_is_the_page(system: System) -> None:
    system.site.add("/", "<script>history.replaceState(0, '', '/home')</script>{tag}")
    _, out = system.check("/")
    assert "It is counted as /home" in out
    assert "redirects" not in out


@pytest.mark.parametrize("way", ["header", "script"])
def test_a_redirect_is_followed_and_its_end_is_judged(system: System, way: str) -> None:
    elsewhere = Site()
    elsewhere.ingest = system.site.ingest
    elsewhere.add("/login")
    url = elsewhere.server.origin + "/login"
    system.site.add("/gate", f"<script>location.replace('{url}')</script>")
    try:
        code, out = system.check(f"/to/?url={url}" if way == "header" else "/gate")
    finally:
        elsewhere.server.stop()
    assert f"WARN  page      The site redirects it to {url}" in out.replace("page    ", "page      "), out
    assert (code, lines(out, "FAIL")) == (1, ["origin"]), out
    assert f"ingest refuses pages of {elsewhere.server.origin}" in out


def test_what_is_no_page_or_does_not_answer_is_said(system: System) -> None:
    assert "it is application/json, not a page" in system.check("/data")[1]
    assert "the site answers 404" in system.check("/missing")[1]
    system.site.server.stop()
    code, out = system.check("/right")
    assert (code, lines(out, "FAIL")) == (1, ["page"]), out
    assert "nothing listens there" in out
    system.site.server.start()


def test_a_certificate_that_visitors_do_not_trust_is_named_unless_the_settings_trust_it(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = Site(ssl_certfile=CERTIFICATES / "valid.pem")
    origin = secure.server.origin.replace("http://127.0.0.1", "https://localhost")
    secure.ingest = system.site.ingest
    secure.add("/right")
    system.serve(accepted=origin)
    monkeypatch.setenv("SITE_URL", origin)
    try:
        code, out = system.check(f"{origin}/right")
        assert (code, lines(out, "FAIL")) == (1, ["page"]), out
        assert "browsers do not trust who signed its certificate" in out
        monkeypatch.setenv("SITE_CA_FILE", str(CERTIFICATES / "authority.pem"))
        code, out = system.check(f"{origin}/right")
        assert (code, lines(out, "FAIL")) == (0, []), out
    finally:
        secure.server.stop()


def test_an_ingest_that_does_not_answer_is_told_from_a_page_without_the_tag(system: System) -> None:
    system.site.add("/right")
    system.ingest.stop()
    code, out = system.check("/right")
    assert (code, lines(out, "FAIL")) == (1, ["script", "socket"]), out
    assert "nothing listens there" in out
    system.ingest.start()


def test_a_kafka_that_takes_nothing_is_said(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.sink, "why_unready", lambda: "Kafka does not answer")
    system.site.add("/right")
    code, out = system.check("/right")
    assert (code, lines(out, "FAIL")) == (1, ["events"]), out
    assert "Kafka does not answer" in out


def test_a_dialog_of_the_page_holds_nothing_up(system: System) -> None:
    system.site.add("/dialog", "{tag}<script>alert('hello'); confirm('sure?')</script>")
    assert system.check("/dialog")[0] == 0


def test_a_site_that_is_fetched_elsewhere_is_seen_there(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.serve(accepted="http://www.shop.example")
    monkeypatch.setenv("SITE_URL", "http://www.shop.example")
    monkeypatch.setenv("SITE_FETCH_URL", system.origin)
    system.site.add("/right")
    code, out = system.check("http://www.shop.example/right")
    assert (code, lines(out, "FAIL")) == (0, []), out
    assert "seen by" in out


def test_without_a_browser_the_page_is_read_by_http_and_that_is_said(
    system: System, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system.site.add("/right")
    monkeypatch.setattr("pageheat.browsing.browsers.APPLICATIONS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out = system.check("/right", browser="")
    assert code == 0
    assert "read by HTTP, as no Chromium, Chrome or Edge was found" in out
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho cannot open display >&2\nexit 1\n")
    broken.chmod(0o755)
    code, out = system.check("/right", browser="")
    assert code == 0
    assert "read by HTTP, as it does not start: cannot open display" in out
    with pytest.raises(NoBrowser, match="cannot open display"):
        system.check("/right", browser=str(broken))
    with pytest.raises(NoBrowser, match="is no program; give the path of"):
        system.check("/right", browser="/nowhere")


def test_browser_and_profile_are_gone_when_the_command_ends_or_is_ended(
    system: System, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    system.site.add("/right")
    system.check("/right")
    assert not list(tmp_path.glob("pageheat-check-*"))
    # A page without the tag is looked at for seconds.
    system.site.add("/bare", "")
    command = [sys.executable, "-m", "pageheat", "check", "--browser", BROWSER, f"{system.origin}/bare"]
    running = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(tmp_path)})
    profile = until(lambda: [*tmp_path.glob("pageheat-check-*/*")], lambda: "no profile")[0].parent
    assert browsers_of(profile)
    running.terminate()
    assert running.wait(60) == check.TERMINATED
    assert not list(tmp_path.glob("pageheat-check-*"))
    assert browsers_of(profile) == []


def browsers_of(profile: Path) -> list[str]:
    """The processes that use a profile."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(profile).encode() in process.read_bytes():
                found.append(process.parent.name)
        except OSError:  # it has ended
            continue
    return found
