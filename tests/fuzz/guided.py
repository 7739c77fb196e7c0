"""Coverage-guided search with atheris: `make fuzz SECONDS=60`.

Each target is searched in its own process, starting from its corpus. Findings are kept in `.fuzz/`, where
the next search continues. An input that breaks a target is named; once fixed, it belongs in the corpus.
"""

import argparse
import subprocess
import sys
from pathlib import Path

FOUND = Path(".fuzz")

MAX_INPUT_BYTES = 70_000
"""The longest input: longer than the longest frame."""

MAX_INPUT_S = 5
"""For one input; taking longer is a fault too."""

MAX_MB = 1_024
"""Of memory, as well."""


def main() -> int:
    """0 when no target broke."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="all targets together (default: 60)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments, rest = parser.parse_known_args()
    if arguments.inside:
        _search(arguments.targets[0], rest)
    from tests.fuzz.targets import CORPUS, TARGETS

    names = arguments.targets or list(TARGETS)
    broken = []
    for name in names:
        kept = FOUND / name
        kept.mkdir(parents=True, exist_ok=True)
        options = [
            f"-max_total_time={max(arguments.seconds // len(names), 1)}",
            f"-artifact_prefix={kept}-",
            *(f"-max_len={MAX_INPUT_BYTES}", f"-timeout={MAX_INPUT_S}", f"-rss_limit_mb={MAX_MB}"),
        ]
        command = [
            sys.executable,
            "-m",
            __spec__.name,
            "--inside",
            name,
            *options,
            str(kept),
            str(CORPUS / name),
        ]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
        said = done.stderr.splitlines()
        summary = next(
            (line for line in reversed(said) if line.startswith(("Done", "SUMMARY"))), "no summary"
        )
        print(f"{name:<12} {'holds' if done.returncode == 0 else 'BROKEN'}  {summary}", flush=True)
        if done.returncode:
            broken.append(name)
            print("  " + "\n  ".join(said[-40:]))
    return 1 if broken else 0


def _search(name: str, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["services", "pageheat"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    atheris.Setup([name, *options], lambda data: (target(data), None)[1])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
