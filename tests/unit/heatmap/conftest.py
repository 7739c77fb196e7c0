"""The heat-map front end's server in front of a small real site, each on its own port."""

from collections.abc import Iterator

import httpx2
import pytest

from pageheat.frontends.heatmap.server import create_app
from tests.support.plain_site import Site, settings
from tests.support.server import Server


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Site, Server]]:
    site = Site()
    app = Server(create_app(settings(site.origin)))
    yield site, app
    app.stop()
    site.server.stop()


@pytest.fixture
def site(running: tuple[Site, Server]) -> Site:
    site, _ = running
    site.answer = site._page
    site.requests.clear()
    site.bodies.clear()
    return site


@pytest.fixture
def browser(site: Site, running: tuple[Site, Server]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running[1].origin, headers={"accept": "text/html"}) as client:
        yield client
