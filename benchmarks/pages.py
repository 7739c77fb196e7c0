"""What does a page cost, and how much memory does it take?

The pure `Window` of 5 min/250 ms with 1, 100 and 10,000 equally busy warm pages: each has 300 events of 50
visitors in the window, in frames of two; one in fifty is a click on one of ten elements. As many events enter
as leave. Measured is the CPU time of an event: adding it, and its entering and leaving the window; only one
grid per step is made. If the cost per event stays the same, cost is linear. At the end all grids are made,
and their events must be those in the window.

Memory is the growth of the process (RSS) when its 10,000 pages are full, per page.

Not shown: writing the grids of many pages; see `overlap` (a grid) and `system`.
"""

import gc
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Benchmark, Context, Row, Values
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.records import Event, Frame, Page, Size, Target
from pageheat.services.runtime.settings import WindowSettings

WINDOW_MS, STEP_MS = 300_000, 250
EVENTS_A_PAGE, EVENTS_A_FRAME, FRAMES_A_VISITOR = 300, 2, 3
PAGES = (1, 100, 10_000)
MEMORY = "memory of a page"

ENOUGH_EVENTS, ENOUGH_STEPS = 60_000, 4 * WINDOW_MS // STEP_MS
"""Stop at whichever is reached first: a single page has few events."""

START_MS = 1_699_999_200_000


class Traffic:
    """Frames of that many pages, step by step."""

    def __init__(self, pages: int) -> None:
        defaults = WindowSettings()
        cells = CellNumbers(defaults.grid_size, defaults.bands)
        self.window = Window(0, 0, START_MS, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)
        self.events: list[int] = []  # by step
        self.took_s = 0.0
        self._random = random.Random(6)
        self._pages = [Page(f"/things/{i}", Size(1265, 4210), Size(1280, 720)) for i in range(pages)]
        self._targets = [Target(f"#offers>li:nth-of-type({i})>a", 0.3, 0.5) for i in range(1, 11)]
        self._frames_a_step = pages * EVENTS_A_PAGE * STEP_MS / WINDOW_MS / EVENTS_A_FRAME
        self._due = 0.0
        self._sent = 0

    def step(self) -> None:
        """Advance by a step."""
        self._due += self._frames_a_step
        frames = list(self._frames())
        first, window = self._sent - len(frames), self.window
        began_s = time.process_time()
        for offset, frame in enumerate(frames, first):
            window.add(offset, (0, offset), frame)
        next(window.advance(window.end_ms + STEP_MS), None)
        self.took_s += time.process_time() - began_s
        self.events.append(len(frames) * EVENTS_A_FRAME)

    def _frames(self) -> Iterator[Frame]:
        random_, received = self._random, self.window.end_ms + STEP_MS - 1
        while self._sent < self._due:
            turn, page = divmod(self._sent, len(self._pages))
            events = [
                Event(
                    "click", *self._place(), random_.randrange(STEP_MS), target=random_.choice(self._targets)
                )
                if random_.random() < 0.02
                else Event("move", *self._place(), random_.randrange(STEP_MS))
                for _ in range(EVENTS_A_FRAME)
            ]
            visitor = f"visitor-{page}-{turn // FRAMES_A_VISITOR}"
            yield Frame(1, "", received, self._pages[page], events, visitor, turn)
            self._sent += 1

    def _place(self) -> tuple[int, int]:
        return self._random.randrange(1265), self._random.randrange(4210)


def measured(pages: int) -> Values:
    """Measure the cost of an event with that many pages; with the most, also a page's memory."""
    traffic = Traffic(pages)
    before = resident()
    for _ in range(WINDOW_MS // STEP_MS):
        traffic.step()
    grown = resident() - before
    traffic.took_s = 0
    for steps in range(1, ENOUGH_STEPS + 1):
        traffic.step()
        events = sum(traffic.events[-steps:])
        if events >= ENOUGH_EVENTS:
            break
    took_s = traffic.took_s
    assert counted(traffic.window) == sum(traffic.events[1 - WINDOW_MS // STEP_MS :])
    values = {row(pages): took_s / events * 1e6}
    return values | ({MEMORY: grown / pages / 1e3} if pages == max(PAGES) else {})


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


def _one(_: Context) -> Values:
    return measured(PAGES[0])


def _hundred(_: Context) -> Values:
    return measured(PAGES[1])


def _many(_: Context) -> Values:
    return measured(PAGES[2])


BENCHMARK = Benchmark(
    "What does a page cost, and how much memory does it take?",
    dict(zip(map(row, PAGES), (_one, _hundred, _many), strict=True)),
    [
        Row(row(1), "µs an event", row(100)),
        Row(row(100), "µs an event"),
        Row(row(10_000), "µs an event", row(100), at_most=1),
        Row(MEMORY, "kB", at_most=20),
    ],
    rounds=3,
)
