"""A site that answers with given bytes, as no HTTP library would."""

import socket
import threading
from collections.abc import Callable
from typing import Self

Reply = bytes | Callable[[socket.socket, bytes], None]
"""What is sent before the connection is closed; or what is done with it, given the request's head."""


class RawSite:
    """Listens on a free port of 127.0.0.1; `replies` by path, `*` for any other."""

    def __init__(self, **replies: Reply) -> None:
        self.replies: dict[str, Reply] = {f"/{name}": reply for name, reply in replies.items()}
        self.heads: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # close() alone leaves a thread that waits in accept()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65_536)
                if not received:
                    return
                head += received
            self.heads.append(head)
            path = head.split(b" ")[1].partition(b"?")[0].decode()
            reply = self.replies.get(path, self.replies.get("/*", b""))
            if callable(reply):
                reply(connection, head)
            else:
                connection.sendall(reply)
