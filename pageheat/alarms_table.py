"""The alarms as a table in `docs/operations.md`, from Prometheus' rules in `deploy/prometheus/alarms.yaml`.

`python -m pageheat.alarms_table` writes it; a test fails when it is out of date.
"""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
RULES = ROOT / "deploy" / "prometheus" / "alarms.yaml"
PAGE = ROOT / "docs" / "operations.md"

BEGIN, END = "<!-- made by make alarms -->\n", "<!-- end of make alarms -->\n"

HELD = {None: "at once", "1h": "for an hour"}
"""How long a condition holds before its alarm fires, in words; all others: two minutes."""


def rules() -> list[dict[str, Any]]:
    """The rules, in the order of the file."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def table() -> str:
    """A row for each rule."""
    rows = ["| alarm | condition | meaning | what to do |", "| --- | --- | --- | --- |"]
    for rule in rules():
        held = f", {HELD[rule.get('for')]}" if rule.get("for") in HELD else ""
        said = rule["annotations"]
        rows.append(
            f"| `{rule['alert']}` | `{rule['expr']}`{held} | {said['summary']} | {said['description']} |"
        )
    return "\n".join(rows) + "\n"


def written(page: str) -> str:
    """The page with the table of today between its marks."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
