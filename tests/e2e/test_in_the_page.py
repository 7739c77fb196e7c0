"""Our parts in pages that have dialogs, menus, shortcuts and styles of their own."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.broadcaster import Broadcaster, Counts, make_band, make_detail, make_grid, on_element
from tests.support.heat import wait_for_heat
from tests.support.recorder import Recorder
from tests.support.site import Site

GRID_HEIGHT = 3000
"""Height of the document that `make_grid` takes, px."""

HOT = {(25, 10): 40}
ELSEWHERE = {(5, 5): 40}


def heated(page: Page, grid: Counts) -> None:
    """Wait for heat on the grid's only tile: a fraction of the width, and px from the top."""
    ((column, row),) = grid
    width = page.evaluate("document.documentElement.scrollWidth")
    wait_for_heat(page, (column + 0.5) * width / 50, (row + 0.5) * GRID_HEIGHT / 50)


@pytest.fixture
def crowded(page: Page, origin: str, broadcaster: Broadcaster) -> Page:
    """A page with dialogs, a menu and a popover under a live overlay."""
    broadcaster.show("/crowded", make_grid(HOT))
    broadcaster.tell("/crowded", make_detail(make_band("wide", on_element("#bottom", {(9, 9): 4}))))
    page.goto(f"{origin}/crowded")
    expect(page.locator(".state")).to_contain_text("Live")
    return page


def use_the_panel(page: Page) -> None:
    """Use the panel on the page of dialogs and menus."""
    use_panel(page, "Bottom")


def use_panel(page: Page, listed: str) -> None:
    """Use a button, a radio button, the list and the keyboard of the panel as an analyst does."""
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".state")).to_contain_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".state")).to_contain_text("Live")
    page.get_by_role("radio", name="Tiles").check()
    page.get_by_role("radio", name="Smooth").check()
    page.get_by_text("How exact is this?").click()
    expect(page.get_by_text("one width band")).to_be_visible()
    page.get_by_text("How exact is this?").click()
    expect(page.get_by_text("one width band")).to_be_hidden()
    page.get_by_role("button", name="Elements").click()
    expect(page.get_by_role("dialog", name="Elements").locator("li").filter(has_text=listed)).to_have_count(1)
    page.get_by_role("button", name="Close the list of elements").click()
    expect(page.get_by_role("dialog", name="Elements")).to_be_hidden()


def type_in_the_panel(page: Page) -> None:
    """Type a number into the panel."""
    page.get_by_role("radio", name="Fixed").check()
    maximum = page.get_by_role("spinbutton", name="Count of the hottest colour")
    maximum.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("70")
    expect(page.locator(".scale.moves")).to_contain_text("70 moves a tile")
    page.get_by_role("radio", name="Auto").check()


def is_open(dialog: Locator) -> None:
    assert dialog.evaluate("(dialog) => dialog.matches(':modal')")


# Dialogs


def test_the_panel_is_used_while_a_modal_dialog_is_open_and_the_dialog_stays(crowded: Page) -> None:
    first = crowded.locator("#first")
    first.evaluate("(dialog) => dialog.showModal()")
    expect(crowded.locator("#in-first")).to_be_focused()
    use_the_panel(crowded)
    is_open(first)
    expect(crowded.locator("#in-first")).to_be_focused()
    type_in_the_panel(crowded)
    is_open(first)
    heated(crowded, HOT)
    # Escape is the panel's while that has the focus.
    crowded.get_by_role("radio", name="Auto").focus()
    crowded.keyboard.press("Escape")
    is_open(first)
    first.evaluate("(dialog) => dialog.close()")
    use_the_panel(crowded)
    heated(crowded, HOT)


