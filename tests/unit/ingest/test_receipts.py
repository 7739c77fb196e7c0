"""Which frames are acknowledged to a client."""

import asyncio
import json
from contextlib import closing

import msgspec
import pytest
from starlette.testclient import TestClient

from pageheat.services.contract.records import MAX_FRAME_BYTES, MAX_FUTURE_MS
from pageheat.services.ingest import app as ingest_app
from pageheat.services.ingest import beacons
from pageheat.services.ingest.frames import seq_of
from pageheat.services.ingest.receipts import BATCH, MAX_ANSWERS, MAX_PENDING, Receipts
from tests.support.ingest import RULES, SENT, KeepingSink, changed


def numbered(seq: int) -> str:
    return json.dumps(SENT | {"seq": seq})


def test_a_client_of_our_subprotocol_gets_acknowledgements(client: TestClient, sink: KeepingSink) -> None:
    with client.websocket_connect("/", subprotocols=["pageheat.v1"]) as socket:
        assert socket.accepted_subprotocol == "pageheat.v1"
        acknowledged: list[int] = []
        for seq in range(3):
            socket.send_text(numbered(seq))
        while len(acknowledged) < 3:
            acknowledged += socket.receive_json()["acknowledged"]
    assert acknowledged == [0, 1, 2]


def test_only_frames_kafka_has_are_acknowledged_and_a_refusal_names_its_frame(
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


def test_a_permanent_refusal_names_its_frame_too(client: TestClient) -> None:
    selector = {"selector": "a b", "x": 0, "y": 0}
    refused = {
        "malformed": changed(SENT, "events", to=[{"type": "click", "x": 1, "y": 2, "target": selector}]),
        "future": changed(SENT, "events", to=[{"type": "move", "x": 1, "y": 2, "age": -MAX_FUTURE_MS - 1}]),
        "too_large": msgspec.json.encode(SENT | {"page": "?" * MAX_FRAME_BYTES}),
    }
    with client.websocket_connect("/", subprotocols=["pageheat.v1"]) as socket:
        for reason, frame in refused.items():
            socket.send_text(frame.decode())
            answer = socket.receive_json()
            assert (answer["refused"], answer.get("seq")) == (reason, SENT["seq"])


@pytest.mark.parametrize(
    ("sent", "seq"),
    [
        (b'{"seq":7,"page":"?"}', 7),
        (b'{"v":2,"session":"k3J_-9","seq":7,"page":', 7),
        (b'{"v":2,"session":"k3J_-9","seq":7}' + b" " * MAX_FRAME_BYTES, 7),
        (b'{"seq":7,"page":', None),
        (b'{"v":2,"session":"k3J_-9","seq":-7,"page":', None),
        (b'{"v":2,"session":"k3J_-9","seq":7', None),
        (b'{"v":2,"session":"k3J_-9","seq":7000000000000000,"page":', None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_the_number_of_an_unreadable_frame_is_recovered_where_our_tracker_writes_it(
    sent: bytes, seq: int | None
) -> None:
    assert seq_of(sent) == seq


def test_a_beacon_is_answered_when_kafka_has_its_frame(client: TestClient, sink: KeepingSink) -> None:
    assert client.post("/_pageheat/beacon", content=numbered(0)).status_code == 204
    assert sink.waiting == []


def test_a_beacon_that_kafka_does_not_acknowledge_in_time_has_to_be_resent(
    client: TestClient, sink: KeepingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beacons, "RECEIPT_TIMEOUT_S", 0.01)
    sink.delivers = False
    answer = client.post("/_pageheat/beacon", content=numbered(0))
    assert (answer.status_code, answer.json()["refused"]) == (503, "busy")


async def test_a_full_batch_of_acknowledgements_is_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pageheat.services.ingest.receipts.BATCH_S", 3_600)
    got = asyncio.Queue[list[int]]()

    async def send(text: str) -> None:
        got.put_nowait(json.loads(text)["acknowledged"])

    with closing(Receipts(send)) as receipts:
        for seq in range(BATCH):
            receipts.delivered(seq)
        assert await got.get() == list(range(BATCH))


async def test_a_client_that_does_not_read_gets_no_more_than_the_limit() -> None:
    reads, got = asyncio.Event(), asyncio.Queue[list[int]]()

    async def send(text: str) -> None:
        got.put_nowait(json.loads(text)["acknowledged"])
        await reads.wait()

    receipts = Receipts(send)
    receipts.delivered(0)
    assert await got.get() == [0]
    for seq in range(MAX_PENDING + 5):
        receipts.delivered(seq)
    reads.set()
    assert await got.get() == list(range(MAX_PENDING))
    receipts.close()
    receipts.delivered(9)
    assert got.empty()


@pytest.mark.parametrize("origin", [[], [(b"origin", b"https://stranger.example")]])
async def test_messages_of_a_client_that_does_not_read_are_not_kept(
    sink: KeepingSink, origin: list[tuple[bytes, bytes]]
) -> None:
    coming = [{"type": "websocket.connect"}] + [{"type": "websocket.receive", "text": "?"}] * 1_000
    has_come, gone = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, str]:
        if coming:
            return coming.pop(0)
        has_come.set()
        await gone.wait()
        return {"type": "websocket.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] != "websocket.accept":
            await asyncio.Event().wait()

    app = ingest_app.Ingest(sink, {}, RULES)
    scope = {"type": "websocket", "path": "/", "headers": origin, "client": None, "subprotocols": []}
    serving = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    await has_come.wait()
    gone.set()
    await serving


async def test_a_limited_number_of_unread_answers_is_kept() -> None:
    told: list[str] = []
    reads = asyncio.Event()

    async def send(text: str) -> None:
        await reads.wait()
        told.append(text)

    receipts = Receipts(send)
    for number in range(2 * MAX_ANSWERS):
        receipts.answer(str(number))
    reads.set()
    await receipts.flush_answers()
    assert told == [str(number) for number in range(MAX_ANSWERS)]
