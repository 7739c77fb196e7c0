"""docs/operations.md lists every metric, and nothing else."""

import re

from tests.support.metrics import ROOT, exported

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_metric_has_a_row() -> None:
    assert set(re.findall(r"^\| `(pageheat_[a-z_]+)` \|", PAGE, re.MULTILINE)) == exported()


def test_alarms_are_about_existing_metrics() -> None:
    named = (name.removesuffix("_bucket") for name in re.findall(r"pageheat_[a-z_]+", PAGE))
    assert set(named) <= exported()
