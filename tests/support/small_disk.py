"""A small disk for one process and its children: a tmpfs in a mount namespace of their own."""

import shutil
import subprocess
from pathlib import Path

MOUNT_AND_RUN = 'mount -t tmpfs -o "size=$0" tmpfs . && cd "$PWD" && exec "$@"'

WAYS = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
"""As root; and as anybody, where the system lets users have namespaces."""


def on_small_disk(size: str, command: list[str]) -> list[str] | None:
    """A command that runs this one with its working directory on a disk of that size; None if we may not
    mount one.

    The disk is gone with the last process. Others see it by `seen_by`.
    """
    if shutil.which("unshare") is None:
        return None
    for way in WAYS:
        tried = subprocess.run([*way, "sh", "-c", MOUNT_AND_RUN, "1m", "true"], capture_output=True)
        if not tried.returncode:
            return [*way, "sh", "-c", MOUNT_AND_RUN, size, *command]
    return None


def seen_by(pid: int, folder: Path) -> Path:
    """A folder as a process sees it."""
    return Path(f"/proc/{pid}/root") / folder.relative_to("/")


def fill(folder: Path) -> Path:
    """Write a file that takes all room on the folder's disk; returns it."""
    file = folder / "filling"
    with file.open("wb", buffering=0) as out:
        for block in (1 << 20, 1 << 12):
            try:
                while True:
                    out.write(bytes(block))
            except OSError:
                continue
    return file
