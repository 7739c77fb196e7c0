"""docs/guarantees.md names tests and metrics that exist."""

import re
from pathlib import Path

from tests.support.metrics import exported

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")


def test_quoted_test_files_exist_and_hold_the_quoted_tests() -> None:
    named = re.findall(r"`(?:tests/)?([a-z_/]+\.py)`(?:: \*([^*]+)\*)?", PAGE)
    assert len(named) > 30
    for path, words in named:
        files = [
            file
            for file in (ROOT / "tests").rglob("*.py")
            if f"/{file.relative_to(ROOT)}".endswith(f"/{path}")
        ]
        assert files, path
        assert words.replace(" ", "_").replace("\n", "_") in "".join(map(Path.read_text, files)), words


def test_metrics_in_the_table_of_limits_exist() -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.count("|") == 6]
    named = {name for row in rows for name in re.findall(r"`([a-z]+_[a-z_]+)`", row[4])}
    assert len(named) > 15
    assert {f"pageheat_{name}" for name in named} - {"pageheat_process_resident_memory_bytes"} <= exported()
