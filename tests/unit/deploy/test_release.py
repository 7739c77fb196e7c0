"""What a release is made of, and what hinders one."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat import __version__
from tests.support.release import CONTENTS, DYNAMIC, HEADING, PARTS, missing, plan, problems

ROOT = Path(__file__).parents[3]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
CHART = yaml.safe_load((ROOT / "deploy" / "helm" / "Chart.yaml").read_text())

RIGHT: dict[str, Any] = {
    "tag": "v1.2.3",
    "changes": "",
    "changelog": "## [Unreleased]\n\n## [1.2.3] - 2027-01-02\n",
    "chart": {"version": "1.2.3", "appVersion": "1.2.3"},
}


def test_nothing_hinders_a_release_whose_parts_agree() -> None:
    assert problems(**RIGHT) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tag": ""}, ["the commit has no tag: git tag --annotate v1.2.3"]),
        ({"tag": "v1.2"}, ["the commit has the tag v1.2: git tag --annotate v1.2.3"]),
        ({"changes": " M README.md"}, ["files differ from the commit: commit or remove them, and tag again"]),
        (
            {"changelog": "## [Unreleased]\n\n## [1.2.2] - 2026-12-01\n"},
            ["CHANGELOG.md has no section '## [1.2.3] - YYYY-MM-DD': move there what is new"],
        ),
        (
            {"chart": {"version": "1.2.3", "appVersion": "1.2.2"}},
            ["appVersion in deploy/helm/Chart.yaml is 1.2.2: set it to 1.2.3"],
        ),
    ],
)
def test_what_hinders_a_release_is_said_with_what_to_do(wrong: dict[str, object], said: list[str]) -> None:
    assert problems(**{**RIGHT, **wrong}) == said


def test_the_plan_has_package_bills_chart_and_images() -> None:
    lines = [str(step) for step in plan("1.2.3", "registry.example.org/heat", "/scratch")]
    assert plan("1.2.3", "", "/scratch")[0].part == PARTS[0]
    assert {step.part for step in plan("1.2.3", "", "/scratch")} == set(PARTS)
    for name in CONTENTS:
        assert sum(f"--output-file dist/{name}-1.2.3.cdx.json" in line for line in lines) == 1
    assert (
        lines[-1]
        == "VERSION=1.2.3 REGISTRY=registry.example.org/heat docker buildx bake --file docker-bake.hcl"
    )
    assert missing([step for step in plan("1.2.3", "", "/scratch") if step.part == "package"]) == []


def test_the_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    headings = re.findall(r"^## .*", CHANGELOG, re.MULTILINE)
    assert headings[0] == "## [Unreleased]"
    assert all(HEADING.fullmatch(heading) for heading in headings[1:])
    released = [tuple(map(int, version.split("."))) for version in HEADING.findall(CHANGELOG)]
    assert released == sorted(released, reverse=True)
    kinds = set(re.findall(r"^### (.*)", CHANGELOG, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_charts_version_is_the_newest_release_in_the_changelog() -> None:
    newest = next(iter(HEADING.findall(CHANGELOG)), "0.1.0")
    assert CHART["version"] == CHART["appVersion"] == newest


def test_the_packages_version_comes_from_the_tag_and_is_valid_without_one() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    assert "version" in project["project"]["dynamic"]
    assert text.count(DYNAMIC) == 1
    assert project["tool"]["vcs-versioning"]["fallback_version"] == "0.0.0"
    assert re.match(r"\d+(\.\d+)*(\.dev\d+)?(\+[a-z0-9.]+)?$", __version__)


def test_images_are_built_the_same_for_every_architecture() -> None:
    """No base image, package or file of one architecture alone: what is installed are wheels, by the lock."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"amd64|arm64|x86|aarch|--platform|TARGET(ARCH|PLATFORM)", dockerfile)
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {
        "python:3.13-slim",
        "scratch",
        "pageheat",
    }
