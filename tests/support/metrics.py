"""The metrics that services and front ends export."""

from importlib import import_module
from pathlib import Path

from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[2]


def exported() -> set[str]:
    """Return our metrics' names in Prometheus."""
    for path in [*ROOT.glob("services/**/*.py"), *ROOT.glob("frontends/**/*.py")]:
        if "prometheus_client" in path.read_text(encoding="utf-8"):
            import_module("pageheat." + ".".join(path.relative_to(ROOT).with_suffix("").parts))
    metrics = (metric for metric in REGISTRY.collect() if metric.name.startswith("pageheat_"))
    return {metric.name + ("_total" if metric.type == "counter" else "") for metric in metrics}
