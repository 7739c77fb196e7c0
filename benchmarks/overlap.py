"""Does an event cost more the more windows overlap?

The pure `Window` with one page, for windows of a minute to an hour and steps of 50 ms to 10 s: 6 to 72,000
windows overlap. In every other step as many events enter as leave, in frames; in the steps between none do,
and the page is only published: this gives the cost of a grid, which is reported separately and subtracted.
Each grid's number of events is asserted. CPU time of one process.

The test: a line is fitted to cost against the logarithm of the overlap, over five interleaved runs of all
cases, each cost divided by that of 5 min/250 ms in the same run. The 95 % confidence interval of its slope
(Student's t) must contain zero; slopes are in percent per doubling of the overlap.

Not shown: the fixed cost of a step. It does not depend on the window's length; here its events share it.
"""

import math
import random
import statistics
import time
from itertools import product

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.made import made
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.records import Frame, Page, Size
from pageheat.services.runtime.settings import WindowSettings

WINDOWS_MS = {"1 min": 60_000, "5 min": 300_000, "1 h": 3_600_000}
STEPS_MS = {"50 ms": 50, "250 ms": 250, "1 s": 1_000, "10 s": 10_000}
CASES = tuple(f"{window}/{step}" for window, step in product(WINDOWS_MS, STEPS_MS))
USUAL = "5 min/250 ms"
SLOPE, LEAST, GREATEST = "slope", "slope, at least", "slope, at most"

RUNS = 5
STEPS_A_RUN = 400
"""With events, and as many without."""

EVENTS_A_STEP, EVENTS_A_FRAME, VISITORS = 20, 4, 200
HOT_PX = 240
"""Events are in this corner of a document of 1,000 × 1,000 px, so all grids soon have the same size, 12 × 12
tiles."""

T_975 = 2.00
"""97.5 % quantile of Student's t with 58 degrees of freedom: 5 runs of 12 cases."""

START_MS = 1_699_999_200_000
"""A full hour."""


class Case:
    """One window length and step; the window stays full."""

    def __init__(self, name: str) -> None:
        window, _, step = name.partition("/")
        defaults = WindowSettings()
        cells = CellNumbers(defaults.grid_size, defaults.bands)
        self.event_us: list[float] = []
        self.grid_us: list[float] = []
        self._step_ms = STEPS_MS[step]
        self.overlap = WINDOWS_MS[window] // self._step_ms
        self._window = Window(
            0, 0, START_MS, window_ms=WINDOWS_MS[window], step_ms=self._step_ms, cells=cells
        )
        self._random = random.Random(6)
        self._frames = 0
        for _ in range(self.overlap // 2):
            self._step(with_events=True)
            self._step(with_events=False)

    def run(self) -> None:
        """Measure the cost of an event and of a grid."""
        events_s = grids_s = 0.0
        for _ in range(STEPS_A_RUN):
            events_s += self._step(with_events=True)
            grids_s += self._step(with_events=False)
        self.event_us.append((events_s - grids_s) / STEPS_A_RUN / EVENTS_A_STEP * 1e6)
        self.grid_us.append(grids_s / STEPS_A_RUN * 1e6)

    def _step(self, *, with_events: bool) -> float:
        """Advance by a step; return its CPU time, s."""
        window, first = self._window, self._frames
        frames = [self._frame() for _ in range(with_events * EVENTS_A_STEP // EVENTS_A_FRAME)]
        began_s = time.process_time()
        for offset, frame in enumerate(frames, first):
            window.add(offset, (0, offset), frame)
        window.touch("/")
        ((_, grid),) = window.advance(window.end_ms + self._step_ms)
        took_s = time.process_time() - began_s
        assert grid
        assert grid.totals.moves == min(self._frames * EVENTS_A_FRAME, self.overlap // 2 * EVENTS_A_STEP)
        return took_s

    def _frame(self) -> Frame:
        """Make a frame with events of the next step."""
        random_ = self._random
        moves = [
            (random_.randrange(HOT_PX), random_.randrange(HOT_PX), random_.randrange(self._step_ms))
            for _ in range(EVENTS_A_FRAME)
        ]
        received = self._window.end_ms + self._step_ms - 1
        visitor = f"visitor-{random_.randrange(VISITORS)}"
        self._frames += 1
        return made(received, Page("/", Size(1000, 1000)), visitor, self._frames, moves)


def interleaved(_: Context) -> Values:
    """Run all cases one after the other, RUNS times."""
    cases = {name: Case(name) for name in CASES}
    for _run in range(RUNS):
        for case in cases.values():
            case.run()
    x = [math.log2(case.overlap) for case in cases.values() for _run in range(RUNS)]
    usual_us = cases[USUAL].event_us
    y = [us / usual for case in cases.values() for us, usual in zip(case.event_us, usual_us, strict=True)]
    slope, error = line(x, y)
    values = {SLOPE: slope, LEAST: slope - T_975 * error, GREATEST: slope + T_975 * error}
    values = {name: 100 * value for name, value in values.items()}
    values |= {name: statistics.median(case.event_us) for name, case in cases.items()}
    return values | {grid_at(name): statistics.median(case.grid_us) for name, case in cases.items()}


def line(x: list[float], y: list[float]) -> tuple[float, float]:
    """Return the slope of the least-squares line, and its standard error."""
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    spread = sum((one - mean_x) ** 2 for one in x)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
    residual = sum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y, strict=True))
    return slope, math.sqrt(residual / (len(x) - 2) / spread)


def grid_at(name: str) -> str:
    return f"a grid at {name}"


BENCHMARK = Benchmark(
    "Does an event cost more the more windows overlap?",
    {"all": interleaved},
    [
        *(Row(name, "µs an event", None if name == USUAL else USUAL) for name in CASES),
        Row(SLOPE, "% a doubling"),
        Row(LEAST, "% a doubling", at_most=0),
        Row(GREATEST, "% a doubling", at_least=0),
        *(Row(grid_at(name), "µs a grid", None if name == USUAL else grid_at(USUAL)) for name in CASES),
    ],
    rounds=1,
)
