"""The settings' rules as clients see them at ingest's port."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from pageheat.frontends import tracker
from pageheat.services.ingest import beacons
from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.frames import REASONS, Refused
from pageheat.services.ingest.limits import BURST_S, RefusalBudget
from pageheat.services.ingest.rules import Rules
from pageheat.services.runtime.settings import IngestSettings
from tests.support.ingest import NOW_MS, RULES, SENT, TUTORIAL, KeepingSink, Serve

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.1"
SESSION_RATE, ADDRESS_RATE = 2, 3
SESSION_BURST, ADDRESS_BURST = SESSION_RATE * BURST_S, ADDRESS_RATE * BURST_S
CRAWLER = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"


def sent(session: str = "ann", seq: int = 0) -> str:
    return json.dumps(SENT | {"session": session, "seq": seq})


Start = Callable[..., TestClient]


@pytest.fixture
def start(sink: KeepingSink, served: Serve) -> Iterator[Start]:
    """Ingest with these settings, for a client at an address, on a stopped clock."""
    with ExitStack() as clients:

        def client(address: str = ELSEWHERE, **settings: int | str) -> TestClient:
            limits = {"session_frames_per_s": SESSION_RATE, "address_frames_per_s": ADDRESS_RATE}
            rules = Rules.of(IngestSettings.load(**limits | settings), clock_ns=lambda: 0)
            app = served(Ingest(sink, tracker.scripts(), rules, clock_ms=lambda: NOW_MS))
            return clients.enter_context(TestClient(app, client=(address, 50_000)))

        yield client


def counted(client: TestClient, name: str) -> float:
    lines = dict(line.rsplit(" ", 1) for line in client.get("/_pageheat/metrics").text.splitlines())
    return float(lines[f"pageheat_ingest_{name}"])


@contextmanager
def one_more(client: TestClient, name: str) -> Iterator[None]:
    before = counted(client, name)
    yield
    assert counted(client, name) == before + 1


def test_all_reasons_are_counted_from_zero(start: Start) -> None:
    client = start()
    for reason in REASONS:
        counted(client, f'frames_refused_total{{reason="{reason}"}}')


def test_a_session_that_sends_too_fast_learns_which_frame_to_resend(start: Start, sink: KeepingSink) -> None:
    client = start()
    with (
        client.websocket_connect("/") as socket,
        one_more(client, 'frames_refused_total{reason="rate"}'),
    ):
        for seq in range(SESSION_BURST + 1):
            socket.send_text(sent(seq=seq))
        answer = socket.receive_json()
        assert (answer["refused"], answer["seq"]) == ("rate", SESSION_BURST)
        assert "session" in answer["detail"]
    assert [frame.seq for frame in sink.frames] == [*range(SESSION_BURST)]


def test_all_sessions_of_an_address_share_its_limit(start: Start, sink: KeepingSink) -> None:
    client = start()
    with client.websocket_connect("/") as socket:
        for number in range(ADDRESS_BURST + 1):
            socket.send_text(sent(f"session-{number}", seq=number))
        assert socket.receive_json() == {
            "refused": "rate",
            "detail": "more frames than one address may send per second; resend this one later",
            "seq": ADDRESS_BURST,
        }
    assert len(sink.frames) == ADDRESS_BURST


def test_invalid_messages_count_towards_an_addresss_limit_too(start: Start) -> None:
    client = start()
    with client.websocket_connect("/") as socket:
        for _ in range(ADDRESS_BURST + 1):
            socket.send_text("?")
        answers = [socket.receive_json() for _ in range(ADDRESS_BURST + 1)]
    assert [answer["refused"] for answer in answers] == ["malformed"] * ADDRESS_BURST + ["rate"]
    assert "seq" not in answers[-1]


def test_this_machine_may_send_any_number_of_frames_for_many_sessions(
    start: Start, sink: KeepingSink
) -> None:
    client = start(HERE)
    for number in range(2 * ADDRESS_BURST):
        assert client.post("/_pageheat/beacon", content=sent(f"session-{number}")).status_code == 204
    assert len(sink.frames) == 2 * ADDRESS_BURST


def status_of(client: TestClient, number: int, forwarded: str) -> int:
    """The status for a visitor's beacon that came through proxies."""
    headers = {"X-Forwarded-For": forwarded.format(number)}
    return client.post("/_pageheat/beacon", content=sent(f"session-{number}"), headers=headers).status_code


