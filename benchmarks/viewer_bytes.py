"""How many bytes per minute does a viewer of a busy page get?

50 of the simulator's visitors do all their views on one page, and have five minutes of past events when the
minute begins (`one_page.py`). All services are real. Three viewers watch: one without the subprotocol, who
gets what the tutorial's do, full JSON four times a second; one like our overlay, who gets grids, breakdowns
and statuses; and one who also requests a width band. All bytes after the handshake are counted, including
frame headers and pings.

Each grid in the delta form must equal the first viewer's grid with the same `position` and `end`, and each
breakdown that broadcaster answers over HTTP must equal what the others got.

Not shown: the overhead of TCP and TLS, about 40 bytes per packet; the handshake; a page at rest, for which
our viewers get a status per second.
"""

import asyncio
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka
from benchmarks.one_page import stay
from pageheat.services.broadcaster.delta import BREAKDOWN, GRID, Reader, Snapshot
from pageheat.services.broadcaster.snapshots import of_breakdown, of_grid
from pageheat.services.contract.records import decode_breakdown, decode_summary
from pageheat.traffic.connection import DeliveryCounts
from tests.support.system import Instance, running

VISITORS = 50
SECONDS = 60
PAGE = "/busy"
BAND = "desktop"
BETWEEN_REQUESTS_S = 5
"""Between two requests of the newest breakdown."""

WARMING_S = 60
"""Deadline for counting the past five minutes."""

Instant = tuple[int, int]
"""End and position."""


class Viewer:
    """A viewer of the page, who counts bytes."""

    def __init__(self, port: int, *, wants_deltas: bool, band: str | None = None) -> None:
        self.bytes = 0
        self.records: list[bytes] = []
        self.snapshots: list[Snapshot] = []
        self.wants_deltas, self.band = wants_deltas, band
        self._reader = Reader()
        self._news = asyncio.Event()
        self._port = port
        self._protocol = ClientProtocol(
            parse_uri(f"ws://127.0.0.1:{port}{PAGE}" + (f"?band={band}" if band else "")),
            subprotocols=[Subprotocol("pageheat.v1")] if wants_deltas else None,
            max_size=None,
        )

    async def watch(self) -> None:
        """Watch until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        protocol = self._protocol
        protocol.send_request(protocol.connect())
        writer.writelines(protocol.data_to_send())
        protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (answer,) = protocol.events_received()
        assert isinstance(answer, Response)
        assert answer.status_code == 101
        while data := await reader.read(65_536):
            self.bytes += len(data)
            protocol.receive_data(data)
            writer.writelines(protocol.data_to_send())
            for event in protocol.events_received():
                assert isinstance(event, Frame)
                if event.opcode == Opcode.TEXT:
                    self.records.append(bytes(event.data))
                    self._news.set()
                elif event.opcode == Opcode.BINARY:
                    self.snapshots.append(self._reader.take(bytes(event.data)))
        raise AssertionError("broadcaster has closed a connection")

    async def until(self, is_reached: Callable[[bytes], bool]) -> None:
        """Wait for a grid that fulfills a condition."""
        while not (self.records and is_reached(self.records[-1])):
            self._news.clear()
            await self._news.wait()

    def of_kind(self, kind: int) -> dict[Instant, Snapshot]:
        """Return the snapshots of one kind, by instant."""
        return {(it.numbers[0], it.numbers[2]): it for it in self.snapshots if it.kind == kind}


async def newest_breakdown(broadcaster: Instance) -> bytes:
    """Request the newest breakdown over HTTP."""

    def request() -> bytes:
        with urllib.request.urlopen(
            f"http://{broadcaster.address}/_pageheat/detail{PAGE}", timeout=20
        ) as answer:
            return bytes(answer.read())

    return await asyncio.to_thread(request)


def require_same(whole: Viewer, by_delta: Viewer, breakdowns: Sequence[bytes]) -> None:
    """Assert that both viewers got the same for the same instant."""
    grids = {
        (grid.end, grid.position): record for record in whole.records for grid in [decode_summary(record)]
    }
    snapshots = by_delta.of_kind(GRID)
    both = grids.keys() & snapshots.keys()
    assert len(both) > 0.95 * len(grids), f"{len(both)} grids in common of {len(grids)} and {len(snapshots)}"
    assert len(both) > 2 * SECONDS
    for instant in both:
        snapshot, grid = snapshots[instant], of_grid(grids[instant])
        assert snapshot == grid._replace(numbers=list(snapshot.numbers))
        assert list(snapshot.numbers) == list(grid.numbers)
    compared = 0
    for record in breakdowns:
        breakdown = decode_breakdown(record)
        if seen := by_delta.of_kind(BREAKDOWN).get((breakdown.end, breakdown.position)):
            expected = of_breakdown(record, by_delta.band, seen.names)
            assert (list(seen.numbers), list(seen.layers)) == (list(expected.numbers), list(expected.layers))
            compared += 1
    assert compared > len(breakdowns) / 2


async def minute(services: Mapping[str, Instance]) -> Values:
    """Let the visitors move, and watch."""
    tally, breakdowns = DeliveryCounts(), list[bytes]()
    port = services["broadcaster"].port
    whole = Viewer(port, wants_deltas=False)
    by_delta, by_band = (Viewer(port, wants_deltas=True, band=band) for band in (None, BAND))
    viewers = (whole, by_delta, by_band)
    address = f"ws://{services['ingest'].address}"
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(viewer.watch()) for viewer in viewers]
        tasks += [group.create_task(stay(place, PAGE, address, tally)) for place in range(VISITORS)]
        async with asyncio.timeout(WARMING_S):
            await whole.until(lambda record: 0 < 0.8 * tally.sent["move"] < moves(record))
        before = [viewer.bytes for viewer in viewers]
        events = tally.events
        for viewer in viewers:
            viewer.records.clear()
            viewer.snapshots.clear()
        for _ in range(SECONDS // BETWEEN_REQUESTS_S):
            await asyncio.sleep(BETWEEN_REQUESTS_S)
            breakdowns.append(await newest_breakdown(services["broadcaster"]))
        events = tally.events - events
        received = [viewer.bytes - bytes_ for viewer, bytes_ in zip(viewers, before, strict=True)]
        for task in tasks:
            task.cancel()
    assert not tally.refused, tally.last_refusal
    for viewer in (by_delta, by_band):
        require_same(whole, viewer, breakdowns)
    return dict(zip(ROWS, (each / 1000 for each in received), strict=True)) | {
        "grids": len(whole.records) / SECONDS,
        "visitors' events": events / SECONDS,
    }


def moves(record: bytes) -> int:
    """Return a grid's number of moves."""
    return decode_summary(record).totals.moves


def watched(context: Context) -> Values:
    """Measure all three viewers, on the same page."""
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder), ADDRESS_FRAMES_PER_S="0") as system,
    ):
        return asyncio.run(minute(system.start_all()))


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka() as broker:
        yield {"broker": broker}


ROWS = ("full JSON", "lean", "lean, with tiles of a band")

BENCHMARK = Benchmark(
    f"bytes a viewer gets a minute, {VISITORS} visitors on the page",
    {"watched": watched},
    [
        Row(ROWS[0], "kB"),
        *(Row(name, "kB", ROWS[0], at_most=1 / 20) for name in ROWS[1:]),
        Row("grids", "/s"),
        Row("visitors' events", "/s"),
    ],
    prepare,
    rounds=2,
)
