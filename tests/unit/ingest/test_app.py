"""Ingest's port as a browser sees it, with a sink that collects the frames."""

import gzip
import json

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pageheat.frontends import tracker
from pageheat.services.contract.records import MAX_FRAME_BYTES, Event, Frame, Page, Point, Size
from pageheat.services.contract.sites import CHECK_AGENT
from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.intake import MAX_LOGGED_ORIGINS
from tests.support.ingest import (
    BLOG,
    NOW_MS,
    RULES,
    SENT,
    SHOP,
    STRANGER,
    TUTORIAL,
    KeepingSink,
)


def test_a_frame_is_accepted_at_any_path_without_an_answer(client: TestClient, sink: KeepingSink) -> None:
    for path in ("/", "/lamp", "/a/b0c7f8e9a-1111-4222-8333-444455556666"):
        with client.websocket_connect(path) as socket:
            socket.send_text(json.dumps(SENT))
            socket.send_text(json.dumps(TUTORIAL))
            socket.send_text("?")  # answered after the two before it
            assert socket.receive_json()["refused"] == "malformed"
    assert [frame.session for frame in sink.frames] == ["k3J_-9", TUTORIAL["session_id"]] * 3


def test_a_refusal_leaves_the_connection_open(client: TestClient, sink: KeepingSink) -> None:
    with client.websocket_connect("/") as socket:
        socket.send_bytes(b"x" * (MAX_FRAME_BYTES + 1))
        assert socket.receive_json()["refused"] == "too_large"
        socket.send_bytes(json.dumps(SENT).encode())
        sink.room = 1
        socket.send_text(json.dumps(SENT))
        assert socket.receive_json() == {
            "refused": "busy",
            "detail": "Kafka does not accept frames now; resend this one later",
            "seq": 7,
        }
    assert len(sink.frames) == 1


