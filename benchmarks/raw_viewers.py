"""Viewers that do no more than read: sockets without a WebSocket library, thousands of them in one thread."""

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
"""Heads of frames with four bytes: what both servers ask every 20 s, and what is to be answered. They don't
occur in JSON, nor in the head of a frame of it."""

PING_BYTES = 6


class RawViewers:
    """Connections to 127.0.0.1, one for each of the paths; a path may be there many times."""

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
        """Return when each has got that many bytes, and not one more."""
        left = dict.fromkeys(self._sockets, length)
        behind, until_s = set(left), time.monotonic() + TIMEOUT_S
        while behind:
            assert time.monotonic() < until_s, f"{len(behind)} viewers still wait"
            for number, _ in self._poll.poll(1):
                left[number] -= self._receive(number)
                assert left[number] >= 0, "a viewer gets more than its page's grids"
                if not left[number]:
                    behind.discard(number)

    def read_to(self, ending: bytes) -> list[int]:
        """Return when what each has got last is this: how many bytes each got until then."""
        tails, taken = dict.fromkeys(self._sockets, b""), dict.fromkeys(self._sockets, 0)
        behind, until_s = set(tails), time.monotonic() + TIMEOUT_S
        while behind:
            assert time.monotonic() < until_s, f"{len(behind)} viewers still wait"
            for number, _ in self._poll.poll(1):
                came = self._receive(number)
                taken[number] += came
                tails[number] = (tails[number] + self._buffer[:came])[-len(ending) :]
                if tails[number] == ending:
                    behind.discard(number)
        return list(taken.values())

    def _receive(self, number: int) -> int:
        """Fill the buffer; how many bytes came. A ping is answered, and counts as nothing."""
        opened, buffer = self._sockets[number], self._buffer
        came = opened.recv_into(buffer)
        assert came, "a connection has ended"
        at = buffer.find(PING, 0, came)
        if at >= 0:
            end = at + PING_BYTES
            assert end <= came
            opened.sendall(PONG + buffer[at + len(PING) : end])
            came -= PING_BYTES
            buffer[at:came] = buffer[end : came + PING_BYTES]
        return came

    def close(self) -> None:
        """All of them."""
        self._poll.close()
        for opened in self._sockets.values():
            opened.close()
