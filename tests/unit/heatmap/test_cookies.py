"""A site's cookies at a front end that is at http or https."""

import pytest

from pageheat.frontends.heatmap.cookies import for_browser, for_site


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("a=1", ["a=1"]),
        ("a=1; Domain=.shop.example; Path=/x", ["a=1; Path=/x"]),
        ("a=1; Secure; HttpOnly", ["a=1; HttpOnly"]),
        ("a=1;secure;SAMESITE = none;HttpOnly", ["a=1;HttpOnly"]),
        ("a=1; SameSite=Lax; Secure", ["a=1; SameSite=Lax"]),
        ("a=1; SameSite=None; Secure; Partitioned; Path=/", ["a=1; Path=/"]),
        ("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]),
        ("a=secure; Path=/", ["a=secure; Path=/"]),
        (
            "__Host-sid=3; Secure; Path=/",
            ["__Host-sid=3; Secure; Path=/", "_pageheat__Host-sid=3; Path=/"],
        ),
        (
            "__secure-a=; Secure; Max-Age=0",
            ["__secure-a=; Secure; Max-Age=0", "_pageheat__secure-a=; Max-Age=0"],
        ),
    ],
)
def test_at_http_a_cookie_needs_no_https(sent: str, received: list[str]) -> None:
    assert for_browser(sent.encode(), secure=False) == [one.encode() for one in received]


def test_at_https_only_the_domain_goes() -> None:
    sent = b"__Host-sid=3; Secure; SameSite=None; Partitioned; Path=/"
    assert for_browser(sent + b"; Domain=shop.example", secure=True) == [sent]


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("a=1; b=2", "a=1; b=2"),
        ("a=1; _pageheat__Host-sid=3", "a=1; __Host-sid=3"),
        ("_pageheat__Host-sid=old; __Host-sid=new", "__Host-sid=new"),
        ("_pageheat_other=1", "_pageheat_other=1"),
        ("_pageheat__Secure-a=x=y", "__Secure-a=x=y"),
        ("", ""),
    ],
)
def test_the_site_gets_its_own_names(sent: str, received: str) -> None:
    assert for_site(sent.encode()) == received.encode()
