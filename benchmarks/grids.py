"""What does the grid of a busy page cost, if all its tiles are warm?

*A grid*: a page of 4,210 px with 12,000 events in the window, so that all of its 2,500 tiles are warm. Ten
events enter the page's counts, or leave them, and its grid is made and encoded.

*Every grid*: the pure `Window` of 5 min/250 ms with ten such pages, 40 events a second each, one event a
frame. It yields every page's grid at every step, as Quix Streams' window does, and each grid is encoded.
Measured are the events per second of CPU time, from their frames to the bytes, with as many entering as
leaving.

*Of different heights*: the same, but visitors' documents differ in height, so that the tiles are cut anew
from each step's newest height.

The last grid of each page is compared with a recount from its events. CPU time of one process.
"""

import random
import time
from collections import Counter, deque
from collections.abc import Iterator

import numpy as np

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.made import made
from pageheat.services.aggregator.grid import CellNumbers, Integers, tile
from pageheat.services.aggregator.page import PageCounts, WindowBounds, grids
from pageheat.services.aggregator.window import Window
from pageheat.services.contract import packed_rows
from pageheat.services.contract.records import Frame, Page, Size, decode_grid, encode
from pageheat.services.contract.tutorial import tile_counts
from pageheat.services.runtime.settings import WindowSettings

WINDOW_MS, STEP_MS = 300_000, 250
WIDTH_PX, HEIGHT_PX = 1265, 4210
OTHER_HEIGHTS_PX = (4_010, 4_210, 5_470)
EVENTS_A_PAGE, EVENTS_A_STEP, PAGES = 12_000, 10, 10
GRIDS, STEPS = 4_000, 400

ALL_WARM = 2_300
"""12,000 events at random leave 20 of 2,500 tiles cold on average, on different heights 140."""

DEFAULTS = WindowSettings()
CELLS = CellNumbers(DEFAULTS.grid_size, DEFAULTS.bands)


def shown(record: bytes) -> tuple[dict[int, dict[int, int]], Size]:
    """Return the moves by tile that the tutorial's viewers get, and the page's size."""
    grid = decode_grid(record)
    assert grid.page
    return tile_counts(grid.value, grid.grid_size), grid.page


# A grid


def cells_of(x: list[float], y: list[float]) -> tuple[Integers, Integers]:
    """Return the cells of moves, in order, and the number of events of each."""
    nothing = np.zeros(len(x), np.int64)
    across, heights = np.array(x) / WIDTH_PX, np.full(len(x), float(HEIGHT_PX))
    return np.unique(CELLS.on_page(nothing, nothing, across, np.array(y), heights), return_counts=True)


def one_grid(_: Context) -> Values:
    """Measure a page's grid."""
    random_ = random.Random(6)
    page = PageCounts(0, "/")
    page.size = Size(WIDTH_PX, HEIGHT_PX)
    page.enter_height(HEIGHT_PX, 0)
    bounds = WindowBounds(0, WINDOW_MS, 0, EVENTS_A_PAGE)

    def grid() -> bytes:
        ((_, made),) = grids([page], CELLS.grid_size, bounds, STEP_MS)
        return encode(made)

    def some(count: int) -> tuple[Integers, Integers]:
        x, y = ([random_.uniform(0, px) for _ in range(count)] for px in (WIDTH_PX, HEIGHT_PX))
        return cells_of(x, y)

    page.events = EVENTS_A_PAGE + GRIDS * EVENTS_A_STEP
    page.count(*some(EVENTS_A_PAGE))
    changes = [some(EVENTS_A_STEP) for _ in range(GRIDS // 2)]
    began_s = time.process_time()
    for cells, numbers in changes:
        page.count(cells, numbers)
        grid()
        page.uncount(cells, numbers)
        record = grid()
    took_s = time.process_time() - began_s
    moves = shown(record)[0]
    assert sum(sum(rows.values()) for rows in moves.values()) == EVENTS_A_PAGE
    assert sum(map(len, moves.values())) > ALL_WARM
    return {GRID: took_s / GRIDS * 1e6}


# Every grid


class Traffic:
    """Frames of all pages, step by step, and the tiles of those in the window."""

    def __init__(self, heights_px: tuple[int, ...]) -> None:
        self.window = Window(0, 0, 0, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=CELLS)
        self._random = random.Random(6)
        self._views = [
            [Page(f"/things/{i}", Size(WIDTH_PX, px), Size(1280, 720)) for px in heights_px]
            for i in range(PAGES)
        ]
        self._sent = 0
        self.steps = deque[list[Frame]](maxlen=WINDOW_MS // STEP_MS)

    def step(self) -> float:
        """Advance by a step and encode its grids; return the CPU time, s."""
        self.steps.append(list(self._frames()))
        first, window = self._sent - len(self.steps[-1]), self.window
        self.last: dict[str, bytes] = {}
        began_s = time.process_time()
        for offset, frame in enumerate(self.steps[-1], first):
            window.add(offset, (0, offset), frame)
        for key, grid in window.advance_by_step(window.end_ms + STEP_MS):
            self.last[key] = encode(grid)
        return time.process_time() - began_s

    def _frames(self) -> Iterator[Frame]:
        random_, received = self._random, self.window.end_ms + STEP_MS - 1
        for _ in range(EVENTS_A_STEP):
            for views in self._views:
                page = random_.choice(views)
                assert page.document
                x, y = random_.randrange(WIDTH_PX), random_.randrange(int(page.document.height))
                visitor = f"visitor-{random_.randrange(50)}"
                yield made(received, page, visitor, self._sent, [(x, y, random_.randrange(STEP_MS))])
                self._sent += 1

    def check(self) -> None:
        """Assert that the last grids equal a recount."""
        frames = [frame for frames in self.steps for frame in frames]
        heights = {frame.page.document.height for frame in frames if frame.page.document}
        for key, record in self.last.items():
            value, page = shown(record)
            expected: Counter[tuple[int, int]] = Counter()
            for frame in frames:
                if frame.key == key and frame.page.document:
                    event, height = next(packed_rows.events(frame)), frame.page.document.height
                    y = event.y
                    if len(heights) > 1:
                        y, height = event.y // 20 * 20 + 10, page.height
                    expected[tile(event.x, WIDTH_PX, 50), tile(y, height, 50)] += 1
            got = {(x, y): n for x, rows in value.items() for y, n in rows.items()}
            assert got == expected
            assert len(got) > ALL_WARM


def every_grid(name: str, heights_px: tuple[int, ...]) -> Values:
    """Measure a window that yields all grids at all steps."""
    traffic = Traffic(heights_px)
    for _ in range(WINDOW_MS // STEP_MS):
        traffic.step()
    took_s = sum(traffic.step() for _ in range(STEPS))
    traffic.check()
    return {name: STEPS * EVENTS_A_STEP * PAGES / took_s}


def _alike(_: Context) -> Values:
    return every_grid(EVERY, (HEIGHT_PX,))


def _different(_: Context) -> Values:
    return every_grid(DIFFERENT, OTHER_HEIGHTS_PX)


GRID = "grid of 2,500 tiles, 10 changed"
EVERY = "every grid at every step"
DIFFERENT = "every grid at every step, of different heights"

BENCHMARK = Benchmark(
    "What does the grid of a busy page cost, if all its tiles are warm?",
    {"grid": one_grid, "alike": _alike, "different": _different},
    [
        Row(GRID, "µs a grid", at_most=40),
        Row(EVERY, "events/s", at_least=100_000),
        Row(DIFFERENT, "events/s"),
    ],
    rounds=3,
)