def test_the_panel_follows_dialogs_that_open_over_dialogs(crowded: Page) -> None:
    for dialog in ("#first", "#second"):
        crowded.locator(dialog).evaluate("(dialog) => dialog.showModal()")
        use_the_panel(crowded)
    crowded.locator("#second").evaluate("(dialog) => dialog.close()")
    use_the_panel(crowded)
    is_open(crowded.locator("#first"))
    crowded.locator("#first").evaluate("(dialog) => dialog.remove()")
    use_the_panel(crowded)
    heated(crowded, HOT)


def test_a_dialog_within_a_dialog_and_one_within_a_component(crowded: Page) -> None:
    crowded.evaluate("first.append(second), first.showModal(), second.showModal()")
    use_the_panel(crowded)
    crowded.evaluate("second.close()")
    use_the_panel(crowded)
    crowded.evaluate("first.close(), root.firstChild.showModal()")
    use_the_panel(crowded)
    assert crowded.evaluate("document.querySelectorAll('pageheat-overlay').length") == 1
    crowded.evaluate("root.firstChild.close()")
    use_the_panel(crowded)
    assert crowded.evaluate("document.querySelectorAll('pageheat-overlay').length") == 1


def test_the_panel_keeps_its_size_in_a_dialog_of_a_zoomed_or_scaled_body(crowded: Page) -> None:
    panel = crowded.locator("aside.panel")
    before = panel.bounding_box()
    for style in (
        "zoom: 0.8",
        "transform: scale(0.75)",
        "filter: blur(1px); opacity: 0.1; pointer-events: none",
    ):
        crowded.evaluate("(style) => { document.body.style.cssText = style; first.showModal(); }", style)
        use_the_panel(crowded)
        assert panel.bounding_box() == before
        crowded.evaluate("first.close()")


