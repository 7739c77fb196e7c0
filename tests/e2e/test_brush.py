"""The sparkline of the strip of time: a range by pointer and by keys, and the window that is around it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.support.history import MINUTE_MS
from tests.support.strip import preset

HOUR_MS, DAY_MS = 60 * MINUTE_MS, 24 * 60 * MINUTE_MS


def begin(page: Page) -> Locator:
    return page.get_by_role("slider", name="Begin of the range")


def end(page: Page) -> Locator:
    return page.get_by_role("slider", name="End of the range")


def whole(page: Page) -> Locator:
    return page.get_by_role("slider", name="Range", exact=True)


def value(slider: Locator, name: str = "now") -> int:
    """A slider's time, or the least or largest: the window's ends, ms since the epoch."""
    return int(slider.get_attribute(f"aria-value{name}") or 0)


def range_of(page: Page) -> tuple[int, int]:
    return value(begin(page)), value(end(page))


def window_of(page: Page) -> tuple[int, int]:
    """What the sparkline shows, if all of the range is in it."""
    return value(whole(page), "min"), value(end(page), "max")


def x_of(page: Page, at: int) -> tuple[float, float]:
    """Where a time is on the sparkline."""
    box = page.locator(".field").bounding_box()
    assert box
    first, last = window_of(page)
    return box["x"] + box["width"] * (at - first) / (last - first), box["y"] + 20


def drag(page: Page, from_: int, to: int) -> None:
    """Drag from one time to another."""
    (x, y), (there, _) = x_of(page, from_), x_of(page, to)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + there) / 2, y)
    page.mouse.move(there, y)
    page.mouse.up()


def midnight(days: int) -> datetime:
    """The beginning of the day so many days from today."""
    return datetime.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def test_a_pointer_drags_either_end_and_the_whole_range(strip: Page) -> None:
    preset(strip, "Yesterday")
    first, last = ms(midnight(-1)), ms(midnight(0))
    assert range_of(strip) == (first, last)
    drag(strip, first, first + 6 * HOUR_MS)
    begun, stayed = range_of(strip)
    assert abs(begun - first - 6 * HOUR_MS) <= 10 * MINUTE_MS
    assert stayed == last
    drag(strip, last, last - 3 * HOUR_MS)
    stayed, ended = range_of(strip)
    assert stayed == begun
    assert abs(last - 3 * HOUR_MS - ended) <= 10 * MINUTE_MS
    drag(strip, begun + 7 * HOUR_MS, begun + 5 * HOUR_MS)
    moved = range_of(strip)
    assert moved[1] - moved[0] == ended - begun
    assert abs(begun - moved[0] - 2 * HOUR_MS) <= 10 * MINUTE_MS
    expect(strip.locator(".presets [aria-pressed=true]")).to_have_count(0)


def test_a_bar_that_is_pressed_is_the_range(strip: Page) -> None:
    preset(strip, "30 days")
    expect(strip.locator(".when")).to_contain_text("44 page views")
    x, y = x_of(strip, ms(midnight(-1) + timedelta(hours=12, minutes=10)))
    strip.mouse.move(x, y)
    # the first page view began just before noon
    expect(strip.locator(".tip")).to_contain_text("23 page views")
    strip.mouse.click(x, y)
    expect(strip.locator(".when")).to_contain_text("23 page views")
    first, last = range_of(strip)
    assert first <= ms(midnight(-1) + timedelta(hours=12)) < last <= first + DAY_MS


def test_keys_move_an_end_or_all_of_it_by_minutes_hours_and_days_and_to_the_windows_ends(strip: Page) -> None:
    preset(strip, "Yesterday")
    first, last = ms(midnight(-1)), ms(midnight(0))
    steps: list[tuple[Callable[[Page], Locator], str, int, int]] = [
        (begin, "ArrowRight", MINUTE_MS, 0),
        (begin, "Shift+ArrowUp", HOUR_MS, 0),
        (begin, "Shift+ArrowLeft", -HOUR_MS, 0),
        (begin, "ArrowDown", -MINUTE_MS, 0),
        (begin, "PageDown", -DAY_MS, 0),
        (begin, "PageUp", DAY_MS, 0),
        (end, "Shift+ArrowLeft", 0, -HOUR_MS),
        (whole, "PageDown", -23 * HOUR_MS, -23 * HOUR_MS),
        (whole, "PageUp", 23 * HOUR_MS, 23 * HOUR_MS),
        (whole, "Shift+ArrowLeft", -HOUR_MS, -HOUR_MS),
    ]
    for slider, key, by_first, by_last in steps:
        first, last = first + by_first, last + by_last
        slider(strip).press(key)
        assert range_of(strip) == (first, last), key
    begin(strip).press("Home")
    assert value(begin(strip)) - window_of(strip)[0] < MINUTE_MS
    begin(strip).press("End")
    assert value(begin(strip)) == last - MINUTE_MS  # it does not pass the other end


def test_the_window_is_moved_and_zoomed_and_the_range_stays(strip: Page) -> None:
    preset(strip, "Yesterday")
    chosen = range_of(strip)
    first, last = window_of(strip)
    assert last - first == 2 * DAY_MS

    def press(name: str) -> tuple[int, int]:
        strip.get_by_role("button", name=name, exact=True).click()
        assert range_of(strip) == chosen
        return window_of(strip)

    assert abs(first - DAY_MS - press("Earlier")[0]) < MINUTE_MS
    assert abs(first - press("Later")[0]) < MINUTE_MS
    farther = press("Farther")
    assert farther[1] - farther[0] == 8 * DAY_MS
    nearer = press("Nearer")
    assert nearer[1] - nearer[0] == 2 * DAY_MS
    expect(strip.locator(".state")).to_contain_text("Yesterday")
