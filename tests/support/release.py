"""Builds a release of the commit that is tagged: `make release`; with ARGS=--plan it says what it would do.

Into dist/: the sdist and the wheel, whose version is the tag's; an SBOM (CycloneDX) of what each image has of
Python; the Helm chart; and both images for amd64 and arm64, as archives, or to the registry in REGISTRY.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DIST = "dist"

TAG = re.compile(r"v(\d+\.\d+\.\d+)")
HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)

CONTENTS = {
    "pageheat": ("requirements.txt",),
    "pageheat-history": ("requirements.txt", "requirements-history.txt"),
}
"""What is installed in each image."""

DYNAMIC = 'dynamic = ["version"]'
"""In pyproject.toml; an SBOM has to name a version."""

PARTS = ("package", "sbom", "chart", "images")


@dataclass(frozen=True)
class Step:
    """One command, with what it needs in its environment."""

    part: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        settings = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        return " ".join([*settings, shlex.join(self.command)])


def problems(tag: str, changes: str, changelog: str, chart: Mapping[str, str]) -> list[str]:
    """What hinders a release, one line each.

    Args:
        tag: that of the commit, "" if it has none.
        changes: what `git status --porcelain` prints.
        changelog: CHANGELOG.md.
        chart: deploy/helm/Chart.yaml.
    """
    found = TAG.fullmatch(tag)
    if not found:
        return [f"the commit has {f'the tag {tag}' if tag else 'no tag'}: git tag --annotate v1.2.3"]
    version, wrong = found[1], []
    if changes:
        wrong.append("files differ from the commit: commit or remove them, and tag again")
    if version not in HEADING.findall(changelog):
        wrong.append(f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD': move there what is new")
    return wrong + [
        f"{name} in deploy/helm/Chart.yaml is {chart[name]}: set it to {version}"
        for name in ("version", "appVersion")
        if chart[name] != version
    ]


def plan(version: str, registry: str, scratch: str) -> list[Step]:
    """The commands, in order; `scratch` is a folder for environments."""
    python = sys.executable
    steps = [Step("package", (python, "-m", "build", "--no-isolation", "--outdir", DIST))]
    for name, locks in CONTENTS.items():
        environment = f"{scratch}/{name}"
        pip = (python, "-m", "pip", "--python", environment, "install", "--quiet", "--no-deps")
        listed = [part for lock in locks for part in ("--requirement", lock)]
        wheel = f"{DIST}/pageheat-{version}-py3-none-any.whl"
        bom = (
            "--pyproject",
            f"{scratch}/pyproject.toml",
            "--mc-type",
            "application",
            "--output-reproducible",
        )
        file = ("--output-format", "JSON", "--output-file", f"{DIST}/{name}-{version}.cdx.json")
        steps += [
            Step("sbom", (python, "-m", "venv", "--without-pip", environment)),
            Step("sbom", (*pip, "--require-hashes", *listed)),
            Step("sbom", (*pip, wheel)),
            Step("sbom", (python, "-m", "cyclonedx_py", "environment", *bom, *file, environment)),
        ]
    steps.append(Step("chart", ("helm", "package", "deploy/helm", "--destination", DIST)))
    steps.append(
        Step(
            "images",
            ("docker", "buildx", "bake", "--file", "docker-bake.hcl"),
            {"VERSION": version, "REGISTRY": registry},
        )
    )
    return steps


def missing(steps: Sequence[Step]) -> list[str]:
    """The programs of the steps that are not installed."""
    return sorted({step.command[0] for step in steps if shutil.which(step.command[0]) is None})


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Build it, or say what is missing."""
    parser = argparse.ArgumentParser(prog="make release")
    parser.add_argument("--plan", action="store_true", help="print the commands, and run none")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="leave out the others")
    arguments = parser.parse_args()
    tag = _git("describe", "--tags", "--exact-match", "--match", "v[0-9]*")
    wrong = problems(
        tag,
        _git("status", "--porcelain"),
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        yaml.safe_load((ROOT / "deploy" / "helm" / "Chart.yaml").read_text()),
    )
    registry = os.environ.get("REGISTRY", "")
    with tempfile.TemporaryDirectory(prefix="pageheat-release-") as scratch:
        version = tag.removeprefix("v") or "VERSION"
        steps = plan(version, registry, scratch)
        steps = [step for step in steps if step.part in arguments.only]
        wrong += [f"{program} is not installed" for program in missing(steps)]
        if arguments.plan:
            print(*steps, *(f"! {line}" for line in wrong), sep="\n")
            return
        if wrong:
            sys.exit("no release: " + "; ".join(wrong))
        (ROOT / DIST).mkdir(exist_ok=True)
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        named = project.replace(DYNAMIC, f'version = "{version}"')
        (Path(scratch) / "pyproject.toml").write_text(named, encoding="utf-8")
        for step in steps:
            print(step, flush=True)
            if subprocess.run(step.command, cwd=ROOT, env=os.environ | step.environment).returncode:
                sys.exit(f"no release: {step.command[0]} failed, see above")
    print(f"release {version} is in {DIST}/" + (f", its images at {registry}" if registry else ""))


if __name__ == "__main__":
    main()
