"""The command `pageheat`: its tools, and the processes that make up a running Pageheat."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from pageheat import __version__
from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import misspelt

log = logging.getLogger("pageheat")

TOOLS = (
    "up",
    "systemd",
    "topics",
    "simulate",
    "replay",
    "check",
    "doctor",
    "watch",
    "verify",
    "dead-letters",
    "forget",
    "import",
    "backup",
    "restore",
    "render",
    "token",
)
"""Modules of `pageheat.commands`, each with HELP, add_arguments(parser) and run(arguments) -> code."""

RENAMED = {"import": "import_logs", "dead-letters": "dead_letters"}
"""Tools whose names cannot be module names, and the names of their modules."""

PROCESSES = {
    "kafka": "pageheat.kafka_process",
    "ingest": "pageheat.ingest_process",
    "group_by": "pageheat.services.group_by.main",
    "aggregator": "pageheat.services.aggregator.main",
    "broadcaster": "pageheat.services.broadcaster.main",
    "history": "pageheat.services.history.main",
    "demo": "pageheat.frontends.demo.server",
    "heatmap": "pageheat.frontends.heatmap.server",
}
"""Modules with main(), which runs until SIGTERM and reads its settings from the environment."""

INTERRUPTED = 130
"""The exit code that shells use for a command ended by Ctrl-C."""

OUTPUT_CLOSED = 141
"""The exit code for a command whose reader closed the pipe, as in `pageheat watch heatmap | head`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one tool or process and return its exit code. Imports only the module that runs."""
    name, *rest = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        print(_help())
        return 0
    if name == "--version":
        print(f"pageheat {__version__}")
        return 0
    try:
        if name in TOOLS:
            return _run_tool(name, rest)
        if name in PROCESSES:
            argparse.ArgumentParser(prog=f"pageheat {name}").parse_args(rest)
            import_module(PROCESSES[name]).main()
            return 0
    except PageheatError as error:
        if name in PROCESSES and logging.getLogger().handlers:  # logging is set up
            log.critical("%s", error)
        else:
            message = "\n".join(map(printable, str(error).splitlines()))  # it may quote foreign input
            print(f"pageheat {name}: {message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # At exit Python flushes standard output, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_CLOSED
    print(f"pageheat: there is no '{name}'; see pageheat --help", file=sys.stderr)
    return 2


def _run_tool(name: str, arguments: list[str]) -> int:
    tool = _tool(name)
    parser = argparse.ArgumentParser(prog=f"pageheat {name}", description=tool.HELP)
    tool.add_arguments(parser)
    for warning in misspelt():
        print(f"pageheat {name}: {warning}", file=sys.stderr)
    return int(tool.run(parser.parse_args(arguments)))


def _tool(name: str) -> ModuleType:
    return import_module(f"pageheat.commands.{RENAMED.get(name, name)}")


def _help() -> str:
    tools = [f"  {name:<14}{_tool(name).HELP}" for name in TOOLS]
    return "\n".join(
        [
            "Live heat maps of your own web site.",
            "",
            "usage: pageheat COMMAND [--help]",
            "       pageheat --version",
            "",
            "tools:",
            *tools,
            "",
            "processes; each runs until SIGTERM (pageheat up runs them all):",
            f"  {', '.join(PROCESSES)}",
            "",
            "Settings come from the environment and .env; .env.example lists them.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
