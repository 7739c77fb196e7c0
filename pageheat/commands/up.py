"""`pageheat up`: runs all of Pageheat on this machine, with its own Kafka, until Ctrl-C."""

import argparse
import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from pageheat.disk import DiskWatch
from pageheat.frontends.heatmap.sites import further_ports
from pageheat.kafka.installation import install
from pageheat.kafka.node import KafkaNode, make_archive
from pageheat.kafka.ports import ADDRESS as KAFKA_ADDRESS
from pageheat.members import Kafka, Member, Process, Step
from pageheat.processes import ProcessSpec, has_history, own_kafka, read_processes
from pageheat.report import Report
from pageheat.services.contract import topics
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.rights import SERVICES, together
from pageheat.services.runtime import kafka_clients, topic_admin
from pageheat.services.runtime.listening import PortTaken, listen
from pageheat.services.runtime.settings import AllSettings
from pageheat.stop_signals import stop_signals
from pageheat.supervisor import Supervisor

HELP = "run everything on this machine, with its own Kafka, until Ctrl-C"

STATE = Path(".pageheat")
"""Kafka's data and the logs, in the working directory of `up`."""


NO_HISTORY = """
The history is left out: its engine is not installed. pip install 'pageheat[history]' (here: make history)"""


class AlreadyUp(PageheatError):
    """Another `pageheat up` runs in this folder."""


class PortsTaken(PageheatError):
    """Ports are not available; the message names their settings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: all options are settings."""


def run(arguments: argparse.Namespace) -> int:
    """Start all processes, print their addresses, run until Ctrl-C or SIGTERM, and stop all.

    Raises:
        PageheatError: a setting is wrong, a port taken, Java or Maven missing, or a process failed.
    """
    began = time.monotonic()
    settings = AllSettings.load()
    report = Report(Console(highlight=False))
    with _this_folder_alone(), report:
        _require_free_ports(_processes(settings), settings)
        retention_s = topics.read_specs()[topics.BY_PAGE].retention_ms / 1000
        disk = DiskWatch(STATE, retention_s, report)
        supervisor = Supervisor(_members(settings, report), report, obstacle=disk.why_full)
        with stop_signals() as stopping:
            try:
                supervisor.run(until=lambda ready: ready or bool(stopping))
                if not stopping:
                    if not has_history(settings):
                        report.say(NO_HISTORY)
                    report.up(settings, STATE / "logs", time.monotonic() - began, supervisor.running)

                def ends(_: bool) -> bool:
                    disk.look()
                    return bool(stopping)

                supervisor.run(until=ends)
            finally:
                report.say("Stopping.")
                supervisor.stop()
    return 0


def _members(settings: AllSettings, report: Report) -> list[Member]:
    """The members of the table of processes, not yet started."""
    logs = STATE / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.iterdir():
        old.unlink()
    members: list[Member] = []
    for name, spec in _processes(settings).items():
        if name == "kafka":
            if own_kafka(settings):
                members.append(_kafka(spec, settings, logs, report))
        elif name == "topics":
            after = tuple(after for after in spec.after if after != "kafka" or own_kafka(settings))
            members.append(Step(name, after, lambda: _set_up_topics(settings)))
        else:
            members.append(_process(spec, settings, logs))
    return members


def _processes(settings: AllSettings) -> dict[str, ProcessSpec]:
    """The table of processes, without the history where its engine is missing."""
    return {
        name: spec for name, spec in read_processes().items() if name != "history" or has_history(settings)
    }


def _kafka(spec: ProcessSpec, settings: AllSettings, logs: Path, report: Report) -> Kafka:
    installation = install(say=report.working)
    make_archive(installation, say=report.working)
    node = KafkaNode(installation, STATE / "kafka", settings.kafka_port, log_file=logs / "kafka.log")
    return Kafka(spec.name, node)


def _set_up_topics(settings: AllSettings) -> None:
    admin, specs = kafka_clients.Admin(settings.kafka), topics.read_specs()
    topic_admin.create_missing(admin, specs, settings.kafka_replication)
    try:
        topic_admin.require(settings.kafka, settings.kafka_replication, together(SERVICES.values()))
    except topics.WrongTopics as error:
        hint = f"; to start with an empty Kafka, remove {STATE / 'kafka'}" if own_kafka(settings) else ""
        raise topics.WrongTopics(f"{error}{hint}") from None


def _process(spec: ProcessSpec, settings: AllSettings, logs: Path) -> Process:
    port = spec.port_in(settings)
    wildcard = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    address = wildcard.get(settings.bind_address, settings.bind_address)
    return Process(
        spec.name,
        spec.after,
        logs / f"{spec.name}.log",
        [sys.executable, "-m", "pageheat", spec.name],
        _environment(settings, port),
        (address, port),
        spec.ready,
        optional=spec.optional,
    )


def _environment(settings: AllSettings, port: int) -> Mapping[str, str]:
    """The environment of a process: ours, and the settings that differ per process."""
    # Unique among live processes on this machine, and the same after a restart.
    instance = settings.group_instance_id or f"{socket.gethostname()}-{port}"
    log_format = "text" if settings.log_format == "auto" else settings.log_format
    return os.environ | {"GROUP_INSTANCE_ID": instance, "LOG_FORMAT": log_format}


def _require_free_ports(processes: Mapping[str, ProcessSpec], settings: AllSettings) -> None:
    """Refuse ports that are not available, and a port that two settings share.

    Raises:
        PortsTaken: the message names their settings.
        NotOurAddress: BIND_ADDRESS is not an address of this machine.
    """
    settings_of: dict[int, list[str]] = {}
    refused: dict[str, list[str]] = {}
    with ExitStack() as held:
        for name, spec in processes.items():
            if not spec.port or (name == "kafka" and not own_kafka(settings)):
                continue
            address = KAFKA_ADDRESS if name == "kafka" else settings.bind_address
            wanted = [(f"{spec.port}={spec.port_in(settings)}", spec.port_in(settings))]
            if name == "heatmap":
                wanted += [(f"port {port} in SITES_HEATMAP_URLS", port) for port in further_ports(settings)]
            for setting, port in wanted:
                settings_of.setdefault(port, []).append(setting)
                if len(settings_of[port]) > 1:
                    continue
                try:
                    held.enter_context(listen(address, port))
                except PortTaken as error:
                    refused.setdefault(error.reason, []).append(setting)
    reasons = [f"{', '.join(ports)}: {reason}" for reason, ports in refused.items()]
    reasons += [f"{' and '.join(same)}: each needs its own port" for same in settings_of.values() if same[1:]]
    if reasons:
        raise PortsTaken(f"{'; '.join(reasons)}; stop what uses the port, or set another in .env")


@contextmanager
def _this_folder_alone() -> Iterator[None]:
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUp("it already runs in this folder") from None
        yield
