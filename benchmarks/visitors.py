"""Moving visitors from one cheap process: `python -m benchmarks.visitors`.

Each visitor sends what our tracker sends for a moving pointer that is sampled four times a second, over its
own WebSocket with our subprotocol: a frame of eight points every 2 s, and one of one point every 250 ms while
ingest says that somebody watches its page. They are plain sockets, served in turn: at its turn a visitor
takes a point, and sends its frame if that is due. Like the tracker, it holds a frame back while the one 60
before it is unacknowledged.

Reads an `Order` in JSON from stdin. Prints "moving" when all are connected and begin, and at the end an
`Outcome`. A refusal or a lost connection ends the process.
"""

import math
import socket
import sys
import time
from base64 import b64encode
from collections import deque
from random import Random
from struct import Struct

import msgspec
from websockets.frames import Frame, Opcode

EVERY_S = 0.25
"""Between two points of a visitor, and two frames of one on a watched page."""

UNWATCHED_POINTS = 8
"""Points of a frame from a page that nobody watches: two seconds."""

EVERY_MS = int(EVERY_S * 1000)

MOVE = Struct("<3i")
"""x, y and age."""

MAX_POINTS = 256
"""As ingest's limit of a frame's events."""

MAX_UNACKNOWLEDGED = 60
"""As in the tracker's queue."""

LAST_S = 60
"""Deadline for the last acknowledgements."""

TICK_S = 0.004
"""Sleep between two rounds: the maximum delay of a frame, if the machine is fast enough."""

WIDTH_PX, HEIGHT_PX = 1280, 4000
ROAMED = 0.8
"""Share of a page's height, from its top; the remainder is for probes."""

PAGES = ("/", *(f"/products/{number}" for number in range(39)))
HOME_VISITORS = 5
"""Every fifth visitor is on the first page."""

STEPS = 8_192

HANDSHAKE = (
    "GET /{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: pageheat.v1\r\n\r\n"
)


class Order(msgspec.Struct):
    """What to do; visitor n's session is `{name}-{n}`."""

    port: int
    name: str
    visitors: int
    seconds: float


class Outcome(msgspec.Struct):
    """The result."""

    frames: int
    """Frames sent; all were acknowledged."""
    points: int
    """Points in them."""
    due: int
    """Points that should have been sent."""
    late_p99_ms: float
    """Delay after the time at which a point was due."""
    cpu_s: float
    """CPU time of this process while visitors moved."""
    sent: list[int]
    """Frames by visitor, numbered from 0."""


def page_of(visitor: int) -> str:
    """Return a visitor's page."""
    others = PAGES[1:]
    return PAGES[0] if visitor % HOME_VISITORS == 0 else others[visitor % len(others)]


def place_of(visitor: int) -> int:
    """Return the step of the path at which a visitor begins."""
    return visitor * 997


def path(random: Random) -> list[tuple[int, int, int]]:
    """Return a closed path of STEPS points around a page: age (ms), x, y."""
    turns = [(random.uniform(0.2, 1), random.randint(20, 90), random.random()) for _ in range(6)]

    def along(length: float, waves: list[tuple[float, int, float]], step: int) -> int:
        whole = sum(height for height, _, _ in waves)
        heat = sum(h * math.sin(math.tau * (f * step / STEPS + phase)) for h, f, phase in waves)
        return round((0.5 + heat / whole / 2) * (length - 1))

    return [
        (
            random.randrange(125),
            along(WIDTH_PX, turns[:3], step),
            along(HEIGHT_PX * ROAMED, turns[3:], step),
        )
        for step in range(STEPS)
    ]


READ_EVERY = 4
"""Points between two reads."""


