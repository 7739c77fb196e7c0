"""Ingest's port, on the event loop of production."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop
from starlette.testclient import TestClient

from pageheat.frontends import tracker
from pageheat.services.ingest.app import Ingest
from tests.support.ingest import NOW_MS, RULES, KeepingSink, Serve, by_fast_path, by_library


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def sink() -> KeepingSink:
    return KeepingSink()


@pytest.fixture(params=[by_fast_path, by_library])
def served(request: pytest.FixtureRequest) -> Serve:
    """Both ways of serving ingest."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def client(sink: KeepingSink, served: Serve) -> Iterator[TestClient]:
    app = Ingest(sink, tracker.scripts(), RULES, clock_ms=lambda: NOW_MS)
    with TestClient(served(app)) as client:
        yield client
