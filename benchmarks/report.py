"""Writes the newest results into docs/results.md, and calculations from them into docs/scaling.md.

`make report`. Only the text between marks is replaced. The same results give the same text.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.__main__ import NAMES
from benchmarks.harness import Failed, Line, Row, number, target
from benchmarks.limits_picture import drawn
from benchmarks.sizing import SIZE_HEADINGS, SIZES, Costs, limits, size

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.jsonl"
MEASURED, SCALING = ROOT / "docs" / "results.md", ROOT / "docs" / "scaling.md"
PICTURE = ROOT / "docs" / "images" / "limits.svg"

Result = Mapping[str, Any]
"""A row of the results, as the harness wrote it."""


def newest(results: Iterable[str], names: Sequence[str]) -> dict[str, list[Result]]:
    """Return the rows of each benchmark's newest run, in the order of `names`."""
    rows = sorted(map(json.loads, results), key=lambda row: (str(row["benchmark"]), str(row["time"])))
    runs = {
        name: [list(run) for _, run in groupby(of_name, lambda row: str(row["time"]))]
        for name, of_name in groupby(rows, lambda row: str(row["benchmark"]))
    }
    return {name: runs[name][-1] for name in names if name in runs}


def line(result: Result) -> Line:
    """Restore the harness' line from a result."""
    row = Row(result["row"], result["unit"], result["reference"], result["at_least"], result["at_most"])
    return Line(row, result["values"], result["ratios"])


def targets(found: Mapping[str, Sequence[Result]]) -> str:
    """Return a table of all rows with a target. Only the first row of a question repeats the question."""
    rows = []
    for name, of_name in found.items():
        question = f"{of_name[0]['question']} (`{name}`)"
        for one in map(line, of_name):
            if one.is_met is not None:
                rows.append((question, one.row.name, _measured(one), _reached(one), target(one)))
                question = ""
    return markdown(("question", "what", "measured", "to its reference", "target"), rows)


def details(found: Mapping[str, Sequence[Result]]) -> str:
    """Return all rows, a table per question."""
    return "\n\n".join(
        f"### `{name}`: {rows[0]['question']}\n\n{markdown(HEADINGS, map(_cells, map(line, rows)))}"
        for name, rows in found.items()
    )


HEADINGS = ("", "median", "least … greatest", "to its reference", "least … greatest", "target")


def _cells(one: Line) -> Sequence[str]:
    return (
        one.row.name,
        _measured(one),
        _span(one.values),
        _reached(one),
        _span(one.ratios),
        target(one),
    )


def _measured(one: Line) -> str:
    return f"{number(median(one.values))} {one.row.unit}".rstrip()


def _reached(one: Line) -> str:
    """Format the ratio and its reference."""
    if not one.ratios:
        return ""
    reference = one.row.reference
    to = reference if isinstance(reference, str) else f"{number(reference or 0)} {one.row.unit}".rstrip()
    return f"{number(median(one.ratios))} × {to}"


def _span(values: Sequence[float]) -> str:
    return f"{number(min(values))} … {number(max(values))}" if len(values) > 1 else ""


def machines(found: Mapping[str, Sequence[Result]]) -> str:
    """Return a line per machine: hardware, versions, and what was measured when."""
    names: dict[str, list[str]] = {}
    for name, rows in found.items():
        names.setdefault(_described(rows[0]["machine"]), []).append(f"{name} {rows[0]['time'][:10]}")
    return "\n".join(f"- {described}: {', '.join(of)}" for described, of in names.items())


def _described(machine: Mapping[str, Any]) -> str:
    versions = (f"{name} {version}" for name, version in machine.items() if name not in _HARDWARE)
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}; "
        f"{', '.join(versions)}"
    )


_HARDWARE = ("cpu", "cores", "memory_gb", "system")


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows))


def replaced(page: str, parts: Mapping[str, str]) -> str:
    """Replace the page's text between `<!-- NAME: … -->` and `<!-- end of NAME -->`, for each part."""
    for name, text in parts.items():
        head, begin, remainder = page.partition(f"<!-- {name}: {BY} -->\n")
        _, end, tail = remainder.partition(f"<!-- end of {name} -->\n")
        assert begin
        assert end
        page = f"{head}{begin}\n{text}\n\n{end}{tail}"
    return page


BY = "written by make report"


