"""Heat on the elements where it was made, wherever they are now, and the list of those elements."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.broadcaster import NOW_MS, Broadcaster, make_band, make_detail, make_grid, on_element

THIRD = "#products>article:nth-of-type(3)"
SPOT = (16, 48)
"""Column and row of the clicked spot; AT is its centre, as fractions of the box."""
AT = (16.5 / 64, 48.5 / 64)

CLICKS = {SPOT: 9}

HOSTILE = '[data-part="<img src=x onerror=oops()>"]'

HEAT_OF = """(selector) => {
  const root = document.querySelector("pageheat-overlay").shadowRoot;
  const canvas = [...root.querySelectorAll(".spots")].find((it) => it.dataset.selector === selector);
  if (!canvas) return null;
  const box = (it) => {
    const { x, y, width, height } = it.getBoundingClientRect();
    return [x, y, width, height];
  };
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const heat = (pixel) => data[4 * pixel + 1] * data[4 * pixel + 3];
  let hottest = 0;
  for (let pixel = 0; pixel < width * height; pixel++) if (heat(pixel) > heat(hottest)) hottest = pixel;
  const named = document.querySelector(selector);
  const element = named?.matches("area") ? document.querySelector("[usemap]") : named;
  const [left, top, across, down] = box(canvas);
  const rim = element ? (across - box(element)[2]) / 2 : 0;
  const inside = (place, length) => (place * length - rim) / (length - 2 * rim);
  const insets = getComputedStyle(canvas).clipPath.match(/-?[.0-9]+(?=px)/g)?.map(Number) ?? [0];
  return {
    canvas: [left + rim, top + rim, across - 2 * rim, down - 2 * rim],
    element: element && box(element),
    at: [
      inside(((hottest % width) + 0.5) / width, across),
      inside((Math.floor(hottest / width) + 0.5) / height, down),
    ],
    pixels: [width, height],
    alpha: data[4 * hottest + 3],
    rim,
    cut: [insets[0], insets[1] ?? insets[0], insets[2] ?? insets[0], insets[3] ?? insets[1] ?? insets[0]]
      .map((inset) => inset > 0 ? inset - rim : 0),
  };
}"""
"""For the canvas over an element (or an area's picture): its box without the rim, the element's box in the
window, its hottest pixel in parts of the box, and how much of the box is cut off at each side, px."""

LIES_ON = f"""([selector, x, y]) => {{
  const heat = ({HEAT_OF})(selector);
  if (!heat || heat.alpha < 200) return false;
  const near = (one, other, off) => one.every((value, i) => Math.abs(value - other[i]) <= off);
  if (heat.rim < 10) return false;
  const pixel = (heat.element[2] + 2 * heat.rim) / heat.pixels[0];
  return near(heat.canvas, heat.element, 0.1)
    && near(heat.at, [x, y], 1.01 * pixel / Math.min(heat.element[2], heat.element[3]));
}}"""

AFTER_A_FRAME = f"""([act, selector]) => new Promise((done) => {{
  eval(act);
  requestAnimationFrame(() => requestAnimationFrame(() => done(({HEAT_OF})(selector))));
}})"""
"""The state in the first animation frame after `act`."""


def lies_on(page: Page, selector: str) -> None:
    """Wait until this element has heat of its own size, hottest where it was clicked."""
    page.wait_for_function(LIES_ON, arg=[selector, *AT])


def is_gone(page: Page, selector: str) -> None:
    """Wait until no heat is drawn for this element."""
    page.wait_for_function(f"(selector) => ({HEAT_OF})(selector) === null", arg=selector)


@contextmanager
def watching(page: Page, origin: str, broadcaster: Broadcaster, *selectors: str) -> Iterator[None]:
    """Show the clicks on the page's elements of these selectors."""
    detail = make_detail(make_band("wide", *(on_element(selector, CLICKS) for selector in selectors)))
    broadcaster.show("/anchored", make_grid({(1, 1): 4}, {(2, 2): 9}))
    broadcaster.tell("/anchored", detail)
    page.goto(f"{origin}/anchored")
    yield


@pytest.fixture
def rows(page: Page) -> Locator:
    """The rows of the list of elements."""
    return page.get_by_role("dialog", name="Elements").locator("li")


def test_a_click_on_the_third_product_is_shown_on_it_at_any_width(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    with watching(page, origin, broadcaster, THIRD):
        columns = {}
        for width in (1000, 400, 1900):
            page.set_viewport_size({"width": width, "height": 720})
            lies_on(page, THIRD)
            # Not at the third place of a fixed layout: the layouts do differ.
            columns[width] = page.evaluate(f"document.querySelector('{THIRD}').getBoundingClientRect().x")
        assert len(set(columns.values())) == 3
        page.evaluate("document.querySelector('#products').prepend(document.createElement('h2'))")
        lies_on(page, THIRD)
        assert page.evaluate(f"({HEAT_OF})('{THIRD}').pixels.every((it) => it <= 400)")
        # If a page shifts its root, the grid stays on the document, and this heat on its element.
        page.add_style_tag(content="html { position: relative; margin: 40px 0 0 30px !important; }")
        page.wait_for_function(
            "() => { const { x, y } = document.querySelector('pageheat-overlay').shadowRoot"
            ".querySelector('.heat').getBoundingClientRect(); return x === 0 && y === 0; }"
        )
        lies_on(page, THIRD)


def test_heat_of_a_part_of_a_picture_lies_on_the_picture(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    part = "#plan>area:nth-of-type(2)"
    with watching(page, origin, broadcaster, part):
        page.evaluate(
            """document.body.insertAdjacentHTML("afterbegin", `
              <img usemap="#rooms" width="300" height="90" alt="Plan">
              <map id="plan" name="rooms"><area alt="Hall"><area alt="Room"></map>`)"""
        )
        lies_on(page, part)


def test_heat_outside_the_viewport_is_painted_when_scrolled_to(
    page: Page, origin: str, broadcaster: Broadcaster, rows: Locator
) -> None:
    at = f"() => ({HEAT_OF})('{THIRD}').at"
    with watching(page, origin, broadcaster, THIRD):
        page.add_style_tag(content="body { padding: 3000px 0; }")
        page.evaluate("scrollTo(0, 3000)")
        lies_on(page, THIRD)
        before = page.evaluate(at)
        page.evaluate("scrollTo(0, 0)")
        page.get_by_role("button", name="Elements").click()
        broadcaster.tell("/anchored", make_detail(make_band("wide", on_element(THIRD, {(60, 4): 70}))))
        expect(rows).to_contain_text(["70"])
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate(at) == before
        page.evaluate("scrollTo(0, 3000)")
        page.wait_for_function(f"() => ({at})()[0] > 0.9")


def test_heat_is_on_top_whatever_a_page_does_to_its_root_or_covers_itself_with(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    with watching(page, origin, broadcaster, "#basket", THIRD):
        panel = page.locator("aside.panel").bounding_box()
        page.add_style_tag(
            content="""
            .zoomed { zoom: 1.5 }
            .turned { transform: scale(0.8) translate(30px, 20px) }
            .clipped #products { overflow: hidden; transform: scale(1.3); transform-origin: 0 0 }
            """
        )
        for name in ("zoomed", "turned", "clipped"):
            page.evaluate("(name) => { document.documentElement.className = name }", name)
            lies_on(page, THIRD)
            assert page.locator("aside.panel").bounding_box() == panel
            assert page.evaluate(HEAT_OF, THIRD)["cut"] == [0, 0, 0, 0]
        page.evaluate("document.documentElement.className = ''")
        page.evaluate(
            """() => {
              const dialog = document.createElement("dialog");
              dialog.append(document.querySelector("#basket"));
              document.body.append(dialog);
              dialog.showModal();
            }"""
        )
        lies_on(page, "#basket")
        warm = page.locator("#basket").screenshot()
        # Hidden otherwise, it would be shown again within a second.
        page.evaluate(
            "document.querySelector('pageheat-overlay').style.setProperty('opacity', 0, 'important')"
        )
        assert page.locator("#basket").screenshot() != warm
        page.evaluate("document.documentElement.innerHTML = '<p>All</p><p id=basket>is new</p>'")
        page.locator("pageheat-overlay").wait_for(state="attached")
        lies_on(page, "#basket")


def test_heat_in_a_bar_stays_with_it_while_the_pages_heat_scrolls_beneath(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    with watching(page, origin, broadcaster, "#basket", "#aside", THIRD):
        for selector in ("#basket", "#aside", THIRD):
            lies_on(page, selector)
        bare = page.evaluate(HEAT_OF, THIRD)
        assert bare["cut"] == [0, 0, 0, 0]
        for top in (150, 400, 10):
            scroll = f"scrollTo({{ top: {top}, behavior: 'instant' }})"
            for selector in ("#basket", "#aside"):
                heat = page.evaluate(AFTER_A_FRAME, [scroll, selector])
                assert heat["canvas"] == pytest.approx(heat["element"], abs=0.1)
        page.evaluate("scrollTo(0, 200)")
        page.wait_for_function(
            f"""() => {{
              const {{ element, cut }} = ({HEAT_OF})("{THIRD}");
              return element[1] < 0 && Math.abs(cut[0] - 60 + element[1]) < 0.1;
            }}"""
        )
        page.evaluate("scrollTo(0, 380)")
        is_gone(page, THIRD)


def test_heat_in_a_panel_scrolls_with_it_and_ends_where_the_panel_ends(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    first = "#panel>p:nth-of-type(1)"
    with watching(page, origin, broadcaster, first, "#last"):
        lies_on(page, first)
        assert page.evaluate(HEAT_OF, "#last") is None
        heat = page.evaluate(AFTER_A_FRAME, ["document.querySelector('#panel').scrollTop = 30", first])
        assert heat["canvas"] == pytest.approx(heat["element"], abs=0.1)
        assert heat["cut"][0] == pytest.approx(30, abs=0.1)
        page.evaluate("document.querySelector('#panel').scrollTop = 10_000")
        is_gone(page, first)
        lies_on(page, "#last")


def test_heat_in_a_menu_is_shown_while_the_menu_is_open(
    page: Page, origin: str, broadcaster: Broadcaster
) -> None:
    with watching(page, origin, broadcaster, "#menu", "#basket"):
        lies_on(page, "#basket")
        assert page.evaluate(HEAT_OF, "#menu") is None
        page.evaluate("document.querySelector('#bar').className = 'open'")
        lies_on(page, "#menu")
        page.evaluate("document.querySelector('#bar').className = ''")
        is_gone(page, "#menu")
        page.add_style_tag(content="#bar:hover #menu { opacity: 1; visibility: visible; transition: 0.1s; }")
        page.mouse.move(10, 10)
        lies_on(page, "#menu")
        page.evaluate("document.querySelector('#basket').remove()")
        is_gone(page, "#basket")
        # Above a page's canvas of the highest z-index, and the pointer goes through.
        assert page.evaluate("document.elementFromPoint(80, 75).id") == "menu"


def test_the_list_ranks_the_elements_and_shows_which_is_which(
    page: Page, origin: str, broadcaster: Broadcaster, rows: Locator
) -> None:
    image = "#products>article:nth-of-type(4)>a>img"
    elements = [
        on_element(THIRD, {SPOT: 50}, rage={SPOT: 3}),
        on_element("#last", {SPOT: 20}, dead={SPOT: 2}),
        on_element(HOSTILE, {SPOT: 18}),
        on_element("", {SPOT: 8}),
        on_element("#menu", {SPOT: 3}),
        on_element(image, {SPOT: 1}, dwell={SPOT: 7}),
    ]
    broadcaster.show("/anchored", make_grid({(1, 1): 4}))
    broadcaster.tell("/anchored", make_detail(make_band("wide", *elements)))
    page.goto(f"{origin}/anchored")
    page.get_by_role("button", name="Elements").click()
    three = '<img src=x onerror="window.oops = 1"> Three'
    lines = rows.locator(".row")
    expect(lines).to_have_text(
        [
            f"1{three}{THIRD}by its place3 rage5050 %",
            "2Last#lastnot visible now2 dead2020 %",
            "3Blank areathe page itself88 %",
            "4Lamps#menunot visible now33 %",
            f"5<img> in Four{image}by its place11 %",
            f"{HOSTILE}1818 %",
        ]
    )
    expect(page.get_by_text("No longer on this page")).to_be_visible()
    assert page.locator("pageheat-overlay img").count() == 0
    assert page.evaluate("window.oops") is None
    outlined = """(selector) => {
      const node = document.querySelector("pageheat-overlay").shadowRoot.querySelector(".outline");
      if (!node) return selector === null;
      const [one, other] = [node, document.querySelector(selector)].map((it) => it.getBoundingClientRect());
      return ["x", "y", "width", "height"].every((side) => Math.abs(one[side] - other[side]) < 0.1);
    }"""
    rows.nth(0).hover()
    page.wait_for_function(outlined, arg=THIRD)
    page.evaluate("scrollTo(0, 40)")
    page.wait_for_function(outlined, arg=THIRD)
    page.mouse.move(640, 700)
    page.wait_for_function(outlined, arg=None)
    for _ in ("the button that closes the list", "its order", "its rows"):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function(outlined, arg="#last")
    expect(lines.nth(1)).to_have_text("2Last#last2 dead2020 %")
    # While the pointer is on the list, its order does not change, even if it is due.
    for count, share in ((70, 41), (90, 47)):
        more = [on_element("#basket", {SPOT: count}), *elements]
        broadcaster.tell("/anchored", make_detail(make_band("wide", *more)))
        expect(lines.nth(5)).to_contain_text(f"#basket{count}{share} %")
        page.evaluate("performance.now = () => Performance.prototype.now.call(performance) + 3000")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Elements")).to_be_focused()


def test_the_list_is_sorted_as_the_map_shows_until_it_is_sorted_otherwise(
    page: Page, origin: str, broadcaster: Broadcaster, rows: Locator
) -> None:
    elements = [
        on_element(THIRD, {SPOT: 50}, rage={SPOT: 3}, dead={SPOT: 1}),
        on_element("#last", {SPOT: 20}, rage={SPOT: 5}),
        on_element("#aside", {SPOT: 10}, dead={SPOT: 8}, dwell={SPOT: 30}),
    ]
    broadcaster.show("/anchored", make_grid({(1, 1): 4}))
    broadcaster.tell("/anchored", make_detail(make_band("wide", *elements)))
    page.goto(f"{origin}/anchored")
    page.get_by_role("button", name="Elements").click()
    expect(rows).to_contain_text(["Three", "Last", "Contents"])
    order = page.get_by_role("group", name="Sort by")
    order.get_by_role("radio", name="Rage").check()
    expect(rows).to_contain_text(["Last", "Three"])
    expect(rows.first.locator(".count")).to_have_text("5")
    order.get_by_role("radio", name="Dead").check()
    expect(rows).to_contain_text(["Contents", "Three"])
    order.get_by_role("radio", name="Dwell").check()
    expect(rows).to_contain_text(["Contents"])
    # The map still shows all clicks. When it shows others, so does the list.
    lies_on(page, THIRD)
    page.get_by_role("group", name="Clicks").get_by_role("radio", name="Rage").check()
    expect(rows).to_contain_text(["Last", "Three"])
    expect(order.get_by_role("radio", name="Rage")).to_be_checked()


def test_a_chosen_row_shows_its_whole_selector_to_be_copied(
    page: Page, origin: str, broadcaster: Broadcaster, rows: Locator
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    broadcaster.show("/anchored", make_grid({(1, 1): 4}))
    broadcaster.tell(
        "/anchored", make_detail(make_band("wide", on_element(THIRD, CLICKS), on_element("#last", {SPOT: 2})))
    )
    page.goto(f"{origin}/anchored")
    page.get_by_role("button", name="Elements").click()
    expect(rows.locator("code:visible")).to_have_count(0)
    rows.first.locator(".row").click()
    expect(rows.locator("code:visible")).to_have_text([THIRD])
    expect(rows.first).to_contain_text("whatever was at this place")
    rows.get_by_role("button", name="Copy selector").click()
    expect(rows.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == THIRD
    # Pages without https have no such clipboard.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    rows.last.locator(".row").click()
    expect(rows.locator("code:visible")).to_have_text(["#last"])
    rows.get_by_role("button", name="Copy selector").click()
    expect(rows.get_by_role("button", name="Copied")).to_be_visible()
    rows.last.locator(".row").click()
    expect(rows.locator("code:visible")).to_have_count(0)


def test_containers_are_named_by_what_they_are_and_page_wide_ones_are_blank_area(
    page: Page, origin: str, broadcaster: Broadcaster, rows: Locator
) -> None:
    names = {
        "#bar": "<header> #bar",
        "#panel": "<div> #panel",
        "#products": "<main> #products",
        "body": "Blank area",
        "#wide": "Blank area",
        "#named": "<section> Our lamps",
        "#last": "Last",
    }
    elements = [on_element(selector, {SPOT: 90 - number}) for number, selector in enumerate(names)]
    broadcaster.show("/anchored", make_grid({(1, 1): 4}))
    broadcaster.tell("/anchored", make_detail(make_band("wide", *elements)))
    page.goto(f"{origin}/anchored")
    page.evaluate(
        """() => {
          const html = "<div id=wide style='height: 2000px'><section id=named aria-labelledby=title>" +
            "<p>First words of this</p><h2 id=title>Our lamps</h2></section></div>";
          document.body.insertAdjacentHTML("beforeend", html);
        }"""
    )
    page.get_by_role("button", name="Elements").click()
    expect(rows.locator(".text")).to_have_text(list(names.values()))


def test_rage_clicks_dead_clicks_and_dwell_can_each_be_shown_alone(
    page: Page, origin: str, broadcaster: Broadcaster, rows: Locator
) -> None:
    element = on_element(THIRD, {SPOT: 50}, rage={SPOT: 6}, dwell={SPOT: 12})
    broadcaster.show("/anchored", make_grid({(1, 1): 4}, unplaced=2))
    broadcaster.tell("/anchored", make_detail(make_band("wide", element, on_element("#last", dead=CLICKS))))
    page.goto(f"{origin}/anchored")
    lies_on(page, THIRD)
    expect(page.locator(".scale.clicks p")).to_contain_text("50 clicks a spot")
    expect(page.get_by_text("2 clicks without a place")).to_be_visible()
    page.get_by_role("button", name="Elements").click()
    panel = page.get_by_label("Heat of this page")
    panel.get_by_role("radio", name="Rage").check()
    lies_on(page, THIRD)
    expect(page.locator(".scale.rage p")).to_contain_text("6 rage clicks a spot")
    expect(page.locator(".scale.clicks")).to_be_hidden()
    expect(rows.locator(".row")).to_contain_text([f"{THIRD}by its place6100 %"])
    panel.get_by_role("radio", name="Dead").check()
    is_gone(page, THIRD)
    expect(rows).to_contain_text(["#last"])
    panel.get_by_role("radio", name="Dwell").check()
    lies_on(page, THIRD)
    expect(page.locator(".scale.dwell p")).to_contain_text("12 s a spot")
    expect(rows.locator(".row")).to_contain_text([f"{THIRD}by its place6 rage12 s100 %"])
    page.get_by_role("radio", name="Moves").check()
    is_gone(page, THIRD)


def test_one_width_band_can_be_shown_alone(page: Page, origin: str, broadcaster: Broadcaster) -> None:
    phone = make_band(
        "phone", on_element("#basket", CLICKS), visitors=3, moves={(1, 1): 30}, clicks={(2, 2): 9}
    )
    desktop = make_band("desktop", on_element(THIRD, CLICKS), visitors=4, moves={(5, 5): 70})
    broadcaster.show("/anchored", make_grid({(1, 1): 30, (5, 5): 70}, {(2, 2): 18}, visitors=7))
    broadcaster.tell("/anchored", make_detail(phone, make_band("tablet", visitors=0), desktop))
    page.goto(f"{origin}/anchored")
    visitors = page.get_by_role("combobox", name="Visitors")
    expect(visitors.locator("option")).to_have_text(["All widths", "Phone · 3", "Desktop · 4"])
    lies_on(page, THIRD)
    lies_on(page, "#basket")
    visitors.select_option("phone")
    expect(page.locator(".counts")).to_have_text("30 moves9 clicks3 visitors")
    is_gone(page, THIRD)
    lies_on(page, "#basket")
    # The next page has the same choice; the others are back at once.
    page.goto(f"{origin}/anchored")
    expect(page.locator(".counts")).to_have_text("30 moves9 clicks3 visitors")
    visitors.select_option("")
    expect(page.locator(".counts")).to_have_text("100 moves18 clicks7 visitors")
    lies_on(page, THIRD)
    broadcaster.show("/anchored", make_grid({}, end=NOW_MS + 250))
    is_gone(page, THIRD)
    expect(visitors).to_be_hidden()
