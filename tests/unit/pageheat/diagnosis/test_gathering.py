"""Where `pageheat doctor` looks for processes."""

import socket

import pytest

from pageheat.diagnosis.gathering import gather, places
from pageheat.kafka.ports import free_port
from pageheat.services.runtime.settings import AllSettings

ADDRESSES = {
    "pageheat-ingest": ["10.0.0.2", "10.0.0.1", "10.0.0.1"],
    "pageheat-group-by": ["10.0.0.3"],
    "pageheat-history": ["fd00::1"],
}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that knows ADDRESSES alone."""

    def look_up(host: str, port: int, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if host not in ADDRESSES:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, 0, 0, "", (address, port)) for address in ADDRESSES[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_each_address_of_a_name_is_a_process(names: None) -> None:
    found = {
        (place.name, str(place)) for place in places(AllSettings.load(), "pageheat-{}") if not place.unknown
    }
    assert found == {
        ("ingest", "10.0.0.1:8001"),
        ("ingest", "10.0.0.2:8001"),
        ("group_by", "10.0.0.3:8003"),
        ("history", "[fd00::1]:8005"),
    }


def test_a_name_without_an_address_is_a_process_that_does_not_answer(names: None) -> None:
    (unknown,) = (place for place in places(AllSettings.load(), "pageheat-{}") if place.name == "aggregator")
    assert unknown.unknown.startswith("the host name pageheat-aggregator is unknown")


def test_what_is_not_there_is_said_of_each_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA", "INGEST", "BROADCASTER", "GROUP_BY", "AGGREGATOR", "HISTORY", "HEATMAP"):
        monkeypatch.setenv(f"{name}_PORT", str(free_port()))
    settings = AllSettings.load()
    system = gather(settings, places(settings, "127.0.0.1"), 0.01)
    assert {process.down for process in system.processes} == {"Connection refused"}
    assert "Connection refused" in system.kafka_trouble
