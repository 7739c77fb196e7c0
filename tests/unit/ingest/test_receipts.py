"""Which frames a client is told that Kafka has."""

import asyncio
import json

import pytest
from starlette.testclient import TestClient

from services.ingest import app as ingest_app
from services.ingest.receipts import MAX_UNTOLD, Receipts
from tests.unit.ingest.test_app import KeepingSink, client, sink
from tests.unit.ingest.test_frames import SENT

__all__ = ["client", "sink"]  # fixtures


def numbered(seq: int) -> str:
    return json.dumps(SENT | {"seq": seq})


def test_a_client_of_our_subprotocol_is_told_what_kafka_has(client: TestClient, sink: KeepingSink) -> None:
    with client.websocket_connect("/", subprotocols=["pageheat.v1"]) as socket:
        assert socket.accepted_subprotocol == "pageheat.v1"
        acknowledged: list[int] = []
        for seq in range(3):
            socket.send_text(numbered(seq))
        while len(acknowledged) < 3:
            acknowledged += socket.receive_json()["acknowledged"]
    assert acknowledged == [0, 1, 2]


def test_what_kafka_has_not_is_not_acknowledged_and_a_refusal_names_its_frame(
    client: TestClient, sink: KeepingSink
) -> None:
    sink.delivers = False
    with client.websocket_connect("/", subprotocols=["pageheat.v1"]) as socket:
        socket.send_text(numbered(0))
        sink.room = 1
        socket.send_text(numbered(1))
        answer = socket.receive_json()
        assert (answer["refused"], answer["seq"]) == ("busy", 1)
        sink.delivers = True
        assert socket.receive_json() == {"acknowledged": [0]}


def test_a_beacon_is_answered_when_kafka_has_its_frame(client: TestClient, sink: KeepingSink) -> None:
    assert client.post("/_pageheat/beacon", content=numbered(0)).status_code == 204
    assert sink.waiting == []


def test_a_beacon_that_kafka_does_not_take_in_time_is_to_be_sent_again(
    client: TestClient, sink: KeepingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_app, "RECEIPT_TIMEOUT_S", 0.01)
    sink.delivers = False
    answer = client.post("/_pageheat/beacon", content=numbered(0))
    assert (answer.status_code, answer.json()["refused"]) == (503, "busy")


async def test_a_client_that_does_not_read_gets_no_more_than_the_limit() -> None:
    reads, got = asyncio.Event(), asyncio.Queue[list[int]]()

    async def send(text: str) -> None:
        got.put_nowait(json.loads(text)["acknowledged"])
        await reads.wait()

    receipts = Receipts(send)
    receipts.delivered(0)
    assert await got.get() == [0]
    for seq in range(MAX_UNTOLD + 5):
        receipts.delivered(seq)
    reads.set()
    assert await got.get() == list(range(MAX_UNTOLD))
    receipts.close()
    receipts.delivered(9)
    assert got.empty()
