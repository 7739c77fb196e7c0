"""Everything is real: visitors on the shop, analysts on the heat-map front end in another browser."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import connect

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from pageheat.traffic.connection import SUBPROTOCOL
from pageheat.traffic.views import View, sent_frame
from pageheat.traffic.visitors import visit as simulated
from tests.support.heat import heat, wait_for_heat
from tests.support.live import Live, live_on, visit
from tests.support.system import running, until

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


@pytest.fixture(scope="module")
def live(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(node, tmp_path_factory.mktemp("system")) as system:
        yield live_on(system)


def move_around(page: Page, x: float, y: float) -> None:
    """Moves within a few px of a viewport point, for longer than a step."""
    page.mouse.move(x - 8, y)
    for number in range(12):
        page.mouse.move(x + number % 3, y + number % 2)
        page.wait_for_function(
            "(until) => performance.now() > until", arg=page.evaluate("performance.now() + 50")
        )


def test_the_map_is_hot_where_a_visitor_moved_and_cold_elsewhere_also_after_scrolling(
    browser: Browser, live: Live
) -> None:
    visitor = visit(browser, f"{live.shop}/")
    move_around(visitor, 300, 500)
    visitor.mouse.wheel(0, 1500)
    visitor.wait_for_function("scrollY === 1500")
    move_around(visitor, 900, 400)
    analyst = visit(browser, f"{live.heatmap}/")
    wait_for_heat(analyst, 300, 500, "alpha > 60")
    for cold in [(900, 500), (640, 1200)]:
        assert heat(analyst, *cold)[3] == 0
    analyst.mouse.wheel(0, 1500)
    wait_for_heat(analyst, 900, 1900, "alpha > 60")
    for cold in [(300, 1900), (640, 2300)]:
        assert heat(analyst, *cold)[3] == 0


def test_the_last_hour_has_what_was_live_until_now(browser: Browser, live: Live) -> None:
    history = live.start_history().wait_until_healthy()
    page = "/products/cove-bowl"
    visitor = visit(browser, f"{live.shop}{page}")
    move_around(visitor, 600, 400)
    live.wait_for_moves(page, 2)
    visitor.close()
    analyst = visit(browser, f"{live.heatmap}{page}")
    wait_for_heat(analyst, 600, 400, "alpha > 60")
    analyst.get_by_role("button", name="Time: Live").click()
    analyst.get_by_role("button", name="Last hour").click()
    expect(analyst.locator(".when")).to_contain_text("1 page view, exact to the minute")
    moves = analyst.locator(".counts b").first
    until(
        lambda: moves.inner_text() == str(live.warm(page)["moves"]),
        lambda: f"{moves.inner_text()} in the last hour, live {live.warm(page)}",
    )
    wait_for_heat(analyst, 600, 400, "alpha > 60")
    history.stop()


def test_the_map_fits_a_window_of_another_width(browser: Browser, live: Live) -> None:
    visitor = visit(browser, f"{live.shop}/products/salt-jar", width=800)
    size = visitor.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    move_around(visitor, 600, 300)
    analyst = visit(browser, f"{live.heatmap}/products/salt-jar", width=1500)
    wide = analyst.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert wide != size
    wait_for_heat(analyst, 600 / size[0] * wide[0], 300, "alpha > 60")


def test_a_route_change_moves_the_heat_to_the_new_page(browser: Browser, live: Live) -> None:
    visitor = visit(browser, f"{live.shop}/products/gull-cup")
    move_around(visitor, 400, 400)
    live.wait_for_moves("/products/gull-cup", 2)
    visitor.locator("#related .card").first.click()
    expect(visitor).not_to_have_url(f"{live.shop}/products/gull-cup")
    visitor.wait_for_function("scrollY === 0")
    page = visitor.url.removeprefix(live.shop)
    # the click was sent after all earlier events on its page
    until(lambda: live.warm("/products/gull-cup")["clicks"] == 1, lambda: "the click was not counted")
    before = live.warm("/products/gull-cup")["moves"]
    move_around(visitor, 800, 300)
    live.wait_for_moves(page, 2)
    assert live.warm(page)["clicks"] == 0, "the click belongs to the page it left"
    assert live.warm("/products/gull-cup")["moves"] <= before + 1
    analyst = visit(browser, f"{live.heatmap}{page}")
    wait_for_heat(analyst, 800, 300, "alpha > 60")


ON_ELEMENTS = """() => [...document.querySelector("pageheat-overlay").shadowRoot.querySelectorAll(".spots")]
  .filter((canvas) => canvas.dataset.selector && canvas.checkVisibility())
  .flatMap((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const heat = (pixel) => data[4 * pixel + 1] * data[4 * pixel + 3];
    let hottest = 0;
    for (let pixel = 0; pixel < width * height; pixel++) if (heat(pixel) > heat(hottest)) hottest = pixel;
    if (heat(hottest) === 0) return [];
    const box = canvas.getBoundingClientRect();
    const x = box.x + (((hottest % width) + 0.5) / width) * box.width;
    const y = box.y + ((Math.floor(hottest / width) + 0.5) / height) * box.height;
    return [[x, y]];
  })"""
"""The hottest point of each element's heat, in the window."""

