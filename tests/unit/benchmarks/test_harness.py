"""How benchmarks are run and summarized."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Playwright
from rich.console import Console

from benchmarks import harness
from benchmarks.__main__ import NAMES, find, main
from benchmarks.browser import launch
from benchmarks.harness import (
    Benchmark,
    Failed,
    Line,
    Row,
    Unavailable,
    as_json_lines,
    measure,
    number,
    show,
    summarize,
)
from pageheat.kafka.node import KafkaFailed

OURS = Row("ours", "events/s", "theirs", at_least=3)
THEIRS = Row("theirs", "events/s")


def benchmark(**changed: Any) -> Benchmark:
    cases: Mapping[str, Any] = dict.fromkeys(("theirs", "ours"), lambda _: {})
    return Benchmark(**{"question": "How fast?", "cases": cases, "rows": [THEIRS, OURS]} | changed)


def test_cases_alternate_in_each_round_with_the_prepared_context(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str, Any]] = []

    @contextmanager
    def prepare() -> Iterator[dict[str, int]]:
        yield {"port": 9}
        calls.append(("", "taken away", {}))

    def run_case(name: str, case: str, context: Any) -> dict[str, float]:
        calls.append((name, case, context))
        return {case: 10.0}

    monkeypatch.setattr(harness, "run_case", run_case)
    measure("speed", benchmark(prepare=prepare), 2, lambda _: None)
    a_round = [("speed", "theirs", {"port": 9}), ("speed", "ours", {"port": 9})]
    assert calls == [*a_round, *a_round, ("", "taken away", {})]


def test_a_ratio_is_to_the_reference_in_the_same_round_and_the_median_counts() -> None:
    rounds = [{"theirs": 10, "ours": 40}, {"theirs": 1, "ours": 3}, {"theirs": 100, "ours": 900}]
    line = summarize(OURS, rounds)
    assert line.values == [40, 3, 900]
    assert line.ratios == [4, 3, 9]
    assert line.reached == 4


@pytest.mark.parametrize(
    ("row", "values", "ratios", "is_met"),
    [
        (OURS, [30], [3], True),
        (OURS, [30], [2.9], False),
        (Row("late", "ms", 250, at_most=3), [750], [3], True),
        (Row("late", "ms", 250, at_most=3), [1000], [4], False),
        (Row("fast", "lines/s", at_least=100), [99], [], False),
        (THEIRS, [30], [], None),
    ],
)
def test_a_target_applies_to_the_ratio_or_without_a_reference_to_the_number(
    row: Row, values: list[float], ratios: list[float], is_met: bool | None
) -> None:
    assert Line(row, values, ratios).is_met is is_met


def test_a_case_that_fails_ends_the_run_with_its_output() -> None:
    with pytest.raises(Failed, match=r"(?s)picture: nonsense failed.*KeyError: 'nonsense'"):
        harness.run_case("picture", "nonsense", {})


def test_a_benchmark_that_cannot_run_here_is_skipped_and_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    @contextmanager
    def prepare() -> Iterator[dict[str, int]]:
        raise Unavailable("apt install abacus")
        yield {}

    monkeypatch.setattr("sys.argv", ["benchmarks", NAMES[0], "--results", str(tmp_path / "results")])
    monkeypatch.setattr("benchmarks.__main__.find", lambda _: benchmark(prepare=prepare))
    assert main() == 0
    assert capsys.readouterr().out.strip() == f"{NAMES[0]} is skipped; it needs: apt install abacus"
    assert not (tmp_path / "results").exists()


def test_a_case_with_a_missing_requirement_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match=r"^java was not found\. Java 17 or later is needed"):
        harness.run_case("costs", "all", {})


def test_without_chromium_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    without = SimpleNamespace(chromium=SimpleNamespace(executable_path="/nowhere"))
    with pytest.raises(Unavailable, match="apt install chromium"):
        launch(cast(Playwright, without))


def test_a_benchmark_that_fails_before_its_cases_does_not_end_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    @contextmanager
    def prepare() -> Iterator[dict[str, int]]:
        raise KafkaFailed("Kafka died")
        yield {}

    found = {"window": benchmark(prepare=prepare), "pages": benchmark()}
    monkeypatch.setattr("sys.argv", ["benchmarks", *found, "--results", str(tmp_path / "results")])
    monkeypatch.setattr("benchmarks.__main__.find", found.__getitem__)
    monkeypatch.setattr(harness, "run_case", lambda *_: {"theirs": 1.0, "ours": 2.0})
    assert main() == 1
    told = capsys.readouterr().out
    assert "Kafka died" in told
    assert "2 of 2: pages: ours, 5 of 5" in told
    assert (tmp_path / "results").read_text().count('"benchmark": "pages"') == 2


def test_the_table_shows_whether_each_target_was_met() -> None:
    lines = [Line(THEIRS, [1000, 2000], []), Line(OURS, [2900, 5000], [2.9, 2.5])]
    output = io.StringIO()
    show(benchmark(), lines, Console(file=output, width=120))
    told = output.getvalue()
    assert "How fast?" in told
    assert "1,500 events/s" in told
    assert "2.7 ×" in told
    assert "≥ 3 ×: missed" in told


def test_a_result_names_its_time_machine_and_versions() -> None:
    (told,) = map(json.loads, as_json_lines("speed", "How fast?", [Line(OURS, [30, 40], [3, 4])], 0))
    assert told["time"] == "1970-01-01T00:00:00Z"
    assert (told["benchmark"], told["question"], told["row"]) == ("speed", "How fast?", "ours")
    assert (told["values"], told["ratios"], told["met"]) == ([30, 40], [3, 4], True)
    machine = told["machine"]
    assert {"cpu", "cores", "memory_gb", "python", "quixstreams", "uvloop", "java"} <= set(machine)
    assert re.fullmatch(r"\d+\.\d+\.\d+", machine["kafka"])


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "0.0123"), (3, "3"), (12.345, "12.3"), (1234567.8, "1,234,568")]
)
def test_a_number_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("name", NAMES)
def test_each_benchmark_measures_its_references(name: str) -> None:
    found = find(name)
    rows = {row.name for row in found.rows}
    assert len(rows) == len(found.rows)
    assert all(row.reference in rows for row in found.rows if isinstance(row.reference, str))
