"""Fixtures of tests in a real browser: Chromium, and the heat-map front end with fake services."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pageheat.frontends.demo.server import application
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings, PageSettings
from tests.support.broadcaster import Broadcaster, make_band, make_detail, make_grid
from tests.support.chromium import launch, leave
from tests.support.history import MINUTE_MS
from tests.support.past import History
from tests.support.recorder import Recorder
from tests.support.server import Server
from tests.support.site import Site
from tests.support.strip import AWAY, Shown, a_past

# ms; the default of 5 s may be too short to draw a page on a busy machine.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Headless Chromium; the whole one for modules that say WHOLE_CHROMIUM = True.

    One per module, not per session: while Playwright's synchronous API is active, pytest-asyncio cannot
    run, here or in any other folder.
    """
    whole = getattr(request.module, "WHOLE_CHROMIUM", False)
    with sync_playwright() as playwright, launch(playwright.chromium, whole=whole) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 × 720 px; asserts at the end that no script failed."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    try:
        assert failures == []
    finally:
        leave(context)


@pytest.fixture(scope="module")
def page_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What tells pages apart: the settings of modules that say PAGE_SETTINGS = {…}."""
    return getattr(request.module, "PAGE_SETTINGS", {})


@pytest.fixture
def recorder(page_settings: dict[str, Any]) -> Iterator[Recorder]:
    """A fake ingest, of one test alone: a tracker may still send when its test is over."""
    recorder = Recorder(PageSettings.load(**page_settings).pages)
    yield recorder
    recorder.close()
    recorder.check()


@pytest.fixture(scope="module")
def site_alone() -> Iterator[Site]:
    """A site whose pages name a tracker that is not there."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(site_alone: Site, recorder: Recorder) -> Iterator[Site]:
    """A site whose pages include the tracker."""
    site_alone.ingest = recorder.origin
    yield site_alone
    site_alone.go_on.set()


@pytest.fixture
def broadcaster(page_settings: dict[str, Any]) -> Iterator[Broadcaster]:
    """A fake broadcaster for viewers."""
    broadcaster = Broadcaster(PageSettings.load(**page_settings).pages)
    yield broadcaster
    broadcaster.close()


@pytest.fixture
def origin(site: Site, broadcaster: Broadcaster, page_settings: dict[str, Any]) -> Iterator[str]:
    """The origin of the heat-map front end of `site`."""
    settings = HeatmapSettings.load(site_url=site.origin, broadcaster_url=broadcaster.origin, **page_settings)
    app = Server(create_app(settings))
    yield app.origin
    app.stop()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """The history of `a_past`."""
    now_ms = int(time.time() * 1000)
    first = now_ms // MINUTE_MS - 180
    # also of the time that the tests take
    alive = (first + n for n in range(300) if not AWAY[1] < 180 - n <= AWAY[0])
    history = History(tmp_path_factory.mktemp("history"), a_past(now_ms), alive)
    yield history
    history.close()


@pytest.fixture
def shown(site: Site, broadcaster: Broadcaster, history: History) -> Iterator[Shown]:
    """A front end whose pages are shown with that history."""
    broadcaster.show("/heated", make_grid({(8, 5): 40}))
    broadcaster.tell("/heated", make_detail(make_band("desktop")))
    with history.shown(site.origin, broadcaster.origin) as origin:
        yield Shown(origin, history)


@pytest.fixture
def heated_shop(broadcaster: Broadcaster) -> Iterator[str]:
    """The origin of the heat-map front end of the demo shop, which has no history."""
    shop, front = Server(application("http://127.0.0.1:1")), Server()
    settings = {"site_url": shop.origin, "heatmap_url": front.origin}
    front.start(create_app(HeatmapSettings.load(**settings, broadcaster_url=broadcaster.origin)))
    broadcaster.show("/", make_grid({(8, 5): 40}))
    yield front.origin
    front.stop()
    shop.stop()


@pytest.fixture
def live(page: Page, shown: Shown) -> Page:
    """The page under the live overlay."""
    page.goto(f"{shown.origin}/heated")
    expect(page.locator(".state")).to_contain_text("Live")
    return page


@pytest.fixture
def strip(live: Page) -> Page:
    """The same with the strip opened."""
    live.get_by_role("button", name="Time: Live").click()
    expect(live.get_by_role("region", name="Time")).to_be_visible()
    return live
