"""Links for others: tokens that are made from a token, on the server."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pageheat.services.broadcaster.sharing import SHARE, routes
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.tokens import issue, read
from pageheat.services.runtime.access import Access

NOW_MS, SECRET = 1_800_000_000_000, "s" * 32
HOUR_MS = 3_600_000


def client_of(token: str = "", secret: str = SECRET, pages: Pages | None = None) -> TestClient:
    named = pages or Pages()
    app = Starlette(routes=routes(Access(secret, lambda: NOW_MS, named), named, lambda: NOW_MS))
    return TestClient(app, headers={"Authorization": f"Bearer {token}"} if token else {})


def own(prefix: str = "/", site: str = "", hours: int = 1_000) -> str:
    return issue(SECRET, site, prefix, NOW_MS // 1000 + hours * 3_600)


def shared(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"{SHARE}{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def test_a_link_is_for_one_page_until_its_end_and_for_looking_alone() -> None:
    made = shared(client_of(own()), "/shop/lamp", hours=8)
    grant = read(SECRET, made["token"])
    assert (grant.page, grant.only, grant.shared, grant.ends_ms) == ("/shop/lamp", True, True, made["ends"])
    assert made["ends"] == NOW_MS + 8 * HOUR_MS
    assert not grant.covers("/shop/lamp/reviews")


def test_a_page_with_a_query_and_the_pages_below_one_are_shared_too() -> None:
    client = client_of(own(site="blog"), pages=Pages.parse(query="id"))
    assert (
        read(SECRET, shared(client, "//blog/", id=7)["token"], Pages.parse(query="id")).page == "//blog/?id=7"
    )
    below = read(SECRET, shared(client, "//blog/", below="true")["token"])
    assert (below.only, below.covers("//blog/a/b"), below.covers("/a")) == (False, True, False)


def test_nobody_gives_more_than_they_have() -> None:
    client = client_of(own("/shop", hours=2))
    assert shared(client, "/shop/lamp", hours=744)["ends"] == NOW_MS + 2 * HOUR_MS
    assert client.get(f"{SHARE}/about").status_code == 403
    assert client.get(f"{SHARE}/", params={"below": "true"}).status_code == 403
    link = shared(client, "/shop/lamp")["token"]
    assert client_of(link).get(f"{SHARE}/shop/lamp", params={"below": "true"}).status_code == 403
    assert client_of().get(f"{SHARE}/shop/lamp").status_code == 401


def test_where_heat_needs_no_token_none_is_made() -> None:
    made = shared(client_of(secret=""), "/lamp")
    assert (made["token"], made["ends"]) == (None, None)


@pytest.mark.parametrize("wrong", [{"hours": 0}, {"hours": 745}, {"hours": "x"}, {"below": "yes"}])
def test_a_wrong_question_is_told_what_is_allowed(wrong: dict[str, Any]) -> None:
    answer = client_of(own()).get(f"{SHARE}/lamp", params=wrong)
    assert answer.status_code == 400
    assert "should be" in answer.json()["error"]
