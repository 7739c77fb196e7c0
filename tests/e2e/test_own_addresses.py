"""A site that writes its own addresses, under the heat map: nothing leaves it."""

import random
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Request as Requested
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from pageheat.frontends.heatmap.addresses import addresses
from pageheat.frontends.heatmap.rewriting import rewriter
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.broadcaster import Broadcaster
from tests.support.canonical_site import OWN, TOLD, CanonicalSite
from tests.support.chromium import launch, leave
from tests.support.markup import PIECES
from tests.support.server import Server


@pytest.fixture
def site() -> Iterator[CanonicalSite]:
    site = CanonicalSite()
    yield site
    site.close()


@pytest.fixture
def heat(site: CanonicalSite, broadcaster: Broadcaster) -> Iterator[str]:
    """The origin of the site's heat map."""
    settings = HeatmapSettings.load(
        site_url=OWN, site_fetch_url=site.fetch_url, broadcaster_url=broadcaster.origin
    )
    app = Server(create_app(settings))
    yield app.origin
    app.stop()


@pytest.fixture
def left(page: Page) -> list[str]:
    """The requests to the site itself."""
    left: list[str] = []

    def note(request: Requested) -> None:
        if "site.example" in request.url:
            left.append(request.url)

    page.context.on("request", note)
    return left


def overlay(page: Page) -> None:
    """Expect the overlay."""
    expect(page.locator("pageheat-overlay .panel")).to_be_visible()


def test_everything_that_a_page_loads_comes_through_the_heat_map(
    page: Page, site: CanonicalSite, heat: str, left: list[str]
) -> None:
    page.goto(f"{heat}/")
    overlay(page)
    page.wait_for_function("(told) => told.every((name) => name in results)", arg=[*TOLD])
    results = page.evaluate("results")
    assert {name: results[name] for name in TOLD} == TOLD
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    page.wait_for_function("document.querySelector('use').getBoundingClientRect().width === 40")
    assert page.evaluate("document.querySelector('[rel=canonical]').getAttribute('href')") == f"{OWN}/"
    page.wait_for_function("'font' in results")
    assert left == []


LEAVING = {
    "a link": "document.querySelector('#absolute').click()",
    "a link that a script wrote": (
        "const late = document.querySelector('#late'); late.innerHTML = '<a href={own}/next>x</a>';"
        "late.firstChild.click()"
    ),
    "a link that is in no document": (
        "Object.assign(document.createElement('a'), {{ href: '{own}/next' }}).click()"
    ),
    "a link of which a script sets the attribute": (
        "const a = document.querySelector('#absolute'); a.setAttribute('href', '{own}/next'); a.click()"
    ),
    "location": "location = '{own}/next'",
    "location.href": "location.href = '//site.example/next'",
    "location.replace": "location.replace('http://www.site.example/next')",
    "open": "open('{own}/next', '_self')",
    "a refresh": (
        "const late = document.querySelector('#late');"
        "late.innerHTML = '<meta http-equiv=refresh content=\"0;url={own}/next\">'"
    ),
}


@pytest.mark.parametrize("how", LEAVING)
def test_every_way_to_another_page_stays_under_the_heat_map(
    page: Page, heat: str, left: list[str], how: str
) -> None:
    page.goto(f"{heat}/")
    overlay(page)
    page.evaluate(LEAVING[how].format(own=OWN))
    page.wait_for_url(f"{heat}/next")
    expect(page.locator("h1")).to_have_text("next")
    overlay(page)
    assert left == []


def test_a_link_in_a_new_tab_and_one_in_a_closed_shadow_stay(page: Page, heat: str, left: list[str]) -> None:
    page.goto(f"{heat}/")
    overlay(page)
    with page.context.expect_page() as opened:
        page.locator("#absolute").click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url(f"{heat}/next")
    page.evaluate(
        f"""const root = document.querySelector("#late").attachShadow({{ mode: "closed" }});
        root.innerHTML = "<a href='{OWN}/next'>next</a>"; root.firstChild.click()"""
    )
    page.wait_for_url(f"{heat}/next")
    assert left == []


def test_a_form_is_posted_here_with_the_texts_that_the_page_had(
    page: Page, site: CanonicalSite, heat: str, left: list[str]
) -> None:
    page.goto(f"{heat}/")
    page.locator("#form button").click()
    page.wait_for_url(f"{heat}/posted")
    page.goto(f"{heat}/")
    page.evaluate(f"form.setAttribute('action', '{OWN}/posted'); form.submit()")
    page.wait_for_url(f"{heat}/posted")
    page.goto(f"{heat}/")
    page.evaluate(
        f"""const late = document.querySelector("#late");
        late.innerHTML = "<form method=post action='{OWN}/posted'>"
          + "<input name=getAttribute><input name=action></form>";
        late.firstChild.submit()"""
    )
    page.wait_for_url(f"{heat}/posted")
    assert site.posted == ["back=https%3A%2F%2Fwww.site.example%2Fback"] * 2 + ["getAttribute=&action="]
    assert left == []


