"""What does a page cost, and how much memory does it take?

The pure `Window` of 5 min/250 ms with 1, 100 and 10,000 equally busy warm pages: each has 300 events of 50
visitors in the window, in frames of two; one in fifty is a click on one of ten elements. As many events enter
as leave. Measured is the CPU time of an event: adding it, and its entering and leaving the window; no grid is
made. If the cost per event stays the same, cost is linear. At the end all grids are made, and their events
must be those in the window.

A dense page has 12,000 events in the window, on all of its 2,500 tiles. Of 100 such pages every step's grids
are made and encoded; an event's cost includes its share of them.

Memory is the growth of the process (RSS) when its pages are full, per page.

Not shown: writing the grids to Kafka; see `grids` and `system`.
"""

import gc
import os
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.made import made
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.records import Event, Frame, Page, Size, Target, encode
from pageheat.services.runtime.settings import WindowSettings

WINDOW_MS, STEP_MS = 300_000, 250
EVENTS_A_PAGE, EVENTS_A_FRAME, FRAMES_A_VISITOR = 300, 2, 3
PAGES = (1, 100, 10_000)
EVENTS_A_DENSE_PAGE, DENSE_PAGES = 12_000, 100
MEMORY, DENSE_MEMORY = "memory of a page", "memory of a dense page"

ENOUGH_EVENTS, ENOUGH_STEPS = 60_000, 4 * WINDOW_MS // STEP_MS
"""Stop at whichever is reached first: a single page has few events."""

START_MS = 1_699_999_200_000


class Traffic:
    """Frames of that many pages, step by step."""

    def __init__(self, pages: int, events_a_page: int) -> None:
        defaults = WindowSettings()
        cells = CellNumbers(defaults.grid_size, defaults.bands)
        self.window = Window(0, 0, START_MS, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)
        self.events: list[int] = []  # by step
        self.took_s = 0.0
        self._random = random.Random(6)
        self._pages = [Page(f"/things/{i}", Size(1265, 4210), Size(1280, 720)) for i in range(pages)]
        self._targets = [Target(f"#offers>li:nth-of-type({i})>a", 0.3, 0.5) for i in range(1, 11)]
        self._frames_a_step = pages * events_a_page * STEP_MS / WINDOW_MS / EVENTS_A_FRAME
        self._due = 0.0
        self._sent = 0

    def step(self, *, all_grids: bool = False) -> None:
        """Advance by a step; make no grid, or make and encode all."""
        self._due += self._frames_a_step
        frames = list(self._frames())
        first, window = self._sent - len(frames), self.window
        began_s = time.process_time()
        for offset, frame in enumerate(frames, first):
            window.add(offset, (0, offset), frame)
        grids = window.advance(window.end_ms + STEP_MS)
        if all_grids:
            for _, grid in grids:
                assert grid
                encode(grid)
        self.took_s += time.process_time() - began_s
        self.events.append(len(frames) * EVENTS_A_FRAME)

    def _frames(self) -> Iterator[Frame]:
        random_, received = self._random, self.window.end_ms + STEP_MS - 1
        while self._sent < self._due:
            turn, page = divmod(self._sent, len(self._pages))
            moves: list[tuple[int, int, int]] = []
            clicks: list[Event] = []
            for _ in range(EVENTS_A_FRAME):
                place = *self._place(), random_.randrange(STEP_MS)
                if random_.random() < 0.02:
                    clicks.append(Event("click", *place, target=random_.choice(self._targets)))
                else:
                    moves.append(place)
            visitor = f"visitor-{page}-{turn // FRAMES_A_VISITOR}"
            yield made(received, self._pages[page], visitor, turn, moves, clicks)
            self._sent += 1

    def _place(self) -> tuple[int, int]:
        return self._random.randrange(1265), self._random.randrange(4210)


def measured(
    pages: int, events_a_page: int = EVENTS_A_PAGE, *, all_grids: bool = False
) -> tuple[float, float]:
    """Measure the cost of an event with that many pages, µs, and the memory of a page, kB."""
    traffic = Traffic(pages, events_a_page)
    before = resident()
    for _ in range(WINDOW_MS // STEP_MS):
        traffic.step()
    traffic.step(all_grids=all_grids)
    grown = resident() - before
    traffic.took_s = 0
    for steps in range(1, ENOUGH_STEPS + 1):
        traffic.step(all_grids=all_grids)
        events = sum(traffic.events[-steps:])
        if events >= ENOUGH_EVENTS:
            break
    took_s = traffic.took_s
    assert counted(traffic.window) == sum(traffic.events[1 - WINDOW_MS // STEP_MS :])
    return took_s / events * 1e6, grown / pages / 1e3


def counted(window: Window) -> int:
    """Return the events in all grids, one step later."""
    window.touch()
    grids = (grid for _, grid in window.advance(window.end_ms + STEP_MS) if grid)
    return sum(grid.totals.moves + grid.totals.clicks for grid in grids)


def resident() -> int:
    """Return this process' resident memory, bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def row(pages: int) -> str:
    return f"{pages:,} page{'s' if pages > 1 else ''}"


def _few(pages: int, _: Context) -> Values:
    return {row(pages): measured(pages)[0]}


def _many(_: Context) -> Values:
    cost, memory = measured(PAGES[-1])
    return {row(PAGES[-1]): cost, MEMORY: memory}


def _dense(_: Context) -> Values:
    cost, memory = measured(DENSE_PAGES, EVENTS_A_DENSE_PAGE, all_grids=True)
    return {DENSE: cost, DENSE_MEMORY: memory}


DENSE = f"{DENSE_PAGES} dense pages, all grids"

BENCHMARK = Benchmark(
    "What does a page cost, and how much memory does it take?",
    {row(1): partial(_few, 1), row(100): partial(_few, 100), row(10_000): _many, DENSE: _dense},
    [
        Row(row(1), "µs an event", row(100)),
        Row(row(100), "µs an event"),
        Row(row(10_000), "µs an event", row(100), at_most=1),
        Row(DENSE, "µs an event"),
        Row(MEMORY, "kB", at_most=20),
        Row(DENSE_MEMORY, "kB"),
    ],
    rounds=3,
)
