"""Runs benchmarks: `python -m benchmarks [NAME…]`, all of them without a name.

Prints a table a question and appends a JSON line a row to the results. A question that needs what is not
there is left out, and it is said what that is. Exits with 1 when a case failed; a target that is missed is
told, and is no failure.
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
    "group-by",
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
    "window",
)
"""In the order of `make bench`; each is a module of this folder."""

RESULTS = Path("benchmarks/results.jsonl")


def find(name: str) -> Benchmark:
    """The benchmark of that name."""
    found = import_module(f"benchmarks.{name.replace('-', '_')}").BENCHMARK
    assert isinstance(found, Benchmark)
    return found


def run_here(benchmark: Benchmark, case: str) -> int:
    """Run a case in this process, with the context from standard input; its values go to standard output."""
    try:
        print(json.dumps(benchmark.cases[case](json.load(sys.stdin))))
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        return UNAVAILABLE
    return 0


def answer(name: str, place: str, rounds: int | None, results: Path, console: Console) -> bool:
    """Run one benchmark, tell its table and keep its rows; whether it did not fail.

    `place` says how far the whole run is.
    """
    benchmark, began_s = find(name), time.time()

    def say(what: str) -> None:
        status.update(f"{place}: {what}")
        if not console.is_terminal:  # where a status is not seen
            console.print(f"{place}: {what}", markup=False, highlight=False)

    try:
        with console.status(f"{place}: {name}") as status:
            lines = measure(name, benchmark, rounds or benchmark.rounds, say)
    except (Failed, PageheatError) as failure:
        console.print(str(failure), style="red", markup=False, highlight=False)
        return False
    except Unavailable as reason:
        console.print(f"{name} is left out; it needs: {reason}\n", markup=False, highlight=False)
        return True
    show(benchmark, lines, console)
    with results.open("a") as kept:
        kept.writelines(f"{line}\n" for line in as_json_lines(name, benchmark.question, lines, began_s))
    return True


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="how many times each case is run")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where JSON lines are appended")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if asked.case:
        return run_here(find(asked.names[0]), asked.case)
    console, names = Console(), asked.names or NAMES
    answered = [
        answer(name, f"{number} of {len(names)}", asked.rounds, asked.results, console)
        for number, name in enumerate(names, 1)
    ]
    return int(not all(answered))


if __name__ == "__main__":
    sys.exit(main())
