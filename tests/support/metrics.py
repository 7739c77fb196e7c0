"""The metrics that services and front ends export."""

from functools import cache
from importlib import import_module
from pathlib import Path

from prometheus_client import REGISTRY, Metric

ROOT = Path(__file__).parents[2]


def exported() -> set[str]:
    """Return our metrics' names in Prometheus."""
    return set(labels_exported())


@cache
def labels_exported() -> dict[str, set[str]]:
    """Return the labels of each of our metrics, by its name in Prometheus."""
    for path in [*ROOT.glob("services/**/*.py"), *ROOT.glob("frontends/**/*.py")]:
        if "prometheus_client" in path.read_text(encoding="utf-8"):
            import_module("pageheat." + ".".join(path.relative_to(ROOT).with_suffix("").parts))
    metrics = [metric for metric in REGISTRY.collect() if metric.name.startswith("pageheat_")]
    return {
        metric.name + ("_total" if metric.type == "counter" else ""): _labels(metric) for metric in metrics
    }


def _labels(metric: Metric) -> set[str]:
    """A metric without values has no sample that would tell them: its family or its collector does."""
    collector = REGISTRY._names_to_collectors[metric.name]
    return {*getattr(metric, "_labelnames", ()), *getattr(collector, "_labelnames", ())}
