"""Tokens: what they grant, and that they cannot be forged."""

import base64
import json
import re
from pathlib import Path

import jwt
import pytest

from pageheat.__main__ import main
from pageheat.commands import verify
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.tokens import (
    EVERYTHING,
    MAX_TOKEN_CHARS,
    Grant,
    WrongPrefix,
    WrongToken,
    issue,
    read,
)
from pageheat.services.runtime.settings import TokenSettings

SECRET = "a secret that is long enough for every algorithm of HMAC"
END_S = 1_800_000_000


def signed(secret: str = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    claims = {"site": "", "prefix": "/", "exp": END_S} | claims
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, secret, algorithm)


def part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def header(algorithm: str) -> str:
    return part(json.dumps({"alg": algorithm, "typ": "JWT"}))


CLAIMS = part(json.dumps({"site": "", "prefix": "/", "exp": END_S}))

NOT_OURS = {
    "nothing": "",
    "no token": "hello",
    "another secret": signed("another secret that is as long as this one is, or longer"),
    "another algorithm of the same secret": signed(algorithm="HS384"),
    "no signature at all": f"{header('none')}.{CLAIMS}.",
    "none for an algorithm": f"{header('none')}.{CLAIMS}.AAAA",
    "other claims under the signature": f"{header('HS256')}.{CLAIMS}.{signed(prefix='/a').split('.')[2]}",
    "no end": signed(exp=None),
    "no site": signed(site=None),
    "no prefix": signed(prefix=None),
    "a site that is no text": signed(site=1),
    "all sites": signed(site=[]),
    "an end that is no number": signed(exp="9999999999"),
    "an end beyond all time": signed(exp=10**30),
    "an end that is no integer": signed(exp=1e300),
    "a claim more": signed(admin=True),
    "a header nested deeply": f"{part('[' * 1000)}.{CLAIMS}.AAAA",
    "a header that is no text": f"{part('{')}.{CLAIMS}.AAAA",
    "more than a token has": "A" * MAX_TOKEN_CHARS + signed(),
    "another alphabet": signed().replace(".", "·"),
    "a line more": signed() + "\n",
}


@pytest.mark.parametrize("token", NOT_OURS.values(), ids=NOT_OURS)
def test_a_token_not_made_with_the_secret_is_invalid(token: str) -> None:
    with pytest.raises(WrongToken):
        read(SECRET, token)


def test_a_token_holds_what_it_grants() -> None:
    assert read(SECRET, issue(SECRET, "blog", "/a%20b", END_S)) == Grant("blog", "/a%20b", 1000 * END_S)


def test_the_longest_page_path_fits_into_a_token() -> None:
    prefix = "/" + 1023 * "a"
    assert read(SECRET, issue(SECRET, 64 * "s", prefix, END_S)).prefix == prefix


@pytest.mark.parametrize(
    ("site", "prefix", "covered", "not_covered"),
    [
        ("", "/", ["/", "/shop", "/shop/lamp"], ["//blog/", "//blog", "///", "//"]),
        (
            "",
            "/shop",
            ["/shop", "/shop/", "/shop/lamp"],
            ["/", "/shopping", "/Shop", "/sh%6fp", "//shop/", "/a/shop"],
        ),
        ("", "/shop/", ["/shop", "/shop/lamp"], ["/shopping"]),
        ("blog", "/", ["//blog/", "//blog/a"], ["/", "/blog/", "//blogs/", "//other/", "///blog/"]),
        ("blog", "/a", ["//blog/a", "//blog/a/b"], ["//blog/", "//blog/ab", "/a"]),
        ("", "/doku.php", ["/doku.php?id=a", "/doku.php#/a"], ["/doku.php5?id=a", "/?id=/doku.php"]),
        ("", "/caf%c3%a9", ["/caf%C3%A9", "/caf%C3%A9/menu"], ["/caf%c3%a9"]),
    ],
)
def test_a_grant_covers_the_page_at_its_prefix_and_those_below(
    site: str, prefix: str, covered: list[str], not_covered: list[str]
) -> None:
    grant = Grant(site, prefix, 0)
    assert [page for page in covered + not_covered if grant.covers(page)] == covered
    assert all(EVERYTHING.covers(page) for page in covered + not_covered)


@pytest.mark.parametrize(
    ("prefix", "covered", "not_covered"),
    [
        ("/a.html", ["/a", "/a?id=1", "/a#/b"], ["/", "/a/b", "/ab"]),
        ("/a/", ["/a", "/a/b"], ["/ab"]),
        # the home page alone, not the whole site
        ("/index.html", ["/", "/?id=1", "/#/b"], ["/a", "//blog/"]),
        ("/a/index.html", ["/a"], ["/", "/a/b"]),
        ("/user/42", ["/user/*", "/user/*/orders"], ["/user", "/user/42", "/users"]),
        ("/a%3Fid=1", [], ["/a", "/a?id=1"]),
    ],
)
def test_a_prefix_names_pages_by_the_rules_that_name_pages(
    prefix: str, covered: list[str], not_covered: list[str]
) -> None:
    rules = Pages.parse(masks="/user/*", query="id", suffixes="/,.html,/index.html", hash_routes=True)
    grant = read(SECRET, issue(SECRET, "", prefix, END_S), rules)
    assert [page for page in covered + not_covered if grant.covers(page)] == covered


