"""Moving visitors from one cheap process: `python -m benchmarks.visitors`.

Each visitor sends what our tracker sends for a moving pointer that is sampled four times a second, over its
own WebSocket with our subprotocol: a frame of eight points every 2 s, or as often as ingest says, such as
every 250 ms while somebody watches its page; at once when that is more often than before. Like the tracker,
it holds a frame back while the one 60 before it is unacknowledged. They are plain sockets: one loop sends
what is due, oldest first, and reads where something came.

Reads an `Order` in JSON from stdin. Prints "moving" when all are connected and begin, and at the end an
`Outcome`. A refusal or a lost connection ends the process. `generators.py` starts such processes.
"""

import math
import select
import socket
import sys
import time
from base64 import b64encode
from collections import deque
from collections.abc import Sequence
from random import Random
from struct import Struct

import msgspec
from websockets.frames import Frame, Opcode

from pageheat.services.runtime.web import open_files

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

OPENED_AT_ONCE = 100
"""Connections opened side by side: one by one, 10,000 take minutes on a busy machine."""

READ_S = 0.5
"""Longest time between two looks at what came, also while others connect, or much is due: ingest closes a
connection that leaves a ping unanswered for 20 s. On a busy machine 500 connections took longer."""

EVENTS = 4_096
"""Sockets to read in a round."""

SAMPLED = 16
"""Every 16th frame's delay is kept."""

WIDTH_PX, HEIGHT_PX = 1280, 4000
ROAMED = 0.8
"""Share of a page's height, from its top; the remainder is for probes."""

HOME_VISITORS = 5
"""Every fifth visitor is on the first page."""


def page_names(count: int) -> tuple[str, ...]:
    """Return the names of that many pages."""
    return ("/", *(f"/products/{number}" for number in range(count - 1)))


PAGES = page_names(40)

STEPS = 8_192

ARRIVAL = 0.0
"""Instead of an interval: of those who have not sent yet."""

HANDSHAKE = (
    "GET /{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: pageheat.v1\r\n\r\n"
)


class Order(msgspec.Struct):
    """What to do: the visitors from number `first` on, on `pages` pages; n's session is `{name}-{n}`."""

    port: int
    name: str
    visitors: int
    seconds: float
    first: int = 0
    pages: int = len(PAGES)
    arrive_s: float = UNWATCHED_POINTS * EVERY_S
    """Time over which they begin to move, one after another."""


class Outcome(msgspec.Struct):
    """The result."""

    frames: int
    """Frames sent; all were acknowledged."""
    points: int
    """Points in them."""
    due: int
    """Points that should have been sent."""
    late_p99_ms: float
    """Delay after the time at which a frame was due: this process', not ingest's."""
    cpu_s: float
    """CPU time of this process while visitors moved."""
    sent: list[int]
    """Frames by visitor, numbered from 0."""


def page_of(visitor: int, pages: Sequence[str] = PAGES) -> str:
    """Return a visitor's page."""
    return pages[0] if visitor % HOME_VISITORS == 0 else pages[1 + visitor % (len(pages) - 1)]


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


Way = list[tuple[int, int, int]]


class Visitor:
    """One connection. Times are of `time.perf_counter`, s."""

    def __init__(self, port: int, session: str, page: str, place: int) -> None:
        self.sent = 0
        self.acknowledged = 0
        self.points = 0  # in sent frames
        self.began_s = self.due_s = math.inf  # when it begins to move, and has to send
        self.every_s = UNWATCHED_POINTS * EVERY_S
        self._place = place
        self._unread = b""
        self._frame = (
            f'{{"v":2,"session":"{session}","seq":%d,"page":{{"path":"{page}",'
            f'"document":{{"width":{WIDTH_PX},"height":{HEIGHT_PX}}},'
            '"viewport":{"width":1280,"height":720}},"moves":"%b"}'
        ).encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.sendall(HANDSHAKE.format(session=session).encode())

    def wait_until_open(self) -> None:
        """Wait for ingest's answer to the handshake."""
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(4_096)
        head, _, self._unread = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), answer
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """Return its socket's, for a poll."""
        return self._socket.fileno()

    def taken(self, now_s: float) -> int:
        """Return the number of points until then."""
        return max(0, int((now_s - self.began_s) / EVERY_S + 1e-6))  # of sums of EVERY_S

    def send(self, way: Way, now_s: float) -> None:
        """Send the points that wait, MAX_POINTS at most, if there are some and a frame is allowed."""
        taken = self.taken(now_s)
        waiting = min(taken - self.points, MAX_POINTS)
        if waiting <= 0 or self.sent - self.acknowledged >= MAX_UNACKNOWLEDGED:
            return
        moves = []
        for number in range(self.points, self.points + waiting):
            age, x, y = way[(self._place + number) % STEPS]
            moves.append(MOVE.pack(x, y, age + EVERY_MS * (taken - 1 - number)))
        self._send(Opcode.TEXT, self._frame % (self.sent, b64encode(b"".join(moves))))
        self.points += waiting
        self.sent += 1

    def receive(self) -> bool:
        """Count acknowledgements and answer pings; return whether it is told to send more often."""
        try:
            data = self._socket.recv(65_536)
        except BlockingIOError:
            return False
        assert data, "ingest has closed a connection"
        every_s, data = self.every_s, self._unread + data
        while len(data) >= 2:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + size:
                break
            self._handle(data[0] & 15, data[start : start + size])
            data = data[start + size :]
        self._unread = data
        return self.every_s < every_s

    def _handle(self, opcode: int, data: bytes) -> None:
        if opcode == Opcode.PING:
            self._send(Opcode.PONG, data)
            return
        if data.startswith(b'{"every":'):
            self.every_s = max(1, round(int(data[9:-1]) / EVERY_MS)) * EVERY_S
            return
        assert data.startswith(b'{"acknowledged":['), data
        self.acknowledged += data.count(b",") + 1

    def _send(self, opcode: Opcode, data: bytes) -> None:
        frame = Frame(opcode, data).serialize(mask=True)
        try:
            assert self._socket.send(frame) == len(frame), "ingest does not read"
        except BlockingIOError:
            raise AssertionError("ingest does not read") from None
        except ConnectionError:
            raise AssertionError("ingest has closed a connection") from None

    def close(self) -> None:
        """Send a closing frame and close."""
        self._send(Opcode.CLOSE, b"\x03\xe8")
        self._socket.close()


