"""The harness of all benchmarks: interleaved cases in separate processes, compared with a reference.

A benchmark answers one question. Its cases are functions that measure. Each round runs every case once, one
after the other, each in its own process, so other load on the machine affects all alike. The result is the
ratio to the reference of the same round: median, minimum and maximum over all rounds. A case asserts that
what it measured behaved correctly; a failed assertion ends the run.
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

CASE_TIMEOUT_S = 1_800
"""The longest case runs for ten minutes, and then checks what it has written."""

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
"""Libraries whose versions affect the numbers."""

Context = Mapping[str, Any]
"""What a benchmark's `prepare` yields to its cases; JSON-serializable."""

Values = Mapping[str, float]
"""Row → what a case measured."""


class Failed(Exception):
    """A case behaved incorrectly or did not end."""


class Unavailable(Exception):
    """A requirement of a benchmark is missing on this machine; the message says what to install."""


UNAVAILABLE = 69
"""Exit code of a case that raised Unavailable, its reason on standard error: EX_UNAVAILABLE of sysexits.h."""


@dataclass(frozen=True)
class Row:
    """A line of a benchmark's table.

    Args:
        name: its key in the values of the case that measures it.
        unit: of the number, such as "events/s".
        reference: the divisor: another row of the same round, or a number. None for none.
        at_least, at_most: target for the ratio; without a reference, for the number itself.
        optional: what to install if no case measured it; then it is left out.
    """

    name: str
    unit: str
    reference: str | float | None = None
    at_least: float | None = None
    at_most: float | None = None
    optional: str = ""

    def ratio(self, values: Values) -> float | None:
        """Return one round's ratio to the reference; None without a reference."""
        if self.reference is None:
            return None
        reference = values[self.reference] if isinstance(self.reference, str) else self.reference
        return values[self.name] / reference

    def is_met(self, reached: float) -> bool | None:
        """Return whether the target is met; None without a target."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or reached >= self.at_least) and (
            self.at_most is None or reached <= self.at_most
        )


@dataclass(frozen=True)
class Benchmark:
    """One question.

    Args:
        question: the title of its table.
        cases: name → function that measures, given what `prepare` yields; interleaved in this order.
        rows: the values to report.
        prepare: sets up what all cases need, and tears it down at the end.
        rounds: number of runs of each case.
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
        """The number that is compared with the target."""
        return statistics.median(self.ratios or self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        return self.row.is_met(self.reached)


def measure(name: str, benchmark: Benchmark, rounds: int, report: Callable[[str], None]) -> list[Line]:
    """Run all cases of the benchmark called `name` and summarize them.

    Raises:
        Failed: a case failed.
        Unavailable: a requirement is missing.
    """
    measured: list[dict[str, float]] = []
    with benchmark.prepare() as context:
        for round_ in range(rounds):
            values: dict[str, float] = {}
            for case in benchmark.cases:
                report(f"{name}: {case}, {round_ + 1} of {rounds}")
                values |= run_case(name, case, context)
            measured.append(values)
    missing = {row.optional for row in benchmark.rows if row.optional and row.name not in measured[0]}
    for what in sorted(missing):
        report(f"{name}: without some rows, which need: {what}")
    return [summarize(row, measured) for row in benchmark.rows if not row.optional or row.name in measured[0]]


def summarize(row: Row, rounds: Sequence[Values]) -> Line:
    """Collect a row's values and ratios, round by round."""
    ratios = [ratio for values in rounds if (ratio := row.ratio(values)) is not None]
    return Line(row, [values[row.name] for values in rounds], ratios)


def run_case(name: str, case: str, context: Context) -> dict[str, float]:
    """Run a case in its own process, which ends when we end.

    Raises:
        Failed: the case failed or did not end.
        Unavailable: the case raised it.
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
        output, errors = process.communicate(json.dumps(context), CASE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
        raise Failed(f"{name}: {case} did not end within {CASE_TIMEOUT_S} s\n{errors}") from None
    if process.returncode == UNAVAILABLE:
        raise Unavailable(errors.strip())
    if process.returncode:
        raise Failed(f"{name}: {case} failed\n{errors}")
    values = json.loads(output.splitlines()[-1])
    assert isinstance(values, dict)
    return values


def machine() -> dict[str, object]:
    """Return the hardware and the versions that the numbers depend on."""
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
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                yield line.partition(":")[2].strip()


def as_json_lines(name: str, question: str, lines: Sequence[Line], time_s: float) -> Iterator[str]:
    """Yield one JSON object per row, as appended to the results."""
    common = {
        "benchmark": name,
        "question": question,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_s)),
        "machine": machine(),
    }
    for line in lines:
        row = line.row
        result = {
            "row": row.name,
            "unit": row.unit,
            "values": line.values,
            "reference": row.reference,
            "ratios": line.ratios,
            "at_least": row.at_least,
            "at_most": row.at_most,
            "met": line.is_met,
        }
        yield json.dumps(common | result)


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
    """Format the row's target and whether it was met."""
    row, sign = line.row, "×" if line.ratios else line.row.unit
    bounds = [f"≥ {number(row.at_least)} {sign}".rstrip()] if row.at_least is not None else []
    bounds += [f"≤ {number(row.at_most)} {sign}".rstrip()] if row.at_most is not None else []
    if not bounds:
        return ""
    return f"{', '.join(bounds)}: {'met' if line.is_met else 'missed'}"


def number(value: float) -> str:
    """Format with three significant digits, without decimals from 100 on."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
