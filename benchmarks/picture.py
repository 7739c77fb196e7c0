"""How long does the picture of a page take, once its events are counted, and how large is it?

Ten million clicks on a page of 1280 × 4000 px: nine in 120 places of unlike weight, one anywhere; and all
anywhere, whose noise is the most that a picture can have to tell. Times are from the counts on cells to the
bytes of the PNG, as `pageheat render` draws it; best and median of 15.

    python benchmarks/picture.py
"""

import platform
import statistics
import time
import zlib

import numpy as np
import PIL

from services.picture.drawing import draw
from services.picture.options import Options
from services.picture.spots import count_on_cells, spots

WIDTH_PX, HEIGHT_PX = 1280, 4000
RUNS = 15

LOOKS = {
    "as it is by default": Options(),
    "linear": Options(scale="linear"),
    "moves, linear": Options(layer="moves", scale="linear"),
    "logarithmic": Options(scale="log"),
    "discs of 20 px": Options(profile="disc", radius=20),
    "with a legend": Options(legend="top-right"),
}


def in_places() -> tuple[np.ndarray, np.ndarray]:
    """Positions, px, most of them in places."""
    random = np.random.default_rng(7)
    share = random.pareto(1.2, 120)
    per_place = random.multinomial(9_000_000, share / share.sum())
    x = np.repeat(random.uniform(100, WIDTH_PX - 100, 120), per_place) + random.normal(0, 25, 9_000_000)
    y = np.repeat(HEIGHT_PX * random.beta(1, 2.2, 120), per_place) + random.normal(0, 12, 9_000_000)
    x = np.concatenate([x, random.uniform(0, WIDTH_PX, 1_000_000)])
    y = np.concatenate([y, random.uniform(0, HEIGHT_PX, 1_000_000)])
    return (
        np.clip(x, 0, WIDTH_PX - 1).astype(np.int32),
        np.clip(y, 0, HEIGHT_PX - 1).astype(np.int32),
    )


def anywhere() -> tuple[np.ndarray, np.ndarray]:
    """Positions, px, evenly spread."""
    random = np.random.default_rng(7)
    return (
        random.integers(0, WIDTH_PX, 10_000_000, np.int32),
        random.integers(0, HEIGHT_PX, 10_000_000, np.int32),
    )


def measure(title: str, x: np.ndarray, y: np.ndarray) -> None:
    """Draw each look of these clicks."""
    began_s = time.perf_counter()
    counts = count_on_cells(x, y, np.ones(len(x), np.int64), WIDTH_PX, HEIGHT_PX)
    print(f"\n{len(x):,} clicks {title}, counted on cells in {(time.perf_counter() - began_s) * 1e3:.0f} ms")
    print(f"{'':<22}{'best':>9}{'median':>10}{'size':>10}")
    for name, options in LOOKS.items():
        times_ms = []
        for _ in range(RUNS):
            began_s = time.perf_counter()
            picture = draw(spots(counts, WIDTH_PX, HEIGHT_PX, options.profile, options.radius), options)
            times_ms.append((time.perf_counter() - began_s) * 1e3)
        print(
            f"{name:<22}{min(times_ms):>6.0f} ms{statistics.median(times_ms):>7.0f} ms"
            f"{len(picture.png) / 1000:>7.0f} kB"
        )


def main() -> None:
    """Measure each spread of clicks."""
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, Pillow {PIL.__version__}, "
        f"zlib {zlib.ZLIB_RUNTIME_VERSION}, {platform.machine()}"
    )
    measure("in 120 places", *in_places())
    measure("anywhere", *anywhere())


if __name__ == "__main__":
    main()
