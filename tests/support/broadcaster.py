"""A fake broadcaster: sends viewers what the test sets, in the real one's protocol."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from pageheat.services.broadcaster import delta
from pageheat.services.broadcaster.delta import Snapshot
from pageheat.services.broadcaster.requests import requested_page
from pageheat.services.broadcaster.snapshots import of_breakdown, of_grid, of_status, of_top
from pageheat.services.broadcaster.warm import Status
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.records import (
    ROW_PX,
    SPOT_PX,
    SPOTS,
    Band,
    Breakdown,
    Cells,
    ElementCounts,
    FineCounts,
    Grid,
    LookCounts,
    Size,
    Totals,
    encode,
)
from tests.support.fine import Rows, fine
from tests.support.server import Server
from tests.support.tiles import packed_tiles

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}

NOW_MS = 1_800_000_000_000
"""The services' clock, which does not advance and is unrelated to the browser's."""

STATUS_INTERVAL_S = 1.0

VIEWER_TIMEOUT_S = 15
"""Longer than the overlay's first reconnect delays, on a busy machine."""

Counts = Mapping[tuple[int, int], int]
"""(column, row) → count."""


def make_grid(
    moves: Counts,
    clicks: Counts | None = None,
    *,
    size: Size | None = Size(1280, 3000),  # noqa: B008 - frozen
    visitors: int = 1,
    unplaced: int = 0,
    end: int = NOW_MS,
    counts: FineCounts | None = None,
    looks: LookCounts = LookCounts(ROW_PX),  # noqa: B008 - frozen
) -> Grid:
    """Make a grid of a 5-minute window whose newest event is 2 s old.

    Its fine counts, unless `counts` are given, have each event in the middle of its tile.
    """
    clicks = clicks or {}
    return Grid(
        start=end - 300_000,
        end=end,
        value=packed_tiles(_cells(moves)),
        clicks=packed_tiles(_cells(clicks)),
        grid_size=50,
        visitors=visitors,
        totals=Totals(sum(moves.values()), sum(clicks.values()), unplaced),
        newest=end - 2_000 if moves or clicks or unplaced or looks.depths else None,
        page=size,
        partition=4,
        position=8812,
        fine=counts or _fine(moves, clicks, size),
        looks=looks,
    )


def on_element(
    selector: str,
    clicks: Counts | None = None,
    *,
    rage: Counts | None = None,
    dead: Counts | None = None,
    dwell: Counts | None = None,
) -> ElementCounts:
    """Make an element's counts, by spot."""
    return ElementCounts(selector, *(_cells(counts or {}) for counts in (clicks, rage, dead, dwell)))


def make_band(
    name: str,
    *elements: ElementCounts,
    visitors: int = 1,
    moves: Counts | None = None,
    clicks: Counts | None = None,
    looks: LookCounts = LookCounts(ROW_PX),  # noqa: B008 - frozen
) -> Band:
    """Make the counts of one width band; `moves` and `clicks` are by tile of a page of 1280 × 3000."""
    return Band(name, visitors, _fine(moves or {}, clicks or {}, Size(1280, 3000)), list(elements), looks)


def make_detail(*bands: Band, end: int = NOW_MS) -> Breakdown:
    """Make the breakdown of a grid of the same `end`."""
    return Breakdown(
        start=end - 300_000,
        end=end,
        page=Size(1280, 3000),
        partition=4,
        position=8812,
        grid_size=50,
        spots=SPOTS,
        spot_px=SPOT_PX,
        bands=list(bands),
    )


