"""Tries the built wheel as a new user would: `make wheel-check`.

Builds sdist and wheel, installs the wheel in a fresh environment outside the checkout, and runs the whole
system in an empty folder there: simulates visitors, verifies the grids, imports a log and draws it.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from pageheat.kafka.ports import free_port

ROOT = Path(__file__).parents[2]
UP_TIMEOUT_S = 180
"""From the start to "Pageheat is up", including the download of Kafka's jars."""

LOG = "?x=100&y=200,http://shop.example/lamps\n?x=110&y=210,http://shop.example/lamps\n"
"""A click log in the form of 2006."""


def say(line: str) -> None:
    print(f"wheel-check: {line}", flush=True)


def build(folder: Path) -> Path:
    """Build the sdist, and the wheel from it; return the wheel."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"pageheat"}, f"the wheel installs {sorted(tops)}"
    assert {"pageheat/topics.yaml", "pageheat/processes.yaml"} <= set(names)
    say(f"built {wheel.name} with {len(names)} files from the sdist")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel and the locked requirements in a fresh environment; return its command."""
    venv.create(folder, with_pip=True)
    pip: list[str | Path] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--require-hashes", "--requirement", ROOT / "requirements.txt"], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    say("installed in a fresh environment")
    return folder / "bin" / "pageheat"


def try_out(pageheat: Path, folder: Path) -> None:
    """Run the system and its tools in an empty folder."""
    names = ("kafka", "ingest", "broadcaster", "group_by", "aggregator", "demo", "heatmap")
    ports = {f"{name.upper()}_PORT": str(free_port()) for name in names}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = inherited | ports | {"SITE_URL": "", "PYTHONUNBUFFERED": "1"}

    def run(*arguments: str, **settings: str) -> str:
        done = subprocess.run(
            [pageheat, *arguments],
            cwd=folder,
            env=environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            sys.exit(f"pageheat {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout.strip()

    output = folder / "up.txt"
    with output.open("w") as written:
        up = subprocess.Popen(
            [pageheat, "up"], cwd=folder, env=environment, stdout=written, stderr=subprocess.STDOUT
        )
    try:
        until_s = time.monotonic() + UP_TIMEOUT_S
        while "Pageheat is up" not in output.read_text():
            if up.poll() is not None or time.monotonic() > until_s:
                sys.exit(f"pageheat up did not become ready:\n{output.read_text()}")
            time.sleep(0.2)
        say(next(line for line in output.read_text().splitlines() if "Pageheat is up" in line))
        simulated = run("simulate", "--visitors", "20", "--duration", "10")
        say(f"simulate: {simulated.splitlines()[-1]}")
        say(f"verify: {run('verify', '--seconds', '4').splitlines()[-1]}")
        (folder / "clicks.log").write_text(LOG)
        imported = run("import", "clicks.log", SITE_URL="http://shop.example")
        say(f"import: {imported.splitlines()[0]}")
        drawn = run("render", "/lamps", "--counts", "counts.sqlite", "-o", "heat.png")
        say(f"render: {drawn.splitlines()[0]}")
        assert (folder / "heat.png").read_bytes().startswith(b"\x89PNG")
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)
    assert up.returncode == 0, f"pageheat up ended with {up.returncode}:\n{output.read_text()}"


def main() -> None:
    """Build, install, and try the wheel."""
    with tempfile.TemporaryDirectory(prefix="pageheat-wheel-") as name:
        folder = Path(name)
        pageheat = install(build(folder / "dist"), folder / "environment")
        empty = folder / "empty"
        empty.mkdir()
        try_out(pageheat, empty)
    say("passed")


if __name__ == "__main__":
    main()