class Crowd:
    """Visitors in one process."""

    def __init__(self, order: Order) -> None:
        pages = page_names(order.pages)
        self.visitors: list[Visitor] = []
        self._by_file: dict[int, Visitor] = {}
        self._due: dict[float, deque[tuple[float, Visitor]]] = {}  # by interval, in order of time
        self._poll = select.epoll()
        self._way = path(Random(4))
        self._late_s: list[float] = []
        self._turns = 0
        self._end_s = math.inf
        self._read_at_s = time.perf_counter()
        numbers = range(order.first, order.first + order.visitors)
        for begin in range(0, len(numbers), OPENED_AT_ONCE):
            opening = [
                Visitor(order.port, f"{order.name}-{number}", page_of(number, pages), place_of(number))
                for number in numbers[begin : begin + OPENED_AT_ONCE]
            ]
            for visitor in opening:
                visitor.wait_until_open()
                self.visitors.append(visitor)
                self._by_file[visitor.fileno()] = visitor
                self._poll.register(visitor, select.EPOLLIN)
            self._read_meanwhile()

    def move(self, seconds: float, arrive_s: float) -> tuple[int, float]:
        """Let all move for that long, each from its arrival on.

        Returns:
            The number of points due, and the frames' delay (p99, ms).
        """
        began_s = time.perf_counter()
        self._end_s = end_s = began_s + seconds
        for place, visitor in enumerate(self.visitors):  # they do not begin, or send, at the same time
            visitor.began_s = began_s + arrive_s * place / len(self.visitors)
            visitor.due_s = visitor.began_s + visitor.every_s
            self._due.setdefault(ARRIVAL, deque()).append((visitor.due_s, visitor))
        while time.perf_counter() < end_s:
            for due in [*self._due.values()]:
                self._send_due(due)
            time.sleep(TICK_S)
            self.read()
        for visitor in self.visitors:
            visitor.send(self._way, end_s)
            visitor.due_s = math.inf
        late_s = sorted(self._late_s)
        points = sum(visitor.taken(end_s) for visitor in self.visitors)
        return points, late_s[len(late_s) * 99 // 100] * 1e3

    def read(self) -> None:
        """Read what came; who is told to send more often begins at once, others with their next frame."""
        self._read_at_s = time.perf_counter()
        for file, _ in self._poll.poll(0, EVENTS):
            visitor = self._by_file[file]
            if visitor.receive() and visitor.due_s < math.inf:
                now_s = min(time.perf_counter(), self._end_s)
                visitor.send(self._way, now_s)
                self._await(visitor, now_s)

    def _read_meanwhile(self) -> None:
        if time.perf_counter() > self._read_at_s + READ_S:
            self.read()

    def _send_due(self, due: deque[tuple[float, Visitor]]) -> None:
        until_s = min(time.perf_counter(), self._end_s)  # what is due later waits for the other intervals
        while due and due[0][0] <= until_s:
            due_s, visitor = due.popleft()
            if due_s != visitor.due_s:  # it has another interval since
                continue
            visitor.send(self._way, until_s)
            # one that is late by an interval sends one frame with all of its points, as the tracker does
            self._await(visitor, due_s if until_s < due_s + visitor.every_s else until_s)
            if self._turns % SAMPLED == 0:
                self._late_s.append(time.perf_counter() - due_s)
                self._read_meanwhile()
            self._turns += 1

    def _await(self, visitor: Visitor, since_s: float) -> None:
        """Let a visitor send its next frame an interval after that time."""
        visitor.due_s = since_s + visitor.every_s
        self._due.setdefault(visitor.every_s, deque()).append((visitor.due_s, visitor))

    def finish(self) -> None:
        """Wait for the last acknowledgements, and close."""
        deadline_s = time.monotonic() + LAST_S
        while waiting := sum(visitor.acknowledged < visitor.sent for visitor in self.visitors):
            assert time.monotonic() < deadline_s, f"{waiting} visitors wait for acknowledgements"
            self.read()
            time.sleep(0.05)
        for visitor in self.visitors:
            visitor.close()
        self._poll.close()


def main() -> None:
    """Carry out the order."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    open_files()
    crowd = Crowd(order)
    print("moving", flush=True)
    began_cpu_s = time.process_time()
    due, late_ms = crowd.move(order.seconds, order.arrive_s)
    cpu_s = time.process_time() - began_cpu_s
    crowd.finish()
    sent = [visitor.sent for visitor in crowd.visitors]
    points = sum(visitor.points for visitor in crowd.visitors)
    print(msgspec.json.encode(Outcome(sum(sent), points, due, late_ms, cpu_s, sent)).decode())


if __name__ == "__main__":
    main()
