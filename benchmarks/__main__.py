"""Runs benchmarks: `python -m benchmarks [NAME…]`; without a name, all of them.

Prints a table per question and appends a JSON line per row to the results. A benchmark whose requirements are
missing is skipped, with a message that names them. Exits with 1 if a case failed; a missed target is reported
but is not a failure.
"""

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console

from benchmarks.harness import (
    UNAVAILABLE,
    Benchmark,
    Failed,
    Unavailable,
    as_json_lines,
    measure,
    show,
)
from pageheat.services.contract.errors import PageheatError

NAMES = (
    "beacon",
    "costs",
    "fanout",
    "frames",
    "grids",
    "group-by",
    "history",
    "hot-page",
    "import-logs",
    "ingest",
    "latency",
    "overlap",
    "overlay",
    "pages",
    "picture",
    "restart",
    "scale",
    "system",
    "viewer-bytes",
    "visitor-costs",
    "watching",
    "window",
)
"""In the order of `make bench`; each is a module in this folder."""

RESULTS = Path("benchmarks/results.jsonl")


def find(name: str) -> Benchmark:
    """Return the benchmark of that name."""
    found = import_module(f"benchmarks.{name.replace('-', '_')}").BENCHMARK
    assert isinstance(found, Benchmark)
    return found


def run_here(benchmark: Benchmark, case: str) -> int:
    """Run a case in this process: read its context from standard input, print its values."""
    try:
        print(json.dumps(benchmark.cases[case](json.load(sys.stdin))))
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        return UNAVAILABLE
    return 0


def run(name: str, progress: str, rounds: int | None, results: Path, console: Console) -> bool:
    """Run one benchmark, print its table and append its rows; return False if it failed.

    `progress` is the position in the whole run, as "2 of 17".
    """
    benchmark, began_s = find(name), time.time()

    def report(what: str) -> None:
        status.update(f"{progress}: {what}")
        if not console.is_terminal:  # a status line is not visible there
            console.print(f"{progress}: {what}", markup=False, highlight=False)

    try:
        with console.status(f"{progress}: {name}") as status:
            lines = measure(name, benchmark, rounds or benchmark.rounds, report)
    except (Failed, PageheatError) as failure:
        console.print(str(failure), style="red", markup=False, highlight=False)
        return False
    except Unavailable as reason:
        console.print(f"{name} is skipped; it needs: {reason}\n", markup=False, highlight=False)
        return True
    show(benchmark, lines, console)
    with results.open("a") as file:
        file.writelines(f"{line}\n" for line in as_json_lines(name, benchmark.question, lines, began_s))
    return True


def main() -> int:
    """Run the requested benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="number of runs of each case")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file to append JSON lines to")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if unknown := set(args.names) - set(NAMES):
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if args.case:
        return run_here(find(args.names[0]), args.case)
    console, names = Console(), args.names or NAMES
    succeeded = [
        run(name, f"{number} of {len(names)}", args.rounds, args.results, console)
        for number, name in enumerate(names, 1)
    ]
    return int(not all(succeeded))


if __name__ == "__main__":
    sys.exit(main())
