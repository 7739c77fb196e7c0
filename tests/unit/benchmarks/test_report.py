"""What the results add to the documents."""

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import NAMES, find

MACHINE = {"cpu": "Z80", "cores": 2, "memory_gb": 8, "system": "Linux 6", "python": "3.13.1", "numpy": "2.4"}


def told(benchmark: str, row: str, values: list[float], day: int = 1, **more: object) -> str:
    line = {
        "benchmark": benchmark,
        "question": f"How fast is {benchmark}?",
        "time": f"2026-11-{day:02}T12:00:00Z",
        "machine": MACHINE,
        "row": row,
        "unit": "frames/s",
        "values": values,
        "reference": None,
        "ratios": [],
        "at_least": None,
        "at_most": None,
        "met": None,
    }
    return json.dumps(line | more)


RESULTS = [
    told("window", "ours", [900, 1_000, 1_100], reference="theirs", ratios=[2, 3, 4], at_least=2.5),
    told("picture", "small", [0.5], day=2, unit="s", at_most=0.4),
    told("picture", "small", [0.9], day=1, unit="s"),
    told("window", "theirs", [300, 330, 350]),
    told("forgotten", "row", [1]),
]


def test_the_newest_run_of_each_benchmark_counts_as_a_whole_in_order_of_name() -> None:
    found = report.newest(RESULTS, ["picture", "never-run", "window"])
    assert [(name, [row["values"] for row in rows]) for name, rows in found.items()] == [
        ("picture", [[0.5]]),
        ("window", [[900, 1_000, 1_100], [300, 330, 350]]),
    ]


def test_rows_with_a_target_are_shown_as_met_or_missed_beside_their_question() -> None:
    visitors = told("system", "visitors", [976.4], unit="", at_least=3_000)
    late = told("system", "late", [500], unit="ms", reference=1_000, ratios=[0.5], at_most=1)
    found = report.newest([*RESULTS, visitors, late], ["window", "picture", "system"])
    assert report.targets(found).splitlines()[2:] == [
        "| How fast is window? (`window`) | ours | 1,000 frames/s | 3 × theirs | ≥ 2.5 ×: met |",
        "| How fast is picture? (`picture`) | small | 0.5 s |  | ≤ 0.4 s: missed |",
        "| How fast is system? (`system`) | visitors | 976 |  | ≥ 3,000: missed |",
        "|  | late | 500 ms | 0.5 × 1,000 ms | ≤ 1 ×: met |",
    ]


def test_all_rows_are_shown_below_their_question() -> None:
    assert report.details(report.newest(RESULTS, ["window"])).splitlines() == [
        "### `window`: How fast is window?",
        "",
        "|  | median | least … greatest | to its reference | least … greatest | target |",
        "| --- | --- | --- | --- | --- | --- |",
        "| ours | 1,000 frames/s | 900 … 1,100 | 3 × theirs | 2 … 4 | ≥ 2.5 ×: met |",
        "| theirs | 330 frames/s | 300 … 350 |  |  |  |",
    ]


def test_the_report_says_what_a_second_aggregator_adds() -> None:
    rows = [
        ("2 aggregators", [1.2, 1.3, 1.4]),
        ("2 aggregators, each", [0.6, 0.65, 0.7]),
        ("2 aggregators, CPU a frame", [1, 1.05, 1.2]),
        ("1 aggregator, cores used", []),
        ("2 aggregators, cores used", []),
    ]
    lines = [told("scale", row, [1.5], ratios=ratios) for row, ratios in rows]
    assert report.second_aggregator(report.newest(lines, ["scale"])["scale"]) == (
        "Two count 1.3 × what one counts, "
        "so each does 65 % of what it would do alone (the efficiency). "
        "A frame takes 1.05 × the CPU time. With Kafka, one uses 1.5 cores, two 1.5."
    )
    assert report.second_aggregator([]) == "Not measured yet."
    assert {row for row, _ in rows} <= {row.name for row in find("scale").rows}


def test_each_machine_is_listed_once_with_its_benchmarks() -> None:
    assert report.machines(report.newest(RESULTS, ["window", "picture"])) == (
        "- Z80, 2 cores, 8 GB, Linux 6; python 3.13.1, numpy 2.4: window 2026-11-01, picture 2026-11-02"
    )


def test_only_the_text_between_the_marks_is_replaced() -> None:
    page = f"Before\n<!-- sizes: {report.BY} -->\nold\n<!-- end of sizes -->\nafter\n"
    written = report.replaced(page, {"sizes": "new"})
    assert written == f"Before\n<!-- sizes: {report.BY} -->\n\nnew\n\n<!-- end of sizes -->\nafter\n"
    assert report.replaced(written, {"sizes": "new"}) == written


def test_a_page_without_the_marks_is_left_alone() -> None:
    with pytest.raises(AssertionError):
        report.replaced("Nothing here", {"sizes": "new"})


def test_the_documents_show_the_newest_results() -> None:
    results = report.RESULTS.read_text("utf-8").splitlines()
    for path, text in report.pages(results, NAMES).items():
        assert path.read_text("utf-8") == text, f"{path.name} is behind: make report"


@pytest.mark.parametrize(("name", "row"), sorted({(name, row) for _, name, row in report.UNIT_COSTS}))
def test_each_unit_cost_is_a_row_of_its_benchmark(name: str, row: str) -> None:
    assert row in {each.name for each in find(name).rows}


def test_each_question_is_linked_from_the_documents() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    assert "docs/performance.md" in readme
    assert "docs/scaling.md" in readme
