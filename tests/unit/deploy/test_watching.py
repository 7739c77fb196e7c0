"""Prometheus and Grafana in compose: they ask every process, and show only what is exported."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.processes import read_processes
from pageheat.services.runtime.settings import AllSettings
from tests.support.promtool import check_rules, promtool, unknown_in

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml.template"
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "pageheat.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [
    DASHBOARD["annotations"]["list"][0]["expr"],
    *(target["expr"] for panel in PANELS for target in panel["targets"]),
]

PORTS = {
    spec.port: str(AllSettings.model_fields[spec.port.lower()].default)
    for name, spec in read_processes().items()
    if name not in ("kafka", "topics", "demo")
}


def test_prometheus_is_told_the_port_of_each_process_but_the_demos() -> None:
    told = SERVICES["prometheus"]["environment"]
    assert told == {name: f"${{{name}:-{port}}}" for name, port in PORTS.items()}


def test_prometheus_asks_every_container_of_each_process(tmp_path: Path) -> None:
    command = SERVICES["prometheus"]["command"][0].replace("$$", "$")
    command = command.replace("/etc/pageheat/prometheus.yml.template", str(PROMETHEUS))
    command = command.replace("/tmp/prometheus.yml", str(tmp_path / "made.yml"))
    command = re.sub(r"exec prometheus.*", "exit 0", command, flags=re.DOTALL)
    subprocess.run(["sh", "-ec", command], env=os.environ | PORTS, check=True)
    made = yaml.safe_load((tmp_path / "made.yml").read_text())
    (job,) = made["scrape_configs"]
    asked = {entry["names"][0]: entry["port"] for entry in job["dns_sd_configs"]}
    assert asked == {
        name: int(PORTS[spec.port]) for name, spec in read_processes().items() if spec.port in PORTS
    }
    assert (job["job_name"], job["metrics_path"]) == ("pageheat", "/_pageheat/metrics")
    made["rule_files"] = []  # a path in the container
    (tmp_path / "checked.yml").write_text(yaml.safe_dump(made))
    promtool("check", "config", tmp_path / "checked.yml")


@pytest.mark.parametrize("query", QUERIES)
def test_the_dashboard_asks_for_metrics_and_labels_that_are_exported(query: str) -> None:
    if not query.startswith("ALERTS"):
        assert unknown_in(query) == []


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    queries = [re.sub(r"\$__(rate_interval|range)", "5m", query) for query in QUERIES]
    check_rules([{"record": f"query{n}", "expr": query} for n, query in enumerate(queries)], tmp_path)


def test_the_dashboards_legends_name_labels_that_the_query_keeps() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            kept = re.findall(r"\bby \(([^)]*)\)", target["expr"])
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert named <= set(re.split(r",\s*", kept[0]) if kept else ["service", "instance"]), target


def test_no_two_panels_of_the_dashboard_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_what_asks_for_no_login_is_published_to_this_machine_only() -> None:
    for name in ("prometheus", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])