def test_no_socket_opens_at_a_reserved_path(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_pageheat/tracker.js"):
        pass


def test_a_site_is_known_by_its_origin(client: TestClient, sink: KeepingSink) -> None:
    for origin in (BLOG, SHOP, None):
        headers = {"origin": origin} if origin else {}
        client.post("/_pageheat/beacon", content=json.dumps(SENT), headers=headers)
        with client.websocket_connect("/", headers=headers) as socket:
            socket.send_text(json.dumps(SENT))
    assert [frame.site for frame in sink.frames] == ["blog", "blog", "", "", "", ""]


@pytest.mark.parametrize("origin", [STRANGER, "null"])
def test_a_socket_of_a_page_that_may_not_send_is_closed_with_a_reason(
    client: TestClient, sink: KeepingSink, origin: str
) -> None:
    with client.websocket_connect("/lamp", headers={"origin": origin}) as socket:
        for message in (json.dumps(SENT), "?"):
            socket.send_text(message)
        answer = socket.receive_json()
        assert answer["refused"] == "origin"
        assert "ORIGINS" in answer["detail"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert (closed.value.code, closed.value.reason) == (1008, "origin")
    assert sink.frames == []


def test_an_origin_that_may_not_send_is_logged_once_and_up_to_a_limit(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for number in [1, 1, *range(MAX_LOGGED_ORIGINS + 5)]:
        client.post("/_pageheat/beacon", headers={"origin": f"https://{number}.example"})
    assert len(caplog.messages) == len(set(caplog.messages)) == MAX_LOGGED_ORIGINS
    assert "https://1.example may not send; to let them, name it in ORIGINS" in caplog.messages[0]


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/json"])
def test_a_beacon_is_answered_204_with_no_body(
    client: TestClient, sink: KeepingSink, content_type: str
) -> None:
    answer = client.post(
        "/_pageheat/beacon", content=json.dumps(SENT), headers={"content-type": content_type}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert [frame.received for frame in sink.frames] == [NOW_MS]


def get(client: TestClient, query: str, **headers: str) -> tuple[int, str]:
    """Status and reason of a click's request; no reason if it is accepted."""
    answer = client.get(f"/_pageheat/beacon?{query}", headers=headers)
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["refused"] if answer.content else ""


def test_a_click_by_get_uses_the_newest_known_size_of_its_page(client: TestClient, sink: KeepingSink) -> None:
    assert get(client, "x=-10&y=20.5", referer=f"{SHOP}/lamp?q=ann") == (204, "")
    client.post("/_pageheat/beacon", content=json.dumps(SENT))
    assert get(client, "x=-10&y=20.5&u=/lamp") == (204, "")
    unknown, _, known = sink.frames
    clicks = [Event("click", -10, 20.5)]
    assert unknown == Frame(*(2, "", NOW_MS, Page("/lamp")), events=clicks, origin="first")
    assert known.page == Page("/lamp", Size(1265, 4210), first=Point(132, 8))
    assert known.events == unknown.events


def test_a_refused_event_does_not_update_the_known_size(client: TestClient, sink: KeepingSink) -> None:
    sink.room = 0
    client.post("/_pageheat/beacon", content=json.dumps(SENT))
    assert get(client, "x=1&y=2&u=/lamp") == (503, "busy")
    sink.room = 1
    get(client, "x=1&y=2&u=/lamp")
    assert sink.frames[0].page == Page("/lamp")


@pytest.mark.parametrize(
    ("u", "headers", "site"),
    [
        ("", {"referer": f"{SHOP}/lamp"}, ""),
        ("", {"referer": f"{BLOG}/lamp"}, "blog"),
        ("", {"referer": f"{STRANGER}/lamp"}, None),
        (f"{BLOG}/lamp", {}, "blog"),
        (f"{BLOG}/lamp", {"referer": f"{STRANGER}/"}, "blog"),
        (f"{STRANGER}/lamp", {"referer": f"{SHOP}/"}, None),
        (f"{STRANGER}/lamp", {"origin": SHOP}, None),
        (f"{BLOG}/lamp", {"origin": SHOP}, "blog"),
        (f"{BLOG}/lamp", {"origin": STRANGER}, None),
        (f"{BLOG}/lamp", {"origin": "null"}, None),
        ("/lamp", {}, ""),
        ("/lamp", {"origin": BLOG}, "blog"),
        ("/lamp", {"referer": f"{BLOG}/"}, "blog"),
        ("/lamp", {"referer": f"{STRANGER}/"}, None),
    ],
)
def test_a_click_belongs_to_its_pages_site_and_both_page_and_sender_must_be_allowed(
    client: TestClient, sink: KeepingSink, u: str, headers: dict[str, str], site: str | None
) -> None:
    assert get(client, f"x=1&y=2&u={u}", **headers) == ((403, "origin") if site is None else (204, ""))
    assert [(frame.site, frame.page.path) for frame in sink.frames] == [(site, "/lamp")] * (site is not None)


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("x=1", 400, "malformed"),
        ("x=NaN&y=1&u=/", 400, "malformed"),
        ("x=1&y=2", 400, "malformed"),
        ("x=1&y=2&u=/" + "a" * 9000, 413, "too_large"),
    ],
)
def test_a_refused_click_has_a_reason(client: TestClient, query: str, status: int, reason: str) -> None:
    assert get(client, query) == (status, reason)


def test_a_head_request_is_no_click(client: TestClient, sink: KeepingSink) -> None:
    assert client.head("/_pageheat/beacon?x=1&y=2&u=/lamp").status_code == 204
    assert sink.frames == []


def test_other_methods_are_refused(client: TestClient, sink: KeepingSink) -> None:
    answer = client.put("/_pageheat/beacon", content=json.dumps(SENT))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert sink.frames == []


CORS = "access-control-"


@pytest.mark.parametrize(
    ("method", "query", "body", "status"),
    [
        ("POST", "", json.dumps(SENT), 204),
        ("POST", "", "{", 400),
        ("GET", "x=1&y=2&u=/", "", 204),
        ("GET", "x=1", "", 400),
        ("GET", f"x=1&y=2&u={STRANGER}/", "", 403),
        ("OPTIONS", "", "", 204),
    ],
)
def test_only_an_origin_that_may_send_may_read_the_answer(
    client: TestClient, method: str, query: str, body: str, status: int
) -> None:
    def answer(origin: str | None) -> tuple[int, dict[str, str]]:
        headers = {"origin": origin} if origin else {}
        got = client.request(method, f"/_pageheat/beacon?{query}", content=body, headers=headers)
        assert got.headers["vary"] == "Origin"
        return got.status_code, {k: v for k, v in got.headers.items() if k.startswith(CORS)}

    preflight = (
        {
            f"{CORS}allow-methods": "GET, POST",
            f"{CORS}allow-headers": "content-type",
            f"{CORS}max-age": "7200",
        }
        if method == "OPTIONS"
        else {}
    )
    for allowed in (SHOP, BLOG):
        assert answer(allowed) == (status, {f"{CORS}allow-origin": allowed, **preflight})
    for stranger in (STRANGER, "null", f"{SHOP}:8443", "http://shop.example", SHOP.upper(), f"{SHOP}/", "*"):
        assert answer(stranger) == (403, {})
    assert answer(None) == (status, preflight)


@pytest.mark.parametrize(
    ("body", "room", "status", "reason"),
    [
        (b"{", 1, 400, "malformed"),
        (b" " * (MAX_FRAME_BYTES + 1), 1, 413, "too_large"),
        (json.dumps(SENT).encode(), 0, 503, "busy"),
    ],
)
def test_a_refused_beacon_has_a_reason(
    client: TestClient, sink: KeepingSink, body: bytes, room: int, status: int, reason: str
) -> None:
    sink.room = room
    answer = client.post("/_pageheat/beacon", content=body)
    assert (answer.status_code, answer.json()["refused"]) == (status, reason)


def test_frames_are_counted_by_transport_or_by_reason_of_refusal(
    client: TestClient,
) -> None:
    counters = (
        'frames_accepted_total{by="websocket"}',
        'frames_accepted_total{by="beacon"}',
        'frames_accepted_total{by="get"}',
        'frames_refused_total{reason="malformed"}',
        'frames_refused_total{reason="origin"}',
        'events_accepted_total{type="click"}',
    )

    def counts() -> list[float]:
        lines = dict(line.rsplit(" ", 1) for line in client.get("/_pageheat/metrics").text.splitlines())
        assert lines["pageheat_ingest_sockets"] == "0.0"
        return [float(lines.get(f"pageheat_ingest_{name}", 0)) for name in counters]

    before = counts()
    with client.websocket_connect("/") as socket:
        for message in (json.dumps(SENT), "?"):
            socket.send_text(message)
        socket.receive_json()
    client.post("/_pageheat/beacon", content=json.dumps(SENT))
    client.post("/_pageheat/beacon", content=b"{")
    client.post("/_pageheat/beacon", headers={"origin": STRANGER})
    with client.websocket_connect("/", headers={"origin": STRANGER}) as socket:
        socket.send_text("?")
        socket.receive_json()
    for _ in range(3):
        get(client, "x=1&y=2&u=/lamp")
    get(client, "x=1&y=2")
    assert [after - was for after, was in zip(counts(), before, strict=True)] == [1, 1, 3, 3, 2, 5]
    assert "pageheat_ingest_pages_known 1.0" in client.get("/_pageheat/metrics").text


@pytest.mark.parametrize("name", tracker.scripts())
def test_the_scripts_are_served_minified_and_gzipped(client: TestClient, name: str) -> None:
    script = tracker.scripts()[name]
    answer = client.get(f"/_pageheat/{name}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == gzip.decompress(script.gzipped) == script.body
    plain = client.get(f"/_pageheat/{name}", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    again = client.get(f"/_pageheat/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_accepted_frames_are_flushed_at_shutdown(sink: KeepingSink) -> None:
    with TestClient(Ingest(sink, tracker.scripts(), RULES)) as client:
        client.post("/_pageheat/beacon", content=json.dumps(SENT))
        assert not sink.flushed
    assert sink.flushed


@pytest.mark.parametrize("origin", [SHOP, STRANGER])
def test_frames_of_a_check_are_answered_like_others_and_kept_nowhere(
    client: TestClient, sink: KeepingSink, caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    headers = {"origin": origin, "user-agent": f"Mozilla/5.0 Chrome/156.0.0.0 {CHECK_AGENT}"}
    sink.delivers = False  # nothing is waited for
    with client.websocket_connect("/lamp", headers=headers, subprotocols=["pageheat.v1"]) as socket:
        socket.send_text(json.dumps(SENT))
        answer = socket.receive_json()
        assert answer == {"acknowledged": [7]} if origin == SHOP else answer["refused"] == "origin"
    status = client.post("/_pageheat/post", content=json.dumps(SENT), headers=headers).status_code
    assert status == (204 if origin == SHOP else 403)
    client.get("/_pageheat/beacon?x=1&y=2", headers={**headers, "referer": f"{SHOP}/lamp"})
    assert client.post("/_pageheat/post", content="?", headers=headers).status_code in (400, 403)
    assert sink.frames == []
    assert caplog.messages == []


def test_a_check_learns_that_kafka_takes_nothing(
    client: TestClient, sink: KeepingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink, "why_unready", lambda: "Kafka does not answer")
    headers = {"user-agent": CHECK_AGENT}
    answer = client.post("/_pageheat/post", content=json.dumps(SENT), headers=headers)
    assert (answer.status_code, answer.json()["refused"]) == (503, "busy")
    assert "Kafka does not answer" in answer.json()["detail"]
