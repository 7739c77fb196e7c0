"""How long does it take from a visitor's pointer to the frame in which an analyst sees it?

Everything is real: a Kafka node, the services, the demo shop and the heat-map front end. One Chromium has a
visitor on the shop, with the tracker, and an analyst who watches the same page through the overlay. Meanwhile
500 simulated visitors browse the shop's other pages.

A sample begins with the browser's first pointer event on a cold tile, and ends when the analyst's page has
made the first frame in which that tile has heat; both by the browsers' monotonic clocks, which share an
origin. In "begins" the pointer was at rest: the tracker sends at once. In "moves on" it was moving and keeps
moving: the tracker takes eight samples and sends four frames per second. The time at rest or in motion before
a sample is random, so samples start at any phase of the tracker's interval and of the step. The medians of
the stages in between are reported as well (`stages.py`).

Not shown: the time until the screen shows a frame, a visitor's own network, a GPU.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browser import launch
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka
from benchmarks.stages import GRID, STAGES, Seen, Stages, Tile, stages_of
from pageheat.kafka.ports import free_port
from pageheat.parent import ending_with_parent
from pageheat.services.contract.records import ROW_PX
from pageheat.services.runtime.settings import WindowSettings
from tests.support.system import running

SAMPLES = 80
"""Of each kind."""

BACKGROUND = 500
ARRIVED_S = 15
"""The background visitors arrive one by one, 20 ms apart."""

STEP_MS = WindowSettings.model_fields["step_ms"].default

PATH = "/thanks"
"""A page that no simulated visitor opens."""

WIDTH_PX, HEIGHT_PX = 1280, 1400
"""Size of the windows, which show the whole page."""

APART = 3
"""Distance of two samples, tiles; START is not a sample's tile."""

BELOW = 4
"""The first row of tiles below the shop's header. What does not scroll is drawn on a canvas of its own."""

NEAR_PX = 3
"""Distance of a point from where it is looked for, so that it is on the same tile and row."""

SEEN_MS = 30_000
"""Deadline for the heat of a sample."""

RESTING_S = (0.8, 1.3)
"""Before a sample: longer than any of the tracker's intervals."""

MOVE_S = (0.015, 0.025)
"""Between two points of a moving hand."""

START, MOVES_BEFORE = (0, 0), (30, 60)
"""Where a hand moves before a sample, and for how many points: longer than two of the tracker's intervals."""

MOVES = 50
"""Points on a sample's tile."""

POINTER = """
addEventListener("pointermove", (event) => {
  (window.pointed ??= []).push(performance.timeOrigin + event.timeStamp);
}, { capture: true });
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  (window.sent ??= []).push(performance.timeOrigin + performance.now());
  return send.call(this, data);
};
"""
"""In the visitor's page: notes the times of pointer events, and of messages sent."""

VIEWER = """
sessionStorage.setItem("pageheat", JSON.stringify({
  layer: "moves", smooth: false, fixed: true, maximum: { moves: 1, clicks: 1, rage: 1, dead: 1, dwell: 1 },
}));
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    this.addEventListener("message", () => {
      (window.received ??= []).push(performance.timeOrigin + performance.now());
    });
  }
};
const behind = new MessageChannel();
window.seen = (x, y, within) => new Promise((done, fail) => {
  const last = performance.now() + within;
  const canvas = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".heat");
  const alpha = () => {
    const column = Math.floor(x * canvas.width), row = Math.floor(y * canvas.height);
    return canvas.getContext("2d").getImageData(column, row, 1, 1).data[3];
  };
  if (alpha() !== 0) throw new Error(`the tile at ${x}, ${y} is not cold`);
  // After all work of a frame.
  behind.port1.onmessage = () => {
    if (alpha() !== 0) done(performance.timeOrigin + performance.now());
    else if (performance.now() > last) fail(new Error(`no heat at ${x}, ${y}`));
    else requestAnimationFrame(() => behind.port2.postMessage(0));
  };
  behind.port2.postMessage(0);
});
"""
"""In the analyst's page: notes the times of messages received, and of the first frame in which a place has
heat. It shows plain cells on a scale that one move fills: otherwise one move next to 100 is invisible."""

KINDS = ("begins", "moves on")


@dataclass
class Sample:
    """A tile, and the times (ms since the epoch) of the pointer's arrival and of the frame that shows it."""

    tile: Tile
    pointed_ms: float
    drawn_ms: float


