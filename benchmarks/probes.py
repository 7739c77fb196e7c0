"""Probes: visitors who move where no other does, and the viewers who wait for their events.

On each watched page, about every 0.7 s, a probe's pointer comes to rest on a cold tile; as the tracker does,
it sends that at once. A viewer notes when it has a grid in which the tile is warm.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.visitors import HEIGHT_PX, ROAMED, WIDTH_PX
from pageheat.services.broadcaster.delta import GRID as GRIDS
from pageheat.services.broadcaster.delta import Reader, Snapshot
from pageheat.services.contract.packed_rows import pack_moves
from pageheat.services.contract.records import SentFrame, SentPage, Size
from pageheat.services.contract.versions import FRAME
from pageheat.services.runtime.settings import WindowSettings

OURS = Subprotocol("pageheat.v1")

Tile = tuple[int, int]
"""Column and row."""

GRID = WindowSettings.model_fields["grid_size"].default
FREE_ROWS = range(int(GRID * ROAMED), GRID)

PROBES_S = (0.6, 0.8)
"""Between two probes: they return to a tile after 350 s, when it is cold again."""

SEEN_S = 30
"""Deadline for the last probes to be seen."""

KEPT = 20
"""A viewer keeps every 20th grid to be recounted."""


class Seen(NamedTuple):
    """A grid as a viewer has it; times in ms.

    `moves` is tile → count. Where `row_px` is set, rows are that high; they are not the tutorial's tiles.
    """

    start: int
    end: int
    position: int
    moves: Mapping[Tile, int]
    row_px: int | None = None

    @property
    def tiles(self) -> set[Tile]:
        """The tutorial's tiles with moves; those of rows at a tile's edge may be one off."""
        if self.row_px is None:
            return set(self.moves)
        return {(column, row * self.row_px * GRID // HEIGHT_PX) for column, row in self.moves}


@dataclass
class Viewer:
    """A viewer of a page, with our overlay's subprotocol or in the tutorial's form."""

    page: str
    wants_deltas: bool
    waiting: dict[Tile, float] = field(default_factory=dict)
    """Tile → when its probe was sent."""
    latencies_s: list[float] = field(default_factory=list)
    kept: list[Seen] = field(default_factory=list)

    async def watch(self, broadcaster: str) -> None:
        """Watch until cancelled."""
        offered, reader = [OURS] if self.wants_deltas else None, Reader()
        async with connect(
            f"ws://{broadcaster}{self.page}", subprotocols=offered, compression=None, max_size=None
        ) as socket:
            grids = 0
            while True:
                message = await socket.recv()
                seen = of_json(message) if isinstance(message, str) else of_delta(reader.take(message))
                if seen:
                    self._note(seen)
                    if grids % KEPT == 0:
                        self.kept.append(seen)
                    grids += 1

    def _note(self, seen: Seen) -> None:
        now_s = time.perf_counter()
        for tile in self.waiting.keys() & seen.tiles:
            self.latencies_s.append(now_s - self.waiting.pop(tile))


def of_json(message: str | bytes) -> Seen:
    """Read a grid in the tutorial's form."""
    grid = msgspec.json.decode(message)
    moves = {(int(x), int(y)): n for x, rows in grid["value"].items() for y, n in rows.items()}
    return Seen(grid["start"], grid["end"], grid["position"], moves)


def of_delta(snapshot: Snapshot) -> Seen | None:
    """Read a grid in the delta form; None for another kind of message."""
    if snapshot.kind != GRIDS:
        return None
    end, length, position, *_, row_px = snapshot.numbers[:8]
    moves = {(cell % GRID, cell // GRID): n for cell, n in snapshot.layers[0].items()}
    return Seen(end - length, end, position, moves, row_px)


class Probe:
    """A visitor of a page who moves where no other does, and the page's viewers.

    Args:
        session: its own.
        page: the path.
        forms: of each viewer, whether it is like our overlay; else it is like the tutorial's.
    """

    def __init__(self, session: str, page: str, forms: Sequence[bool]) -> None:
        self.session = session
        self.sent = 0
        self.viewers = [Viewer(page, wants_deltas) for wants_deltas in forms]
        self._page = SentPage(page, Size(WIDTH_PX, HEIGHT_PX), Size(1280, 720))

    def frame(self) -> tuple[Tile, bytes]:
        """Return the next tile, and a frame with a pointer that has just come to rest there."""
        column, row = self.sent % GRID, FREE_ROWS[self.sent // GRID % len(FREE_ROWS)]
        at = round((column + 0.5) / GRID * WIDTH_PX), round((row + 0.5) / GRID * HEIGHT_PX), 0
        moves = pack_moves([at])
        frame = SentFrame(v=FRAME, session=self.session, seq=self.sent, page=self._page, moves=moves)
        self.sent += 1
        return (column, row), msgspec.json.encode(frame)

    async def watch_and_move(self, ingest: str, broadcaster: str, seconds: float) -> None:
        """Send probes for that long, and wait until all viewers have seen them."""
        random = Random(self.session)
        async with (
            connect(f"ws://{ingest}/{self.session}", subprotocols=[OURS], compression=None) as socket,
            asyncio.TaskGroup() as group,
        ):
            tasks = [group.create_task(viewer.watch(broadcaster)) for viewer in self.viewers]
            tasks.append(group.create_task(_drain(socket)))
            end_s = time.perf_counter() + seconds
            while time.perf_counter() < end_s:
                await asyncio.sleep(random.uniform(*PROBES_S))
                place, frame = self.frame()
                for viewer in self.viewers:
                    assert place not in viewer.waiting, "a probe was not seen for minutes"
                    viewer.waiting[place] = time.perf_counter()
                await socket.send(frame, text=True)
            deadline_s = time.perf_counter() + SEEN_S
            while any(viewer.waiting for viewer in self.viewers):
                assert time.perf_counter() < deadline_s, (
                    f"after {SEEN_S} s, {[len(it.waiting) for it in self.viewers]} of {self.sent} probes "
                    f"were not seen by viewers of {self.viewers[0].page}: too much for this machine"
                )
                await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()


async def probe_all(probes: Sequence[Probe], ingest: str, broadcaster: str, seconds: float) -> None:
    """Let all probes move for that long, side by side."""
    async with asyncio.TaskGroup() as group:
        for probe in probes:
            group.create_task(probe.watch_and_move(ingest, broadcaster, seconds))


async def _drain(socket: ClientConnection) -> None:
    """Read acknowledgements; assert that nothing else arrives."""
    async for message in socket:
        assert json.loads(message).keys() & {"acknowledged", "every"}, message