def unit_costs(found: Mapping[str, Sequence[Result]]) -> str:
    """Return a table of the unit costs, from which sizes are calculated."""
    rows = [
        (what, f"{number(median(result['values']))} {result['unit']}", f"`{name}`")
        for what, name, row in UNIT_COSTS
        for result in found.get(name, ())
        if result["row"] == row
    ]
    return markdown(("what", "costs", "measured by"), rows)


UNIT_COSTS = (
    *(
        (f"{what}, CPU", "visitor-costs", f"{process}, a frame")
        for process, what in (
            ("ingest", "a frame, in ingest"),
            ("group_by", "… in group_by"),
            ("aggregator", "… in the aggregator, with its pages' grids"),
            ("broadcaster", "… in each broadcaster, with its pages' grids"),
            ("Kafka", "… in Kafka, which stores and delivers it twice"),
        )
    ),
    ("a frame, as ingest writes it", "costs", "frame"),
    ("… on Kafka's disk, `clickstream`", "costs", "frame, on disk"),
    ("… on Kafka's disk, `clickstream-group-by-page`", "costs", "frame by page, on disk"),
    ("a page's grid", "costs", "grid"),
    ("… on Kafka's disk", "costs", "grid, on disk"),
    ("a page's breakdown", "costs", "detail"),
    ("… on Kafka's disk", "costs", "detail, on disk"),
    ("a connected visitor, memory of ingest", "costs", "ingest, memory a visitor"),
    ("a warm page with 300 events, memory of the aggregator", "pages", "memory of a page"),
    (
        "grids × viewers per second of a broadcaster's core, 100 viewers a page",
        "fanout",
        "broadcaster, 100 a page",
    ),
    ("a viewer's minute on a page with 50 moving visitors, our overlay", "viewer-bytes", "lean"),
    ("… a client of the tutorial's protocol", "viewer-bytes", "full JSON"),
)
"""Description, benchmark and row; a row that is not measured yet is left out."""


def second_aggregator(rows: Sequence[Result]) -> str:
    """Summarize what `scale` measured."""
    if not rows:
        return "Not measured yet."
    ratios = {result["row"]: median(result["ratios"]) for result in rows if result["ratios"]}
    values = medians(rows)
    return (
        f"Two count {number(ratios['2 aggregators'])} × what one counts, so each does "
        f"{100 * ratios['2 aggregators, each']:.0f} % of what it would do alone (the efficiency). "
        f"A frame takes {number(ratios['2 aggregators, CPU a frame'])} × the CPU time. With Kafka, one uses "
        f"{number(values['1 aggregator, cores used'])} cores, two "
        f"{number(values['2 aggregators, cores used'])}."
    )


def medians(rows: Sequence[Result]) -> dict[str, float]:
    """Return row → median."""
    return {result["row"]: median(result["values"]) for result in rows}


def pages(results: Iterable[str], names: Sequence[str]) -> dict[Path, str]:
    """Return each file's new text; raises Failed if results that sizes are calculated from are missing."""
    found = newest(results, names)
    if missing := {"costs", "hot-page", "visitor-costs"} - set(found):
        raise Failed(
            f"{RESULTS} has no results of {' and '.join(sorted(missing))}, which sizes are calculated from"
        )
    costs = Costs.of(*(medians(found[name]) for name in ("visitor-costs", "costs", "hot-page")))
    full = limits(costs)
    rows = [(f"{limit.visitors:,}", limit.name, limit.remedy) for limit in full]
    sizes = [list(size(costs, visitors)) for visitors in SIZES]
    return {
        MEASURED: replaced(
            MEASURED.read_text("utf-8"),
            {"targets": targets(found), "machine": machines(found), "results": details(found)},
        ),
        SCALING: replaced(
            SCALING.read_text("utf-8"),
            {
                "second": second_aggregator(found.get("scale", ())),
                "costs": unit_costs(found),
                "sizes": markdown(SIZE_HEADINGS, sizes),
                "limits": markdown(("moving visitors", "what is full", "what to do"), rows),
            },
        ),
        PICTURE: drawn(full),
    }


def main() -> None:
    """Write the files."""
    with RESULTS.open(encoding="utf-8") as results:
        try:
            written = pages(results, NAMES)
        except Failed as failure:
            sys.exit(str(failure))
    for path, text in written.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
