"""Prometheus' own tool, where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.metrics import labels_exported

OF_EVERY_PROCESS = {
    "up": set[str](),
    "process_cpu_seconds_total": set[str](),
    "process_resident_memory_bytes": set[str](),
    "process_open_fds": set[str](),
    "process_max_fds": set[str](),
}
"""What Prometheus itself, and its library in each process, give besides ours."""

OF_TARGETS = {"job", "instance", "service"}
"""Labels that Prometheus adds to what it reads: see prometheus.yml.template."""


def promtool(*arguments: str | Path) -> None:
    """Run it; fail with its output if it fails.

    Skips the test where it is not installed.
    """
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def check_rules(rules: list[dict[str, Any]], folder: Path) -> Path:
    """Let promtool parse these rules; return their file."""
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "tested", "rules": rules}]}))
    promtool("check", "rules", file)
    return file


def unknown_in(query: str) -> list[str]:
    """Metrics and labels of a query that no process exports."""
    known = labels_exported() | OF_EVERY_PROCESS
    names = {
        name.removesuffix("_bucket")
        for name in re.findall(r"\b(?:pageheat|process)_[a-z_]+|\bup\b", re.sub(r'"[^"]*"', '""', query))
    }
    labels = {"le"}.union(OF_TARGETS, *(known.get(name, ()) for name in names))
    used = set(re.findall(r"([a-z_]+)\s*(?:=~|!=|=(?!=))", query))
    for grouped in re.findall(r"\bby \(([^)]*)\)", query):
        used |= {label.strip() for label in grouped.split(",")}
    return sorted(names - known.keys()) + sorted(used - labels)
