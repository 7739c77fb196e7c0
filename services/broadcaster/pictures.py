"""Pictures of pages' live heat: each is drawn once, off the event loop, and cached while it is requested.

A picture depends only on its page's newest grid (or breakdown, for a width band) and its options. So does its
ETag: a client that has the picture gets 304 without a drawing.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.warm import Heat
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import (
    ROW_PX,
    UNDECODABLE,
    FineCounts,
    LookCounts,
    Size,
    UnreadableRecord,
)
from pageheat.services.picture.counted import PLACED_LAYERS, field_of
from pageheat.services.picture.drawing import TooLarge, draw, size_px
from pageheat.services.picture.options import ROW_LAYERS, Options, WrongOption

MAX_KEPT_BYTES = 32_000_000
"""Limit of the picture cache: some hundred pictures of 20 to 200 kB each."""

MAX_WAITING = 16
"""Limit of pictures that wait to be drawn, one after the other: a second's work. Beyond it: 503."""

HEADERS = {
    "Access-Control-Expose-Headers": "ETag",
    "Cache-Control": "no-cache",
}

drawn = Counter("pageheat_broadcaster_pictures", "Pictures drawn")


class NoPicture(PageheatError):
    """There is nothing to draw: the page is cold, or its size is unknown."""


class Busy(PageheatError):
    """Too many pictures wait to be drawn."""


@dataclass(frozen=True)
class LivePicture:
    """A picture of the current heat. `counts` is the JSON of the grid, or the breakdown for a band."""

    page: str
    options: Options
    position: int
    end: int
    size: Size
    counts: bytes | PageBreakdown

    @property
    def etag(self) -> str:
        """Identifies what the picture shows; the same on every replica."""
        content = repr((self.page, self.options, self.position, self.end))
        return f'"{hashlib.sha256(content.encode()).hexdigest()[:24]}"'

    def draw(self) -> bytes:
        """Draw the PNG. Takes some 50 ms, for the largest page a second or two.

        Raises:
            NoPicture: the record with the counts has another form.
        """
        try:
            counted = _counted(self.counts, self.options)
            field = field_of(counted.fine, counted.looks, counted.grid_size, self.size, self.options)
        except (*UNDECODABLE, UnreadableRecord) as error:
            raise NoPicture(f"the counts of {self.page} cannot be read: {error}") from None
        return draw(field, self.options).png


def live_picture(
    page: str, heat: Heat | None, breakdown: PageBreakdown | None, texts: Mapping[str, str]
) -> LivePicture:
    """The picture that a request asks for.

    Raises:
        WrongOption: an option has a value that is not allowed here.
        NoPicture: the page is cold, or its size is unknown or too large for a picture.
    """
    options = Options.parse(texts)
    if options.layer not in PLACED_LAYERS + ROW_LAYERS:
        raise WrongOption(
            f"layer={options.layer}: should be one of {', '.join(PLACED_LAYERS + ROW_LAYERS)}; "
            "'pageheat render' draws the others, which are counted on elements here"
        )
    if options.origin == "first":
        raise WrongOption("origin=first: should be page; 'pageheat render' draws from the first element")
    if heat is None or heat.summary.newest is None:
        raise NoPicture(f"{page} is cold")
    summary = heat.summary
    if summary.page is None:
        raise NoPicture(f"the size of {page} is not known: no browser has sent it")
    try:
        size_px(summary.page.width, summary.page.height)
    except TooLarge as error:
        raise NoPicture(f"{page}: {error}") from None
    if options.band is None:
        return LivePicture(page, options, summary.position, summary.end, summary.page, heat.record)
    if breakdown is None:
        raise NoPicture(f"the width bands of {page} are not known yet")
    if options.band not in breakdown.bands:
        raise WrongOption(f"band={options.band}: should be one of {', '.join(breakdown.bands)}")
    counted = breakdown.log_position
    return LivePicture(page, options, counted.position, counted.end, summary.page, breakdown)


class _Counted(msgspec.Struct, rename={"grid_size": "grid-size"}):
    grid_size: int
    fine: FineCounts
    looks: LookCounts = LookCounts(ROW_PX)


def _counted(source: bytes | PageBreakdown, options: Options) -> _Counted:
    if isinstance(source, bytes):
        return msgspec.msgpack.decode(source, type=_Counted)
    breakdown = source.decoded()
    band = next(band for band in breakdown.bands if band.name == options.band)
    return _Counted(breakdown.grid_size, band.fine, band.looks)


class Pictures:
    """Draws requested pictures, one at a time; caches the most recently used ones."""

    def __init__(self) -> None:
        self._cache: OrderedDict[str, bytes] = OrderedDict()  # ETag → PNG, most recently used last
        self._bytes = 0
        self._drawing: dict[str, asyncio.Task[bytes]] = {}
        self._turn = asyncio.Semaphore(1)

    async def answer(
        self,
        request: Request,
        page: str,
        heat: Heat | None,
        breakdown: PageBreakdown | None,
        options: Mapping[str, str],
    ) -> Response:
        """Answer a request with its picture, or with the reason why there is none."""
        try:
            picture = live_picture(page, heat, breakdown, options)
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

    async def png(self, picture: LivePicture) -> bytes:
        """The PNG: from the cache, from a drawing in progress, or drawn now.

        Raises:
            Busy: MAX_WAITING others wait.
        """
        name = picture.etag
        if name in self._cache:
            self._cache.move_to_end(name)
            return self._cache[name]
        if name not in self._drawing:
            if len(self._drawing) > MAX_WAITING:
                raise Busy("too many pictures wait to be drawn; retry in a second")
            task = self._drawing[name] = asyncio.create_task(self._draw(picture))
            task.add_done_callback(lambda _: self._drawing.pop(name))
        # a client that disconnects must not cancel the drawing for others that wait for it
        return await asyncio.shield(self._drawing[name])

    async def _draw(self, picture: LivePicture) -> bytes:
        async with self._turn:
            png = await asyncio.to_thread(picture.draw)
        drawn.inc()
        self._cache[picture.etag] = png
        self._bytes += len(png)
        while self._bytes > MAX_KEPT_BYTES:
            self._bytes -= len(self._cache.popitem(last=False)[1])
        return png
