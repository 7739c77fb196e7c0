"""Takes the pictures of docs/using.md, of a made-up past: `python -m tests.support.using_pictures`."""

import random
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pageheat.frontends.demo.server import application, page_paths
from pageheat.services.contract.records import Attributes, Frame, Size
from tests.support.broadcaster import Broadcaster, make_band, make_detail, make_grid
from tests.support.chromium import launch
from tests.support.history import MINUTE_MS, click, frame
from tests.support.live import visit
from tests.support.past import History
from tests.support.readme_pictures import PAGE, take
from tests.support.server import Server

DAYS = 3
AWAY = 100, 40
"""Minutes ago: when the services went away, and came back."""

OTHERS = sorted(page_paths() - {PAGE})
"""Pages that half of the visits are on, for the list."""

BUTTONS = "#add", "#basket-link", "#details"
CHANGED_DAY = 1
"""From this many days ago on, visitors do something else."""


def visits(now_ms: int, chance: random.Random) -> Iterator[Frame]:
    """Page views, more by day than by night; since yesterday, more of them go into the basket."""
    today = datetime.fromtimestamp(now_ms / 1000).replace(hour=0, minute=0, second=0, microsecond=0)
    changed_ms = (today - timedelta(days=CHANGED_DAY)).timestamp() * 1000
    at_ms = float(now_ms - DAYS * 24 * 60 * MINUTE_MS)
    for number in range(1_000_000):
        hour = datetime.fromtimestamp(at_ms / 1000).hour
        per_hour = 6 + 50 * max(0.0, 1 - abs(hour - 14) / 9)
        at_ms += chance.expovariate(per_hour / (60 * MINUTE_MS))
        if at_ms > now_ms - MINUTE_MS:
            return
        if AWAY[1] < (now_ms - at_ms) / MINUTE_MS < AWAY[0]:
            continue
        is_phone, is_changed = chance.random() < 0.4, at_ms > changed_ms
        width = 390 if is_phone else 1280
        across, down = (0.68, 420) if is_changed else (0.3, 460)
        moves = [
            (
                int(min(width - 1, max(0, chance.gauss(across, 0.1) * width))),
                int(max(0, chance.gauss(down, 120))),
                age,
            )
            for age in sorted((chance.randrange(5_000) for _ in range(24)), reverse=True)
        ]
        weights = (55, 25, 20) if is_changed else (30, 25, 45)
        selector = chance.choices(BUTTONS, weights)[0]
        yield frame(
            int(at_ms),
            page=PAGE if chance.random() < 0.5 else chance.choice(OTHERS),
            session=str(number),
            moves=moves,
            events=[click(10, 10, selector=selector)] if chance.random() < 0.5 else [],
            looks=[(0, 720, 4_000, 0), (chance.choice((0, 300, 800, 1_500)), 720, 3_000, 0)],
            document=Size(width, 2_400),
            viewport=Size(width, 720),
            attributes=Attributes(
                referrer=chance.choice(("", "", "news.example", "search.example")),
                campaign=chance.choice(("", "spring")),
            ),
        )


def views(page: Page) -> None:
    """Yesterday's heat, what changed since the day before, by a map and a curtain, and a film."""
    page.get_by_role("button", name="Time: Live").click()
    page.locator(".presets").get_by_role("button", name="Yesterday").click()
    page.get_by_role("radio", name="Moves").check()
    page.locator(".when", has_text="page views").wait_for()
    page.wait_for_timeout(3_000)
    take(page, "time")
    page.get_by_role("radio", name="Clicks", exact=True).check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("radio", name="The span before").check()
    page.get_by_role("button", name="Elements").click()
    page.locator(".summary", has_text="changed").wait_for()
    page.wait_for_timeout(3_000)
    take(page, "compare")
    page.get_by_role("button", name="Close the list of elements").click()
    page.get_by_role("radio", name="Moves").check()
    page.get_by_role("radio", name="A curtain").check()
    page.get_by_role("slider", name="Curtain").wait_for()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_timeout(3_000)
    take(page, "curtain")
    page.locator(".presets").get_by_role("button", name="7 days").click()
    page.get_by_role("button", name="Play as a film").click()
    slider = page.get_by_role("slider", name="Time in the film")
    page.get_by_role("button", name="Pause the film").click()
    slider.press("End")
    for _ in range(2):
        slider.press("ArrowLeft")
    page.wait_for_timeout(3_000)
    take(page, "film")


def phone(page: Page) -> None:
    """What changed, where there is little room: places of the page, without any of our menus."""
    page.get_by_role("button", name="Time: Live").click()
    page.locator(".presets").get_by_role("button", name="Yesterday").click()
    page.get_by_role("button", name="Show the panel").click()
    page.get_by_role("radio", name="Moves").check()
    page.get_by_role("button", name="Fold the panel").click()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("radio", name="The span before").check()
    page.locator(".summary", has_text="changed").wait_for()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_timeout(2_000)
    take(page, "phone")


def dark(page: Page) -> None:
    """Two widths beside each other, on a wide screen in the dark."""
    page.get_by_role("button", name="Time: Live").click()
    page.locator(".presets").get_by_role("button", name="7 days").click()
    page.get_by_role("radio", name="Moves").check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("radio", name="Visitors").check()
    page.get_by_role("radio", name="A curtain").check()
    page.get_by_role("slider", name="Curtain").wait_for()
    page.wait_for_timeout(3_000)
    take(page, "dark")


def pages(page: Page) -> None:
    """The pages of yesterday, with a group."""
    page.locator(".presets").get_by_role("button", name="Yesterday").click()
    page.get_by_role("button", name="Groups").click()
    page.get_by_role("button", name="Accept").first.click()
    page.get_by_role("button", name="Pages of ").click()
    page.locator(".past .member").first.wait_for()
    take(page, "pages")


def main() -> None:
    """Take the pictures, in about half a minute."""
    now_ms = int(time.time() * 1000)
    alive = range(now_ms // MINUTE_MS - AWAY[0] - 60, now_ms // MINUTE_MS + 60)
    ran = [each for each in alive if not AWAY[1] < now_ms // MINUTE_MS - each < AWAY[0]]
    with tempfile.TemporaryDirectory() as name:
        history = History(Path(name), visits(now_ms, random.Random(7)), ran)
        shop, broadcaster = Server(application("http://127.0.0.1:9")), Broadcaster()
        broadcaster.show(PAGE, make_grid({(20, 10): 9}))
        broadcaster.tell(PAGE, make_detail(make_band("desktop")))
        with (
            history.shown(shop.origin, broadcaster.origin) as origin,
            sync_playwright() as playwright,
            launch(playwright.chromium) as browser,
        ):
            views(visit(browser, f"{origin}{PAGE}"))
            phone(visit(browser, f"{origin}{PAGE}", 400, 800))
            dark(visit(browser, f"{origin}{PAGE}", 1920, 1000, is_dark=True))
            listing = browser.new_page(viewport={"width": 1280, "height": 800})
            listing.goto(f"{origin}/_pageheat/")
            pages(listing)
        shop.stop()
        broadcaster.close()
        history.close()


if __name__ == "__main__":
    main()
