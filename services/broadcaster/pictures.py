"""Pictures of pages' live heat: drawn off the event loop, each once, and kept while they are asked for.

A picture is a function of its page's newest grid (or detail, of a width band) and of its options, and so is
its ETag: who has it already is told so without a drawing.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.warm import Heat
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import UNDECODABLE, Cells, Grid, Size, UnreadableRecord
from pageheat.services.picture.drawing import TooLarge, draw, size_px
from pageheat.services.picture.options import Options, WrongOption
from pageheat.services.picture.spots import tiles

MAX_KEPT_BYTES = 32_000_000
"""Of pictures that may be asked for again: some hundred, of 20 to 200 kB each."""

MAX_WAITING = 16
"""Pictures that wait to be drawn, one after the other: a second's work. Further ones are refused for now."""

MAX_GRID_SIZE = 200
"""What GRID_SIZE allows."""

LIVE_LAYERS = ("moves", "clicks")
"""What is known by its place on the page; the others are counted on elements."""

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

drawn = Counter("pageheat_broadcaster_pictures", "Pictures drawn")


class NoPicture(PageheatError):
    """There is nothing to draw: the page is cold, or its size isn't known."""


class Busy(PageheatError):
    """Too many pictures wait to be drawn."""


@dataclass(frozen=True)
class Wanted:
    """A picture of the heat as it is now. `tiles` is the JSON of the grid, or of the detail for a band."""

    page: str
    options: Options
    position: int
    end: int
    size: Size
    tiles: bytes | PageBreakdown

    @property
    def etag(self) -> str:
        """Names what the picture shows, alike on every replica."""
        names = repr((self.page, self.options, self.position, self.end))
        return f'"{hashlib.sha256(names.encode()).hexdigest()[:24]}"'

    def draw(self) -> bytes:
        """The PNG. Takes some 50 ms, for the largest page a second or two.

        Raises:
            NoPicture: the record that has the tiles is of another form.
        """
        width, height = size_px(self.size.width, self.size.height)
        options = self.options
        try:
            counts = tile_counts(*_cells(self.tiles, options))
        except (*UNDECODABLE, UnreadableRecord) as error:
            raise NoPicture(f"the tiles of {self.page} cannot be read: {error}") from None
        return draw(tiles(counts, width, height, options.profile, options.radius), options).png


def wanted(page: str, heat: Heat | None, detail: PageBreakdown | None, texts: Mapping[str, str]) -> Wanted:
    """What a request asks for.

    Raises:
        WrongOption: an option has a value that is not allowed here.
        NoPicture: the page is cold, or its size isn't known, or no picture can have that size.
    """
    options = Options.parse(texts)
    if options.layer not in LIVE_LAYERS:
        raise WrongOption(
            f"layer={options.layer}: should be one of {', '.join(LIVE_LAYERS)}; 'pageheat render' draws the "
            "others, which are counted on elements here"
        )
    if options.origin == "first":
        raise WrongOption("origin=first: should be page; 'pageheat render' draws from the first element")
    if heat is None or heat.summary.newest is None:
        raise NoPicture(f"{page} is cold")
    summary = heat.summary
    if summary.page is None:
        raise NoPicture(f"the size of {page} is not known: nobody has told it")
    try:
        size_px(summary.page.width, summary.page.height)
    except TooLarge as error:
        raise NoPicture(f"{page}: {error}") from None
    if options.band is None:
        return Wanted(page, options, summary.position, summary.end, summary.page, heat.record)
    if detail is None:
        raise NoPicture(f"the width bands of {page} are not known yet")
    if options.band not in detail.bands:
        raise WrongOption(f"band={options.band}: should be one of {', '.join(detail.bands)}")
    return Wanted(page, options, detail.place.position, detail.place.end, summary.page, detail)


def tile_counts(cells: Cells, grid_size: int) -> NDArray[np.float64]:
    """A layer's events per tile, shape (rows, columns).

    Raises:
        ValueError: it has no tiles of such a grid.
    """
    if not 1 <= grid_size <= MAX_GRID_SIZE:
        raise ValueError(f"a grid of {grid_size} tiles a side")
    counts = np.zeros((grid_size, grid_size))
    for column, rows in cells.items():
        for row, count in rows.items():
            x, y = int(column), int(row)
            if not (0 <= x < grid_size and 0 <= y < grid_size):
                raise ValueError(f"tile ({x}, {y}) of a grid of {grid_size}")
            counts[y, x] = count
    return counts


def _cells(source: bytes | PageBreakdown, options: Options) -> tuple[Cells, int]:
    if isinstance(source, bytes):
        grid = msgspec.json.decode(source, type=Grid)
        return (grid.value if options.layer == "moves" else grid.clicks), grid.grid_size
    detail = source.decoded()
    band = next(band for band in detail.bands if band.name == options.band)
    return (band.value if options.layer == "moves" else band.clicks), detail.grid_size


class Pictures:
    """Draws what is asked for, one at a time; keeps what was drawn last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()  # ETag → PNG, the last used at the end
        self._bytes = 0
        self._drawing: dict[str, asyncio.Task[bytes]] = {}
        self._turn = asyncio.Semaphore(1)

    async def answer(
        self, request: Request, page: str, heat: Heat | None, detail: PageBreakdown | None
    ) -> Response:
        """The picture that a request asks for, or why there is none."""
        try:
            picture = wanted(page, heat, detail, request.query_params)
            headers = HEADERS | {"ETag": picture.etag}
            if picture.etag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
            return Response(await self.png(picture), media_type="image/png", headers=headers)
        except WrongOption as error:
            return JSONResponse({"error": str(error)}, 400, HEADERS)
        except NoPicture as error:
            return JSONResponse({"error": str(error)}, 404, HEADERS)
        except Busy as error:
            return JSONResponse({"error": str(error)}, 503, HEADERS | {"Retry-After": "1"})

    async def png(self, picture: Wanted) -> bytes:
        """The PNG: kept, being drawn for somebody else, or drawn now.

        Raises:
            Busy: MAX_WAITING others wait.
        """
        name = picture.etag
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        if name not in self._drawing:
            if len(self._drawing) > MAX_WAITING:
                raise Busy("too many pictures wait to be drawn; ask again in a second")
            task = self._drawing[name] = asyncio.create_task(self._draw(picture))
            task.add_done_callback(lambda _: self._drawing.pop(name))
        # who goes away must not take the picture from those who wait for the same
        return await asyncio.shield(self._drawing[name])

    async def _draw(self, picture: Wanted) -> bytes:
        async with self._turn:
            png = await asyncio.to_thread(picture.draw)
        drawn.inc()
        self._kept[picture.etag] = png
        self._bytes += len(png)
        while self._bytes > MAX_KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        return png
