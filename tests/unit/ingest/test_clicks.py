"""Clicks in the form of 2006: what a request means, and what is refused."""

import pytest

from pageheat.services.contract.pages import MAX_PATH_BYTES, Pages
from pageheat.services.contract.records import (
    Event,
    Frame,
    Page,
    Point,
    Size,
    decode_frame,
    encode,
)
from pageheat.services.ingest.clicks import Click, read_click
from pageheat.services.ingest.frames import MAX_ADDRESS_CHARS, Refused

REFERER = "https://shop.example/lamp"


def refusal(query: str, referer: str = REFERER) -> Refused:
    with pytest.raises(Refused) as caught:
        read_click(query, referer)
    return caught.value


@pytest.mark.parametrize(
    ("query", "x", "y"),
    [
        ("x=100&y=200", 100, 200),
        ("y=200&x=100", 100, 200),
        ("x=-12.5&y=0.25", -12.5, 0.25),
        ("x=1e2&y=-0", 100, 0),
        ("x=100&y=200&r=0.1729&w=1024&b=1", 100, 200),
        ("x=1&y=2&x=3&y=4", 1, 2),
    ],
)
def test_a_click_is_in_px_from_the_first_element(query: str, x: float, y: float) -> None:
    assert read_click(query, REFERER) == Click(x, y, "/lamp", "https://shop.example")


@pytest.mark.parametrize(
    ("u", "referer", "path", "origin"),
    [
        pytest.param("", "https://shop.example", "/", "https://shop.example", id="Referer without a path"),
        pytest.param("", "HTTP://Shop.example:80/a?b#c", "/a", "http://shop.example", id="Referer, odd"),
        pytest.param("&u=", "https://a.example/b", "/b", "https://a.example", id="u is empty"),
        pytest.param(
            "&u=https%3A%2F%2Fblog.example%2Fa%3Fq%3D1%23c",
            REFERER,
            "/a",
            "https://blog.example",
            id="address",
        ),
        pytest.param(
            "&u=https://blog.example/a?x=7&y=8", REFERER, "/a", "https://blog.example", id="unescaped address"
        ),
        pytest.param("&u=%2Fchair%3Fq%3D1", REFERER, "/chair", "https://shop.example", id="path"),
        pytest.param("&u=/chair", "", "/chair", None, id="path without a site"),
        pytest.param("&u=/chair", "android-app://com.example/", "/chair", None, id="path of an app"),
        pytest.param("&u=//blog/lamp", "", "/blog/lamp", None, id="path like another site's key"),
        pytest.param("&u=/a%2520b+c", "", "/a%20b+c", None, id="path as browsers write it"),
        pytest.param("&u=/caf%C3%A9", "", "/caf%C3%A9", None, id="path as people write it"),
    ],
)
def test_the_page_is_u_or_else_the_referer(u: str, referer: str, path: str, origin: str | None) -> None:
    assert read_click(f"x=1&y=2{u}", referer) == Click(1, 2, path, origin)


@pytest.mark.parametrize(
    ("u", "referer", "name"),
    [
        ("", f"{REFERER}?id=7&q=ann", "/lamp?id=7"),
        ("&u=https%3A%2F%2Fshop.example%3Fid%3Da%2Bb%23%2Ftwo", "", "/?id=a%20b#/two"),
        ("&u=%2Fapp%3Fq%3Dann%23%21%2Ftwo", REFERER, "/app#!/two"),
        ("&u=/app&id=7", REFERER, "/app"),  # a parameter of the click's own request
    ],
)
def test_a_page_is_told_apart_by_what_the_settings_name(u: str, referer: str, name: str) -> None:
    pages = Pages.parse(query="id", hash_routes=True)
    assert read_click(f"x=1&y=2{u}", referer, pages).path == name


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "x is missing"),
        ("y=1", "x is missing"),
        ("x=1", "y is missing"),
        ("x=1&y=", "y is missing"),
        ("x=NaN&y=1", "x is 'NaN'"),
        ("x=1&y=undefined", "y is 'undefined'"),
        ("x=Infinity&y=1", "x is 'Infinity'"),
        ("x=1e8&y=1", "x is '1e8'"),
        ("x=1e999&y=1", "x is '1e999'"),
        ("x=1_0&y=1", "x is '1_0'"),
        ("x=12px&y=1", "x is '12px'"),
        ("x=%EF%BC%91&y=1", "x is '１'"),
        ("x=1&y=" + "9" * 1000, "y is '" + "9" * 40 + "'"),
    ],
)
def test_a_click_without_a_position_is_refused(query: str, said: str) -> None:
    refused = refusal(query)
    assert refused.reason == "malformed"
    assert refused.detail == f"{said}; it should be a number of px, ±10,000,000 at most"


@pytest.mark.parametrize("referer", ["", "about:client", "null"])
def test_a_click_without_a_page_is_refused_with_a_hint(referer: str) -> None:
    refused = refusal("x=1&y=2", referer)
    assert refused.reason == "malformed"
    assert "u=" in refused.detail
    assert "referrerpolicy=no-referrer-when-downgrade" in refused.detail


@pytest.mark.parametrize(
    "u", ["lamp", "javascript:1", "ftp://a.example/", "https://", "https://a:b/", "http://["]
)
def test_a_page_with_an_invalid_address_is_refused(u: str) -> None:
    refused = refusal(f"x=1&y=2&u={u}")
    assert (refused.reason, u in refused.detail) == ("malformed", True)


def test_values_that_are_too_long_are_refused() -> None:
    long = "/" + "a" * MAX_PATH_BYTES
    assert refusal(f"x=1&y=2&u={long}").reason == "malformed"
    assert refusal("x=1&y=2", f"https://shop.example{long}").reason == "malformed"
    assert refusal("x=1&y=2&" + "a" * MAX_ADDRESS_CHARS).reason == "too_large"
    assert refusal("x=1&y=2", REFERER + "?" + "a" * MAX_ADDRESS_CHARS).reason == "too_large"


def test_a_click_is_a_frame_without_a_session_with_its_pages_known_size() -> None:
    known = Page("/lamp", Size(1000, 2000), first=Point(132, 8))
    frame = Click(-10, 20.5, "/lamp", None).frame("blog", 1_000, known)
    assert frame == Frame(
        v=2, site="blog", received=1_000, page=known, events=[Event("click", -10, 20.5)], origin="first"
    )
    assert frame.key == "//blog/lamp"
    unknown = Click(1, 2, "/lamp", None).frame("", 1_000, None)
    assert unknown.page == Page("/lamp")
    for one in (frame, unknown):
        assert decode_frame(encode(one)) == one
        assert b'"session"' not in encode(one)
