"""How long does the overlay take to draw a grid on a page of 1440 × 4000 px, in Chromium?

The heat-map front end's overlay covers a page with 100 elements. Ten times a second it gets a new grid in
which every place (50 columns, 200 rows) is warm and changed, and once a second a new breakdown in which each
element has clicks on 40 spots. It shows the moves, the clicks on elements, or both, in the default look.

Chromium's trace gives the main thread's work per frame: the tasks in which messages arrive (decode, update
the state, write the panel), and the frame's own task (the tiles' canvas or the elements' canvases, style,
layout and paint). Of the frames from one grid to the next, the longest counts. Times are wall-clock times;
the thread's CPU time is reported next to them, as other load affects it less. "Busy" is the main thread's CPU
time including all frames in which heat is eased.
There is no GPU: the CPU composes frames on other threads, which limits the frames per second.
Every tile, and every element in the window, must be drawn, and each grid received.

Not shown: a real GPU, and the page's own work between two frames.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from benchmarks.browser import launch
from benchmarks.harness import Benchmark, Context, Row, Values
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.contract.records import ROW_PX, SPOTS, Breakdown, Grid, Size
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.broadcaster import NOW_MS, Broadcaster, make_band, make_detail, make_grid, on_element
from tests.support.fine import fine
from tests.support.server import Server

WIDTH_PX, HEIGHT_PX, VIEWPORT_PX = 1440, 4000, 900
ELEMENTS, PLACES = 100, 40
GRIDS, GRID_S = 300, 0.1
"""Enough for a 99th percentile; faster than the services' four per second."""

FRAME_MS = 16.7

SHOWN = {"moves": "moves", "clicks on elements": "clicks", "both": "both"}
"""Case → the layer that the analyst chose."""

PAGE = f"""<!doctype html><meta charset="utf-8"><title>Page</title>
<style>
  html, body {{ margin: 0; width: {WIDTH_PX}px; height: {HEIGHT_PX}px; overflow-x: hidden }}
  main {{ display: grid; grid-template-columns: repeat(4, 340px); grid-auto-rows: 140px; gap: 20px }}
  main > * {{ border: 1px solid #aaa; border-radius: 6px; background: #eef }}
</style>
<body><main>{"".join(f'<button id="b{n}">Thing {n}</button>' for n in range(ELEMENTS))}</main>"""

DRAWN = """() => {
  const opacities = (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((_, at) => at % 4 === 3);
  };
  const { shadowRoot } = document.querySelector("pageheat-overlay");
  const spots = [...shadowRoot.querySelectorAll(".spots")];
  const seen = spots.filter((canvas) => {
    const { top, bottom } = canvas.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const { scrollWidth, scrollHeight } = document.documentElement;
  return {
    size: [scrollWidth, scrollHeight],
    tiles: opacities(shadowRoot.querySelector(".heat")).reduce((least, it) => Math.min(least, it), 255),
    elements: spots.length,
    seen: seen.length,
    cold: seen.filter((canvas) => opacities(canvas).every((it) => it === 0)).length,
  };
}"""
"""The page's size, the minimum opacity of the tiles' canvas, and the numbers of elements with heat, of those
in the window, and of those in the window that are not drawn."""

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "__metadata"]


class Task(NamedTuple):
    """A task of the main thread, µs: end, wall-clock time, CPU time."""

    end: float
    took: float
    cpu: float


