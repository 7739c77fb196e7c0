"""Serves the demo shop: its assets, and one document for all pages, which its script fills.

An unknown page gets the same document with status 404; the script shows an error page there.
"""

import html
import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pageheat.services.contract.script import DEFAULT
from pageheat.services.runtime import logs
from pageheat.services.runtime.settings import DemoSettings
from pageheat.services.runtime.web import answering, operational_routes, serve

SITE = Path(__file__).with_name("site")

TRACKER_MARK = "{{TRACKER_URL}}"
"""Placeholder of the tracker's URL in `index.html`, in its tag."""

HEADERS = {"Cache-Control": "no-cache"}
"""The shop may change at any time, so browsers revalidate at each use."""


class Assets(StaticFiles):
    """Static files that browsers revalidate at each use."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with our headers."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def page_paths() -> set[str]:
    """Return the paths of the shop's pages."""
    catalogue = (SITE / "assets" / "shop" / "catalogue.js").read_text(encoding="utf-8")
    slugs = re.findall(r'^\s+slug: "([a-z-]+)"', catalogue, re.MULTILINE)
    return {"/", "/basket", "/thanks", *(f"/products/{slug}" for slug in slugs)}


def application(ingest_url: str, tracker_path: str = DEFAULT.tracker) -> Starlette:
    """Return the shop, with a tracker that sends to ingest at `ingest_url`."""
    document = (SITE / "index.html").read_text(encoding="utf-8")
    document = document.replace(TRACKER_MARK, html.escape(ingest_url + tracker_path, quote=True))
    paths = page_paths()

    async def page(request: Request) -> Response:
        known = request.url.path in paths
        return HTMLResponse(document, 200 if known else 404, HEADERS)

    return Starlette(
        routes=[
            *operational_routes(ready=answering),
            Mount("/assets", Assets(directory=SITE / "assets")),
            Route("/{path:path}", page),
        ]
    )


def main() -> None:
    """Serve until SIGTERM."""
    settings = DemoSettings.load()
    logs.configure("demo", settings)
    serve(application(settings.ingest_url, settings.tracker_path), settings.bind_address, settings.demo_port)
