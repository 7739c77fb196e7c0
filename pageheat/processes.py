"""Reads the table of processes, `processes.yaml`."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import yaml

from pageheat.kafka.ports import ADDRESS as KAFKA_ADDRESS
from pageheat.services.runtime.settings import AllSettings

FILE = Path(__file__).with_name("processes.yaml")


@dataclass(frozen=True)
class ProcessSpec:
    """One entry: `port` is a setting's name, `ready` a path, `after` the names of other entries.

    An entry that only runs once has no port. Without an `optional` one, all others work.
    """

    name: str
    port: str = ""
    ready: str = ""
    after: tuple[str, ...] = ()
    optional: bool = False

    def port_in(self, settings: AllSettings) -> int:
        """Its port, from these settings."""
        return int(getattr(settings, self.port.lower()))


def read_processes(file: Path = FILE) -> dict[str, ProcessSpec]:
    """The processes by name, in the order in which they start."""
    table = yaml.safe_load(file.read_text())
    return {
        name: ProcessSpec(name, **{**fields, "after": tuple(fields.get("after", ()))})
        for name, fields in table.items()
    }


def has_history(settings: AllSettings) -> bool:
    """Whether the history can run: its engine is installed, or a server's address given."""
    return bool(settings.clickhouse_url.get_secret_value() or find_spec("chdb"))


def own_kafka(settings: AllSettings) -> bool:
    """Whether Kafka runs here: not if KAFKA_BROKER names another one."""
    return settings.kafka_broker in (f"{host}:{settings.kafka_port}" for host in (KAFKA_ADDRESS, "localhost"))
