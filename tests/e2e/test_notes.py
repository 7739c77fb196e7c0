"""What the strip of time keeps and hands on: notes at a time, and the heat as a picture."""

from datetime import datetime, timedelta

from playwright.sync_api import Browser, Page, Route, expect

from tests.support.chromium import leave
from tests.support.heat import wait_for_heat
from tests.support.strip import YESTERDAY_AT, Shown, preset
from tests.support.system import until


def test_a_note_is_shown_at_its_time_to_all_who_look(browser: Browser, strip: Page, shown: Shown) -> None:
    preset(strip, "Last hour")
    strip.get_by_role("button", name="Notes").click()
    notes = strip.get_by_role("group", name="Notes")
    expect(notes).to_contain_text("No notes here yet")
    ago = datetime.now() - timedelta(minutes=30)
    notes.get_by_label("When").fill(f"{ago:%Y-%m-%dT%H:%M}")
    notes.get_by_label("Note", exact=True).fill("new <b>header</b>")
    notes.get_by_label("On all pages").check()
    notes.get_by_role("button", name="Add").click()
    mark = strip.get_by_role("button", name="Note, ")
    expect(mark).to_have_accessible_name(f"Note, {ago:%a} {ago.day} {ago:%b}, {ago:%H:%M}: new <b>header</b>")
    field, box = strip.locator(".field").bounding_box(), mark.bounding_box()
    assert field
    assert box
    assert 0.2 < (box["x"] + box["width"] / 2 - field["x"]) / field["width"] < 0.95
    strip.get_by_role("button", name="Notes").click()
    expect(notes).to_be_hidden()
    mark.click()
    expect(notes.locator("li")).to_contain_text("new <b>header</b>")
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{shown.origin}/holding")
    other.get_by_role("button", name="Time: Live").click()
    preset(other, "Last hour")
    expect(other.get_by_role("button", name="Note, ")).to_have_count(1)
    leave(context)
    notes.get_by_role("button", name="Remove the note “new <b>header</b>”").click()
    expect(mark).to_have_count(0)


def test_what_is_written_while_a_note_is_sent_is_kept(strip: Page) -> None:
    preset(strip, "Last hour")
    strip.get_by_role("button", name="Notes").click()
    held: list[Route] = []
    strip.route(
        "**/history/notes/**", lambda it: held.append(it) if it.request.method == "POST" else it.continue_()
    )
    text = strip.get_by_role("group", name="Notes").get_by_label("Note", exact=True)
    text.fill("first")
    with strip.expect_response(lambda it: it.request.method == "POST"):
        strip.get_by_role("button", name="Add").click()
        text.fill("second")
        until(lambda: bool(held), lambda: "no note is sent")
        held[0].continue_()
    expect(strip.get_by_role("button", name="Note, ")).to_have_count(1)
    expect(text).to_have_value("second")
    strip.get_by_role("button", name="Remove the note “first”").click()
    expect(strip.get_by_role("button", name="Note, ")).to_have_count(0)


def test_the_heat_is_saved_as_a_picture_with_range_legend_and_count(strip: Page) -> None:
    strip.get_by_role("button", name="Share").click()
    save = strip.get_by_role("button", name="Save as a picture")
    expect(save).to_be_disabled()
    preset(strip, "Yesterday")
    wait_for_heat(strip, *YESTERDAY_AT)
    with strip.expect_download() as download:
        save.click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert download.value.suggested_filename.endswith(".png")
