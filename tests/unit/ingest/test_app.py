"""Ingest's port as a browser sees it, with a sink that keeps the frames."""

import gzip
import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from frontends import tracker
from services.contract.records import MAX_FRAME_BYTES, Frame
from services.ingest.app import Ingest
from tests.unit.ingest.test_frames import NOW_MS, SENT, TUTORIAL


class KeepingSink:
    """Keeps what it is offered, while there is room."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.room = 100
        self.flushed = False

    def offer(self, frame: Frame) -> bool:
        if len(self.frames) >= self.room:
            return False
        self.frames.append(frame)
        return True

    def poll(self) -> None:
        pass

    def flush(self) -> None:
        self.flushed = True

    def trouble(self) -> str | None:
        return None


@pytest.fixture
def sink() -> KeepingSink:
    return KeepingSink()


@pytest.fixture
def client(sink: KeepingSink) -> Iterator[TestClient]:
    app = Ingest(sink, tracker.load(), {"https://blog.example": "blog"}, clock_ms=lambda: NOW_MS)
    with TestClient(app) as client:
        yield client


def test_a_frame_is_taken_at_any_path_in_silence(client: TestClient, sink: KeepingSink) -> None:
    for path in ("/", "/lamp", "/a/b0c7f8e9a-1111-4222-8333-444455556666"):
        with client.websocket_connect(path) as socket:
            socket.send_text(json.dumps(SENT))
            socket.send_text(json.dumps(TUTORIAL))
            socket.send_text("?")  # answered after the two before it
            assert socket.receive_json()["refused"] == "malformed"
    assert [frame.session for frame in sink.frames] == ["k3J_-9", TUTORIAL["session_id"]] * 3


def test_the_connection_lives_on_after_a_refusal(client: TestClient, sink: KeepingSink) -> None:
    with client.websocket_connect("/") as socket:
        socket.send_bytes(b"x" * (MAX_FRAME_BYTES + 1))
        assert socket.receive_json()["refused"] == "too_large"
        socket.send_bytes(json.dumps(SENT).encode())
        sink.room = 1
        socket.send_text(json.dumps(SENT))
        assert socket.receive_json() == {
            "refused": "busy",
            "detail": "Kafka does not take frames now; try again later",
        }
    assert len(sink.frames) == 1


def test_no_socket_opens_where_paths_are_ours(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_pageheat/tracker.js"):
        pass


def test_a_site_is_known_by_its_origin(client: TestClient, sink: KeepingSink) -> None:
    for origin in ("https://blog.example", "https://other.example"):
        client.post("/_pageheat/beacon", content=json.dumps(SENT), headers={"origin": origin})
    assert [frame.site for frame in sink.frames] == ["blog", ""]


def test_a_beacon_is_answered_204_with_no_body(client: TestClient, sink: KeepingSink) -> None:
    answer = client.post("/_pageheat/beacon", content=json.dumps(SENT))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert [frame.received for frame in sink.frames] == [NOW_MS]


@pytest.mark.parametrize(
    ("body", "room", "status", "reason"),
    [
        (b"{", 1, 400, "malformed"),
        (b" " * (MAX_FRAME_BYTES + 1), 1, 413, "too_large"),
        (json.dumps(SENT).encode(), 0, 503, "busy"),
    ],
)
def test_a_beacon_that_is_not_taken_says_why(
    client: TestClient, sink: KeepingSink, body: bytes, room: int, status: int, reason: str
) -> None:
    sink.room = room
    answer = client.post("/_pageheat/beacon", content=body)
    assert (answer.status_code, answer.json()["refused"]) == (status, reason)


def test_frames_are_counted_as_taken_or_by_the_reason_they_were_not(client: TestClient) -> None:
    def count(sample: str) -> float:
        lines = client.get("/_pageheat/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(sample + " "))

    taken = 'pageheat_ingest_frames_accepted_total{by="beacon"}'
    refused = 'pageheat_ingest_frames_refused_total{reason="malformed"}'
    before = count(taken), count(refused)
    client.post("/_pageheat/beacon", content=json.dumps(SENT))
    client.post("/_pageheat/beacon", content=b"{")
    assert (count(taken), count(refused)) == (before[0] + 1, before[1] + 1)


def test_the_tracker_is_served_minified_and_gzipped(client: TestClient) -> None:
    answer = client.get("/_pageheat/tracker.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == gzip.decompress(tracker.load().gzipped) == tracker.load().body
    plain = client.get("/_pageheat/tracker.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    again = client.get("/_pageheat/tracker.js", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_was_accepted_is_flushed_at_the_end(sink: KeepingSink) -> None:
    with TestClient(Ingest(sink, tracker.load(), {})) as client:
        client.post("/_pageheat/beacon", content=json.dumps(SENT))
        assert not sink.flushed
    assert sink.flushed