LIES_ON_THE_THIRD = f"""(elements) => {{
  const third = document.querySelectorAll("main .card")[2];
  third.scrollIntoView({{ block: "center", behavior: "instant" }});
  const points = ({ON_ELEMENTS})();
  return points.length === elements
    && points.every(([x, y]) => third.contains(
      document.elementsFromPoint(x, y).find((it) => it.localName !== "pageheat-overlay")));
}}"""
"""Whether this many elements have heat, each hottest where the third card or a part of it is visible."""


def click_the_third_product(browser: Browser, live: Live, width: int, across: float, down: float) -> str:
    """In a window of this width, click the third card at these fractions of its box; returns the tag hit."""
    visitor = visit(browser, f"{live.shop}/", width=width)
    card = visitor.locator("main .card").nth(2)
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    clicked: str = visitor.evaluate("([x, y]) => document.elementFromPoint(x, y).tagName", [x, y])
    before = live.warm("/").get("clicks", 0)
    visitor.mouse.click(x, y)
    expect(visitor).not_to_have_url(f"{live.shop}/")
    until(lambda: live.warm("/").get("clicks", 0) == before + 1, lambda: "the click was not counted")
    visitor.context.close()
    return clicked


def test_clicks_on_the_third_product_are_shown_on_it_at_any_width(browser: Browser, live: Live) -> None:
    places = {400: (0.2, 0.3), 1000: (0.5, 0.5), 1900: (0.5, 0.99)}
    clicked = {click_the_third_product(browser, live, width, *at) for width, at in places.items()}
    assert len(clicked) > 1, "all clicks hit one element of the card"
    analyst = visit(browser, f"{live.heatmap}/")
    columns = set()
    for width in places:
        analyst.set_viewport_size({"width": width, "height": 720})
        analyst.wait_for_function(LIES_ON_THE_THIRD, arg=len(clicked))
        columns.add(
            analyst.evaluate(
                "new Set([...document.querySelectorAll('main .card')].map((card) => card.offsetLeft)).size"
            )
        )
    assert len(columns) > 1, "the page had the same layout at all widths"
    analyst.context.close()


def test_the_documents_snippet_sends_what_the_tracker_sends(browser: Browser, live: Live) -> None:
    snippet = re.search(r"<script>\n(  addEventListener.*?)</script>", PROTOCOL.read_text("utf-8"), re.DOTALL)
    assert snippet
    visitor = visit(browser, f"{live.shop}/products/brine-bottle")
    move_around(visitor, 500, 400)
    live.wait_for_moves("/products/brine-bottle", 1)  # now ingest knows the page's size
    visitor.add_script_tag(
        content=snippet[1].replace("https://ingest.example.org", f"http://{live.ingest.address}")
    )
    visitor.mouse.click(500, 400)
    until(lambda: live.warm("/products/brine-bottle")["clicks"] == 2, lambda: "one click was not counted")
    tiles = live.clicks("/products/brine-bottle")
    assert [count for rows in tiles.values() for count in rows.values()] == [2]
    visitor.context.close()


