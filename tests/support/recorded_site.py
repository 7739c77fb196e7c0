"""The recordings as a site: their pages, screenshots and pointer positions."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import ViewportSize
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from tests.support.recordings import CHOSEN

GRID = 50


@dataclass(frozen=True)
class Recording:
    """A session: its window, the document's size, and the pointer's positions, px."""

    name: str
    window: ViewportSize
    width: int
    height: int
    moves: list[tuple[float, float]]
    click: tuple[float, float]
    clicked: list[str]
    """XPaths of the clicked elements; the first belongs to `click`."""

    @property
    def path(self) -> str:
        return CHOSEN.path(self.name)

    @property
    def saved_page(self) -> Path:
        return CHOSEN.folder / CHOSEN.pages / f"{self.name}.html"

    @property
    def screenshot(self) -> Path:
        return CHOSEN.folder / "full-page-screenshots" / f"{self.name}.{CHOSEN.picture}"

    def tile(self, x: float, y: float) -> tuple[int, int]:
        return min(int(GRID * x / self.width), GRID - 1), min(int(GRID * y / self.height), GRID - 1)


def recording(file: Path) -> Recording:
    """Read a session from its CSV file and its metadata."""
    metadata = (CHOSEN.folder / "trial-metadata" / f"{file.stem}.xml").read_text()
    size = re.search(r"<document>(\d+)x(\d+)</document>", metadata)
    window = re.search(r"<window>(\d+)x(\d+)</window>", metadata)
    assert size
    assert window
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    at = {
        event: [(float(row["xpos"]), float(row["ypos"])) for row in rows if row["event"] == event]
        for event in ("mousemove", "mousedown")
    }
    return Recording(
        file.stem,
        {"width": int(window[1]), "height": int(window[2])},
        int(size[1]),
        int(size[2]),
        at["mousemove"],
        at["mousedown"][0],
        [row["xpath"] for row in rows if row["event"] == "mousedown"],
    )


RECORDINGS = [recording(file) for file in CHOSEN.rows]


AS_VISITED = """<style>#xe7COe { display: none !important }</style>
<script>addEventListener("click", (event) => event.preventDefault(), true);</script>"""
"""Hides the consent dialog of AdSERP's saved pages, whose visitors had consented; disables links."""


def site_app(tracker: str) -> Starlette:
    """Return a site of the recordings' pages.

    `/FOLDER/<id>` is a page's screenshot in the document's size, or the saved page with `?saved`;
    `/visited/<id>` is the saved page with the tracker.
    """
    known = {one.name: one for one in RECORDINGS}

    async def page(request: Request) -> HTMLResponse:
        one = known[request.path_params["name"]]
        if "saved" in request.query_params:
            return HTMLResponse(one.saved_page.read_text(encoding="utf-8"))
        return HTMLResponse(
            "<!doctype html><title>Recording</title><style>body{margin:0}"
            f"div{{width:{one.width}px;height:{one.height}px;overflow:hidden}}img{{width:{one.window['width']}px}}</style>"
            f'<div><img src="/pictures/{one.name}"></div>'
        )

    async def visited(request: Request) -> HTMLResponse:
        saved = known[request.path_params["name"]].saved_page.read_text(encoding="utf-8")
        return HTMLResponse(saved.replace("</body>", f'{AS_VISITED}<script src="{tracker}"></script></body>'))

    async def picture(request: Request) -> FileResponse:
        return FileResponse(known[request.path_params["name"]].screenshot)

    return Starlette(
        routes=[
            Route(f"/{CHOSEN.folder.name}/{{name}}", page),
            Route("/visited/{name}", visited),
            Route("/pictures/{name}", picture),
        ]
    )