@pytest.mark.parametrize(
    ("proxies", "forwarded", "statuses"),
    [(1, "192.0.2.{}", {204}), (1, "192.0.2.{}, 198.51.100.1", {204, 429}), (0, "192.0.2.{}", {204, 429})],
)
def test_behind_a_proxy_each_visitor_has_its_own_limit(
    start: Start, proxies: int, forwarded: str, statuses: set[int]
) -> None:
    client = start(trusted_proxies=proxies)
    assert {status_of(client, number, forwarded) for number in range(ADDRESS_BURST + 1)} == statuses


@pytest.mark.parametrize(
    ("proxies", "forwarded", "statuses"),
    [
        (0, "198.51.100.1, 192.0.2.{}", {204}),
        (0, "192.0.2.{}, 198.51.100.1", {204, 429}),
        (1, "192.0.2.{}, 198.51.100.1", {204}),
    ],
)
def test_the_entry_is_one_more_proxy(start: Start, proxies: int, forwarded: str, statuses: set[int]) -> None:
    client = start(trusted_proxies=proxies, behind_entry=True)
    assert {status_of(client, number, forwarded) for number in range(ADDRESS_BURST + 1)} == statuses


@pytest.mark.parametrize(
    ("address", "proxies", "warnings"),
    [(HERE, 0, 1), ("172.18.0.3", 0, 1), (HERE, 1, 0), ("8.8.8.8", 0, 0)],
)
def test_a_proxy_missing_from_the_setting_is_logged_once(
    start: Start, caplog: pytest.LogCaptureFixture, address: str, proxies: int, warnings: int
) -> None:
    client = start(address, trusted_proxies=proxies)
    for number in range(2):
        assert status_of(client, number, "192.0.2.{}") == 204
    assert len([said for said in caplog.messages if "TRUSTED_PROXIES" in said]) == warnings
    assert "192.0.2" not in caplog.text


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_request_too_many_gets_429(start: Start, method: str) -> None:
    client = start()
    answers = [
        client.request(method, "/_pageheat/beacon?x=1&y=2&u=/", content=sent(f"session-{number}"))
        for number in range(ADDRESS_BURST + 1)
    ]
    assert [answer.status_code for answer in answers] == [204] * ADDRESS_BURST + [429]
    assert answers[-1].json()["refused"] == "rate"


def test_a_client_that_does_not_slow_down_is_disconnected(start: Start, sink: KeepingSink) -> None:
    client = start(HERE)
    answers: deque[dict[str, object]] = deque()
    with one_more(client, "sockets_cut_off_total"), client.websocket_connect("/") as socket:
        for seq in range(10 * RefusalBudget.REFUSALS.burst):
            socket.send_text(sent(seq=seq))
        with pytest.raises(WebSocketDisconnect) as closed:
            answers.extend(iter(socket.receive_json, None))
    assert (closed.value.code, closed.value.reason) == (1008, "rate")
    assert [answer["refused"] for answer in answers] == ["rate"] * (RefusalBudget.REFUSALS.burst + 1)
    assert len(sink.frames) == SESSION_BURST


def test_a_socket_beyond_the_limit_gets_503_until_another_closes(start: Start, sink: KeepingSink) -> None:
    client = start(max_sockets=2)
    with client.websocket_connect("/"), client.websocket_connect("/lamp"):
        assert counted(client, "sockets") == 2
        with (
            one_more(client, "sockets_refused_total"),
            pytest.raises(WebSocketDenialResponse) as denied,
            client.websocket_connect("/"),
        ):
            pass
        assert denied.value.status_code == 503
        assert client.post("/_pageheat/beacon", content=sent()).status_code == 204
    with client.websocket_connect("/"):
        assert counted(client, "sockets") == 1
    assert counted(client, "sockets") == 0