def test_a_grant_expires_at_its_end() -> None:
    grant = read(SECRET, signed(exp=END_S))
    assert (grant.over(1000 * END_S - 1), grant.over(1000 * END_S)) == (False, True)


@pytest.mark.parametrize(
    "prefix", ["", "shop", "//blog", "/a b", "/ä", "/a?b", "/a#b", "/" + 1024 * "a", "/a\n"]
)
def test_a_prefix_is_a_path_as_browsers_write_it(prefix: str) -> None:
    with pytest.raises(WrongPrefix, match="should be a path"):
        issue(SECRET, "", prefix, END_S)


# pageheat token


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in TokenSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_command_prints_only_the_token_to_stdout_and_instructions_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIEW_SECRET", SECRET)
    monkeypatch.setenv("SITES", "blog=https://blog.example")
    monkeypatch.setattr("pageheat.commands.token.wall_clock_ms", lambda: 1_000_999)
    assert main(["token", "--site", "blog", "--prefix", "/a", "--hours", "2"]) == 0
    out, err = capsys.readouterr()
    assert read(SECRET, out.removesuffix("\n")) == Grant("blog", "/a", 1000 * (1000 + 7200))
    assert "/a and all pages below it on blog" in err
    assert "It is not required yet" in err
    monkeypatch.setenv("BIND_ADDRESS", "0.0.0.0")
    assert main(["token"]) == 0
    assert "not required" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("secret", "arguments", "said"),
    [
        ("", [], "VIEW_SECRET is not set"),
        ("short", [], "VIEW_SECRET=***: 32 characters at least are needed"),
        (SECRET, ["--site", "bolg"], "--site bolg: expected a name in SITES (it has blog)"),
        (SECRET, ["--prefix", "shop"], "'shop' should be a path"),
    ],
)
def test_the_command_says_what_is_missing_without_the_secret(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    secret: str,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setenv("VIEW_SECRET", secret)
    monkeypatch.setenv("SITES", "blog=https://blog.example")
    assert main(["token", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"pageheat token: {said}")
    assert not secret or secret not in err


@pytest.mark.parametrize(("pages", "site"), [([], ""), (["/a"], ""), (["//blog/a", "/b"], "blog")])
def test_verification_makes_its_own_token(pages: list[str], site: str) -> None:
    settings = TokenSettings.load(view_secret=SECRET)
    token = verify.authorization(settings, pages)["Authorization"].removeprefix("Bearer ")
    assert (read(SECRET, token).site, read(SECRET, token).prefix) == (site, "/")
    assert verify.authorization(TokenSettings.load(), pages) == {}


def test_the_settings_as_text_do_not_hold_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEW_SECRET", SECRET)
    assert SECRET not in repr(TokenSettings.load())


def test_a_token_of_one_page_covers_nothing_below_it() -> None:
    rules = Pages.parse(query="id")
    page = read(SECRET, issue(SECRET, "blog", "/a?id=1", END_S, only=True, shared=True), rules)
    assert page.shared
    covered = {key: page.covers(key) for key in ("//blog/a?id=1", "//blog/a", "//blog/a/b", "/a?id=1")}
    assert covered == {"//blog/a?id=1": True, "//blog/a": False, "//blog/a/b": False, "/a?id=1": False}
    assert re.search(page.expression, "//blog/a?id=1")
    assert not re.search(page.expression, "//blog/a?id=12")


WHOLE, SHOP, LAMP = Grant("", "/", 0), Grant("", "/shop", 0), Grant("", "/shop/lamp", 0, only=True)


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        (EVERYTHING, Grant("blog", "/", 0), True),
        (WHOLE, SHOP, True),
        (WHOLE, Grant("blog", "/", 0), False),
        (SHOP, SHOP, True),
        (SHOP, LAMP, True),
        (SHOP, Grant("", "/shopping", 0), False),
        (SHOP, WHOLE, False),
        (LAMP, LAMP, True),
        (LAMP, Grant("", "/shop/lamp", 0), False),
        (Grant("", "/a/index.html", 0, Pages.parse(suffixes="/index.html")), Grant("", "/a", 0), False),
    ],
)
def test_a_grant_includes_another_if_it_covers_all_its_pages(wide: Grant, narrow: Grant, does: bool) -> None:
    assert wide.includes(narrow) == does
