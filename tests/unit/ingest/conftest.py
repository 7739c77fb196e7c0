"""Ingest's port, on the event loop that it is served on."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop
from starlette.testclient import TestClient

from pageheat.frontends import tracker
from pageheat.services.ingest.app import Ingest
from tests.support.ingest import NOW_MS, RULES, KeepingSink


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def sink() -> KeepingSink:
    return KeepingSink()


@pytest.fixture
def client(sink: KeepingSink) -> Iterator[TestClient]:
    app = Ingest(sink, tracker.scripts(), RULES, clock_ms=lambda: NOW_MS)
    with TestClient(app) as client:
        yield client
