"""processes.yaml, docker-compose.yml and the command `pageheat` know the same processes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.__main__ import PROCESSES, TOOLS
from pageheat.processes import read_processes
from services.contract.settings import AllSettings

ROOT = Path(__file__).parents[3]
TABLE = read_processes()
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
SERVING = [name for name, spec in TABLE.items() if spec.ready]


def variable(name: str) -> str:
    """The port as compose writes it: the setting, or its default."""
    setting = TABLE[name].port
    return f"${{{setting}:-{AllSettings.model_fields[setting.lower()].default}}}"


def test_compose_runs_the_processes_of_the_table_and_no_others() -> None:
    assert list(SERVICES) == list(TABLE)


def test_each_entry_but_kafka_is_a_command() -> None:
    assert set(TABLE) - {"kafka"} == {*PROCESSES, "topics"}
    assert "topics" in TOOLS


@pytest.mark.parametrize("name", [name for name in TABLE if name != "kafka"])
def test_compose_runs_the_command_of_the_same_name(name: str) -> None:
    assert SERVICES[name]["command"][-1].split()[-1] == name


@pytest.mark.parametrize("name", TABLE)
def test_compose_waits_for_what_the_table_says(name: str) -> None:
    conditions = {
        other: "service_healthy" if TABLE[other].port else "service_completed_successfully"
        for other in TABLE[name].after
    }
    found = SERVICES[name].get("depends_on", {})
    assert {other: entry["condition"] for other, entry in found.items()} == conditions


@pytest.mark.parametrize("name", SERVING)
def test_compose_asks_for_readiness_where_the_table_says(name: str) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[-2:] == [variable(name), TABLE[name].ready]


@pytest.mark.parametrize("name", [n for n in SERVING if n not in ("group_by", "aggregator")])
def test_compose_publishes_the_port_on_the_address_that_is_set(name: str) -> None:
    port = variable(name)
    assert SERVICES[name]["ports"] == [f"${{BIND_ADDRESS:-127.0.0.1}}:{port}:{port}"]


@pytest.mark.parametrize("name", ["group_by", "aggregator"])
def test_what_can_be_scaled_takes_no_port_and_no_name_of_the_machine(name: str) -> None:
    assert not {"ports", "container_name", "hostname"} & set(SERVICES[name])


@pytest.mark.parametrize("name", TABLE)
def test_every_container_is_bounded_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert {"mem_limit", "restart", "logging"} <= set(service)


def test_kafka_is_published_to_this_machine_alone() -> None:
    assert SERVICES["kafka"]["ports"] == [f"127.0.0.1:{variable('kafka')}:19092"]


def test_no_two_processes_have_the_same_port_by_default() -> None:
    ports = [variable(name) for name, spec in TABLE.items() if spec.port]
    assert len(set(ports)) == len(ports)
