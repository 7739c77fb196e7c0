"""The examples in docs/operations/ are right, and compose's further services are as safe as the others."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.services.runtime.settings import AllSettings, WrongSetting

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs" / "operations").glob("*.md"))
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OF_PROFILES = [name for name, service in SERVICES.items() if "profiles" in service]

NAME = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


def example() -> dict[str, str]:
    """The `.env` of the page on compose."""
    page = (ROOT / "docs" / "operations" / "compose.md").read_text()
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return dict(line.strip().split("=", 1) for line in block.splitlines() if line.strip())


def test_the_settings_of_compose_with_tls_are_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in example().items():
        monkeypatch.setenv(name, value)
    try:
        settings = AllSettings.load()
    except WrongSetting as error:  # pragma: no cover
        pytest.fail(str(error))
    assert settings.trusted_proxies == 1
    assert {name.lower() for name in example()} <= settings.model_fields_set


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_names_in_capitals_are_settings_or_known_to_compose_or_to_the_code(page: Path) -> None:
    sources = [*ROOT.glob("docker-compose*.yml"), *(ROOT / "services").rglob("*.py")]
    code = "".join(source.read_text(encoding="utf-8") for source in sources)
    known = {name.upper() for name in AllSettings.model_fields} | set(NAME.findall(code))
    assert set(NAME.findall(page.read_text())) <= known


@pytest.mark.parametrize("name", OF_PROFILES)
def test_what_is_mounted_is_there(name: str) -> None:
    for volume in SERVICES[name]["volumes"]:
        if volume.startswith("./"):
            assert (ROOT / volume.split(":")[0]).exists(), volume


def test_all_profiles_are_in_the_documents() -> None:
    pages = "".join(page.read_text() for page in PAGES)
    for name in OF_PROFILES:
        for profile in SERVICES[name]["profiles"]:
            assert f"--profile {profile}" in pages


DOORS = ("INGEST_URL", "BROADCASTER_URL", "HISTORY_URL", "HEATMAP_URL")
RIGHT = {**{name: f"https://{name[0]}.example.org" for name in DOORS}, "TRUSTED_PROXIES": "1"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "started\n"),
        (
            {"HEATMAP_URL": "http://heat.example.org"},
            "HEATMAP_URL=http://heat.example.org: should be an https",
        ),
        ({"HISTORY_URL": ""}, "HISTORY_URL=: should be an https"),
        ({"TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES=0: should be 1, or more"),
        ({"TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES=: should be 1, or more"),
    ],
)
def test_tls_does_not_start_with_settings_that_would_be_wrong(wrong: dict[str, str], said: str) -> None:
    (command,) = SERVICES["tls"]["command"]
    command = re.sub(r"exec caddy .*", "echo started", command.replace("$$", "$"))
    done = subprocess.run(
        ["sh", "-ec", command],
        env={"PATH": os.environ["PATH"]} | RIGHT | wrong,
        capture_output=True,
        text=True,
    )
    assert (done.stdout + done.stderr).startswith(said)
    assert done.returncode == (1 if wrong else 0)