def test_every_click_is_counted_once_while_ingest_is_killed_and_restarted(
    browser: Browser, live: Live
) -> None:
    path = "/products/cove-bowl"
    visitor = visit(browser, f"{live.shop}{path}")
    stay = "(event) => { event.preventDefault(); event.stopPropagation() }"
    visitor.evaluate(f"addEventListener('click', {stay}, true)")
    made = 0

    def click(times: int) -> None:
        nonlocal made
        for _ in range(times):
            made += 1
            visitor.mouse.click(40 * made, 300)

    def expect_all() -> None:
        until(lambda: live.warm(path).get("clicks") == made, lambda: f"{made} made, {live.warm(path)}")

    ingest = live.ingest
    for _ in range(2):
        click(1)
        expect_all()
        click(3)  # Kafka has some or all of them, not yet acknowledged to the tracker
        ingest.kill()
        click(3)
        ingest = live.start_ingest().wait_until_healthy()
        expect_all()
    click(1)
    expect_all()  # after everything that was resent
    visitor.context.close()


def test_analysts_do_not_heat_their_own_map(browser: Browser, live: Live) -> None:
    analyst = visit(browser, f"{live.heatmap}/products/tide-mug")
    expect(analyst.locator("pageheat-overlay .state")).to_contain_text("Live")
    move_around(analyst, 300, 300)
    visitor = visit(browser, f"{live.shop}/products/tide-mug")
    move_around(visitor, 900, 500)
    live.wait_for_moves("/products/tide-mug", 2)
    assert live.warm("/products/tide-mug")["visitors"] == 1
    wait_for_heat(analyst, 900, 500, "alpha > 60")
    assert heat(analyst, 300, 300)[3] == 0


def test_warm_pages_are_listed_live(browser: Browser, live: Live) -> None:
    analyst = browser.new_context().new_page()
    analyst.goto(f"{live.heatmap}/_pageheat/")
    visitor = visit(browser, f"{live.shop}/products/merle-teapot")
    move_around(visitor, 500, 500)
    row = analyst.get_by_role("link", name="/products/merle-teapot").first
    expect(row).to_be_visible(timeout=20_000)
    row.click()
    expect(analyst).to_have_url(f"{live.heatmap}/products/merle-teapot")


def test_a_page_cools_when_its_visitors_have_left(
    browser: Browser, kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    with (
        KafkaNode(kafka_installation, tmp_path / "kafka") as node,
        running(node, tmp_path, WINDOW_SECONDS="4") as system,
    ):
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        live = live_on(system)
        analyst = visit(browser, f"{live.heatmap}/products/reef-tumbler")
        visitor = visit(browser, f"{live.shop}/products/reef-tumbler")
        move_around(visitor, 500, 500)
        wait_for_heat(analyst, 500, 500, "alpha > 60")
        visitor.close()
        wait_for_heat(analyst, 500, 500, "alpha === 0")
        until(lambda: live.warm("/products/reef-tumbler") == {}, lambda: "still listed")
        analyst.close()


def product_views() -> Iterator[View]:
    """Simulated page views of products' pages, one a visitor."""
    seed = 0
    while True:
        seed += 1
        yield from (view for view in islice(simulated(Random(seed)), 1) if view.page.path != "/")


def test_the_scroll_layers_line_is_where_half_of_the_simulated_visitors_turned_round(
    browser: Browser, live: Live
) -> None:
    unvisited = "/products/shoal-plate"  # by the other tests
    depths = []
    with connect(f"ws://{live.ingest.address}/turning", subprotocols=[SUBPROTOCOL]) as ingest:
        for seq, view in enumerate(islice(product_views(), 40)):
            looks = [sample for sample in view.samples if sample.type == "look"]
            depths.append(min(max(look.top + look.height for look in looks), view.page.document.height))
            page = msgspec.structs.replace(view.page, path=unvisited)
            frame = sent_frame(page, looks, f"turning-{seq}", 0, looks[-1].at_ms)
            ingest.send(msgspec.json.encode(frame).decode())
            while "acknowledged" not in json.loads(ingest.recv(30)):
                pass  # it may be told how often to send
    analyst = visit(browser, live.heatmap + unvisited)
    analyst.get_by_role("radio", name="Scroll").check()
    expect(analyst.locator("pageheat-overlay .looks-text")).to_contain_text(f"{len(depths)} page views")
    line = analyst.locator("pageheat-overlay .line[data-name='50']").bounding_box()
    assert line is not None
    # the lower edge of a row of 20 px
    assert sum(depth > line["y"] - 20 for depth in depths) >= len(depths) / 2
    assert sum(depth > line["y"] for depth in depths) <= len(depths) / 2
    analyst.context.close()
