"""The gate in front of an application: who gets its answers, and what others get."""

import logging

import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from pageheat.services.contract.hosts import Hosts
from pageheat.services.contract.origins import Origins
from pageheat.services.runtime import gate
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.web import OPERATIONAL, answering, operational_routes

NAMED, STRANGE = "https://shop.example", "https://evil.example"
ORIGINS = Origins(NAMED, {}, set())
EMBEDS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}


async def heat(_: Request) -> Response:
    return JSONResponse({"heat": 1}, headers={"ETag": '"1"'})


async def site(_: Request) -> Response:
    return Response("site", headers={"Access-Control-Allow-Origin": "https://api.example"})


async def watch(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("heat")
    await socket.close()


def client(*, cookies: bool = False) -> TestClient:
    routes = [
        *operational_routes(ready=answering),
        Route("/heat", heat),
        Route("/file.js", heat),
        Route("/site", site, methods=["GET", "POST", "OPTIONS"]),
        WebSocketRoute("/{path:path}", watch),
    ]
    return TestClient(
        Gate(
            Starlette(routes=routes),
            Hosts([]),
            ORIGINS,
            shares="/heat".__eq__,
            public={"/file.js"},
            cookies=cookies,
        ),
        base_url="http://localhost",
    )


def test_a_named_page_may_read_what_is_shared_and_no_other_page_may() -> None:
    answer = client().get("/heat", headers={"origin": NAMED})
    assert answer.json() == {"heat": 1}
    assert answer.headers["access-control-allow-origin"] == NAMED
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    with_cookies = client(cookies=True).get("/heat", headers={"origin": NAMED})
    assert with_cookies.headers["access-control-allow-credentials"] == "true"
    refusal = client(cookies=True).get("/heat", headers={"origin": STRANGE, "authorization": "Bearer x"})
    assert (refusal.status_code, refusal.json()["refused"]) == (403, "origin")
    assert STRANGE in refusal.json()["error"]
    assert not [name for name in refusal.headers if name.startswith("access-control")]
    assert refusal.headers["vary"] == "Origin"


def test_a_picture_is_embedded_by_named_pages_only() -> None:
    named = client().get("/heat", headers=EMBEDS | {"referer": f"{NAMED}/"})
    assert (named.status_code, named.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
    assert client().get("/heat", headers=EMBEDS | {"referer": f"{STRANGE}/"}).status_code == 403
    assert client().get("/heat", headers=EMBEDS).status_code == 403
    unknown = client().get("/heat")
    assert (unknown.status_code, unknown.headers["cross-origin-resource-policy"]) == (200, "same-origin")
    assert "access-control-allow-origin" not in unknown.headers


def test_a_preflight_is_answered_for_named_pages() -> None:
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    answer = client().options("/heat", headers=asked | {"origin": NAMED})
    allowed = {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}
    assert (answer.status_code, allowed) == (
        204,
        {
            "access-control-allow-origin": NAMED,
            "access-control-allow-methods": "GET",
            "access-control-allow-headers": "Authorization",
            "access-control-max-age": "7200",
        },
    )
    assert client().options("/heat", headers=asked | {"origin": STRANGE}).status_code == 403


def test_what_is_not_shared_keeps_its_own_headers() -> None:
    for method in ("get", "post", "options"):
        answer = getattr(client(), method)("/site", headers={"origin": NAMED})
        assert answer.text == "site"
        assert answer.headers["access-control-allow-origin"] == "https://api.example"
        assert "cross-origin-resource-policy" not in answer.headers
        assert getattr(client(), method)("/site", headers={"origin": STRANGE}).status_code == 403


def test_public_files_are_for_every_page_but_not_under_a_strange_host() -> None:
    assert client().get("/file.js", headers={"origin": STRANGE} | EMBEDS).status_code == 200
    assert client().get("/file.js", headers={"host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("path", OPERATIONAL)
def test_supervisors_may_ask_by_any_host_and_pages_may_not_read_it(path: str) -> None:
    answer = client().get(path, headers={"host": "10.0.0.7:8002", "origin": STRANGE})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    with (
        pytest.raises(WebSocketDenialResponse),
        client().websocket_connect(f"ws://localhost{path}", headers={"host": "x"}),
    ):
        pass


def test_a_strange_host_gets_403_with_the_setting_in_text_for_people() -> None:
    answer = client().get("/site", headers={"host": "evil.example", "accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert answer.text.startswith("'evil.example' is not a host of this server")
    assert "ALLOWED_HOSTS" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client().get("/heat", headers={"host": "evil.example"}).json()["refused"] == "host"


@pytest.mark.parametrize(
    ("headers", "protocols"),
    [
        ({"host": "evil.example"}, ["pageheat.v1"]),
        ({"host": "evil.example", "origin": "http://evil.example"}, ["pageheat.v1"]),
        ({"origin": STRANGE}, None),
        ({"origin": "null"}, ["chat"]),
    ],
)
def test_a_strangers_socket_is_refused_in_the_handshake(
    headers: dict[str, str], protocols: list[str] | None
) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refusal,
        client().websocket_connect("ws://localhost/heat", headers=headers, subprotocols=protocols),
    ):
        pass
    assert refusal.value.status_code == 403


def test_our_viewer_on_a_strangers_page_gets_the_reason_and_no_heat() -> None:
    with client().websocket_connect(
        "ws://localhost/a", headers={"origin": STRANGE}, subprotocols=["pageheat.v1"]
    ) as socket:
        said = socket.receive_json()
        assert said["refused"] == "origin"
        assert STRANGE in said["error"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == 4403


@pytest.mark.parametrize("headers", [{}, {"origin": NAMED}, {"origin": "http://localhost"}])
def test_other_sockets_are_passed_on(headers: dict[str, str]) -> None:
    with client().websocket_connect("ws://localhost/heat", headers=headers) as socket:
        assert socket.receive_text() == "heat"


def test_each_stranger_is_logged_once_and_counted_each_time(caplog: pytest.LogCaptureFixture) -> None:
    def counted(reason: str) -> float:
        return REGISTRY.get_sample_value("pageheat_strangers_refused_total", {"reason": reason}) or 0

    before = counted("origin"), counted("host")
    visitor = client()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            visitor.get("/heat", headers={"origin": STRANGE})
            visitor.get("/heat", headers={"host": "evil.example"})
        visitor.get("/heat", headers={"origin": NAMED})
    assert [line.message.partition(".")[0] for line in caplog.records] == [
        "refused: Pages of https://evil",
        "refused: 'evil",
    ]
    assert (counted("origin") - before[0], counted("host") - before[1]) == (3, 3)
    caplog.clear()
    for number in range(gate.MAX_LOGGED + 50):
        visitor.get("/heat", headers={"origin": f"https://{number}.example"})
    assert len(caplog.records) == gate.MAX_LOGGED - 2
