"""The lock files match pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]
DEVELOP = [*RUN, *PROJECT["project"]["optional-dependencies"]["dev"]]
HISTORY = PROJECT["dependency-groups"]["history"]
FUZZ = PROJECT["dependency-groups"]["fuzz"]
AUDIT = PROJECT["dependency-groups"]["audit"]
RELEASE = PROJECT["dependency-groups"]["release"]

LOCKS = [
    ("requirements.txt", RUN),
    ("requirements-dev.txt", DEVELOP),
    ("requirements-history.txt", HISTORY),
    ("requirements-fuzz.txt", FUZZ),
    ("requirements-audit.txt", AUDIT),
    ("requirements-release.txt", RELEASE),
]


def pinned(file: str) -> dict[str, str]:
    """Name → version of each entry of a requirements file."""
    entries = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE)
    return dict(entries)


@pytest.mark.parametrize(("file", "asked"), LOCKS)
def test_the_lock_satisfies_the_requirements(file: str, asked: list[str]) -> None:
    for requirement in asked:
        wanted, *_ = requirement.partition(";")  # a marker for Python versions may follow
        name, version = wanted.lower().replace("_", "-").split("==")
        assert pinned(file).get(name) == version, f"{requirement}: run make lock"


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    assert pinned("requirements.txt").items() <= pinned("requirements-dev.txt").items()


@pytest.mark.parametrize("file", [file for file, _ in LOCKS])
def test_the_lock_has_no_download_addresses(file: str) -> None:
    assert "://" not in (ROOT / file).read_text()


def test_the_history_is_locked_as_the_extra_says() -> None:
    assert PROJECT["project"]["optional-dependencies"]["history"] == HISTORY
