"""How long does it take to draw the picture of a page from its counts, and how large is it?

Ten million clicks on a page of 1280 × 4000 px, in two spreads: nine million in 120 places of different weight
and one million anywhere; and all anywhere, whose noise is the worst case for a picture's size. Times are from
the counts per cell to the bytes of the PNG, as `pageheat render` draws it; the median of 15 in one process.
The PNG must have the page's size, and be hot and clear where the counts are. Target: default look, in places.

Not shown: counting clicks per cell, which is done once, and reading them from a file or from Kafka.
"""

import io
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.harness import Benchmark, Context, Row, Values
from pageheat.services.picture.drawing import Picture, draw
from pageheat.services.picture.options import Options
from pageheat.services.picture.spots import CELL_PX, Field, count_on_cells, spots

CLICKS = 10_000_000
WIDTH_PX, HEIGHT_PX = 1280, 4000
RUNS = 15

TARGET_MS, TARGET_KB = 100, 200

LOOKS = {
    "default": Options(),
    "linear": Options(scale="linear"),
    "moves, linear": Options(layer="moves", scale="linear"),
    "logarithmic": Options(scale="log"),
    "discs of 20 px": Options(profile="disc", radius=20),
    "with a legend": Options(legend="top-right"),
}

Positions = tuple[NDArray[np.int32], NDArray[np.int32]]
"""x and y, px."""


def in_places() -> Positions:
    """Return clicks that are mostly in places."""
    random = np.random.default_rng(7)
    share = random.pareto(1.2, 120)
    placed = CLICKS * 9 // 10
    per_place = random.multinomial(placed, share / share.sum())
    x = np.repeat(random.uniform(100, WIDTH_PX - 100, 120), per_place) + random.normal(0, 25, placed)
    y = np.repeat(HEIGHT_PX * random.beta(1, 2.2, 120), per_place) + random.normal(0, 12, placed)
    x = np.concatenate([x, random.uniform(0, WIDTH_PX, CLICKS - placed)])
    y = np.concatenate([y, random.uniform(0, HEIGHT_PX, CLICKS - placed)])
    return (
        np.clip(x, 0, WIDTH_PX - 1).astype(np.int32),
        np.clip(y, 0, HEIGHT_PX - 1).astype(np.int32),
    )


def anywhere() -> Positions:
    """Return evenly spread clicks."""
    random = np.random.default_rng(7)
    return (
        random.integers(0, WIDTH_PX, CLICKS, np.int32),
        random.integers(0, HEIGHT_PX, CLICKS, np.int32),
    )


SPREADS: dict[str, Callable[[], Positions]] = {"in places": in_places, "anywhere": anywhere}


def measure(spread: str, _: Context) -> Values:
    """Draw clicks of this spread in each look."""
    x, y = SPREADS[spread]()
    counts = count_on_cells(x, y, np.ones(len(x), np.int64), WIDTH_PX, HEIGHT_PX)
    values = {}
    for look, options in LOOKS.items():
        times_ms = []
        for _run in range(RUNS):
            began_s = time.perf_counter()
            field = spots(counts, WIDTH_PX, HEIGHT_PX, options.profile, options.radius)
            picture = draw(field, options)
            times_ms.append((time.perf_counter() - began_s) * 1e3)
        check(picture, field)
        values[f"{look}, {spread}"] = statistics.median(times_ms)
        values[f"{look}, {spread}: size"] = len(picture.png) / 1000
    return values


def check(picture: Picture, field: Field) -> None:
    """Assert that it counts all clicks, and that the hottest 1 % is no more transparent than the coldest."""
    assert picture.total == CLICKS
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.size == (WIDTH_PX, HEIGHT_PX)
        alpha = np.asarray(image.convert("RGBA"))[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX, 3].ravel()
    by_heat = np.argsort(field.values.ravel())
    few = len(by_heat) // 100
    assert alpha[by_heat[-few:]].mean() >= alpha[by_heat[:few]].mean()
    assert alpha[by_heat[-few:]].min() > 0


BENCHMARK = Benchmark(
    question=f"A picture of {CLICKS:,} clicks on {WIDTH_PX} × {HEIGHT_PX} px, from counts to PNG",
    cases={spread: partial(measure, spread) for spread in SPREADS},
    rows=[
        Row("default, in places", "ms", TARGET_MS, at_most=1),
        Row("default, in places: size", "kB", TARGET_KB, at_most=1),
        *(
            Row(f"{look}, {spread}{what}", unit, reference)
            for spread in SPREADS
            for look in LOOKS
            for what, unit, reference in (("", "ms", TARGET_MS), (": size", "kB", TARGET_KB))
            if (look, spread) != ("default", "in places")
        ),
    ],
    rounds=3,
)
