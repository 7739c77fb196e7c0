"""processes.yaml, docker-compose.yml and the command `pageheat` know the same processes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.__main__ import PROCESSES, TOOLS
from pageheat.processes import read_processes
from pageheat.services.runtime.settings import AllSettings

ROOT = Path(__file__).parents[3]
TABLE = read_processes()
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
SERVING = [name for name, spec in TABLE.items() if spec.ready]
FOR_USERS = [name for name in SERVING if name not in ("group_by", "aggregator")]


def variable(name: str) -> str:
    """The port as compose writes it: the setting, or its default."""
    setting = TABLE[name].port
    return f"${{{setting}:-{AllSettings.model_fields[setting.lower()].default}}}"


def test_compose_runs_the_processes_of_the_table_and_an_entry_to_them() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == [*TABLE, "entry"]


def test_each_entry_is_a_command() -> None:
    assert set(TABLE) == {*PROCESSES, "topics"}
    assert "topics" in TOOLS


@pytest.mark.parametrize("name", [name for name in TABLE if name != "kafka"])
def test_compose_runs_the_command_of_the_same_name(name: str) -> None:
    assert SERVICES[name]["command"][-1].split()[-1] == name


@pytest.mark.parametrize("name", TABLE)
def test_compose_has_the_tables_dependencies(name: str) -> None:
    conditions = {
        other: "service_healthy" if TABLE[other].port else "service_completed_successfully"
        for other in TABLE[name].after
    }
    found = SERVICES[name].get("depends_on", {})
    assert {other: entry["condition"] for other, entry in found.items()} == conditions


@pytest.mark.parametrize("name", SERVING)
def test_compose_checks_readiness_at_the_tables_address(name: str) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[-2:] == [variable(name), TABLE[name].ready]


def test_the_entry_publishes_the_known_ports_on_the_configured_address() -> None:
    ports = [variable(name) for name in FOR_USERS]
    assert SERVICES["entry"]["ports"] == [f"${{BIND_ADDRESS:-127.0.0.1}}:{port}:{port}" for port in ports]


def test_the_entry_forwards_each_port_to_its_process_in_the_table() -> None:
    config = (ROOT / "entry" / "nginx.conf.template").read_text()
    handed = re.findall(r"\$\{([A-Z_]+)\} (\w+);", config)
    assert handed == [(TABLE[name].port, name) for name in FOR_USERS]
    assert re.findall(r"listen \$\{([A-Z_]+)\}", config) == [TABLE[name].port for name in FOR_USERS]


def test_the_entry_knows_all_ports() -> None:
    environment = SERVICES["entry"]["environment"]
    assert {TABLE[name].port: variable(name) for name in FOR_USERS}.items() <= environment.items()


@pytest.mark.parametrize("name", SERVING)
def test_scalable_services_have_no_published_port_and_no_container_name(name: str) -> None:
    assert not {"ports", "container_name", "hostname"} & set(SERVICES[name])


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_limits_and_restarts(name: str) -> None:
    assert {"mem_limit", "restart", "logging"} <= set(SERVICES[name])


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"kafka"}))
def test_a_public_container_is_read_only_and_unprivileged(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


def test_kafka_is_published_to_this_machine_only() -> None:
    assert SERVICES["kafka"]["ports"] == [f"127.0.0.1:{variable('kafka')}:19092"]


def test_no_two_processes_have_the_same_port_by_default() -> None:
    ports = [variable(name) for name, spec in TABLE.items() if spec.port]
    assert len(set(ports)) == len(ports)


class Overlaid(yaml.SafeLoader):
    """Reads compose's `!reset`, which takes something away."""


Overlaid.add_constructor("!reset", lambda *_: None)


def test_with_a_kafka_that_is_there_already_compose_runs_all_but_its_own() -> None:
    overlay = yaml.load((ROOT / "docker-compose.existing-kafka.yml").read_text(), Overlaid)
    assert overlay["services"].pop("kafka") is None
    assert list(overlay["services"]) == [name for name in TABLE if name != "kafka"]
    for service in overlay["services"].values():
        assert service["environment"]["KAFKA_BROKER"].startswith("${KAFKA_BROKER:?")
    assert [name for name, it in overlay["services"].items() if "depends_on" in it] == ["topics"]
    assert overlay["services"]["topics"]["depends_on"] is None
