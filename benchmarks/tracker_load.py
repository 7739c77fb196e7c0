"""Many trackers at once, from one process that costs little: frames are made and masked before time counts.

Each connection is a visitor of the demo shop with a session of its own, and sends what our tracker would:
some 230 bytes a frame, one frame a write, as fast as it may. Where receipts are asked for, `IN_FLIGHT` frames
at most are sent and not acknowledged; else TCP alone holds it back. At the end each connection is closed in
order, which a server does only when it has read all before it.

The rate is that of all frames until all were read; of those with receipts that of the first `TIMED`, as the
last few wait a second for others to be told with.
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
"""Of a connection. Ingest tells at each 32 frames what Kafka has: those of all connections are half a
second's at 100,000 frames a second, longer than a frame's way to Kafka and back."""

STUCK_S = 60
"""Without a byte for so long, something has stopped."""

TIMED = 0.99
"""Of the frames. At the end 31 of each connection wait to be told of, at most: 0.4 % of 8,000."""

HANDSHAKE = (
    "GET /{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n"
)
RECEIPTS = "Sec-WebSocket-Protocol: pageheat.v1\r\n"


@dataclass
class Load:
    """What came of it: frames a second, seconds until the end, CPU seconds of the generator for it."""

    frames_per_s: float
    seconds: float
    cpu_s: float


@dataclass
class _Tracker:
    """One connection, and how far it is."""

    socket: socket.socket
    frames: list[bytes]
    """The closing one at last."""
    has_receipts: bool
    sent: int = 0
    """Frames."""
    rest: bytes | memoryview = b""
    """What of a frame the system did not take yet."""
    pongs: list[bytes] = field(default_factory=list)
    """Answers that are due."""
    acknowledged: list[int] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    is_closed: bool = False

    def may_send(self) -> bool:
        """Whether the next frame may go; the closing one, when all others have been acknowledged."""
        if self.sent == len(self.frames):
            return False
        if not self.has_receipts:
            return True
        in_flight = self.sent - len(self.acknowledged)
        return in_flight < (1 if self.sent == len(self.frames) - 1 else IN_FLIGHT)

    def send(self) -> bool:
        """Go on with a frame, or begin the next one; whether the system took any of it."""
        if not self.rest:
            if self.pongs:
                self.rest = self.pongs.pop()
            elif self.may_send():
                self.rest = self.frames[self.sent]
                self.sent += 1
            else:
                return False
        try:
            size = self.socket.send(self.rest)
        except BlockingIOError:
            return False
        self.rest = memoryview(self.rest)[size:] if size < len(self.rest) else b""
        return True

    def hear(self) -> int:
        """Note what the server says: receipts, good-bye, or the question whether we are there.

        Returns how many more frames are acknowledged.
        """
        before = len(self.acknowledged)
        self.heard += self.socket.recv(65_536)
        while (message := _message(self.heard)) is not None:
            opcode, data = message
            if opcode is Opcode.CLOSE:
                self.is_closed = True
            elif opcode is Opcode.PING:
                self.pongs.append(Frame(Opcode.PONG, data).serialize(mask=True))
            else:
                told = msgspec.json.decode(data)
                assert "acknowledged" in told, told
                self.acknowledged += told["acknowledged"]
        return len(self.acknowledged) - before


def frames(count: int) -> list[SentFrame]:
    """So many frames of the demo shop's visitors, as their trackers cut them."""
    return list(islice(_frames(Random(6)), count))


def _frames(random: Random) -> Iterator[SentFrame]:
    while True:
        for view in visit(random):
            for batch in batches(view.samples):
                yield sent_frame(view.page, batch.samples, "", 0, batch.due_ms)


def run(port: int, session: str, each: int, *, receipts: bool) -> Load:
    """Send `each` frames over each connection; returns when the server has read them all.

    Sessions are called `{session}-{n}`, and number their frames from 0. With `receipts`, asserts that every
    frame was acknowledged, once.
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
        heard_s, acknowledged, timed_s = began_s, 0, 0.0
        while not all(tracker.is_closed for tracker in trackers):
            is_busy = sum(tracker.send() for tracker in trackers)
            for key, _ in selector.select(0 if is_busy else 0.001):
                heard_s = time.perf_counter()
                acknowledged += key.data.hear()
                if key.data.is_closed:  # the end could be read for ever
                    selector.unregister(key.fileobj)
            if acknowledged >= TIMED * each * CONNECTIONS and not timed_s:
                timed_s = heard_s - began_s
            assert is_busy or time.perf_counter() - heard_s < STUCK_S, "the server has stopped reading"
        seconds, used_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        for tracker in trackers:
            tracker.socket.close()
            assert not receipts or sorted(tracker.acknowledged) == [*range(each)]
    rate = TIMED / timed_s if receipts else 1 / seconds
    return Load(rate * each * CONNECTIONS, seconds, used_s)


def _masked(pool: list[SentFrame], session: str) -> list[bytes]:
    """These frames as a session sends them, and a closing one."""
    texts = (
        msgspec.json.encode(msgspec.structs.replace(frame, session=session, seq=seq))
        for seq, frame in enumerate(pool)
    )
    encoded = [Frame(Opcode.TEXT, text).serialize(mask=True) for text in texts]
    return [*encoded, Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)]


def _connect(port: int, session: str, protocol: str) -> socket.socket:
    """An open WebSocket."""
    opened = socket.create_connection(("127.0.0.1", port), timeout=20)
    opened.sendall(HANDSHAKE.format(session=session, protocol=protocol).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += opened.recv(4_096)
    assert b" 101 " in answer, answer
    opened.setblocking(False)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _message(heard: bytearray) -> tuple[Opcode, bytes] | None:
    """Take a message from what was heard, if it is there as a whole: a server's, unmasked, in one frame."""
    if len(heard) < 2:
        return None
    size, start = heard[1], 2
    if size == 126:
        size, start = int.from_bytes(heard[2:4], "big"), 4
    assert size < 126 or start == 4, "the server says more than it should"
    if len(heard) < start + size:
        return None
    opcode, data = Opcode(heard[0] & 15), bytes(heard[start : start + size])
    del heard[: start + size]
    return opcode, data
