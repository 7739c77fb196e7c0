"""Further versions of the package: the tree of the last release, and one that raises every version."""

import re
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]

PARTS = ("services", "frontends", "pageheat", "topics.yaml")
"""What runs; `pageheat` has links to the others."""

LATER = "9.9.9"
"""The version of the tree that `later` makes."""


def last_release() -> str | None:
    """The newest release's tag among the commits before this one; None if this checkout knows none."""
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return found.stdout.strip() or None


def released(tag: str, folder: Path) -> Path:
    """Unpack a release's tree; returns its folder, for PYTHONPATH."""
    packed = subprocess.run(["git", "archive", tag, *PARTS], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def later(folder: Path) -> Path:
    """Copy this tree as a later release would be that raises every version, and reads ours as well.

    Returns:
        its folder, for PYTHONPATH.
    """
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True)
        else:
            shutil.copy2(source, folder / name)
    file = folder / "services" / "contract" / "versions.py"
    text = re.sub(r"Version = Literal\[(\d+)\]", _both, file.read_text())
    text, count = re.subn(r"^(FRAME|HEAT|WATCHED)\b(?:: Literal\[\d+\])? = (\d+)$", _next, text, flags=re.M)
    assert count == 3, "versions.py has another form"
    file.write_text(text)
    (folder / "pageheat" / "_version.py").write_text(f'__version__ = "{LATER}"\n')
    return folder


def _both(found: re.Match[str]) -> str:
    return f"Version = Literal[{found[1]}, {int(found[1]) + 1}]"


def _next(found: re.Match[str]) -> str:
    number = int(found[2]) + 1
    return f"{found[1]}: Literal[{number}] = {number}"