def test_a_form_of_a_page_that_hides_its_origin_is_posted_without_tls_too(
    browser: Browser, site: CanonicalSite, broadcaster: Broadcaster
) -> None:
    settings = HeatmapSettings.load(
        site_url=OWN,
        site_fetch_url=site.fetch_url,
        broadcaster_url=broadcaster.origin,
        allowed_hosts="heat.example",
    )
    site.pages["/hiding"] = (
        "<!doctype html><title>a</title><meta name=referrer content=no-referrer>"
        "<form method=post action=/posted><button name=a value=b>send</button></form>"
    )
    app = Server(create_app(settings))
    heat = app.origin.replace("127.0.0.1", "heat.example")
    try:
        # Browsers send no Sec-Fetch-Site there.
        with launch(browser.browser_type, "--host-resolver-rules=MAP heat.example 127.0.0.1") as another:
            page = another.new_page()
            page.goto(f"{heat}/hiding")
            page.locator("[name=a]").click()
            page.wait_for_url(f"{heat}/posted")
            page.close()
    finally:
        app.stop()
    assert site.posted == ["a=b"]


def test_a_redirect_to_another_name_of_the_site_stays(page: Page, heat: str, left: list[str]) -> None:
    page.goto(f"{heat}/old")
    assert page.url == f"{heat}/next"
    overlay(page)
    assert left == []


def test_the_overlays_link_to_the_site_leads_to_the_site(page: Page, heat: str) -> None:
    page.goto(f"{heat}/next")
    expect(page.locator("pageheat-overlay a.visit")).to_have_attribute("href", f"{OWN}/next")
    page.locator("pageheat-overlay a.visit").dispatch_event("contextmenu")
    assert page.locator("pageheat-overlay a.visit").get_attribute("href") == f"{OWN}/next"


def test_one_can_log_in(page: Page, site: CanonicalSite, heat: str, left: list[str]) -> None:
    page.goto(f"{heat}/account")
    assert page.url == f"{heat}/login"
    page.get_by_role("button", name="log in").click()
    page.wait_for_url(f"{heat}/account")
    expect(page.locator("h1")).to_have_text("welcome")
    page.reload()
    expect(page.locator("h1")).to_have_text("welcome")
    assert site.origins == [OWN]
    assert left == []


@pytest.mark.parametrize(
    "base", ["/shop/", f"{OWN}/shop/", "//site.example/shop/", "https://cdn.example/shop/"]
)
def test_a_page_with_a_base_has_its_overlay_and_its_links(
    page: Page, site: CanonicalSite, heat: str, left: list[str], base: str
) -> None:
    site.pages["/based"] = (
        f"<!doctype html><base href='{base}'><title>based</title><a id=other href='other'>other</a>"
    )
    site.pages["/shop/other"] = "<!doctype html><h1>other</h1>"
    page.goto(f"{heat}/based")
    overlay(page)
    expected = base.replace(OWN, heat).replace("//site.example", heat) if "cdn" not in base else base
    expected = f"{heat}{expected}" if expected.startswith("/") else expected
    assert page.locator("#other").evaluate("(link) => link.href") == f"{expected}other"
    if "cdn" not in base:
        page.locator("#other").click()
        expect(page.locator("h1")).to_have_text("other")
        overlay(page)
    assert left == []


