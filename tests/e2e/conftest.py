"""What tests in a real browser share: Chromium, and the heat-map front end before servers of the test's."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.broadcaster import Broadcaster
from tests.support.chromium import launch
from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.site import Site

# ms; by default 5 s, in which a machine that does much else may not draw a page.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium.

    One a module, not one a session: while Playwright's synchronous interface is in use,
    pytest-asyncio can run nothing, here or in any other folder.
    """
    with sync_playwright() as playwright, launch(playwright.chromium) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 × 720 px, in whose scripts nothing fails."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        yield page
        assert failures == []


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Ingest, as far as the site's tracker can tell."""
    recorder = Recorder()
    yield recorder
    recorder.close()
    recorder.check()


@pytest.fixture(scope="module")
def site(recorder: Recorder) -> Iterator[Site]:
    """A site with the tracker in its pages."""
    site = Site(recorder.origin)
    yield site
    site.close()


@pytest.fixture
def broadcaster() -> Iterator[Broadcaster]:
    """Broadcaster, as far as viewers can tell."""
    broadcaster = Broadcaster()
    yield broadcaster
    broadcaster.close()


@pytest.fixture
def origin(site: Site, broadcaster: Broadcaster) -> Iterator[str]:
    """Where the heat-map front end of `site` is."""
    settings = HeatmapSettings.load(site_url=site.origin, broadcaster_url=broadcaster.origin)
    app = Server(create_app(settings))
    yield app.origin
    app.stop()
