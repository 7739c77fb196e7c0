"""What every process serves over HTTP."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pageheat.services.runtime.listening import NotOurAddress, listen
from pageheat.services.runtime.web import all_well, answering, operational_routes
from tests.support.server import Server


class Process:
    """A process whose health the test sets."""

    def __init__(self) -> None:
        self.dead: str | None = None
        self.unready: str | None = None
        routes = operational_routes(ready=lambda: self.unready, alive=lambda: self.dead)
        self.client = TestClient(Starlette(routes=routes))

    def asked(self, path: str) -> tuple[int, str]:
        answer = self.client.get(path)
        return answer.status_code, answer.text

    def metric(self, name: str) -> float:
        families = text_string_to_metric_families(self.asked("/_pageheat/metrics")[1])
        (value,) = [one.value for family in families for one in family.samples if one.name == name]
        return float(value)


def test_a_healthy_process_is_alive_and_ready() -> None:
    process = Process()
    assert process.asked("/healthz") == process.asked("/_pageheat/ready") == (200, "ok\n")
    assert process.metric("pageheat_ready") == 1


def test_a_process_that_cannot_work_now_is_alive_and_says_why_it_is_unready() -> None:
    process = Process()
    process.unready = "Kafka has been away for 12 s"
    assert process.asked("/healthz") == (200, "ok\n")
    assert process.asked("/_pageheat/ready") == (503, "Kafka has been away for 12 s\n")
    assert process.metric("pageheat_ready") == 0


def test_a_process_that_cannot_recover_by_itself_is_not_alive() -> None:
    process = Process()
    process.dead = "the processing loop has stood still for 9 s"
    assert process.asked("/healthz") == (503, "the processing loop has stood still for 9 s\n")


@pytest.mark.parametrize(
    ("troubles", "first"), [([], None), ([None, None], None), ([None, "b"], "b"), (["a", "b"], "a")]
)
def test_the_first_of_several_problems_is_reported(troubles: list[str | None], first: str | None) -> None:
    assert all_well(answering, *(lambda it=it: it for it in troubles))() == first


def test_an_address_of_another_machine_is_reported_with_its_setting() -> None:
    with pytest.raises(NotOurAddress, match=r"^BIND_ADDRESS=192\.0\.2\.1: .* such as 127\.0\.0\.1"):
        listen("192.0.2.1", 0)  # an address reserved for documentation


def test_a_server_that_ends_leaves_no_connection_open_whose_client_does_not_read() -> None:
    async def much(_: Request) -> Response:
        return Response(b" " * 100_000_000)  # more than the buffers of two sockets hold

    server = Server(Starlette(routes=[Route("/", much)]))
    port = urlsplit(server.origin).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1)
        server.stop()
        with suppress(ConnectionResetError):
            while client.recv(1_000_000):  # ends, and does not time out
                pass
