"""How many bytes a minute does a viewer of a busy page get?

50 of the simulator's visitors are on one page, whichever page of the shop they think that it is, and have
been for five minutes when the minute begins (`one_page.py`). All services are real. Three viewers watch: one
without the subprotocol, who gets what the tutorial's do, full JSON four times a second; one as our overlay
does, grids, details and statuses; and one who asks for a width band besides. Counted is all that comes on
each socket once it is open, heads of frames and pings included.

Each lean grid has to be the very grid that the first viewer got of the same `position` and `end`, and each
detail that broadcaster answers has to be what the others were told.

What this doesn't show: what TCP and TLS add, some 40 bytes a packet; the handshake; a page that is at rest,
of which our viewers get a status a second.
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
from pageheat.services.broadcaster.delta import DETAIL, GRID, Reader, Snapshot
from pageheat.services.broadcaster.snapshots import of_detail, of_grid
from pageheat.services.contract.records import decode_breakdown, decode_summary
from pageheat.traffic.connection import DeliveryCounts
from tests.support.system import Instance, running

VISITORS = 50
SECONDS = 60
PAGE = "/busy"
BAND = "desktop"
ASKED_S = 5
"""Between two looks at the newest detail."""

WARMING_S = 60
"""Until the past five minutes are counted."""

Instant = tuple[int, int]
"""End and position."""


class Viewer:
    """Somebody who watches the page, and counts what comes."""

    def __init__(self, port: int, *, wants_deltas: bool, band: str | None = None) -> None:
        self.bytes = 0
        self.records: list[bytes] = []
        self.told: list[Snapshot] = []
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
        """Until cancelled."""
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
                    self.told.append(self._reader.take(bytes(event.data)))
        raise AssertionError("broadcaster has closed a connection")

    async def until(self, is_reached: Callable[[bytes], bool]) -> None:
        """Wait for a grid."""
        while not (self.records and is_reached(self.records[-1])):
            self._news.clear()
            await self._news.wait()

    def of_kind(self, kind: int) -> dict[Instant, Snapshot]:
        """What was told of grids or details."""
        return {(told.numbers[0], told.numbers[2]): told for told in self.told if told.kind == kind}


async def newest_detail(broadcaster: Instance) -> bytes:
    """What broadcaster answers by HTTP."""

    def ask() -> bytes:
        with urllib.request.urlopen(
            f"http://{broadcaster.address}/_pageheat/detail{PAGE}", timeout=20
        ) as answer:
            return bytes(answer.read())

    return await asyncio.to_thread(ask)


def require_same(whole: Viewer, lean: Viewer, details: Sequence[bytes]) -> None:
    """What both were told of the same instant is the same."""
    grids = {
        (told.end, told.position): record for record in whole.records for told in [decode_summary(record)]
    }
    told = lean.of_kind(GRID)
    both = grids.keys() & told.keys()
    assert len(both) > 0.95 * len(grids), f"{len(both)} grids in common of {len(grids)} and {len(told)}"
    assert len(both) > 2 * SECONDS
    for instant in both:
        assert told[instant] == of_grid(grids[instant])._replace(numbers=list(told[instant].numbers))
        assert list(told[instant].numbers) == list(of_grid(grids[instant]).numbers)
    compared = 0
    for record in details:
        detail = decode_breakdown(record)
        if seen := lean.of_kind(DETAIL).get((detail.end, detail.position)):
            expected = of_detail(record, lean.band, seen.names)
            assert (list(seen.numbers), list(seen.layers)) == (list(expected.numbers), list(expected.layers))
            compared += 1
    assert compared > len(details) / 2


async def minute(services: Mapping[str, Instance]) -> Values:
    """Let them move, and watch."""
    tally, details = DeliveryCounts(), list[bytes]()
    port = services["broadcaster"].port
    whole = Viewer(port, wants_deltas=False)
    lean, by_band = (Viewer(port, wants_deltas=True, band=band) for band in (None, BAND))
    viewers = (whole, lean, by_band)
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
            viewer.told.clear()
        for _ in range(SECONDS // ASKED_S):
            await asyncio.sleep(ASKED_S)
            details.append(await newest_detail(services["broadcaster"]))
        events = tally.events - events
        got = [viewer.bytes - bytes_ for viewer, bytes_ in zip(viewers, before, strict=True)]
        for task in tasks:
            task.cancel()
    assert not tally.refused, tally.last_refusal
    for viewer in (lean, by_band):
        require_same(whole, viewer, details)
    return dict(zip(ROWS, (each / 1000 for each in got), strict=True)) | {
        "grids": len(whole.records) / SECONDS,
        "visitors' events": events / SECONDS,
    }


def moves(record: bytes) -> int:
    """How many a grid counts."""
    return decode_summary(record).totals.moves


def watched(context: Context) -> Values:
    """All three, on the same page."""
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder), ADDRESS_FRAMES_PER_S="0") as system,
    ):
        return asyncio.run(minute(system.start_all()))


@contextmanager
def prepare() -> Iterator[Context]:
    """Kafka."""
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