def test_an_overlay_that_is_loaded_while_a_dialog_is_open_is_usable(
    page: Page, origin: str, site: Site, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/crowded", make_grid(HOT))
    broadcaster.tell("/crowded", make_detail(make_band("wide", on_element("#bottom", {(9, 9): 4}))))
    page.goto(f"{site.origin}/crowded")
    page.evaluate("first.showModal(), second.showModal()")
    page.evaluate(
        """async ([origin, broadcaster]) =>
          (await import(`${origin}/_pageheat/overlay.js`)).mount({ broadcaster })""",
        [origin, broadcaster.origin],
    )
    use_the_panel(page)
    page.evaluate("(origin) => import(`${origin}/_pageheat/overlay.js`).then((it) => it.remove())", origin)
    expect(page.locator("pageheat-overlay")).to_have_count(0)


def test_the_panel_is_above_a_full_screen_element(crowded: Page) -> None:
    for selector in ("#bottom", "#component", "html"):
        crowded.evaluate(
            "(selector) => { open.onclick = () => document.querySelector(selector).requestFullscreen(); }",
            selector,
        )
        crowded.locator("#open").click()
        crowded.wait_for_function("document.fullscreenElement !== null")
        use_the_panel(crowded)
        crowded.evaluate("document.exitFullscreen()")
        crowded.wait_for_function("document.fullscreenElement === null")
    use_the_panel(crowded)


# Menus, shortcuts, focus


def test_a_menu_stays_open_while_the_panel_is_used(crowded: Page) -> None:
    menu = crowded.locator("#menu")
    crowded.locator("#open").click()
    crowded.locator("#item").focus()
    crowded.mouse.move(640, 300)
    crowded.evaluate("heard.length = 0")
    use_the_panel(crowded)
    expect(menu).to_be_visible()
    expect(crowded.locator("#item")).to_be_focused()
    of_ours = "heard.filter((it) => it.endsWith('pageheat-overlay'))"
    assert crowded.evaluate(of_ours) == []
    type_in_the_panel(crowded)
    expect(menu).to_be_visible()
    assert crowded.evaluate(of_ours) == []


def test_a_popover_that_closes_itself_stays_open_while_the_panel_is_used(crowded: Page) -> None:
    crowded.evaluate("popover.showPopover()")
    use_the_panel(crowded)
    assert crowded.evaluate("popover.matches(':popover-open')")
    crowded.mouse.click(640, 500)
    assert not crowded.evaluate("popover.matches(':popover-open')")
    use_the_panel(crowded)


def test_a_drag_that_began_on_the_page_goes_on_over_the_panel(crowded: Page) -> None:
    box = crowded.locator("aside.panel").bounding_box()
    assert box is not None
    crowded.mouse.move(640, 300)
    crowded.mouse.down()
    crowded.evaluate("heard.length = 0")
    crowded.mouse.move(box["x"] + 20, box["y"] + 20)
    crowded.mouse.up()
    heard = crowded.evaluate("heard")
    for type_ in ("pointermove", "mousemove", "pointerup", "mouseup"):
        assert f"{type_} pageheat-overlay" in heard
    crowded.evaluate("heard.length = 0")
    use_the_panel(crowded)
    assert crowded.evaluate("heard.filter((it) => it.endsWith('pageheat-overlay'))") == []


# What pages do to themselves


def test_a_pages_important_styles_do_not_reach_our_parts(crowded: Page, broadcaster: Broadcaster) -> None:
    heated(crowded, HOT)
    panel = crowded.locator("aside.panel")
    before = panel.bounding_box()
    crowded.evaluate("document.documentElement.className = 'rude'")
    use_the_panel(crowded)
    crowded.mouse.move(640, 300)
    assert panel.bounding_box() == before
    assert (
        crowded.evaluate(
            """getComputedStyle(document.querySelector("pageheat-overlay"), "::backdrop").display"""
        )
        == "none"
    )
    broadcaster.show("/crowded", make_grid(ELSEWHERE))
    heated(crowded, ELSEWHERE)
    for name in ("inert", "aria-hidden", "hidden"):
        crowded.evaluate(
            "(name) => document.querySelector('pageheat-overlay').setAttribute(name, 'true')", name
        )
        crowded.wait_for_function(
            "(name) => !document.querySelector('pageheat-overlay').hasAttribute(name)", arg=name
        )
    use_the_panel(crowded)


def test_libraries_that_replace_what_browsers_give_change_nothing(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/old-library", make_grid(HOT))
    detail = make_detail(
        make_band("wide", on_element("#old", {(9, 9): 4}), on_element("body>div", {(9, 9): 2}))
    )
    broadcaster.tell("/old-library", detail)
    page.goto(f"{origin}/old-library?defer=")
    heated(page, HOT)
    use_panel(page, "Old")
    type_in_the_panel(page)
    page.get_by_role("radio", name="Tiles").check()
    page.reload()
    expect(page.get_by_role("radio", name="Tiles")).to_be_checked()
    broadcaster.show("/old-library", make_grid(ELSEWHERE))
    heated(page, ELSEWHERE)
    page.get_by_role("button", name="Warm pages").click()
    expect(page.get_by_role("dialog", name="Warm pages")).to_contain_text("old-library")


def test_names_of_the_browsers_that_a_page_takes_change_nothing(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/own-names", make_grid(HOT))
    broadcaster.tell("/own-names", make_detail(make_band("wide", on_element("#own", {(9, 9): 4}))))
    page.goto(f"{origin}/own-names")
    heated(page, HOT)
    use_panel(page, "Own")
    page.get_by_role("button", name="Warm pages").click()
    expect(page.get_by_role("dialog", name="Warm pages")).to_contain_text("own-names")


def test_names_that_hide_what_browsers_give_change_nothing(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    broadcaster.show("/hiding", make_grid(HOT))
    form = "body>form"
    clicks = [
        on_element(each, {(9, 9): 4}) for each in (form, f"{form}>button", f"{form}>input:nth-of-type(4)")
    ]
    broadcaster.tell("/hiding", make_detail(make_band("wide", *clicks)))
    page.goto(f"{origin}/hiding")
    heated(page, HOT)
    ours = "document.querySelector('pageheat-overlay').shadowRoot"
    page.wait_for_function(f"{ours}.querySelectorAll('.spots').length === 3")

    def press(selector: str) -> None:
        """Playwright's own locators need what the page hides."""
        page.wait_for_function(f"{ours}.querySelector('{selector}')?.checkVisibility()")
        x, y, width, height = page.evaluate(
            f"(({{ x, y, width, height }}) => [x, y, width, height])"
            f"({ours}.querySelector('{selector}').getBoundingClientRect())"
        )
        page.mouse.click(x + width / 2, y + height / 2)

    page.evaluate("document.getElementsByTagName('input')[0].focus()")
    press("nav button")
    texts = f"[...{ours}.querySelectorAll('li .text')].map((each) => each.textContent)"
    page.wait_for_function(f"{texts}.length === 3")
    assert "Send" in page.evaluate(texts)
    for nth in (1, 2, 3):
        press(f"li:nth-child({nth}) button.row")
    page.evaluate("scrollTo(0, 700)")
    press("li:nth-child(1) button.row")


def test_a_page_that_replaces_its_body_or_its_whole_document_keeps_a_usable_overlay(
    crowded: Page, broadcaster: Broadcaster
) -> None:
    crowded.evaluate(
        """() => {
          const body = document.createElement("body");
          body.innerHTML = "<p id=bottom style='height: 900px'>Bottom</p>";
          document.body.replaceWith(body);
        }"""
    )
    use_the_panel(crowded)
    crowded.evaluate("document.querySelector('#bottom').style.height = '2000px'")
    height = "document.querySelector('pageheat-overlay').shadowRoot.querySelector('.flow').offsetHeight"
    crowded.wait_for_function(f"{height} > 2000")
    crowded.evaluate(
        """() => {
          document.open();
          document.write("<!doctype html><body><p id=bottom style='height: 1800px'>Bottom</p></body>");
          document.close();
        }"""
    )
    broadcaster.show("/crowded", make_grid(ELSEWHERE))
    heated(crowded, ELSEWHERE)
    use_the_panel(crowded)
    assert crowded.evaluate("document.querySelectorAll('pageheat-overlay').length") == 1


WRITE_ANEW = """([link, tag, closes]) => {
  document.open();
  document.write(`<!doctype html><html><head>${tag}</head><body style="height: 1800px">
    <button id="linked" style="position: absolute; top: 300px">Make a link</button></body></html>`);
  document.querySelector("#linked").addEventListener("click", (event) => {
    event.target.outerHTML = `<a href="${link}" style="position: absolute; top: 300px">Other</a>`;
  });
  if (closes) document.close();
}"""


@pytest.mark.parametrize("closes", [True, False], ids=["and closed", "and never closed"])
def test_a_page_that_is_written_anew_while_it_loads_has_its_overlay_and_stays_here(
    page: Page, site: Site, recorder: Recorder, origin: str, broadcaster: Broadcaster, closes: bool
) -> None:
    broadcaster.show("/slow", make_grid(HOT))
    site.go_on.clear()
    page.goto(f"{origin}/slow", wait_until="commit")
    page.get_by_text("Read up to here.").wait_for()
    tag = f"<script async src='{recorder.origin}/_pageheat/page.js'></script>"
    page.evaluate(WRITE_ANEW, [f"{site.origin}/other", tag, closes])
    site.go_on.set()
    expect(page.locator(".state")).to_contain_text("Live")
    heated(page, HOT)
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("link", name="Other").click()
    page.wait_for_url(f"{origin}/other")
    assert recorder.connections == 0
    assert recorder.all() == []


def test_on_a_page_from_right_to_left_the_panel_reads_from_left_to_right(crowded: Page) -> None:
    crowded.evaluate("document.documentElement.dir = 'rtl'")
    numbers = crowded.locator(".scale.moves p span")
    zero, most = numbers.first.bounding_box(), numbers.last.bounding_box()
    assert zero is not None
    assert most is not None
    assert zero["x"] < most["x"]