ODD = {
    "the end of the body in a script": (
        "<!doctype html><title>a</title><body><h1>a</h1><script>const print = '<html><body></body></html>';"
        "document.title = 'ran'</script>"
    ),
    "the end of the body in a comment": (
        "<!doctype html><title>ran</title><body><h1>a</h1></body><!-- <body></body> --></html>"
    ),
    "a frameset": (
        "<!doctype html><title>ran</title><frameset cols='50%,50%'>"
        "<frame src=/next><frame src=/next></frameset>"
    ),
    "plain text": "<!doctype html><title>ran</title><plaintext></body>",
    "no tags": "just text<script>document.title = 'ran'</script>",
    "a tracker first": "<!doctype html><head><script>document.title = 'ran'</script><meta charset=utf-8><p>é",
    "the end of the body in a template and in fields": (
        "<!doctype html><template></body></template><textarea></body></textarea>"
        "<svg><style></body></style><![CDATA[</body>]]></svg><script>document.title = 'ran'</script>"
    ),
    "a head in a comment first": (
        "<!-- <head> --><!doctype html><!--[if IE]><html><![endif]--><html><head><title>ran</title></head>"
    ),
    "a script that empties the head": (
        "<!doctype html><head><script>document.head.innerHTML = '<title>ran</title>'</script></head><p>a"
    ),
    "a base that is no address": "<!doctype html><base href='data:text/html,a'><title>ran</title><p>a",
    "trusted types": (
        "<!doctype html><meta http-equiv=Content-Security-Policy "
        "content=\"require-trusted-types-for 'script'\"><title>ran</title><p>a"
    ),
    "a srcdoc": (
        "<!doctype html><title>ran</title>"
        '<iframe srcdoc="<body>a</body><script>parent.inner = 1</script>"></iframe>'
    ),
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_page_has_its_overlay_and_its_scripts_run(
    page: Page, site: CanonicalSite, heat: str, what: str
) -> None:
    site.pages["/odd"] = ODD[what]
    page.goto(f"{heat}/odd")
    page.locator("pageheat-overlay").wait_for(state="attached")
    assert page.title() == "ran"
    if what == "a tracker first":
        assert page.locator("body > p").inner_text() == "é"
    if what == "a srcdoc":
        page.wait_for_function("window.inner === 1")
    assert page.evaluate("document.querySelectorAll('pageheat-overlay').length") == 1


@pytest.mark.parametrize(
    ("encoding", "kind", "charset", "text"),
    [
        ("utf-16", "text/html", "utf-16", "ä 表"),
        ("utf-16-be", "text/html; charset=utf-16be", "utf-16", "ä 表"),
        ("shift_jis", "text/html", "shift_jis", "表 ソ 灯"),
        ("iso2022_jp", "text/html; charset=iso-2022-jp", "utf-8", "表 灯"),
        ("gb18030", "text/html", "gbk", "简体中文"),
        ("cp1252", "text/html", "windows-1252", "“ä” €"),
    ],
)
def test_a_page_in_any_encoding_reads_as_on_the_site(
    page: Page, site: CanonicalSite, heat: str, encoding: str, kind: str, charset: str, text: str
) -> None:
    written = (
        f"<!doctype html><meta charset={charset}><title>{text}</title><h1>{text}</h1>"
        f"<a href='{OWN}/next'>next</a>"
    )
    site.pages["/encoded"] = lambda _: Response(written.encode(encoding), headers={"content-type": kind})
    page.goto(f"{heat}/encoded")
    overlay(page)
    expect(page.locator("h1")).to_have_text(text)
    page.get_by_role("link", name="next").click()
    page.wait_for_url(f"{heat}/next")


def test_a_page_behind_the_browsers_own_login_is_shown(page: Page, site: CanonicalSite, heat: str) -> None:
    def private(request: Request) -> Response:
        if "authorization" in request.headers:
            return HTMLResponse("<!doctype html><title>private</title><h1>welcome</h1>")
        return Response(status_code=401, headers={"www-authenticate": 'Basic realm="staging"'})

    site.pages["/private"] = private
    browser = page.context.browser
    assert browser
    known = browser.new_context(http_credentials={"username": "ann", "password": "1"}).new_page()
    known.goto(f"{heat}/private")
    expect(known.locator("h1")).to_have_text("welcome")
    overlay(known)
    leave(known.context)


def test_a_redirect_whose_address_is_not_encoded_is_followed(
    page: Page, site: CanonicalSite, heat: str
) -> None:
    def redirect(_: Request) -> Response:
        answer = Response(status_code=302)
        answer.raw_headers.append((b"location", "/caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode()))
        return answer

    site.pages |= {"/raw": redirect, "/caf\N{LATIN SMALL LETTER E WITH ACUTE}": "<!doctype html><h1>raw</h1>"}
    page.goto(f"{heat}/raw")
    expect(page.locator("h1")).to_have_text("raw")
    overlay(page)


PARTS = [
    *PIECES,
    *("--!>", "/", "&amp;", "<!", "<?", "<script", "<math>", "</math>", "<textarea>", "</textarea>", "</p>"),
    *("<svg/>", "<template>", "</template>", "<xmp>", "</xmp>", "<iframe>", "</iframe>", "<select>"),
    *("<table>", "<td>"),
    *(
        f'<a href="{OWN}/a">',
        f"<img src={OWN}/b/>",
        f"<use href='{OWN}/c' />",
        f"<a title='{OWN}/d' href=",
        f"{OWN}/e",
    ),
]
"""And tags with addresses."""

ADDRESSES_OF = """(texts) => texts.map((text) => {
  const found = [];
  const walk = (node) => {
    for (const each of node.childNodes) {
      for (const { name, value } of each.attributes ?? []) found.push([each.nodeName, name, value]);
      if (each.nodeType !== Node.ELEMENT_NODE) found.push([each.nodeName, "", each.nodeValue]);
      walk(each.content ?? each);
    }
  };
  walk(new DOMParser().parseFromString(text, "text/html"));
  return found;
})"""
"""Attributes and texts of documents, as the browser reads them."""


def test_the_browser_finds_the_addresses_that_were_turned_and_no_other_change(page: Page) -> None:
    choice = random.Random(1)
    texts = [
        "".join(choice.choices([*PARTS, *further], k=choice.randint(1, 25)))
        for further in (["<![CDATA["], ["<foreignObject>", "<desc>", "<mi>"])
        for _ in range(1500)
    ]
    heat = "http://localhost:8081"
    ours = addresses(OWN, heat)
    turned = []
    for text in texts:
        one = rewriter("text/html", ours)
        turned.append((one.feed(text.encode()) + one.end()).decode())
    before, after = page.evaluate(ADDRESSES_OF, texts), page.evaluate(ADDRESSES_OF, turned)
    for text, was, now in zip(texts, before, after, strict=True):
        expected = [
            [node, name, ours.here(value) if name in ("href", "src") else value]
            for node, name, value in was
            if node != "#text"
        ]
        assert [each for each in now if each[0] != "#text"] == expected, text
        # Texts are the same but for style sheets.
        styles = [[ours.here_within(value) for node, _, value in of if node == "#text"] for of in (was, now)]
        assert styles[0] == styles[1], text


PWA = {
    "/app/": "<!doctype html><title>app</title><h1>{version}</h1><script>"
    "ready = navigator.serviceWorker.register('sw.js').then(() => navigator.serviceWorker.ready)</script>",
    "/app/sw.js": "oninstall = (event) => {{ skipWaiting();"
    "event.waitUntil(caches.open('{version}').then((cache) => cache.addAll(['./']))); }};"
    "onactivate = (event) => event.waitUntil(clients.claim());"
    "onfetch = (event) => event.respondWith("
    "caches.match(event.request).then((kept) => kept || fetch(event.request)));",
}


def pwa(site: CanonicalSite, version: str) -> None:
    """Let the site be an app whose worker answers pages from its cache."""
    site.pages |= {path: text.format(version=version) for path, text in PWA.items()}
    site.scripts.add("/app/sw.js")


def test_an_app_with_a_service_worker_keeps_its_overlay(page: Page, site: CanonicalSite, heat: str) -> None:
    pwa(site, "first")
    page.goto(f"{heat}/app/")
    page.evaluate("ready")
    overlay(page)
    pwa(site, "second")
    for _ in range(2):
        page.reload()
        expect(page.locator("h1")).to_have_text("second")
        overlay(page)
    assert page.evaluate("caches.keys()") == []


def test_no_worker_outlives_a_change_of_site(
    page: Page, site: CanonicalSite, broadcaster: Broadcaster
) -> None:
    pwa(site, "the first site, from the cache of its worker")
    other = CanonicalSite()
    other.pages["/app/"] = "<!doctype html><title>app</title><h1>the other site</h1>"
    shown = Server(AsItIs(site.fetch_url))
    try:
        # At one address: the first site with its worker, then the heat map of another.
        page.goto(f"{shown.origin}/app/")
        page.evaluate("ready")
        page.reload()
        expect(page.locator("h1")).to_contain_text("from the cache of its worker")
        settings = HeatmapSettings.load(
            site_url=OWN, site_fetch_url=other.fetch_url, broadcaster_url=broadcaster.origin
        )
        shown.stop()
        shown.start(create_app(settings))
        page.goto(f"{shown.origin}/app/")
        expect(page.locator("h1")).to_have_text("the other site")
        overlay(page)
        assert page.evaluate("caches.keys()") == []
    finally:
        shown.stop()
        other.close()


class AsItIs:
    """An ASGI application: what is at `site`."""

    def __init__(self, site: str) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with httpx2.AsyncClient(base_url=self._site) as client:
            answer = await client.get(scope["path"])
        headers = {"content-type": answer.headers["content-type"]}
        await Response(answer.content, headers=headers)(scope, receive, send)
