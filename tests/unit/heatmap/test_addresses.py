"""Which addresses are the site's, and what they are under the front end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.frontends.heatmap.addresses import Addresses, addresses

HEAT = "http://localhost:8081"


def of(site: str = "https://www.site.example", frontend: str = HEAT, **options: Any) -> Addresses:
    return addresses(site, frontend, **options)


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("https://www.site.example/a?b=c#d", f"{HEAT}/a?b=c#d"),
        ("https://www.site.example", HEAT),
        ("https://www.site.example?b", f"{HEAT}?b"),
        ("https://www.site.example#b", f"{HEAT}#b"),
        ("https://site.example/a", f"{HEAT}/a"),
        ("http://www.site.example/a", f"{HEAT}/a"),
        ("http://site.example/a", f"{HEAT}/a"),
        ("HTTPS://WWW.Site.Example/A", f"{HEAT}/A"),
        ("https://www.site.example:443/a", f"{HEAT}/a"),
        ("http://www.site.example:80/a", f"{HEAT}/a"),
        ("//www.site.example/a", f"{HEAT}/a"),
        (" \n//site.example/a", f"{HEAT}/a"),
        ("https:\\\\www.site.example\\a", f"{HEAT}\\a"),
        ("wss://www.site.example/socket", "ws://localhost:8081/socket"),
    ],
)
def test_an_address_of_the_site_leads_to_the_front_end(address: str, here: str) -> None:
    assert of().here(address) == here


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/a",
        "a",
        "?a",
        "#a",
        "/a//www.site.example/b",
        "mailto:me@www.site.example",
        "https://cdn.site.example/a",
        "https://www.site.example.evil.example/a",
        "https://www.site.example:8443/a",
        "http://www.site.example:443/a",
        "https://www.site.example@evil.example/a",
        "https://evil.example@www.site.example/a",
        "https://www.site.example%2eevil.example/a",
        "https://wwwwsite.example/",
        "https://evil.example/?u=https://www.site.example/a",
        "ftp://www.site.example/a",
        "data:text/html,//www.site.example/",
        "https://[broken",
    ],
)
def test_any_other_address_is_left_alone(address: str) -> None:
    assert of().here(address) == address


def test_where_the_site_is_fetched_is_the_site_too() -> None:
    ours = of(fetch_url="http://web:8000/")
    assert ours.here("http://web:8000/a") == f"{HEAT}/a"
    assert ours.here("https://site.example/a") == f"{HEAT}/a"
    assert ours.here("http://web/a") == "http://web/a"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_the_names_of_this_machine_are_one(name: str) -> None:
    ours = of("http://localhost:8080")
    assert ours.here(f"http://{name}:8080/a") == f"{HEAT}/a"
    assert ours.here(f"http://{name}:8081/a") == f"http://{name}:8081/a"


def test_an_ip_address_has_no_www() -> None:
    assert of("http://192.0.2.1").here("http://www.192.0.2.1/") == "http://www.192.0.2.1/"


@pytest.mark.parametrize("name", ["bücher.example", "xn--bcher-kva.example", "www.bücher.example"])
@pytest.mark.parametrize("site", ["https://bücher.example", "https://xn--bcher-kva.example"])
def test_a_site_is_known_by_its_name_in_unicode_and_in_ascii(site: str, name: str) -> None:
    assert of(site).here(f"https://{name}/ä") == f"{HEAT}/ä"
    in_bytes = f"https://{name}/ä".encode().decode("latin-1")
    assert of(site).here(in_bytes).encode("latin-1").decode() == f"{HEAT}/ä"


def test_an_address_of_another_shown_site_leads_to_its_front_end() -> None:
    ours = of(
        others=(("https://blog.example", "http://localhost:8084"), ("https://site.example", HEAT + "0"))
    )
    assert ours.here("http://www.blog.example/a") == "http://localhost:8084/a"
    assert ours.here("https://site.example/a") == f"{HEAT}0/a"
    assert ours.there("http://localhost:8084/a") == "https://blog.example/a"


@pytest.mark.parametrize(
    ("address", "there"),
    [
        (f"{HEAT}/a?b#c", "https://www.site.example/a?b#c"),
        (HEAT, "https://www.site.example"),
        ("ws://localhost:8081/a", "wss://www.site.example/a"),
        ("/a", "/a"),
        ("http://localhost:8082/a", "http://localhost:8082/a"),
        (f"{HEAT}.evil.example/", f"{HEAT}.evil.example/"),
        ("null", "null"),
    ],
)
def test_an_address_here_is_one_of_the_site_for_the_site(address: str, there: str) -> None:
    assert of().there(address) == there


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("url(https://site.example/a.woff2)", f"url({HEAT}/a.woff2)"),
        ("url( 'http://www.site.example/a' )", f"url( '{HEAT}/a' )"),
        ('@import "//site.example/a.css";', f'@import "{HEAT}/a.css";'),
        (
            "https://site.example/a 1x,//site.example/b 2x, /c 3x",
            f"{HEAT}/a 1x,{HEAT}/b 2x, /c 3x",
        ),
        (r'{"a":"https:\/\/site.example\/b"}', r'{"a":"http:\/\/localhost:8081\/b"}'),
        (
            "url(https://evil.example/?u=https://site.example/)",
            "url(https://evil.example/?u=https://site.example/)",
        ),
        ("// site.example", "// site.example"),
    ],
)
def test_addresses_within_a_text_are_turned(text: str, turned: str) -> None:
    assert of().here_within(text) == turned


def test_scripts_are_told_every_name_of_the_site() -> None:
    assert of(fetch_url="http://web:8000").authorities == [
        "www.site.example",
        "web:8000",
        "site.example",
    ]


@given(st.text(), st.sampled_from(["", "https://", "//", "https://site.example"]))
def test_what_was_turned_and_turned_back_is_the_same_place(rest: str, start: str) -> None:
    ours = of("https://site.example")
    address = start + rest
    here = ours.here(address)
    assert ours.here(here) == here
    if here != address:
        assert ours.there(here) == "https://site.example" + here.removeprefix(HEAT)
