"""A database for each test of the history, and one that nothing writes to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pageheat.services.history.engine import Embedded
from tests.support.history_log import Log, opened, run
from tests.unit.history.test_answers import FRAMES, app_of


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """It has the frames of `test_answers`. A process has one database at a time, so each module its own."""
    found = opened(tmp_path_factory.mktemp("history"))
    run(Log.of(FRAMES), found)
    yield found
    found.close()


@pytest.fixture
def client(filled: Embedded) -> TestClient:
    return app_of(filled)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Embedded]:
    """An empty one; a process has one open at a time."""
    found = opened(tmp_path / "history")
    yield found
    found.close()