class Hand:
    """The visitor's hand on the mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page
        size = page.evaluate(
            "() => { const it = document.documentElement; return [it.scrollWidth, it.scrollHeight] }"
        )
        assert size[0] <= WIDTH_PX, size
        assert size[1] <= HEIGHT_PX, size
        self._size = size
        self._random = Random(8)

    def place(self, tile: Tile) -> Sequence[float]:
        """The middle of the row (ROW_PX) that is drawn for a tile's center, as parts of the page's size."""
        column, down = tile
        row = int((down + 0.5) / GRID * self._size[1] // ROW_PX)
        return (column + 0.5) / GRID, (row + 0.5) * ROW_PX / self._size[1]

    def move_to(self, tile: Tile) -> None:
        """Move to a point near there."""
        x, y = (part * px for part, px in zip(self.place(tile), self._size, strict=True))
        near = partial(self._random.uniform, -NEAR_PX, NEAR_PX)
        self.page.mouse.move(x + near(), y + near())

    def move_about(self) -> None:
        """Move for a while where no sample is."""
        self.move_on(START, self._random.randint(*MOVES_BEFORE))

    def move_on(self, tile: Tile, moves: int) -> None:
        """Move back and forth on a tile."""
        for _ in range(moves):
            self.move_to(tile)
            time.sleep(self._random.uniform(*MOVE_S))

    def rest(self) -> None:
        """Keep still for a while."""
        time.sleep(self._random.uniform(*RESTING_S))


def take(hand: Hand, analyst: Page, tile: Tile, *, moving: bool) -> Sample:
    """Move the pointer to a cold tile and wait until the tile has heat."""
    if moving:
        hand.move_about()
    else:
        hand.rest()
    analyst.evaluate("(how) => { window.watching = seen(...how) }", [*hand.place(tile), SEEN_MS])
    before = hand.page.evaluate("(window.pointed ??= []).length")
    hand.move_to(tile)
    if moving:
        hand.move_on(tile, MOVES)
    drawn_ms = analyst.evaluate("watching")
    return Sample(tile, hand.page.evaluate(f"pointed[{before}]"), drawn_ms)


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka() as broker:
        yield {"broker": broker}


def run(context: Context) -> Values:
    """Take all samples."""
    broker = context["broker"]
    demo_port = str(free_port())
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(broker=broker), Path(folder)) as system,
    ):
        services = system.start_all(ORIGINS=f"http://127.0.0.1:{demo_port}")
        ingest, broadcaster = services["ingest"].address, services["broadcaster"].address
        demo = system.start("demo", DEMO_PORT=demo_port, INGEST_URL=f"http://{ingest}").wait_until_healthy()
        heatmap = system.start(
            "heatmap", SITE_URL=f"http://{demo.address}", BROADCASTER_URL=f"http://{broadcaster}"
        ).wait_until_healthy()
        command = [
            "-m",
            "pageheat",
            "simulate",
            "--visitors",
            str(BACKGROUND),
            "--ingest",
            f"http://{ingest}",
        ]
        background = subprocess.Popen(
            ending_with_parent([sys.executable, *command]), stdout=subprocess.DEVNULL
        )
        stages = Stages(broker, PATH)
        try:
            time.sleep(ARRIVED_S)
            stages.start()
            with sync_playwright() as playwright, launch(playwright) as browser:
                visitor = open_(browser, f"http://{demo.address}{PATH}", POINTER)
                analyst = open_(browser, f"http://{heatmap.address}{PATH}", VIEWER)
                analyst.wait_for_function(
                    "document.querySelector('pageheat-overlay')?.shadowRoot.querySelector('.heat')"
                )
                hand = Hand(visitor)
                places = range(APART // 2, GRID, APART)
                below = [row for row in places if row >= BELOW]
                tiles = Random(9).sample([*product(places, below)], 2 * SAMPLES)
                samples = {
                    "begins": [take(hand, analyst, tile, moving=False) for tile in tiles[:SAMPLES]],
                    "moves on": [take(hand, analyst, tile, moving=True) for tile in tiles[SAMPLES:]],
                }
                sent, received = visitor.evaluate("sent"), analyst.evaluate("received")
            assert background.poll() is None, "the simulated visitors have ended"
        finally:
            background.terminate()
            background.wait()
            stages.stop()
    return values_of(samples, sent, received, stages.seen)


def open_(browser: Browser, address: str, script: str) -> Page:
    """Open a page in its own window."""
    page = browser.new_context(viewport={"width": WIDTH_PX, "height": HEIGHT_PX}).new_page()
    page.add_init_script(script)
    answer = page.goto(address)
    assert answer, address
    assert answer.ok, f"{address}: {answer.status} {answer.text()}"
    return page


def values_of(
    samples: Mapping[str, Sequence[Sample]],
    sent: Sequence[float],
    received: Sequence[float],
    seen: Mapping[str, Sequence[Seen]],
) -> Values:
    """Return the rows."""
    values: dict[str, float] = {}
    for kind, of_kind in samples.items():
        latencies_ms = [sample.drawn_ms - sample.pointed_ms for sample in of_kind]
        stages_ms = np.array(
            [
                [*stages_of(sample.tile, sample.pointed_ms, sample.drawn_ms, sent, received, seen)]
                for sample in of_kind
            ]
        )
        values |= {f"{kind}: p{percent}": float(np.percentile(latencies_ms, percent)) for percent in (50, 99)}
        values |= {
            f"{kind}: {stage}": float(ms)
            for stage, ms in zip(STAGES, np.median(stages_ms, axis=0), strict=True)
        }
    return values


BENCHMARK = Benchmark(
    question=f"From the pointer to the overlay, in Chromium, beside {BACKGROUND} visitors",
    cases={"all": run},
    rows=[
        *(
            Row(f"{kind}: p{percent}", "ms", STEP_MS, at_most=most)
            for kind in KINDS
            for percent, most in ((50, 1.5), (99, 3))
        ),
        *(Row(f"{kind}: {stage}", "ms") for kind in KINDS for stage in STAGES),
    ],
    prepare=prepare,
    rounds=1,
)