def grids(random: Random) -> list[Grid]:
    """Return grids in which every cell is warm, each different from the one before."""
    cells = [(row, column) for row in range(HEIGHT_PX // ROW_PX) for column in range(50)]
    size = Size(WIDTH_PX, HEIGHT_PX)
    return [
        make_grid(
            {(25, 25): 1},
            size=size,
            end=NOW_MS + 250 * number,
            counts=fine(moves={cell: random.randint(1, 400) for cell in cells}),
        )
        for number in range(8)
    ]


def breakdowns(random: Random) -> list[Breakdown]:
    """Return breakdowns with clicks all over each element."""

    def clicks() -> dict[tuple[int, int], int]:
        return {
            (random.randrange(SPOTS), random.randrange(SPOTS)): random.randint(1, 9) for _ in range(PLACES)
        }

    return [
        make_detail(make_band("desktop", *(on_element(f"#b{n}", clicks()) for n in range(ELEMENTS))))
        for _ in range(4)
    ]


def draw(shown: str, _: Context) -> Values:
    """Let the overlay draw, and read the trace."""
    random = Random(50)
    made, broken_down = grids(random), breakdowns(random)
    broadcaster = Broadcaster()
    site = Server(Starlette(routes=[Route("/{path:path}", _page)]))
    front_end = Server(
        create_app(HeatmapSettings.load(site_url=site.origin, broadcaster_url=broadcaster.origin))
    )
    try:
        with sync_playwright() as playwright, launch(playwright) as browser:
            page = browser.new_page(viewport={"width": WIDTH_PX, "height": VIEWPORT_PX})
            page.add_init_script(f"sessionStorage.setItem('pageheat', '{{\"layer\":\"{SHOWN[shown]}\"}}')")
            page.goto(f"{front_end.origin}/long")
            broadcaster.wait_for_viewers("/long")
            broadcaster.show("/long", made[-1])
            broadcaster.tell("/long", broken_down[-1])
            page.wait_for_timeout(2_000)
            browser.start_tracing(page=page, categories=CATEGORIES)
            for number in range(GRIDS):
                broadcaster.show("/long", made[number % len(made)])
                if number % 10 == 0:
                    broadcaster.tell("/long", broken_down[number // 10 % len(broken_down)])
                page.wait_for_timeout(GRID_S * 1e3)
            trace = json.loads(browser.stop_tracing())["traceEvents"]
            check(page, shown)
    finally:
        for server in (front_end, site):
            server.stop()
        broadcaster.close()
    return values_of(shown, trace)


async def _page(_: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def check(page: Page, shown: str) -> None:
    """Assert that all heat is drawn, at the page's top and at its bottom."""
    for place_px in (0, HEIGHT_PX - VIEWPORT_PX):
        page.evaluate("(y) => scrollTo(0, y)", place_px)
        page.wait_for_function(f"() => ({DRAWN})().cold === 0")
        drawn = page.evaluate(DRAWN)
        assert drawn["size"] == [WIDTH_PX, HEIGHT_PX], drawn
        assert (drawn["tiles"] > 0) == (shown != "clicks on elements"), drawn
        assert drawn["elements"] == (0 if shown == "moves" else ELEMENTS), drawn
        assert (drawn["seen"] > 20) == (shown != "moves"), drawn


def tasks(trace: Sequence[Mapping[str, Any]], event: str) -> list[Task]:
    """Return the tasks of the page's main thread that contain such an event."""
    received = next(each for each in trace if each["name"] == "WebSocketReceive")
    own = [each for each in trace if (each["pid"], each["tid"]) == (received["pid"], received["tid"])]
    whole = sorted((each for each in own if each["name"] == "RunTask" and each["ph"] == "X"), key=_begin)
    begins = [_begin(each) for each in whole]
    within = {bisect_left(begins, _begin(each)) - 1 for each in own if each["name"] == event}
    return [
        Task(_begin(task) + task["dur"], task["dur"], task.get("tdur", 0))
        for task in (whole[number] for number in sorted(within))
    ]


def _begin(event: Mapping[str, Any]) -> float:
    return float(event["ts"])


def values_of(shown: str, trace: Sequence[Mapping[str, Any]]) -> Values:
    """Return the rows of one case."""
    messages, frames = tasks(trace, "WebSocketReceive"), tasks(trace, "FireAnimationFrame")
    ends = [frame.end for frame in frames]
    received: dict[int, list[Task]] = {}  # by the number of the frame after it
    for message in messages:
        received.setdefault(bisect_left(ends, message.end), []).append(message)
    received.pop(len(frames), None)
    assert sum(event["name"] == "WebSocketReceive" for event in trace) >= GRIDS
    assert len(received) > GRIDS / 2, "the machine is too busy: grids arrive faster than frames"
    took: list[float] = []
    cpu: list[float] = []
    for number in range(min(received), len(frames)):
        parts = [frames[number], *received.get(number, ())]
        took_ms, cpu_ms = sum(part.took for part in parts) / 1e3, sum(part.cpu for part in parts) / 1e3
        if number in received:
            took.append(took_ms)
            cpu.append(cpu_ms)
        else:
            took[-1], cpu[-1] = max(took[-1], took_ms), max(cpu[-1], cpu_ms)
    busy = [task.cpu for task in tasks(trace, "RunTask")]
    values = {
        "p99": float(np.percentile(took, 99)),
        "median": float(np.percentile(took, 50)),
        "CPU, p99": float(np.percentile(cpu, 99)),
        "CPU, median": float(np.percentile(cpu, 50)),
        "main thread busy": 100 * sum(busy) / (ends[-1] - ends[0]),
        "frames": len(frames) / (ends[-1] - ends[0]) * 1e6,
    }
    return {f"{shown}: {name}": value for name, value in values.items()}


BENCHMARK = Benchmark(
    question=f"The overlay: main thread's time to draw a grid on {WIDTH_PX} × {HEIGHT_PX} px, in Chromium",
    cases={shown: partial(draw, shown) for shown in SHOWN},
    rows=[
        *(Row(f"{shown}: p99", "ms", FRAME_MS, at_most=1) for shown in SHOWN),
        *(
            Row(f"{shown}: {name}", unit)
            for shown in SHOWN
            for name, unit in (
                ("median", "ms"),
                ("CPU, p99", "ms"),
                ("CPU, median", "ms"),
                ("main thread busy", "%"),
                ("frames", "frames/s"),
            )
        ),
    ],
    rounds=2,
)