class Visitor:
    """One connection."""

    def __init__(self, port: int, session: str, page: str, place: int) -> None:
        self.sent = 0
        self.acknowledged = 0
        self.points = 0  # in sent frames
        self._taken = -(place % UNWATCHED_POINTS)  # visitors do not begin to move at the same time
        self._points_a_frame = UNWATCHED_POINTS
        self._place = place
        self._unread = b""
        self._frame = (
            f'{{"v":2,"session":"{session}","seq":%d,"page":{{"path":"{page}",'
            f'"document":{{"width":{WIDTH_PX},"height":{HEIGHT_PX}}},'
            '"viewport":{"width":1280,"height":720}},"moves":"%b"}'
        ).encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(HANDSHAKE.format(session=session).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(4_096)
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def turn(self, way: list[tuple[int, int, int]]) -> bool:
        """Take a point, send a frame if it is due and allowed, and read now and then, as answers are rare.

        Returns whether the visitor moves already.
        """
        self._taken += 1
        if self._taken <= 0:
            return False
        if self._taken % READ_EVERY == 0 or self.sent - self.acknowledged >= MAX_UNACKNOWLEDGED:
            self.receive()
        if self._taken - self.points >= self._points_a_frame:
            self.send(way)
        return True

    def send(self, way: list[tuple[int, int, int]]) -> None:
        """Send the points that wait, MAX_POINTS at most, if a frame is allowed."""
        waiting = min(self._taken - self.points, MAX_POINTS)
        if waiting <= 0 or self.sent - self.acknowledged >= MAX_UNACKNOWLEDGED:
            return
        moves = []
        for number in range(self.points, self.points + waiting):
            age, x, y = way[(self._place + number) % STEPS]
            moves.append(MOVE.pack(x, y, age + EVERY_MS * (self._taken - 1 - number)))
        self._send(Opcode.TEXT, self._frame % (self.sent, b64encode(b"".join(moves))))
        self.points += waiting
        self.sent += 1

    def receive(self) -> None:
        """Count acknowledgements and answer pings."""
        try:
            data = self._socket.recv(65_536)
        except BlockingIOError:
            return
        assert data, "ingest has closed a connection"
        data = self._unread + data
        while len(data) >= 2:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + size:
                break
            self._handle(data[0] & 15, data[start : start + size])
            data = data[start + size :]
        self._unread = data

    def _handle(self, opcode: int, data: bytes) -> None:
        if opcode == Opcode.PING:
            self._send(Opcode.PONG, data)
            return
        if data.startswith(b'{"every":'):
            self._points_a_frame = max(1, round(int(data[9:-1]) / EVERY_MS))
            return
        assert data.startswith(b'{"acknowledged":['), data
        self.acknowledged += data.count(b",") + 1

    def _send(self, opcode: Opcode, data: bytes) -> None:
        frame = Frame(opcode, data).serialize(mask=True)
        assert self._socket.send(frame) == len(frame), "ingest does not read"

    def close(self) -> None:
        """Send a closing frame and close."""
        self._send(Opcode.CLOSE, b"\x03\xe8")
        self._socket.close()


def move(visitors: list[Visitor], seconds: float) -> tuple[int, float]:
    """Let all move for that long; return the number of points due, and their delay (p99, ms)."""
    way, late_s = path(Random(4)), []
    began_s = time.perf_counter()
    between_s = EVERY_S / len(visitors)
    due = deque((began_s + place * between_s, visitor) for place, visitor in enumerate(visitors))
    turns = 0
    while due[0][0] < began_s + seconds:
        now_s = time.perf_counter()
        while due[0][0] <= now_s:
            due_s, visitor = due.popleft()
            turns += visitor.turn(way)
            due.append((due_s + EVERY_S, visitor))
            if turns % 64 == 0:
                now_s = time.perf_counter()
                late_s.append(now_s - due_s)
        time.sleep(TICK_S)
    for visitor in visitors:
        visitor.send(way)
    late_s.sort()
    return turns, late_s[len(late_s) * 99 // 100] * 1e3


def main() -> None:
    """Carry out the order."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    visitors = [
        Visitor(order.port, f"{order.name}-{number}", page_of(number), place_of(number))
        for number in range(order.visitors)
    ]
    print("moving", flush=True)
    began_cpu_s = time.process_time()
    due, late_ms = move(visitors, order.seconds)
    cpu_s = time.process_time() - began_cpu_s
    deadline_s = time.monotonic() + LAST_S
    while waiting := [visitor for visitor in visitors if visitor.acknowledged < visitor.sent]:
        assert time.monotonic() < deadline_s, f"{len(waiting)} visitors wait for acknowledgements"
        for visitor in waiting:
            visitor.receive()
        time.sleep(0.05)
    sent, points = [visitor.sent for visitor in visitors], sum(visitor.points for visitor in visitors)
    for visitor in visitors:
        visitor.close()
    print(msgspec.json.encode(Outcome(sum(sent), points, due, late_ms, cpu_s, sent)).decode())


if __name__ == "__main__":
    main()
