"""A wrong KAFKA_BROKER is named at once, with its reason."""

import socket
from collections.abc import Iterator

import pytest

from pageheat import broker
from pageheat.broker import KafkaAway, require_kafka
from pageheat.kafka.ports import free_port
from pageheat.services.runtime.cluster import Cluster


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:{port}", "127.0.0.1:{port}: Connection refused. 'pageheat up' starts one"),
        ("PLAINTEXT://127.0.0.1:{port}", "Connection refused"),
        ("no-such-host.invalid:9092", "the host name no-such-host.invalid is unknown"),
        ("localhost:kafka", "'kafka' is not a port"),
        ("localhost:kafka, 127.0.0.1:x", "'x' is not a port"),
    ],
)
def test_a_server_that_cannot_be_reached_is_named_with_the_reason(address: str, reason: str) -> None:
    port = free_port()
    with pytest.raises(KafkaAway) as refused:
        require_kafka(Cluster(address.format(port=port)))
    assert reason.format(port=port) in str(refused.value)


def test_a_server_that_is_no_kafka_is_named_while_it_is_waited_for(
    silent: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(broker, "CONNECT_S", 1)
    monkeypatch.setattr(broker, "KAFKA_TIMEOUT_S", 2)
    with pytest.raises(KafkaAway, match=f"^{silent} accepts connections, but does not answer as Kafka: "):
        require_kafka(Cluster(silent))
    assert capsys.readouterr().err == f"{silent} accepts connections, but does not answer as Kafka; waiting\n"
