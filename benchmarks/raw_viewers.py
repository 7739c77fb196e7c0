"""Viewers that only read: thousands of sockets in one thread, without a WebSocket library."""

import select
import socket
import time
from collections.abc import Iterable

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

TIMEOUT_S = 60

PING, PONG = b"\x89\x04", b"\x8a\x84\x00\x00\x00\x00"
"""Headers of frames with four bytes: the ping that both servers send every 20 s, and its answer. Neither
occurs in JSON, nor in the header of a frame with JSON."""

PING_BYTES = 6


class RawViewers:
    """Connections to 127.0.0.1, one per path; paths may repeat."""

    def __init__(self, port: int, paths: Iterable[str]) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        for path in paths:
            opened = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
            opened.sendall(HANDSHAKE.format(path=path, port=port).encode())
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += opened.recv(1)
            assert head.startswith(b"HTTP/1.1 101 "), head
            opened.setblocking(False)
            self._sockets[opened.fileno()] = opened
            self._poll.register(opened, select.EPOLLIN)
        self._buffer = bytearray(2**20)

    def read(self, length: int) -> None:
        """Return when each has received exactly that many bytes."""
        left = dict.fromkeys(self._sockets, length)
        behind, until_s = set(left), time.monotonic() + TIMEOUT_S
        while behind:
            assert time.monotonic() < until_s, f"{len(behind)} viewers are still waiting"
            for number, _ in self._poll.poll(1):
                left[number] -= self._receive(number)
                assert left[number] >= 0, "a viewer got more than its page's grids"
                if not left[number]:
                    behind.discard(number)

    def read_to(self, ending: bytes) -> list[int]:
        """Return when the last bytes of each connection are these; return the bytes that each received."""
        tails, totals = dict.fromkeys(self._sockets, b""), dict.fromkeys(self._sockets, 0)
        behind, until_s = set(tails), time.monotonic() + TIMEOUT_S
        while behind:
            assert time.monotonic() < until_s, f"{len(behind)} viewers are still waiting"
            for number, _ in self._poll.poll(1):
                received = self._receive(number)
                totals[number] += received
                tails[number] = (tails[number] + self._buffer[:received])[-len(ending) :]
                if tails[number] == ending:
                    behind.discard(number)
        return list(totals.values())

    def _receive(self, number: int) -> int:
        """Fill the buffer and return the number of bytes. Pings are answered and not counted."""
        opened, buffer = self._sockets[number], self._buffer
        received = opened.recv_into(buffer)
        assert received, "a connection has ended"
        at = buffer.find(PING, 0, received)
        if at >= 0:
            end = at + PING_BYTES
            assert end <= received
            opened.sendall(PONG + buffer[at + len(PING) : end])
            received -= PING_BYTES
            buffer[at:received] = buffer[end : received + PING_BYTES]
        return received

    def close(self) -> None:
        """Close all connections."""
        self._poll.close()
        for opened in self._sockets.values():
            opened.close()
