import pytest

from pageheat.services.checking.page import Tag
from pageheat.services.checking.policy import (
    Forbidden,
    forbidden_connection,
    forbidden_script,
    lacks_trusted_type,
)

PAGE = "https://shop.example/lamp"
INGEST = "https://heat.example"
TAG = Tag(f"{INGEST}/_pageheat/tracker.js", INGEST, nonce="abc", integrity="sha256-AAAA")


@pytest.mark.parametrize(
    ("policy", "directive"),
    [
        ("", None),
        ("img-src 'none'", None),
        ("script-src *", None),
        ("script-src https:", None),
        ("script-src http:", None),
        ("script-src heat.example", None),
        ("script-src http://heat.example", None),
        ("script-src *.example", None),
        ("script-src https://heat.example:*", None),
        ("SCRIPT-SRC HTTPS://HEAT.EXAMPLE/_pageheat/", None),
        ("script-src https://heat.example/_pageheat/tracker.js", None),
        ("script-src 'nonce-abc'", None),
        ("script-src 'strict-dynamic' 'nonce-abc'", None),
        ("script-src 'sha256-AAAA'", None),
        ("script-src-elem *; script-src 'none'", None),
        ("default-src 'self'; script-src *", None),
        ("script-src 'self'", "script-src"),
        ("script-src 'none'", "script-src"),
        ("script-src", "script-src"),
        ("default-src 'self'", "default-src"),
        ("script-src https://heat.example:8443", "script-src"),
        ("script-src https://*.heat.example", "script-src"),
        ("script-src https://heat.example/other/", "script-src"),
        ("script-src 'strict-dynamic' https://heat.example", "script-src"),
        ("script-src 'nonce-ABC' 'sha256-BBBB'", "script-src"),
        ("script-src-elem 'self'; script-src *", "script-src-elem"),
        ("script-src *, default-src 'self'", "default-src"),
        ("script-src 'self'; script-src *", "script-src"),
    ],
)
def test_a_script_is_allowed_as_browsers_do(policy: str, directive: str | None) -> None:
    forbidden = forbidden_script([policy], TAG, PAGE)
    assert (forbidden and forbidden.directive) == directive


@pytest.mark.parametrize(
    ("policy", "url", "page", "allowed"),
    [
        ("connect-src wss://heat.example", "wss://heat.example/", PAGE, True),
        ("connect-src https://heat.example", "wss://heat.example/", PAGE, False),
        ("connect-src https://heat.example", "https://heat.example/", PAGE, True),
        ("connect-src wss:", "wss://heat.example/", PAGE, True),
        ("connect-src ws://heat.example", "wss://heat.example/", PAGE, True),
        ("connect-src 'self'", "wss://shop.example/", PAGE, True),
        ("connect-src 'self'", "wss://heat.example/", PAGE, False),
        ("connect-src 'self'", "http://localhost:8001/", "http://localhost:8080/", False),
        ("connect-src http://localhost:8001", "http://localhost:8001/", "http://localhost:8080/", True),
        ("connect-src http://localhost:*", "http://localhost:8001/", "http://localhost:8080/", True),
        ("default-src *", "wss://heat.example/", PAGE, True),
        ("default-src 'none'", "wss://heat.example/", PAGE, False),
        ("script-src 'none'", "wss://heat.example/", PAGE, True),
    ],
)
def test_a_connection_is_allowed_as_browsers_do(policy: str, url: str, page: str, allowed: bool) -> None:
    assert (forbidden_connection([policy], url, page) is None) == allowed


def test_what_to_add_is_named() -> None:
    assert forbidden_script(["script-src 'self'"], TAG, PAGE) == Forbidden("script-src", INGEST)
    strict = forbidden_script(["script-src 'strict-dynamic'"], TAG, PAGE)
    assert strict
    assert "nonce" in strict.source


def test_trusted_types_need_that_of_the_tracker() -> None:
    required = "require-trusted-types-for 'script'"
    assert lacks_trusted_type([f"{required}; trusted-types other"])
    assert not lacks_trusted_type([f"{required}; trusted-types other pageheat"])
    assert not lacks_trusted_type([required])
    assert not lacks_trusted_type(["trusted-types other"])
