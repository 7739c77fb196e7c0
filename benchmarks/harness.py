"""What all benchmarks have in common: cases in processes of their own, interleaved, against a reference.

A benchmark answers one question. Its cases are functions that measure; each is run in a process of its own,
one after the other, and all of them again in each round, so that what else the machine does falls on all
alike. What counts is the ratio to the reference of the same round; told is the median of the rounds with the
least and the greatest. A case asserts that what it measured did the right thing; one that fails ends the run.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from pageheat.kafka.installation import HERE, MissingTool, find_java
from pageheat.parent import ending_with_parent

CASE_TIMEOUT_S = 900
"""The longest case goes on for ten minutes."""

LIBRARIES = (
    "quixstreams",
    "confluent-kafka",
    "websockets",
    "uvicorn",
    "uvloop",
    "httptools",
    "msgspec",
    "numpy",
    "pillow",
)
"""Those whose versions the numbers depend on."""

Context = Mapping[str, Any]
"""What a benchmark's `prepare` made for its cases: what JSON can tell."""

Values = Mapping[str, float]
"""What a case has measured, by row."""


class Failed(Exception):
    """A case did not do the right thing, or not at all."""


class Unavailable(Exception):
    """What a benchmark needs is not on this machine; the message is what to do."""


UNAVAILABLE = 69
"""Exit code of a case that says so, on standard error: EX_UNAVAILABLE of sysexits.h."""


@dataclass(frozen=True)
class Row:
    """A line of a benchmark's table.

    Args:
        name: as the case that measures it calls it.
        unit: of the number, such as "events/s".
        reference: what it is divided by: another row of the same round, or a number. None for none.
        at_least, at_most: what the ratio is to reach; where there is no reference, the number itself.
    """

    name: str
    unit: str
    reference: str | float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def ratio(self, values: Values) -> float | None:
        """To the reference, of one round's values; None where there is none."""
        if self.reference is None:
            return None
        reference = values[self.reference] if isinstance(self.reference, str) else self.reference
        return values[self.name] / reference

    def is_met(self, reached: float) -> bool | None:
        """Whether the target is; None where there is none."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or reached >= self.at_least) and (
            self.at_most is None or reached <= self.at_most
        )


@dataclass(frozen=True)
class Benchmark:
    """One question.

    Args:
        question: as its table's title asks it.
        cases: name → what measures, given what `prepare` yields; interleaved in this order.
        rows: what is told of their values.
        prepare: makes what all cases need, and takes it away at the end.
        rounds: how many times each case is run.
    """

    question: str
    cases: Mapping[str, Callable[[Context], Values]]
    rows: Sequence[Row]
    prepare: Callable[[], AbstractContextManager[Context]] = field(default=lambda: nullcontext({}))
    rounds: int = 5


@dataclass(frozen=True)
class Line:
    """A row over all rounds."""

    row: Row
    values: Sequence[float]
    ratios: Sequence[float]

    @property
    def reached(self) -> float:
        """What the target is compared with."""
        return statistics.median(self.ratios or self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is; None where there is none."""
        return self.row.is_met(self.reached)


def measure(name: str, benchmark: Benchmark, rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Run all cases of the benchmark called `name`, and sum up.

    Raises:
        Failed: a case did.
        Unavailable: something that it needs is not there.
    """
    taken: list[dict[str, float]] = []
    with benchmark.prepare() as context:
        for round_ in range(rounds):
            values: dict[str, float] = {}
            for case in benchmark.cases:
                say(f"{name}: {case}, {round_ + 1} of {rounds}")
                values |= run_case(name, case, context)
            taken.append(values)
    return [summed_up(row, taken) for row in benchmark.rows]


def summed_up(row: Row, rounds: Sequence[Values]) -> Line:
    """A row's values and ratios, round by round."""
    ratios = [ratio for values in rounds if (ratio := row.ratio(values)) is not None]
    return Line(row, [values[row.name] for values in rounds], ratios)


def run_case(name: str, case: str, context: Context) -> dict[str, float]:
    """Run a case in a process of its own, which ends with us.

    Raises:
        Failed: it did not do the right thing, or did not end.
        Unavailable: it said so.
    """
    command = [sys.executable, "-m", "benchmarks", "--case", case, name]
    process = subprocess.Popen(
        ending_with_parent(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told, errors = process.communicate(json.dumps(context), CASE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
        raise Failed(f"{name}: {case} did not end within {CASE_TIMEOUT_S} s\n{errors}") from None
    if process.returncode == UNAVAILABLE:
        raise Unavailable(errors.strip())
    if process.returncode:
        raise Failed(f"{name}: {case} failed\n{errors}")
    found = json.loads(told.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def machine() -> dict[str, object]:
    """What the numbers hold for."""
    return {
        "cpu": next(_cpu_names(), platform.machine()),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
        **dict(_kafka_versions()),
    }


def _kafka_versions() -> Iterator[tuple[str, str]]:
    pom = ElementTree.parse(HERE / "pom.xml")
    yield "kafka", pom.findtext(".//{*}kafka.version", "")
    with suppress(MissingTool):
        yield "java", find_java()[1]


def _cpu_names() -> Iterator[str]:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                yield line.partition(":")[2].strip()


def as_json_lines(name: str, question: str, lines: Sequence[Line], time_s: float) -> Iterator[str]:
    """One JSON object a row, as they are appended to the results."""
    common = {
        "benchmark": name,
        "question": question,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_s)),
        "machine": machine(),
    }
    for line in lines:
        row = line.row
        told = {
            "row": row.name,
            "unit": row.unit,
            "values": line.values,
            "reference": row.reference,
            "ratios": line.ratios,
            "at_least": row.at_least,
            "at_most": row.at_most,
            "met": line.is_met,
        }
        yield json.dumps(common | told)


def show(benchmark: Benchmark, lines: Sequence[Line], console: Console) -> None:
    """Print the table."""
    table = Table(title=benchmark.question, title_justify="left", title_style="bold", box=None)
    table.add_column("")
    for heading in ("median", "least … greatest", "ratio", "least … greatest", "target"):
        table.add_column(heading, justify="right")
    for line in lines:
        values, ratios = line.values, line.ratios
        table.add_row(
            line.row.name,
            f"{number(statistics.median(values))} {line.row.unit}",
            f"{number(min(values))} … {number(max(values))}" if len(values) > 1 else "",
            f"{number(statistics.median(ratios))} ×" if ratios else "",
            f"{number(min(ratios))} … {number(max(ratios))}" if len(ratios) > 1 else "",
            target(line),
        )
    console.print(table)
    console.print()


def target(line: Line) -> str:
    """The row's target, and whether it was met."""
    row, sign = line.row, "×" if line.ratios else line.row.unit
    bounds = [f"≥ {number(row.at_least)} {sign}".rstrip()] if row.at_least is not None else []
    bounds += [f"≤ {number(row.at_most)} {sign}".rstrip()] if row.at_most is not None else []
    if not bounds:
        return ""
    return f"{', '.join(bounds)}: {'met' if line.is_met else 'missed'}"


def number(value: float) -> str:
    """With three digits that say something, and no more after the point than those."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
