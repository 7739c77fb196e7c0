"""Reads the table of processes, `processes.yaml`."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from pageheat.services.runtime.settings import AllSettings

FILE = Path(__file__).with_name("processes.yaml")


@dataclass(frozen=True)
class ProcessSpec:
    """One entry: `port` is a setting's name, `ready` a path, `after` the names of other entries.

    An entry that only runs once has no port.
    """

    name: str
    port: str = ""
    ready: str = ""
    after: tuple[str, ...] = ()

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
