"""What ingest remembers of pages, by which a page without heat is explained."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from pageheat.services.contract.sites import SEEN, SEEN_HOST
from pageheat.services.ingest import sightings
from pageheat.services.ingest.app import Ingest
from tests.support.ingest import BLOG, NOW_MS, RULES, SENT, SHOP, STRANGER, KeepingSink

NOTHING = {"people": False, "robots": False, "alike": [], "refused": []}


class Visited:
    """An ingest that takes frames, and is asked what it has seen."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        sink = KeepingSink()
        sink.room = 10_000
        self.client = TestClient(Ingest(sink, {}, RULES, lambda: self.now_ms), client=("127.0.0.1", 1))

    def post(self, path: str, origin: str = SHOP, **more: object) -> None:
        frame = {**SENT, **more, "page": {**SENT["page"], "path": path}}
        self.client.post("/_pageheat/beacon", content=json.dumps(frame), headers={"origin": origin})

    def ask(self, page: str, origin: str = SHOP, **headers: str) -> Any:
        params = {"page": page, "origin": origin}
        return self.client.get(SEEN, params=params, headers={"host": SEEN_HOST} | headers)

    def seen(self, page: str, origin: str = SHOP) -> Any:
        return self.ask(page, origin).json()


@pytest.fixture
def ingest() -> Visited:
    return Visited()


def test_people_and_robots_are_told_apart_for_five_minutes(ingest: Visited) -> None:
    assert ingest.seen("/lamp") == {"page": "/lamp"} | NOTHING
    ingest.post("/lamp", robot=True)
    assert ingest.seen("/lamp?q=ann#top") == {"page": "/lamp"} | NOTHING | {"robots": True}
    ingest.post("/lamp")
    assert ingest.seen("/lamp")["people"]
    ingest.now_ms += sightings.LATELY_MS + 1
    assert ingest.seen("/lamp") == {"page": "/lamp"} | NOTHING


def test_pages_of_nearly_the_same_address_are_named(ingest: Visited) -> None:
    for path in ("/lamp/", "/Lamp", "/lamp.html", "/lamp/index.html", "/lamps", "/other/lamp"):
        ingest.post(path)
    assert ingest.seen("/lamp")["alike"] == ["/lamp/", "/Lamp", "/lamp.html", "/lamp/index.html"]
    ingest.post("/lamp", BLOG)
    assert "//blog/lamp" in ingest.seen("/lamp")["alike"]


def test_an_origin_that_may_not_send_is_told_and_remembered_if_it_is_like_the_pages(ingest: Visited) -> None:
    ingest.post("/lamp", "https://www.shop.example")
    ingest.post("/lamp", STRANGER)
    assert ingest.seen("/lamp") == {"page": "/lamp"} | NOTHING | {"refused": ["https://www.shop.example"]}
    assert ingest.seen("/lamp", STRANGER)["page"] is None
    assert ingest.seen("/lamp", BLOG)["page"] == "//blog/lamp"


def test_it_is_told_to_our_own_processes_only(ingest: Visited) -> None:
    assert ingest.ask("/lamp").status_code == 200
    assert ingest.ask("/lamp", host="heat.example").status_code == 403
    assert ingest.ask("/lamp", **{"x-forwarded-for": "127.0.0.1"}).status_code == 403
    ingest.client = TestClient(ingest.client.app, client=("8.8.8.8", 1))
    assert ingest.ask("/lamp").status_code == 403, "from elsewhere"


def test_what_is_remembered_is_bounded(ingest: Visited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "MAX_PAGES", 3)
    monkeypatch.setattr(sightings, "MAX_ORIGINS", 2)
    for i in range(5):
        ingest.post(f"/{i}")
        ingest.post("/", f"https://shop.example:{i + 1}")
    assert [ingest.seen(f"/{i}")["people"] for i in range(5)] == [False, False, True, True, True]
    assert ingest.seen("/")["refused"] == ["https://shop.example:4", "https://shop.example:5"]
