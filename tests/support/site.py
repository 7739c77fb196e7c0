"""A site whose pages include the tracker, on another origin than ingest."""

import asyncio
import html
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.server import Server

PAGES = Path(__file__).parent / "pages"

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens at the port of RFC 863."""


class Site:
    """Serves `pages/<name>.html` at any path that begins with `/<name>`.

    `<!-- tracker -->` in a page becomes the tracker's tag, with the query's attributes; INGEST becomes
    ingest's origin. What follows `<!-- later -->` is sent when `go_on` is set, as it is at first.
    """

    def __init__(self, ingest: str = NOWHERE) -> None:
        self.ingest = ingest
        self.go_on = threading.Event()
        self.go_on.set()
        self._server = Server(
            Starlette(routes=[Route("/favicon.ico", self._nothing), Route("/{path:path}", self._page)])
        )

    @property
    def origin(self) -> str:
        return self._server.origin

    def close(self) -> None:
        self.go_on.set()
        self._server.stop()

    async def _nothing(self, _: Request) -> Response:
        return Response(status_code=204)

    async def _page(self, request: Request) -> Response:
        name = request.path_params["path"].partition("/")[0]
        attributes = {"src": f"{self.ingest}/_pageheat/page.js", **request.query_params}
        written = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
        page = (PAGES / f"{name}.html").read_text(encoding="utf-8")
        page = page.replace("<!-- tracker -->", f"<script {written}></script>")
        page = page.replace("INGEST", self.ingest)
        first, marker, later = page.partition("<!-- later -->")
        if not marker:
            return HTMLResponse(page)

        async def parts() -> AsyncIterator[str]:
            yield first
            await asyncio.to_thread(self.go_on.wait)
            yield later

        return StreamingResponse(parts(), media_type="text/html")
