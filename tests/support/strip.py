"""A past to be looked at with the strip of time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from playwright.sync_api import Page

from pageheat.services.contract.records import Attributes, Frame, Size
from tests.support.history import MINUTE_MS, click, frame
from tests.support.past import History

DOCUMENT, PHONE = Size(1280, 3000), Size(390, 3000)
LIVE_AT, YESTERDAY_AT, LATELY_AT = (218, 330), (652, 910), (986, 510)
"""Where there is heat: in the middle of a cell."""
NEWS = Attributes(
    referrer="news.example", source="letter", medium="mail", campaign="spring", segment="shop-b"
)

YESTERDAY, PHONES, NEWSREADERS = 24, 20, 8
"""Page views: of yesterday; of the last hour on phones; of these, that came from a newspaper."""

AWAY = 90, 60
"""Minutes ago: when the services went away, and came back."""


class Shown(NamedTuple):
    """Where the page is shown, and what it is shown with."""

    origin: str
    history: History


def a_past(now_ms: int) -> Iterator[Frame]:
    """Page views of yesterday at noon, and of twenty minutes ago."""
    today = datetime.fromtimestamp(now_ms / 1000).replace(hour=0, minute=0, second=0, microsecond=0)
    noon_ms = int((today - timedelta(hours=12)).timestamp() * 1000)
    lately_ms = max(now_ms - 20 * MINUTE_MS, int(today.timestamp() * 1000))
    for number in range(YESTERDAY):
        yield frame(
            noon_ms + number * MINUTE_MS,
            page="/heated",
            session=f"y{number}",
            moves=[(*YESTERDAY_AT, 100)] * 4,
            events=[click(228, 330, selector="body>button")],
            looks=[(0, 720, 5000, 0)],
            document=DOCUMENT,
        )
    for number in range(PHONES):
        yield frame(
            lately_ms,
            page="/heated",
            session=f"p{number}",
            moves=[(LATELY_AT[0] * 390 // 1280, LATELY_AT[1], 0)],
            looks=[(0, 600, 5000, 0)],
            document=PHONE,
            viewport=Size(390, 600),
            attributes=NEWS if number < NEWSREADERS else None,
        )


def preset(page: Page, name: str) -> None:
    """Choose a range by its name."""
    page.locator(".presets").get_by_role("button", name=name, exact=True).click()
