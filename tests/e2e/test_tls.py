"""Visitors and analysts come by https, through Caddy as deploy/caddy/ sets it up."""

import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from pageheat.kafka.node import KafkaNode
from tests.e2e.test_live import move_around
from tests.support.caddy import CERTIFICATE, Caddy, caddy
from tests.support.chromium import leave
from tests.support.heat import ON_SCREEN
from tests.support.server import Server
from tests.support.site import Site
from tests.support.system import running


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


@pytest.fixture(scope="module")
def echo() -> Iterator[Server]:
    """What stands in for the history: it answers with what it was asked."""

    def said(request: Request | WebSocket) -> dict[str, object]:
        return {"path": request.scope["raw_path"].decode(), "headers": dict(request.headers)}

    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(said(request))

    async def talk(socket: WebSocket) -> None:
        await socket.accept(subprotocol="a.token")
        await socket.send_json(said(socket))
        await socket.close()

    server = Server(Starlette(routes=[WebSocketRoute("/{path:path}", talk), Route("/{path:path}", answer)]))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def door(echo: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caddy]:
    behind = str(urlsplit(echo.origin).port)
    with caddy(tmp_path_factory.mktemp("caddy"), HISTORY_PORT=behind) as running_caddy:
        yield running_caddy


@pytest.fixture
def address(door: Caddy) -> str:
    """The https address of what stands in for the history."""
    return door.urls["HISTORY_URL"]


def test_what_a_client_sends_arrives_unchanged_but_for_its_claim_of_an_address(
    address: str, tls: ssl.SSLContext
) -> None:
    sent = {"Authorization": "Bearer token", "Origin": "https://site.example", "X-Forwarded-For": "192.0.2.1"}
    answer = httpx2.get(f"{address}/caf%C3%A9%2F1//a%20b?x=%20", headers=sent, verify=tls).json()
    assert answer["path"] == "/caf%C3%A9%2F1//a%20b"
    expected = sent | {"Host": urlsplit(address).netloc, "X-Forwarded-For": "127.0.0.1"}
    assert {name: answer["headers"].get(name.lower()) for name in expected} == expected


def test_no_client_says_who_is_signed_on(address: str, tls: ssl.SSLContext) -> None:
    sent = {"X-Forwarded-User": "mallory", "X-Other": "kept"}
    arrived = httpx2.get(address, headers=sent, verify=tls).json()["headers"]
    assert "x-forwarded-user" not in arrived
    assert arrived["x-other"] == "kept"


def test_a_socket_arrives_with_its_token_and_one_address(address: str, tls: ssl.SSLContext) -> None:
    url = f"{address.replace('https', 'wss')}/page"
    with connect(url, ssl=tls, subprotocols=["a.token"]) as viewer:  # type: ignore[list-item]
        assert viewer.subprotocol == "a.token"
        said = json.loads(viewer.recv(timeout=30))["headers"]
    assert said["sec-websocket-protocol"] == "a.token"
    assert said["x-forwarded-for"] == "127.0.0.1"


def test_http_2_is_offered(address: str) -> None:
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    context.set_alpn_protocols(["h2", "http/1.1"])
    where = urlsplit(address)
    with (
        socket.create_connection((where.hostname, where.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=where.hostname) as wrapped,
    ):
        assert wrapped.selected_alpn_protocol() == "h2"


def test_a_failure_is_logged_without_the_visitor(door: Caddy, tls: ssl.SSLContext) -> None:
    answer = httpx2.get(f"{door.urls['BROADCASTER_URL']}/secret-page?secret=1", verify=tls)
    assert answer.status_code == 502  # nothing is behind it
    assert "secret" not in door.log()


def test_a_visitor_is_seen_by_an_analyst_all_by_https(
    browser: Browser, node: KafkaNode, tmp_path: Path
) -> None:
    with caddy(tmp_path) as door:
        site = Site(door.urls["INGEST_URL"])
        settings = door.urls | {"SITE_URL": site.origin, "TRUSTED_PROXIES": "1"}
        with running(node, tmp_path, **settings) as system:
            services = [
                system.start(name, **door.ports)
                for name in ("ingest", "group_by", "aggregator", "broadcaster", "heatmap")
            ]
            for service in services:
                service.wait_until_healthy()
            context = browser.new_context(viewport={"width": 1280, "height": 720}, ignore_https_errors=True)
            visitor, analyst = context.new_page(), context.new_page()
            visitor.goto(f"{site.origin}/placed/plain")
            move_around(visitor, 900, 200)
            analyst.goto(f"{door.urls['HEATMAP_URL']}/placed/plain")
            analyst.wait_for_function(f"(at) => ({ON_SCREEN})(at) > 60", arg=[900, 200])
            protocols = analyst.evaluate(
                "performance.getEntriesByType('navigation').map((entry) => entry.nextHopProtocol)"
            )
            assert protocols == ["h2"]
            assert analyst.evaluate("isSecureContext")
            leave(context)
        site.close()
