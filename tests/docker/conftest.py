"""The containers of all tests in this folder, started once."""

from collections.abc import Iterator

import pytest

from tests.support.containers import Containers


@pytest.fixture(scope="session")
def containers() -> Iterator[Containers]:
    """One container of each service, built and ready."""
    started = Containers()
    try:
        try:
            started.compose("build", "--quiet")
            started.up()
        except AssertionError:
            print(started.compose("logs", "--no-color", "--tail=50"))
            raise
        yield started
    finally:
        started.compose("down", "--volumes", "--remove-orphans", "--timeout=10")
