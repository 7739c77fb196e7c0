"""Units of systemd for the processes of `processes.yaml`: what `pageheat up` runs, on a plain host. Pure."""

from collections.abc import Mapping

from pageheat.processes import ProcessSpec

SETTINGS_FILE = "/etc/pageheat.env"
"""The settings, as in `.env`; systemd reads it as root, so its secrets may be root's alone."""

TARGET = "pageheat.target"

STOP_S = 15
"""From SIGTERM to SIGKILL, as in compose: a process closes connections within 3 s, and flushes to Kafka."""

KAFKA_START_S = 900
"""Of the first start, in which Maven fetches Kafka's jars over a slow line."""

SANDBOX = """\
# No user of this host, no capability, nothing to write but its own folders.
DynamicUser=yes
User=pageheat
StateDirectory=pageheat
StateDirectoryMode=0700
CacheDirectory=pageheat
WorkingDirectory=/var/lib/pageheat
UMask=0077
CapabilityBoundingSet=
LockPersonality=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""


def units(processes: Mapping[str, ProcessSpec], python: str) -> dict[str, str]:
    """The text of each unit's file, by its name.

    Args:
        processes: those to run, in the order of their start; what they come after and is not among them
            runs elsewhere.
        python: path of the Python that has Pageheat.
    """
    made = {unit_name(name): _unit(spec, processes, python) for name, spec in processes.items()}
    wanted = " ".join(made)
    made[TARGET] = f"[Unit]\nDescription=Pageheat\nWants={wanted}\n\n[Install]\nWantedBy=multi-user.target\n"
    return made


def unit_name(process: str) -> str:
    """The file name of a process's unit."""
    return f"pageheat-{process}.service"


def _unit(spec: ProcessSpec, processes: Mapping[str, ProcessSpec], python: str) -> str:
    before = " ".join(
        ["network-online.target", *(unit_name(name) for name in spec.after if name in processes)]
    )
    is_step = not spec.port
    kind = "notify" if spec.name == "kafka" else "oneshot" if is_step else "exec"
    start_s = f"TimeoutStartSec={KAFKA_START_S}\n" if spec.name == "kafka" else ""
    # A step stays done until the target is stopped.
    again = "Restart=on-failure\nRemainAfterExit=yes" if is_step else "Restart=always"
    return f"""\
[Unit]
Description=Pageheat: {spec.name}
After={before}
Wants={before}
PartOf={TARGET}
# While Kafka is away at the start, it tries again for as long as it takes.
StartLimitIntervalSec=0

[Service]
Type={kind}
ExecStart={_quoted(python)} -m pageheat {spec.name}
# %H: the instance keeps its partitions when it restarts.
Environment=GROUP_INSTANCE_ID=%H PYTHONUNBUFFERED=1 HOME=/var/cache/pageheat
EnvironmentFile=-{SETTINGS_FILE}
{again}
RestartSec=2
{start_s}TimeoutStopSec={STOP_S if spec.name != "kafka" else 2 * STOP_S}
KillMode=mixed
{SANDBOX}
[Install]
WantedBy={TARGET}
"""


def _quoted(path: str) -> str:
    """A path in ExecStart: `%` and `$` are special there, as are spaces and quotes."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
