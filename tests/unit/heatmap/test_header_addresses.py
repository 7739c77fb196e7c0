"""The addresses in headers of requests and answers."""

import pytest

from pageheat.frontends.heatmap.addresses import addresses
from pageheat.frontends.heatmap.header_addresses import for_browser, for_site, insists_on

HEAT = "http://localhost:8081"
SITE = "https://www.site.example"
OURS = addresses(SITE, HEAT, "http://web:8000")


@pytest.mark.parametrize(
    ("name", "value", "turned"),
    [
        ("Location", f"{SITE}/a?b#c", f"{HEAT}/a?b#c"),
        ("Location", "http://site.example/a", f"{HEAT}/a"),
        ("Location", "http://web:8000/a", f"{HEAT}/a"),
        ("Location", "//www.site.example/a", f"{HEAT}/a"),
        ("Location", SITE, HEAT),
        ("Location", f"{SITE}//evil.example/x", f"{HEAT}//evil.example/x"),
        ("Location", "/a", "/a"),
        ("Location", "../a?b", "../a?b"),
        ("Location", "https://login.example/?back=https://www.site.example/", None),
        ("Location", "//elsewhere.example/a", None),
        ("Location", "http://[broken", None),
        ("Content-Location", f"{SITE}/a", f"{HEAT}/a"),
        ("HX-Redirect", f"{SITE}/a", f"{HEAT}/a"),
        ("SourceMap", f"{SITE}/a.map", f"{HEAT}/a.map"),
        ("Access-Control-Allow-Origin", SITE, HEAT),
        ("Refresh", f"0; url={SITE}/a", f"0; url={HEAT}/a"),
        ("Refresh", f"3;URL='{SITE}/a'", f"3;URL='{HEAT}/a'"),
        ("Refresh", f"3 , {SITE}/a", f"3 , {HEAT}/a"),
        ("Refresh", f"0; {SITE}/a", f"0; {HEAT}/a"),
        ("Refresh", "0; url=https://evil.example/?u=https://www.site.example/", None),
        ("Refresh", "60", "60"),
        ("Refresh", "0; url=/a", "0; url=/a"),
        (
            "Link",
            f"<{SITE}/a.css>; rel=preload; as=style, <https://cdn.example/b>; rel=preconnect, </c>; rel=next",
            f"<{HEAT}/a.css>; rel=preload; as=style, <https://cdn.example/b>; rel=preconnect, </c>; rel=next",
        ),
        ("Speculation-Rules", f'"{SITE}/rules.json", "/b.json"', f'"{HEAT}/rules.json", "/b.json"'),
        ("Referrer-Policy", "no-referrer", "same-origin"),
        ("Referrer-Policy", "No-Referrer, strict-origin", "same-origin, strict-origin"),
        ("Referrer-Policy", "no-referrer-when-downgrade", None),
        ("Set-Cookie", "a=https://www.site.example/", None),
        ("X-Author", "José, https://www.site.example/", None),
    ],
)
def test_an_answers_addresses_of_the_site_lead_here(name: str, value: str, turned: str | None) -> None:
    answer = for_browser([(name.encode(), value.encode("latin-1"))], OURS)
    assert answer == [(name.encode(), (turned or value).encode("latin-1"))]


@pytest.mark.parametrize(
    ("name", "value", "turned"),
    [
        ("origin", HEAT, SITE),
        ("referer", f"{HEAT}/a?b", f"{SITE}/a?b"),
        ("hx-current-url", f"{HEAT}/a", f"{SITE}/a"),
        ("destination", f"{HEAT}/file", f"{SITE}/file"),
        ("origin", "http://evil.example", None),
        ("origin", "null", None),
        ("referer", f"{HEAT}.evil.example/", None),
        ("cookie", f"back={HEAT}/", None),
    ],
)
def test_a_requests_addresses_here_name_the_site(name: str, value: str, turned: str | None) -> None:
    assert for_site([(name.encode(), value.encode())], OURS) == [(name.encode(), (turned or value).encode())]


@pytest.mark.parametrize(
    ("location", "target", "origin"),
    [
        ("https://www.site.example/a?b=c", "/a?b=c", "https://www.site.example"),
        ("http://site.example/a", "/a", "http://site.example"),
        ("//site.example/a", "/a", "//site.example"),
        ("https://www.site.example", "/", "https://www.site.example"),
        ("https://www.site.example/a#b", "/a", "https://www.site.example"),
        ("https://www.site.example/a/", "/a", None),
        ("https://www.site.example/b", "/a", None),
        ("https://www.site.example/a", "/a?b", None),
        ("https://elsewhere.example/a", "/a", None),
        ("/a", "/a", None),
    ],
)
def test_a_redirect_to_the_same_page_under_another_name_is_told(
    location: str, target: str, origin: str | None
) -> None:
    assert insists_on(location, target, OURS) == origin
