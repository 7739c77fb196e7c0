"""docs/settings.md, .env.example, compose and the settings objects list the same settings."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pageheat.processes import read_processes
from pageheat.services.runtime import settings as module
from pageheat.services.runtime.settings import AllSettings, Settings
from pageheat.settings_table import env_example, markdown, settings, shown

ROOT = Path(__file__).parents[3]
OURS = {one.name: (one.default, one.description) for one in settings()}

OF_THE_NETWORK = {
    # Between containers, users cannot choose them.
    "BIND_ADDRESS": "0.0.0.0",
    "KAFKA_BROKER": "kafka:9092",
    "BEHIND_ENTRY": "true",
    "HISTORY_FOLDER": "/var/lib/pageheat",
    "PUBLISHED_ADDRESS": "${BIND_ADDRESS:-127.0.0.1}",
    "INGEST_FETCH_URL": "${INGEST_FETCH_URL:-http://ingest:${INGEST_PORT:-8001}}",
    "SITE_FETCH_URL": "${SITE_FETCH_URL:-${SITE_URL:-http://demo:${DEMO_PORT:-8080}}}",
}

OF_THE_HOST = {"KAFKA_PORT"}
"""Of no use inside a container: the broker's address is given."""


OF_A_CONTAINER = {"GROUP_INSTANCE_ID"}
"""Each replica has its own."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_the_page_of_settings_is_up_to_date() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == markdown()


def test_the_example_dotenv_file_matches_the_settings() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_the_example_dotenv_file_changes_nothing_when_used_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_line = re.sub(r"(?m)^#(?=[A-Z_]+=)", "", env_example())
    (tmp_path / ".env").write_text(every_line)
    monkeypatch.chdir(tmp_path)
    read = AllSettings.load(_env_file=".env").model_dump()
    assert {name.upper(): shown(value) for name, value in read.items()} == {
        name: default for name, (default, _) in OURS.items()
    }


def test_every_settings_class_is_in_the_list() -> None:
    classes = [each for each in vars(module).values() if isinstance(each, type)]
    declared = {name.upper() for each in classes if issubclass(each, Settings) for name in each.model_fields}
    assert declared == set(OURS)


def test_compose_passes_each_setting_on_to_each_process(compose: dict[str, Any]) -> None:
    for name in read_processes().keys() - {"kafka"}:
        passed = compose["services"][name]["environment"]
        assert set(passed) == set(OURS) - OF_THE_HOST - OF_A_CONTAINER, name
        fixed = {variable: value for variable, value in passed.items() if value is not None}
        assert fixed == OF_THE_NETWORK, name


def test_compose_has_only_variables_that_are_settings_with_the_same_defaults(
    compose: dict[str, Any],
) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = re.findall(r"(?<!\$)\$\{([A-Z_]+):-([^${}]*)\}", text)
    assert used
    assert {(name, default) for name, default in used} <= {
        (name, default) for name, (default, _) in OURS.items()
    }
