"""Two ranges, or two kinds of visitors, beside each other: a map of what differs, and a curtain."""

import io
from datetime import datetime, timedelta

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import leave
from tests.support.heat import wait_for_heat
from tests.support.strip import LATELY_AT, YESTERDAY_AT, preset
from tests.support.system import until

SCROLLED = 460
"""Then both places with heat are in the window, below the names of sides, above the strip and its shadow."""


def is_hot(page: Page, place: tuple[int, int]) -> bool:
    """Whether there is heat on the screen at a place of the page, which is white there."""
    x, y = place
    png = page.screenshot(clip={"x": x, "y": y - SCROLLED, "width": 1, "height": 1})
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB").getpixel((0, 0)) != (255, 255, 255)


def compare_widths(page: Page) -> None:
    """Compare desktops with phones."""
    preset(page, "30 days")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("radio", name="Visitors").check()
    expect(page.locator(".when")).to_contain_text("against phone, 20 page views")


def test_two_ranges_are_compared_by_what_changed_more_than_chance(strip: Page) -> None:
    preset(strip, "Last hour")
    wait_for_heat(strip, *LATELY_AT)
    strip.get_by_role("button", name="Compare").click()
    strip.get_by_role("radio", name="Another").check()
    yesterday = datetime.now() - timedelta(days=1)
    own = strip.get_by_role("group", name="Comparison")
    own.get_by_label("From").fill(f"{yesterday:%Y-%m-%d}T11:30")
    own.get_by_label("To", exact=True).fill(f"{yesterday:%Y-%m-%d}T13:00")
    own.get_by_label("To", exact=True).blur()
    expect(strip.locator(".when")).to_contain_text("11:30 to 13:00, 24 page views")
    wait_for_heat(strip, *LATELY_AT, "alpha === 0")
    box = strip.locator(".changed")
    expect(box).to_have_count(1)
    expect(box).to_have_attribute("data-kind", "less")
    expect(box).to_have_text("100 % → 0 % (−100 points)")
    strip.get_by_role("button", name="Elements").click()
    row = strip.get_by_role("dialog", name="Elements").locator("li").first
    expect(row.locator(".count")).to_have_text("100 % → 0 %")
    expect(row.locator(".change")).to_have_text("−100 points")
    strip.get_by_role("radio", name="Nothing").check()
    wait_for_heat(strip, *LATELY_AT)
    expect(box).to_have_count(0)


def test_two_kinds_of_visitors_are_compared(strip: Page) -> None:
    compare_widths(strip)
    expect(strip.locator(".when")).to_contain_text("24 page views")
    expect(strip.locator(".changed")).to_have_text("0 % → 100 % (+100 points)")
    strip.get_by_role("button", name="Elements").click()
    row = strip.get_by_role("dialog", name="Elements").locator("li").first
    expect(row.locator(".only")).to_have_text("only desktop")
    sides = strip.get_by_role("group", name="Comparison")
    sides.get_by_label("This").select_option("phone · 20")
    sides.get_by_label("Against").select_option("desktop · 24")
    expect(strip.locator(".when")).to_contain_text("against desktop, 24 page views")
    expect(row.locator(".only")).to_have_text("only desktop")
    expect(row.locator(".change")).to_have_text("−100 points")


def test_another_attribute_is_compared_of_all_visitors_again_and_nothing_leaves_no_choice_behind(
    strip: Page,
) -> None:
    preset(strip, "30 days")
    when = strip.locator(".when")
    expect(when).to_contain_text("44 page views")
    strip.get_by_role("button", name="Compare").click()
    strip.get_by_role("radio", name="Visitors").check()
    expect(when).to_contain_text("24 page views, exact to the minute · against phone")
    strip.get_by_role("group", name="Comparison").get_by_label("By").select_option("Referrer")
    expect(when).to_contain_text("36 page views, exact to the minute · against news.example, 8 page views")
    expect(when).not_to_contain_text("desktop")
    strip.get_by_role("radio", name="Nothing").check()
    expect(when).to_contain_text("44 page views")
    expect(when).not_to_contain_text("direct")


def test_who_is_shown_already_is_one_of_the_sides(strip: Page) -> None:
    preset(strip, "30 days")
    strip.locator(".settings select").select_option("phone")
    expect(strip.locator(".when")).to_contain_text("20 page views")
    strip.get_by_role("button", name="Compare").click()
    strip.get_by_role("radio", name="Visitors").check()
    expect(strip.locator(".when")).to_contain_text("against desktop, 24 page views")
    strip.get_by_role("radio", name="A week before").check()
    expect(strip.locator(".when")).to_contain_text("20 page views")
    expect(strip.locator(".when")).to_contain_text("phone")


def test_another_range_begins_as_the_span_before_and_stays_while_it_is_edited(strip: Page) -> None:
    preset(strip, "Yesterday")
    strip.get_by_role("button", name="Compare").click()
    strip.get_by_role("radio", name="A week before").check()
    strip.get_by_role("radio", name="Another").check()
    before = datetime.now() - timedelta(days=2)
    dates = strip.get_by_role("group", name="Comparison")
    expect(dates.get_by_label("From")).to_have_value(f"{before:%Y-%m-%d}T00:00")
    strip.get_by_role("radio", name="Scroll").check()  # all is updated
    expect(dates.get_by_label("From")).to_be_visible()
    expect(strip.get_by_role("radio", name="Another")).to_be_checked()


def test_a_curtain_has_one_sides_heat_on_its_left_and_the_others_on_its_right(strip: Page) -> None:
    compare_widths(strip)
    strip.get_by_role("radio", name="A curtain").check()
    curtain = strip.get_by_role("slider", name="Curtain")
    expect(curtain).to_have_attribute(
        "aria-valuetext", "50 % phone · 20 page views, 50 % desktop · 24 page views"
    )
    strip.evaluate(f"scrollTo(0, {SCROLLED})")
    strip.get_by_role("button", name="Fold the panel").click()

    def shows(phone: bool, desktop: bool) -> None:
        until(
            lambda: (is_hot(strip, LATELY_AT), is_hot(strip, YESTERDAY_AT)) == (phone, desktop),
            lambda: str(curtain.get_attribute("aria-valuetext")),
        )

    shows(phone=False, desktop=True)
    curtain.focus()
    strip.keyboard.press("End")
    shows(phone=True, desktop=False)
    box = curtain.bounding_box()
    assert box
    y = box["y"] + 200
    strip.mouse.move(box["x"] + box["width"] / 2, y)
    strip.mouse.down()
    strip.mouse.move(800, y)
    strip.mouse.move(600, y)
    strip.mouse.up()
    expect(curtain).to_have_attribute("aria-valuenow", "47")
    shows(phone=False, desktop=True)
    expect(strip.locator(".legend .moves")).to_contain_text("by 100 page views")
    strip.get_by_role("radio", name="What differs").check()
    expect(curtain).to_have_count(0)


def test_a_link_shows_the_same_curtain_to_a_colleague(browser: Browser, strip: Page) -> None:
    compare_widths(strip)
    strip.get_by_role("radio", name="A curtain").check()
    expect(strip.get_by_role("slider", name="Curtain")).to_be_visible()
    strip.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    strip.get_by_role("button", name="Copy a link").click()
    expect(strip.locator(".status")).to_contain_text("copied")
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    other = context.new_page()
    other.goto(strip.evaluate("copied"))
    curtain = other.get_by_role("slider", name="Curtain")
    expect(curtain).to_have_attribute(
        "aria-valuetext", "50 % phone · 20 page views, 50 % desktop · 24 page views"
    )
    leave(context)