async def test_a_body_that_does_not_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, sink: KeepingSink
) -> None:
    monkeypatch.setattr(beacons, "BODY_TIMEOUT_S", 0.01)
    with pytest.raises(Refused, match=r"the body did not end within 0\.01 s"):
        await dripping(Ingest(sink, {}, RULES), b"")


async def test_unfinished_bodies_share_one_limit(monkeypatch: pytest.MonkeyPatch, sink: KeepingSink) -> None:
    monkeypatch.setattr(beacons, "MAX_BODIES_BYTES", 100)
    app = Ingest(sink, {}, RULES)
    for _ in range(2):  # the first one's bytes are free again
        with pytest.raises(Refused, match="too many bodies") as refused:
            await dripping(app, b"x")
        assert refused.value.reason == "busy"


async def dripping(app: Ingest, piece: bytes) -> bytes:
    """A body that arrives in pieces and does not end."""

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": piece, "more_body": True}

    return await app._beacons._body({"type": "http", "method": "POST", "headers": []}, receive)


def test_the_rest_of_a_refused_request_is_not_read(start: Start) -> None:
    client = start()
    assert client.post("/_pageheat/beacon", content="{").headers["connection"] == "close"
    assert "connection" not in client.post("/_pageheat/beacon", content=sent()).headers


@pytest.mark.parametrize(
    ("agent", "told", "robot"),
    [(CRAWLER, {}, True), ("Mozilla/5.0", {"robot": True}, True), ("Mozilla/5.0", {}, False)],
)
def test_robots_are_marked_by_user_agent_or_by_what_their_browser_reports(
    start: Start, sink: KeepingSink, agent: str, told: dict[str, bool], robot: bool
) -> None:
    client = start(HERE)
    headers = {"User-Agent": agent}
    client.post("/_pageheat/beacon", content=json.dumps(SENT | told), headers=headers)
    with client.websocket_connect("/", headers=headers) as socket:
        socket.send_text(json.dumps(SENT | told))
    assert [frame.robot for frame in sink.frames] == [robot] * 2


def test_a_robots_clicks_and_events_in_the_old_forms_are_marked_too(start: Start, sink: KeepingSink) -> None:
    client = start(HERE)
    client.get("/_pageheat/beacon?x=1&y=2&u=/", headers={"User-Agent": CRAWLER})
    client.post("/_pageheat/beacon", content=json.dumps(TUTORIAL), headers={"User-Agent": CRAWLER})
    assert [frame.robot for frame in sink.frames] == [True, True]


def test_masked_parts_of_paths_are_not_passed_on(start: Start, sink: KeepingSink) -> None:
    client = start(HERE, path_masks="/user/*")
    page = SENT["page"]
    for body in (
        SENT | {"page": page | {"path": "/user/42/orders"}},
        TUTORIAL | {"relative_path": "/user/42"},
    ):
        client.post("/_pageheat/beacon", content=json.dumps(body))
    client.get("/_pageheat/beacon?x=1&y=2&u=/user/43/orders")
    assert [frame.page.path for frame in sink.frames] == ["/user/*/orders", "/user/*", "/user/*/orders"]
    assert sink.frames[-1].page.document, "the size is the masked page's"


def test_pages_are_told_apart_as_the_settings_say_whoever_sends(start: Start, sink: KeepingSink) -> None:
    client = start(HERE, page_query="id", hash_routes=True, page_suffixes="/,.php")
    for body in (
        SENT | {"page": SENT["page"] | {"path": "/doku.php?q=ann&id=a+b#/two/"}},
        TUTORIAL | {"relative_path": "/doku/?id=a%20b&q=ann#/two"},
    ):
        client.post("/_pageheat/beacon", content=json.dumps(body))
    client.get("/_pageheat/beacon?x=1&y=2&u=%2Fdoku%3Fid%3Da%2520b%26q%3Dann%23%2Ftwo")
    assert [frame.key for frame in sink.frames] == ["/doku?id=a%20b#/two"] * 3
    assert sink.frames[-1].page.document, "the size is that page's"
