"""docs/operations.md tells of every metric, and of nothing else."""

import re
from importlib import import_module
from pathlib import Path

from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def exported() -> set[str]:
    """The names under which Prometheus finds our metrics."""
    for path in ROOT.glob("services/**/*.py"):
        if "prometheus_client" in path.read_text(encoding="utf-8"):
            import_module("pageheat." + ".".join(path.relative_to(ROOT).with_suffix("").parts))
    metrics = (metric for metric in REGISTRY.collect() if metric.name.startswith("pageheat_"))
    return {metric.name + ("_total" if metric.type == "counter" else "") for metric in metrics}


def test_every_metric_has_a_row() -> None:
    assert set(re.findall(r"^\| `(pageheat_[a-z_]+)` \|", PAGE, re.MULTILINE)) == exported()


def test_alarms_are_about_metrics_that_there_are() -> None:
    named = (name.removesuffix("_bucket") for name in re.findall(r"pageheat_[a-z_]+", PAGE))
    assert set(named) <= exported()
