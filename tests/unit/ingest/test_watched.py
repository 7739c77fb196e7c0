"""How often trackers are told to send: often from pages that somebody watches, seldom from all others."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.testclient import TestClient, WebSocketTestSession

from pageheat.frontends import tracker
from pageheat.services.contract.watching import LEASE_MS
from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.watched import DEFAULT_PACES, Paces, WatchedPages
from tests.support.ingest import NOW_MS, RULES, SENT, TUTORIAL, KeepingSink, Serve


class Watching:
    """Tells pages that the test puts."""

    def __init__(self, *pages: str) -> None:
        self._told = [list(pages)]
        self.closed = False

    def put(self, *pages: str) -> None:
        """Tell these pages soon."""
        self._told.append(list(pages))

    async def pages(self) -> Iterable[str]:
        await asyncio.sleep(0.01)
        return self._told.pop(0) if self._told else []

    def close(self) -> None:
        self.closed = True


def opened(
    served: Serve,
    watching: Watching,
    paces: Paces = DEFAULT_PACES,
) -> tuple[TestClient, KeepingSink]:
    sink = KeepingSink()
    sink.delivers = False  # no acknowledgements between the answers that matter here
    rules = replace(RULES, paces=paces)
    return TestClient(
        served(Ingest(sink, tracker.scripts(), rules, clock_ms=lambda: NOW_MS, watched=watching))
    ), sink


def send(socket: WebSocketTestSession, path: str, seq: int = 0) -> None:
    page: dict[str, Any] = SENT["page"]
    socket.send_text(json.dumps(SENT | {"seq": seq, "page": page | {"path": path}}))


def ours(client: TestClient, site: str = "https://shop.example") -> WebSocketTestSession:
    return client.websocket_connect("/k3J", subprotocols=["pageheat.v1"], headers={"Origin": site})


def test_visitors_of_a_page_are_told_when_somebody_watches_it(served: Serve) -> None:
    watching = Watching()
    client, _ = opened(served, watching)
    with client, ours(client) as lamp, ours(client) as chair:
        send(lamp, "/lamp")
        send(chair, "/chair")
        watching.put("/lamp")
        assert lamp.receive_json() == {"every": 250}
        watching.put("/chair")
        assert chair.receive_json() == {"every": 250}
    assert watching.closed


def test_a_visitor_who_comes_to_a_watched_page_is_told_after_the_first_frame(served: Serve) -> None:
    client, _ = opened(served, Watching("/chair"))
    with client, ours(client) as socket:
        send(socket, "/lamp", 0)
        send(socket, "/chair", 1)
        assert socket.receive_json() == {"every": 250}
        send(socket, "/chair", 2)
        send(socket, "/lamp", 3)
        assert socket.receive_json() == {"every": 2_000}


def test_pages_of_two_sites_with_one_path_are_watched_apart(served: Serve) -> None:
    watching = Watching()
    client, _ = opened(served, watching)
    with client, ours(client) as shop, ours(client, "https://blog.example") as blog:
        send(shop, "/lamp")
        send(blog, "/lamp")
        watching.put("//blog/lamp")
        assert blog.receive_json() == {"every": 250}
        watching.put("/lamp")
        assert shop.receive_json() == {"every": 250}


def test_the_setting_says_how_often_is_sent_from_pages_that_nobody_watches(served: Serve) -> None:
    client, _ = opened(served, Watching(), Paces(5_000))
    with client, ours(client) as socket:
        send(socket, "/lamp")
        assert socket.receive_json() == {"every": 5_000}


def test_with_the_setting_at_250_watching_changes_nothing(served: Serve) -> None:
    watching = Watching("/lamp")
    client, _ = opened(served, watching, Paces(250))
    with client, ours(client) as socket:
        send(socket, "/lamp")
        assert socket.receive_json() == {"every": 250}
        watching.put("/lamp")
        socket.send_text("no frame")
        assert socket.receive_json()["refused"] == "malformed", "the next answer"


def test_clients_without_our_subprotocol_are_told_nothing(served: Serve) -> None:
    client, _ = opened(served, Watching("/products"))
    with client, client.websocket_connect("/x", headers={"Origin": "https://shop.example"}) as socket:
        socket.send_text(json.dumps(TUTORIAL))
        socket.send_text("no frame")
        assert socket.receive_json()["refused"] == "malformed", "the first answer"


def test_a_visitor_of_a_crowd_is_told_after_its_next_frame(served: Serve) -> None:
    watching = Watching("/lamp")
    client, _ = opened(served, watching, Paces(page_frames_per_s=4))
    with client, ours(client) as first, ours(client) as second:
        send(first, "/lamp", 0)
        assert first.receive_json() == {"every": 500}, "two find room"
        send(second, "/lamp", 0)
        assert second.receive_json() == {"every": 500}
        with ours(client) as third:
            send(third, "/lamp", 0)
            assert third.receive_json() == {"every": 1_250}, "five find room"
        first.send_text("no frame")
        assert first.receive_json()["refused"] == "malformed", "it was told nothing yet"
        send(first, "/lamp", 1)
        assert first.receive_json() == {"every": 1_250}


class Visitor:
    def __init__(self) -> None:
        self.told: list[int] = []

    def send_every(self, every_ms: int) -> None:
        self.told.append(every_ms)


def test_a_page_is_watched_until_its_lease_was_not_renewed() -> None:
    pages, visitor = WatchedPages(), Visitor()
    pages.enter("/lamp", visitor)
    pages.renew(["/lamp"], 1_000)
    pages.renew(["/lamp"], 5_000)
    pages.expire(4_999 + LEASE_MS)
    assert "/lamp" in pages
    assert visitor.told == [250], "told once, not with each renewal"
    pages.expire(5_000 + LEASE_MS)
    assert "/lamp" not in pages
    assert visitor.told == [250, 2_000]


def test_a_visitor_who_left_is_told_nothing() -> None:
    pages, visitor = WatchedPages(), Visitor()
    pages.enter("/lamp", visitor)
    pages.leave("/lamp", visitor)
    pages.leave("/lamp", visitor)
    pages.renew(["/lamp"], 0)
    assert visitor.told == []


def test_pages_beyond_the_limit_stay_unwatched_and_are_counted() -> None:
    pages = WatchedPages(limit=2)
    before = REGISTRY.get_sample_value("pageheat_ingest_watched_ignored_total") or 0
    pages.renew(["/a", "/b", "/c"], 0)
    pages.renew(["/a"], 1)
    assert [page in pages for page in ("/a", "/b", "/c")] == [True, True, False]
    assert REGISTRY.get_sample_value("pageheat_ingest_watched_ignored_total") == before + 1
    pages.expire(LEASE_MS)
    pages.renew(["/c"], LEASE_MS)
    assert [page in pages for page in ("/a", "/b", "/c")] == [True, False, True]


@pytest.mark.parametrize("leavers", [0, 1])
def test_what_is_kept_of_visitors_ends_with_their_connection(leavers: int) -> None:
    pages = WatchedPages()
    visitors = [Visitor(), Visitor()]
    for visitor in visitors:
        pages.enter("/lamp", visitor)
    for visitor in visitors[leavers:]:
        pages.leave("/lamp", visitor)
    assert len(pages._pages) == min(leavers, 1)
