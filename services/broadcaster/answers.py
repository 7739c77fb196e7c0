"""The broadcaster over HTTP: the list of warm pages, and a page's newest heat in several forms."""

import re
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pageheat.services.broadcaster.breakdowns import Breakdowns
from pageheat.services.broadcaster.delta import encode
from pageheat.services.broadcaster.pictures import Pictures
from pageheat.services.broadcaster.requests import picture_options, requested_page
from pageheat.services.broadcaster.snapshots import of_top
from pageheat.services.broadcaster.warm import WarmPages
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.records import UnreadableRecord
from pageheat.services.contract.tokens import Grant
from pageheat.services.contract.tutorial import tutorial_json
from pageheat.services.runtime.access import NOT_STORED, Access, looked, require_page
from pageheat.services.runtime.web import Health

MAX_LISTED = 1_000
"""Pages in one answer of the list, at most."""


class Answers:
    """Answers requests.

    Args:
        warm, breakdowns: the pages' newest records.
        pages: names the requested pages.
        clock_ms: returns the current time, ms since the epoch.
        kafka: health of the connection to Kafka.
    """

    def __init__(
        self,
        warm: WarmPages,
        breakdowns: Breakdowns,
        pages: Pages,
        clock_ms: Callable[[], int],
        kafka: Health,
    ) -> None:
        self._warm = warm
        self._breakdowns = breakdowns
        self._pages = pages
        self._clock_ms = clock_ms
        self._kafka = kafka
        self._pictures = Pictures()

    def routes(self, access: Access) -> list[Route]:
        """The routes, for requests that `access` permits."""
        return [
            access.route("/_pageheat/pages", self._list),
            access.route("/_pageheat/grid/{path:path}", self._grid),
            access.route("/_pageheat/top/{path:path}", self._top),
            access.route("/_pageheat/detail/{path:path}", self._breakdown),
            access.route("/_pageheat/png/{path:path}", self._png),
        ]

    async def _list(self, request: Request, grant: Grant) -> Response:
        text = request.query_params.get("limit", "100")
        if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_LISTED:
            return JSONResponse(
                {"error": f"limit={text[:20]}: should be a whole number from 1 to {MAX_LISTED}"},
                400,
                NOT_STORED,
            )
        looked(grant, "the list of warm pages")
        total, warmest = self._warm.warmest(int(text), grant.covers)
        pages = [
            {
                "page": name,
                "visitors": summary.visitors,
                "moves": summary.totals.moves,
                "clicks": summary.totals.clicks,
                "newest": summary.newest,
                "end": summary.end,
                "size": summary.page,
            }
            for name, summary in warmest
        ]
        answer = {"time": self._clock_ms(), "kafka": self._kafka(), "total": total, "pages": pages}
        return Response(msgspec.json.encode(answer), media_type="application/json", headers=NOT_STORED)

    async def _grid(self, request: Request, grant: Grant) -> Response:
        page = self._permitted_page(request, grant, "grid")
        heat = self._warm.heat(page)
        try:
            grid = tutorial_json(heat.record) if heat else None
        except UnreadableRecord:  # as on its socket, it looks cold
            grid = None
        return _record(page, grid)

    async def _top(self, request: Request, grant: Grant) -> Response:
        """The top of a page, for a thumbnail: many pages are asked for at once, so it is lean."""
        page = self._permitted_page(request, grant, "top")
        heat = self._warm.heat(page)
        try:
            top = encode(of_top(heat.record)) if heat else None
        except UnreadableRecord:  # as on its socket, it looks cold
            top = None
        return _record(page, top, "application/octet-stream")

    async def _breakdown(self, request: Request, grant: Grant) -> Response:
        page = self._permitted_page(request, grant, "detail")
        breakdown = self._breakdowns.of(page)
        return _record(page, breakdown.record if breakdown else None)

    async def _png(self, request: Request, grant: Grant) -> Response:
        page = self._permitted_page(request, grant, "png")
        options = picture_options(request.query_params, self._pages)
        heat, breakdown = self._warm.heat(page), self._breakdowns.of(page)
        return await self._pictures.answer(request, page, heat, breakdown, options)

    def _permitted_page(self, request: Request, grant: Grant, resource: str) -> str:
        """The page in a request's address, if the grant covers it."""
        path = request.scope["raw_path"].removeprefix(f"/_pageheat/{resource}".encode())
        page = requested_page(path, request.scope["query_string"], self._pages)
        require_page(grant, page)
        return page


def _record(page: str, record: bytes | None, media_type: str = "application/json") -> Response:
    """A page's record; 404 if the page is cold."""
    if record is None:
        return JSONResponse({"error": f"{page} is cold"}, 404, NOT_STORED)
    return Response(record, media_type=media_type, headers=NOT_STORED)
