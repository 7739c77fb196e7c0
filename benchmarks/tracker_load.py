"""Many trackers at once from one cheap process: frames are encoded and masked before the time runs.

Each connection is a visitor of the demo shop with its own session, and sends what our tracker would: about
230 bytes per frame, one frame per write, as fast as allowed. With acknowledgements, at most `IN_FLIGHT`
frames are unacknowledged; without, only TCP limits it. At the end each connection does the closing handshake,
which a server answers only when it has read everything before it.

The rate is that of all frames until all are read; with acknowledgements that of the first `TIMED`, as the
last few wait up to a second to be acknowledged in a batch.
"""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random

import msgspec
from websockets.frames import Frame, Opcode

from pageheat.services.contract.records import SentFrame
from pageheat.traffic.views import batches, sent_frame
from pageheat.traffic.visitors import visit

CONNECTIONS = 50
IN_FLIGHT = 1_000
"""Per connection. ingest acknowledges every 32 frames. On all connections this is half a second's worth at
100,000 frames/s, longer than a frame's round trip to Kafka."""

STUCK_S = 60
"""Give up after this time without a byte."""

TIMED = 0.99
"""Share of the frames. At the end at most 31 of each connection wait for a batch: 0.4 % of 8,000."""

HANDSHAKE = (
    "GET /{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n"
)
RECEIPTS = "Sec-WebSocket-Protocol: pageheat.v1\r\n"


@dataclass
class Load:
    """The result: frames per second, seconds until the end, and the generator's CPU time, s."""

    frames_per_s: float
    seconds: float
    cpu_s: float


@dataclass
class _Tracker:
    """One connection and its progress."""

    socket: socket.socket
    frames: list[bytes]
    """The last is the closing frame."""
    has_receipts: bool
    sent: int = 0
    """Number of frames."""
    unsent: bytes | memoryview = b""
    """Part of a frame that the socket did not accept yet."""
    pongs: list[bytes] = field(default_factory=list)
    """To be sent."""
    acknowledged: list[int] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    is_closed: bool = False

    def may_send(self) -> bool:
        """Whether the next frame may be sent; the closing frame only when all others are acknowledged."""
        if self.sent == len(self.frames):
            return False
        if not self.has_receipts:
            return True
        in_flight = self.sent - len(self.acknowledged)
        return in_flight < (1 if self.sent == len(self.frames) - 1 else IN_FLIGHT)

    def send(self) -> bool:
        """Continue a frame, or begin the next one; return whether the socket accepted any of it."""
        if not self.unsent:
            if self.pongs:
                self.unsent = self.pongs.pop()
            elif self.may_send():
                self.unsent = self.frames[self.sent]
                self.sent += 1
            else:
                return False
        try:
            size = self.socket.send(self.unsent)
        except BlockingIOError:
            return False
        self.unsent = memoryview(self.unsent)[size:] if size < len(self.unsent) else b""
        return True

    def receive(self) -> int:
        """Handle the server's messages: acknowledgements, closing frames and pings.

        Returns the number of newly acknowledged frames.
        """
        before = len(self.acknowledged)
        self.received += self.socket.recv(65_536)
        while (message := _message(self.received)) is not None:
            opcode, data = message
            if opcode is Opcode.CLOSE:
                self.is_closed = True
            elif opcode is Opcode.PING:
                self.pongs.append(Frame(Opcode.PONG, data).serialize(mask=True))
            else:
                answer = msgspec.json.decode(data)
                assert "acknowledged" in answer, answer
                self.acknowledged += answer["acknowledged"]
        return len(self.acknowledged) - before


def frames(count: int) -> list[SentFrame]:
    """Return that many frames of the demo shop's visitors, as their trackers batch them."""
    return list(islice(_frames(Random(6)), count))


def _frames(random: Random) -> Iterator[SentFrame]:
    while True:
        for view in visit(random):
            for batch in batches(view.samples):
                yield sent_frame(view.page, batch.samples, "", 0, batch.due_ms)


def run(port: int, session: str, each: int, *, receipts: bool) -> Load:
    """Send `each` frames over each connection; return when the server has read them all.

    Sessions are called `{session}-{n}` and number their frames from 0. With `receipts`, asserts that every
    frame is acknowledged once.
    """
    pool = frames(each)
    sessions = [f"{session}-{n}" for n in range(CONNECTIONS)]
    masked = [_masked(pool[97 * n % each :] + pool[: 97 * n % each], it) for n, it in enumerate(sessions)]
    with selectors.DefaultSelector() as selector:
        trackers = [
            _Tracker(_connect(port, it, RECEIPTS if receipts else ""), frames_, receipts)
            for it, frames_ in zip(sessions, masked, strict=True)
        ]
        for tracker in trackers:
            selector.register(tracker.socket, selectors.EVENT_READ, tracker)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        received_s, acknowledged, timed_s = began_s, 0, 0.0
        while not all(tracker.is_closed for tracker in trackers):
            is_busy = sum(tracker.send() for tracker in trackers)
            for key, _ in selector.select(0 if is_busy else 0.001):
                received_s = time.perf_counter()
                acknowledged += key.data.receive()
                if key.data.is_closed:  # a closed socket would always be readable
                    selector.unregister(key.fileobj)
            if acknowledged >= TIMED * each * CONNECTIONS and not timed_s:
                timed_s = received_s - began_s
            assert is_busy or time.perf_counter() - received_s < STUCK_S, "the server has stopped reading"
        seconds, used_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        for tracker in trackers:
            tracker.socket.close()
            assert not receipts or sorted(tracker.acknowledged) == [*range(each)]
    rate = TIMED / timed_s if receipts else 1 / seconds
    return Load(rate * each * CONNECTIONS, seconds, used_s)


def _masked(pool: list[SentFrame], session: str) -> list[bytes]:
    """Encode these frames as a session sends them, and a closing frame."""
    texts = (
        msgspec.json.encode(msgspec.structs.replace(frame, session=session, seq=seq))
        for seq, frame in enumerate(pool)
    )
    encoded = [Frame(Opcode.TEXT, text).serialize(mask=True) for text in texts]
    return [*encoded, Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)]


def _connect(port: int, session: str, protocol: str) -> socket.socket:
    """Open a WebSocket."""
    opened = socket.create_connection(("127.0.0.1", port), timeout=20)
    opened.sendall(HANDSHAKE.format(session=session, protocol=protocol).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += opened.recv(4_096)
    assert b" 101 " in answer, answer
    opened.setblocking(False)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _message(received: bytearray) -> tuple[Opcode, bytes] | None:
    """Pop a complete message (unmasked, one frame) off the received bytes; None if there is none."""
    if len(received) < 2:
        return None
    size, start = received[1], 2
    if size == 126:
        size, start = int.from_bytes(received[2:4], "big"), 4
    assert size < 126 or start == 4, "the server's message is too long"
    if len(received) < start + size:
        return None
    opcode, data = Opcode(received[0] & 15), bytes(received[start : start + size])
    del received[: start + size]
    return opcode, data
