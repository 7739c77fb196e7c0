"""What does the history cost, and how fast does it answer?

Frames of HISTORY_VISITORS (3,000) moving visitors on 2,000 pages, drawn by Zipf's law (`history_visitors`),
go through the history's own batches into an engine in an empty folder, for HISTORY_MINUTES (60). That says
what storing costs, merges included, and how many bytes a day takes: 24 such hours, merged. Then the past is
made from that hour (`history_data`): a day of minutes, 30 days of hours, a year of days.

Of that, the time of a question: the median of eleven pages, from the most visited to one with a move a
second, and the most visited one by itself; all to the minute, and ending 17 minutes before a full hour.

Then the service itself reads the visitors' frames from a real Kafka as they come, with that year behind it
(`history_service`): its CPU, the 99th percentile of four readers who ask all of these questions again and
again beside it, its memory, and the time from an event that just missed a batch to an answer that has it.

Reference: DuckDB with the same rows and question, both with one thread. If it is not installed, its rows are
left out.

Not shown: a year as it grows by merges, pages that change, and a ClickHouse server.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import history_duckdb, history_service
from benchmarks.harness import Benchmark, Context, Row, Unavailable, Values
from benchmarks.history_data import ASKED, bytes_of, copied, filled, merged
from pageheat.services.history.engine import Embedded, MissingEngine
from pageheat.services.history.layers import HEAT, Layer
from pageheat.services.history.queries import looks
from pageheat.services.history.queries.attention import attention
from pageheat.services.history.queries.cells import cells_of
from pageheat.services.history.queries.elements import elements_of
from pageheat.services.history.queries.film import film, frame_step
from pageheat.services.history.queries.grid import grid
from pageheat.services.history.queries.pages import pages
from pageheat.services.history.queries.scroll import scroll
from pageheat.services.history.queries.source import Selection
from pageheat.services.history.ranges import DAY_MS, HOUR_MS, MINUTE_MS, Depth, planned
from pageheat.services.history.store import Kept, Store

VISITORS = int(os.environ.get("HISTORY_VISITORS", "3000"))
MINUTES = int(os.environ.get("HISTORY_MINUTES", "60"))
MOVES_S = VISITORS * 4
NORMAL_MOVES_S = 12_000

KEPT_DAYS = 30, 395, 90
BUSIEST = "busiest page"

LENGTHS_MS = {
    "an hour": HOUR_MS,
    "a day": DAY_MS - HOUR_MS,
    "30 days": 30 * DAY_MS - HOUR_MS,
    "a year": 364 * DAY_MS,
}
"""A day less an hour: of minutes there is a day."""

LAYERS = (*HEAT, Layer.UNPLACED, *looks.LAYERS, Layer.WIDTH, Layer.HEIGHT)
"""What a grid asks for."""

Ask = Callable[[Embedded, Selection], Any]

QUESTIONS: Mapping[str, tuple[str, Ask]] = {
    **{f"grid of {name}": (name, grid) for name in LENGTHS_MS},
    "grid of 30 days, phones": ("30 days", lambda engine, it: grid(engine, it.having(band="phone"))),
    "elements of 30 days": ("30 days", lambda engine, it: elements_of(engine, it, 100)),
    "scroll of 30 days": ("30 days", scroll),
    "attention of 30 days": ("30 days", attention),
    "film of a day": ("a day", lambda engine, it: film(engine, it, frame_step(it.range, "hour"))),
}

PATHS = {
    "an hour": ("grid",),
    "a day": ("grid", "film"),
    "30 days": ("grid", "elements", "scroll", "attention"),
}
"""What the readers beside the writer ask."""


def chosen(rank: int, name: str, end_ms: int) -> Selection:
    """A page in a range that ends 17 minutes before the end of all; "" is all pages."""
    end_ms -= 17 * MINUTE_MS
    range_ = planned(end_ms - LENGTHS_MS[name], end_ms, Depth.of(end_ms, *KEPT_DAYS[:2]))
    return Selection(f"/things/{rank}" if rank >= 0 else "", range_)


@contextmanager
def prepared() -> Iterator[Context]:
    """A folder with a year, and what it cost."""
    end_ms = int(time.time() * 1000) // HOUR_MS * HOUR_MS
    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder:
        try:
            engine = Embedded(Path(folder))
        except MissingEngine as error:
            raise Unavailable(str(error)) from None
        Store(engine).migrate(Kept(*KEPT_DAYS))
        cost = filled(engine, VISITORS, MINUTES, end_ms)
        merged(engine)
        sizes = bytes_of(engine)
        copied(engine, end_ms, MINUTES)
        engine.close()
        yield {"folder": folder, "end": end_ms, "storage": cost.storage, "rows": cost.rows, "sizes": sizes}


def _write(context: Context) -> Values:
    scale = NORMAL_MOVES_S / MOVES_S
    a_day = {name: size * scale * 24 * 60 / MINUTES / 1e6 for name, size in context["sizes"].items()}
    minutes = a_day["counts_minute"] + a_day["elements_minute"]
    rows = a_day["clicks"] + a_day["views"]
    hours = a_day["counts_hour"] + a_day["whole_hour"] + a_day["elements_hour"]
    return {
        "making rows": context["rows"] * scale / 60,
        "storage": context["storage"] * scale / 60,
        "minutes": minutes,
        "clicks and views": rows,
        "hours": hours,
    }


def _ask(context: Context) -> Values:
    engine, values = Embedded(Path(context["folder"])), dict[str, float]()
    for question, (name, ask) in QUESTIONS.items():
        selections = [chosen(rank, name, context["end"]) for rank in ASKED]
        took = [timed(partial(ask, engine, it)) for it in (selections[0], *selections)][1:]
        values[question] = statistics.median(took)
        values[f"{question}, {BUSIEST}"] = took[0]
    everything = partial(pages, engine, chosen(-1, "30 days", context["end"]))
    values["top pages of 30 days"] = statistics.median(timed(everything) for _ in range(3))
    engine.close()
    return values


def timed(ask: Callable[[], object]) -> float:
    """How long it takes, ms."""
    began_s = time.perf_counter()
    ask()
    return (time.perf_counter() - began_s) * 1000


def _serve(context: Context) -> Values:
    end_ms = context["end"] - 17 * MINUTE_MS
    paths = [
        f"/{kind}/things/{rank}?from={end_ms - LENGTHS_MS[name]}&to={end_ms}"
        + ("&step=hour" if kind == "film" else "")
        for name, kinds in PATHS.items()
        for kind in kinds
        for rank in ASKED
    ]
    return history_service.measured(context["folder"], VISITORS, paths)


def _reference(context: Context) -> Values:
    if not history_duckdb.is_there():
        return {}
    questions = {
        f"grid of {name}": [chosen(rank, name, context["end"]) for rank in ASKED] for name in LENGTHS_MS
    }
    engine = Embedded(Path(context["folder"]))
    ours = {
        f"{question}, counts": statistics.median(timed(partial(cells_of, engine, it, LAYERS)) for it in all_)
        for question, all_ in questions.items()
    }
    engine.close()
    return {**ours, **history_duckdb.measured(context["folder"], questions, LAYERS)}


BENCHMARK = Benchmark(
    "What does the history cost, and how fast does it answer?",
    {"write": _write, "ask": _ask, "serve": _serve, "reference": _reference},
    [
        Row("writer", "cores at 12,000 moves/s, all in all", at_most=0.35),
        Row("making rows", "cores, of that"),
        Row("storage", "cores, of that", at_most=0.02),
        Row("minutes", "MB a day", at_most=450),
        Row("clicks and views", "MB a day"),
        Row("hours", "MB a day"),
        Row("grid of an hour", "ms", at_most=50),
        Row("grid of a day", "ms", at_most=50),
        Row("grid of 30 days", "ms", at_most=100),
        Row("grid of a year", "ms", at_most=100),
        Row("grid of 30 days, phones", "ms"),
        Row("elements of 30 days", "ms", at_most=100),
        Row("scroll of 30 days", "ms", at_most=100),
        Row("attention of 30 days", "ms", at_most=100),
        Row("film of a day", "ms", at_most=150),
        *(Row(f"{question}, {BUSIEST}", "ms") for question in QUESTIONS),
        Row("top pages of 30 days", "ms", at_most=200),
        Row("p99 of four readers", "ms", at_most=250),
        Row("memory", "MB", at_most=1_000),
        Row("event to answer", "s", at_most=70),
        *(
            Row(f"grid of {name}, {what}", "ms", optional=history_duckdb.MISSING)
            for name in LENGTHS_MS
            for what in ("counts", "DuckDB")
        ),
    ],
    prepare=prepared,
    rounds=1,
)