def _fine(moves: Counts, clicks: Counts, size: Size | None) -> FineCounts:
    """The same counts in rows: each in the middle of its tile."""
    height = size.height if size else 1000

    def rows(counts: Counts) -> Rows:
        return {(int((row + 0.5) * height / 50 // ROW_PX), column): n for (column, row), n in counts.items()}

    return fine(moves=rows(moves), clicks=rows(clicks))


def _cells(counts: Counts) -> Cells:
    cells: Cells = {}
    for (column, row), count in counts.items():
        cells.setdefault(str(column), {})[str(row)] = count
    return cells


KAFKA_AWAY = "Kafka has been away for 12 s: connection refused"
"""What a broadcaster without Kafka says."""


class Broadcaster:
    """Sends grids and breakdowns to viewers, and serves the list of pages, grids and pictures."""

    def __init__(self, pages: Pages = PATHS_ALONE) -> None:
        self._pages = pages
        self.watching: list[str] = []
        """Watched pages, one entry per viewer."""
        self.pictures: dict[str, bytes] = {}
        """Page → PNG."""
        self.unchanged = 0
        """Number of requests for pictures that were answered 304."""
        self._grids: dict[str, Grid] = {}
        self._details: dict[str, Breakdown] = {}
        self._state: Literal["live", "old", "away"] = "live"
        self._cuts = False
        self._wake: list[Callable[[], object]] = []
        self._change = threading.Condition()
        self._server = Server(
            Starlette(
                routes=[
                    Route("/_pageheat/pages", self._list),
                    Route("/_pageheat/top/{path:path}", self._top),
                    Route("/_pageheat/png/{path:path}", self._png),
                    WebSocketRoute("/{path:path}", self._socket),
                ]
            )
        )

    @property
    def origin(self) -> str:
        return self._server.origin

    def show(self, page: str, grid: Grid) -> None:
        """Set a page's grid; a grid without events is a page's last."""
        self._grids[page] = grid
        self._wake_all()

    def tell(self, page: str, detail: Breakdown) -> None:
        """Set a page's breakdown."""
        self._details[page] = detail
        self._wake_all()

    def forget(self, page: str) -> None:
        """Make a page cold: no grid, no row in the list."""
        del self._grids[page]

    def say(self, state: Literal["live", "old", "away"]) -> None:
        """Set the state that is sent to viewers."""
        self._state = state
        self._wake_all()

    def cut(self) -> None:
        """Truncate the next grid or breakdown that is sent to a viewer."""
        self._cuts = True

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, close every connection and stop listening on the port."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.start()

    def wait_for_viewers(self, *pages: str) -> None:
        """Return when exactly these pages are watched."""
        with self._change:
            assert self._change.wait_for(lambda: sorted(self.watching) == sorted(pages), VIEWER_TIMEOUT_S), (
                f"{pages} should be watched, {self.watching} are"
            )

    def close(self) -> None:
        self._server.stop()

    def _wake_all(self) -> None:
        for wake in self._wake:
            wake()

    async def _socket(self, socket: WebSocket) -> None:
        page = self._page(socket.scope, "")
        assert socket.scope["subprotocols"] == ["pageheat.v1"]
        await socket.accept(subprotocol="pageheat.v1")
        news = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(news.set)

        self._wake.append(wake)
        self._count(self.watching.append, page)
        band = socket.query_params.get("band")
        sending = asyncio.create_task(self._send(socket, page, band, news))
        try:
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self._wake.remove(wake)
            self._count(self.watching.remove, page)
            sending.cancel()

    def _count(self, change: Callable[[str], None], page: str) -> None:
        with self._change:
            change(page)
            self._change.notify_all()

    async def _send(self, socket: WebSocket, page: str, band: str | None, news: asyncio.Event) -> None:
        known: dict[int, Snapshot] = {}

        async def send(snapshot: Snapshot) -> None:
            base = known.get(snapshot.kind)
            if snapshot != base:
                known[snapshot.kind] = snapshot
                message = delta.encode(snapshot, base)
                cuts, self._cuts = self._cuts, False
                await socket.send_bytes(message[:-1] if cuts else message)

        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await socket.send_bytes(self._encoded_status(page))
                if grid := self._grids.get(page):
                    await send(of_grid(encode(grid)))
                if detail := self._details.get(page):
                    names = known[delta.BREAKDOWN].names if delta.BREAKDOWN in known else {}
                    await send(of_breakdown(encode(detail), band, names))
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), STATUS_INTERVAL_S)
                news.clear()

    def _encoded_status(self, page: str) -> bytes:
        return delta.encode(of_status(page, self._status(page), kafka_away=self._state == "away"))

    def _status(self, page: str) -> Status:
        grid = self._grids.get(page)
        if self._state != "live":
            return Status(False, NOW_MS, NOW_MS - 12_000)
        return Status(True, NOW_MS, grid.end if grid else NOW_MS)

    async def _list(self, request: Request) -> Response:
        rows = [
            {
                "page": page,
                "visitors": grid.visitors,
                "moves": grid.totals.moves,
                "clicks": grid.totals.clicks,
                "newest": grid.newest,
                "end": grid.end,
                "size": grid.page and {"width": grid.page.width, "height": grid.page.height},
            }
            for page, grid in self._grids.items()
        ]
        rows.sort(key=lambda row: -(row["moves"] + row["clicks"]))  # type: ignore[operator]
        limit = int(request.query_params["limit"])
        answer = {
            "time": NOW_MS,
            "kafka": KAFKA_AWAY if self._state == "away" else None,
            "total": len(rows),
            "pages": rows[:limit],
        }
        return JSONResponse(answer, headers=ANY_ORIGIN)

    async def _top(self, request: Request) -> Response:
        grid = self._grids.get(self._page(request.scope, "/_pageheat/top"))
        if grid is None:
            return JSONResponse({"error": "cold"}, 404, ANY_ORIGIN)
        top = delta.encode(of_top(encode(grid)))
        return Response(top, media_type="application/octet-stream", headers=ANY_ORIGIN)

    async def _png(self, request: Request) -> Response:
        picture = self.pictures.get(self._page(request.scope, "/_pageheat/png"))
        if picture is None:
            return JSONResponse({"error": "cold"}, 404, ANY_ORIGIN)
        tag = f'"{hashlib.sha256(picture).hexdigest()[:16]}"'
        headers = {
            **ANY_ORIGIN,
            "Access-Control-Expose-Headers": "ETag",
            "Cache-Control": "no-cache",
            "ETag": tag,
        }
        if request.headers.get("if-none-match") == tag:
            self.unchanged += 1
            return Response(status_code=304, headers=headers)
        return Response(picture, media_type="image/png", headers=headers)

    def _page(self, scope: Scope, resource: str) -> str:
        path = scope["raw_path"].partition(b"?")[0].removeprefix(resource.encode())
        return requested_page(path, scope["query_string"], self._pages)
