"""Visitors that resend unacknowledged frames, as our tracker does, and know the expected counts."""

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from pageheat.verification.recount import Json, tile
from tests.support.packing import packed

PAGES = ("/", "/lamp", "/chair", "/table")
WIDTH, HEIGHT, GRID = 1000, 2000, 50
PAUSE_S = 0.02
RETRY_S = 0.2
MAX_UNACKNOWLEDGED = 60
"""Less than the 64 frames that group_by tells apart."""

PATIENCE_S = 60

Tile = tuple[str, int, int]
"""Page, column and row."""


class Resender(threading.Thread):
    """A visitor of all pages in turn: one move per frame, sent until it is acknowledged.

    `ingest` returns ingest's current address; `tiles` counts moves, without resends.
    """

    def __init__(self, name: str, ingest: Callable[[], str]) -> None:
        super().__init__(name=name)
        self.tiles: Counter[Tile] = Counter()
        self.resent = 0
        self._ingest = ingest
        self._leaving = threading.Event()
        self._deadline_s = float("inf")
        # seq → frame without its move, the move's x and y, its time
        self._unacknowledged: dict[int, tuple[Json, tuple[int, int], float]] = {}
        self._seq = 0

    @property
    def frames(self) -> int:
        """Number of frames made, acknowledged or not."""
        return self._seq

    @property
    def waiting(self) -> int:
        """Number of unacknowledged frames."""
        return len(self._unacknowledged)

    def leave(self) -> None:
        """Send nothing new; end when all is acknowledged, or after PATIENCE_S."""
        self._deadline_s = time.monotonic() + PATIENCE_S
        self._leaving.set()

    def run(self) -> None:
        while not self._is_done():
            with suppress(OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError):
                address = f"ws://{self._ingest()}/{self.name}"
                with connect(
                    address, subprotocols=[Subprotocol("pageheat.v1")], open_timeout=2, close_timeout=0.2
                ) as socket:
                    self._browse(socket)
            time.sleep(RETRY_S)

    def _is_done(self) -> bool:
        return self._leaving.is_set() and (not self._unacknowledged or time.monotonic() > self._deadline_s)

    def _browse(self, socket: ClientConnection) -> None:
        self._resend(socket, set(self._unacknowledged))
        retry: set[int] = set()
        while not self._is_done():
            if not self._leaving.is_set() and len(self._unacknowledged) < MAX_UNACKNOWLEDGED:
                self._send(socket, self._make_frame())
            try:
                answer = json.loads(socket.recv(timeout=PAUSE_S))
            except TimeoutError:
                self._resend(socket, retry)
                retry.clear()
                continue
            for seq in answer.get("acknowledged", ()):
                self._unacknowledged.pop(seq, None)
            if answer.get("refused") == "busy":
                retry.add(answer["seq"])

    def _resend(self, socket: ClientConnection, seqs: set[int]) -> None:
        for seq in sorted(seqs & set(self._unacknowledged)):
            self.resent += 1
            self._send(socket, seq)

    def _make_frame(self) -> int:
        seq, page = self._seq, PAGES[self._seq % len(PAGES)]
        self._seq += 1
        x, y = seq * 37 % WIDTH, seq * 91 % HEIGHT
        self.tiles[page, tile(x, WIDTH, GRID), tile(y, HEIGHT, GRID)] += 1
        frame = {
            "v": 2,
            "session": self.name,
            "seq": seq,
            "page": {"path": page, "document": {"width": WIDTH, "height": HEIGHT}},
        }
        self._unacknowledged[seq] = frame, (x, y), time.monotonic()
        return seq

    def _send(self, socket: ClientConnection, seq: int) -> None:
        frame, place, at = self._unacknowledged[seq]
        age = round((time.monotonic() - at) * 1000)
        socket.send(json.dumps(frame | {"moves": packed(*place, age)}))


class Crowd:
    """As a context manager: visitors browse inside, and stay at the end until all is acknowledged."""

    def __init__(self, ingest: Callable[[], str], visitors: int = 8, name: str = "visitor") -> None:
        self._visitors = [Resender(f"{name}-{number}", ingest) for number in range(visitors)]

    @property
    def frames(self) -> int:
        return sum(visitor.frames for visitor in self._visitors)

    @property
    def tiles(self) -> Counter[Tile]:
        """Moves sent, by tile; read it when all have left."""
        return sum((visitor.tiles for visitor in self._visitors), Counter[Tile]())

    @property
    def resent(self) -> int:
        return sum(visitor.resent for visitor in self._visitors)

    @property
    def waiting(self) -> int:
        return sum(visitor.waiting for visitor in self._visitors)

    def __enter__(self) -> Self:
        for visitor in self._visitors:
            visitor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for visitor in self._visitors:
            visitor.leave()
        for visitor in self._visitors:
            visitor.join()


def tiles_of(page: str, grid: dict[str, dict[str, dict[str, int]]]) -> Counter[Tile]:
    columns = grid["value"].items()
    return Counter({(page, int(x), int(y)): count for x, rows in columns for y, count in rows.items()})


def shown(broadcaster: str) -> Counter[Tile]:
    """Return the moves in broadcaster's grids, by tile."""
    tiles: Counter[Tile] = Counter()
    with suppress(OSError):  # it is down, or has no grid of a page
        for page in PAGES:
            with urllib.request.urlopen(f"http://{broadcaster}/_pageheat/grid{page}", timeout=5) as answer:
                tiles += tiles_of(page, json.load(answer))
    return tiles
