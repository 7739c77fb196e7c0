"""Records the sessions in tests/data/recordings, in evtrack's form (`make recordings`).

Each session is one page of the demo shop in Chromium. A seeded hand moves the mouse, scrolls and clicks;
a script in the page logs the events that the browser fires. Times come from the hand's own timeline, so a
second run on the same machine writes the same bytes. Other fonts or another Chromium lay the pages out
differently: run the tests afterwards and correct the numbers in tests/support/recordings.py.
"""

import csv
import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

from pageheat.frontends.demo.server import application
from tests.support.chromium import launch
from tests.support.recordings import OURS
from tests.support.server import Server

FIRST_MS = 1_704_099_600_000
"""Start of the first session, ms since epoch: 2024-01-01 09:00 UTC. The others follow an hour apart."""

SHOP_URL = "http://localhost:8080"
"""Address of the shop that the metadata names; the recording itself uses a free port."""

USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

NOTCH_PX = 100
"""Distance that one notch of the wheel scrolls."""

HEADER_PX = 64
"""Height of the shop's fixed header, which covers what is under it."""

SCREENSHOT_PX = 800, 4000
"""Limits on a screenshot's width and height."""

RECORDER = """
(() => {
  const rows = [];
  let now = 0;
  let expected = () => false;
  let missing = [];
  let over = null;
  const pathOf = (element) => {
    if (element.id) return `//*[@id='${element.id}']`;
    if (!element.parentElement) return `/${element.localName}`;
    const alike = [...element.parentElement.children].filter((it) => it.localName === element.localName);
    const nth = alike.length > 1 ? `[${alike.indexOf(element) + 1}]` : "";
    return `${pathOf(element.parentElement)}/${element.localName}${nth}`;
  };
  const write = (type, x, y, element) => rows.push([now, x, y, type, element ? pathOf(element) : "/"]);
  const take = (event) => {
    const { type, target } = event;
    if (!missing.includes(type) || !expected(event)) return;
    missing = missing.filter((it) => it !== type);
    if (type === "scroll") return write(type, Math.round(scrollX), Math.round(scrollY));
    const [x, y] = [event.clientX + Math.round(scrollX), event.clientY + Math.round(scrollY)];
    // The browser fires its own mouseover at any time after a scroll; ours comes with the next move.
    if (type === "mousemove" && target !== over) {
      if (over) write("mouseout", x, y, over);
      write("mouseover", x, y, target);
      over = target;
    }
    write(type, x, y, target);
  };
  const types = ["mousemove", "mousedown", "mouseup", "click", "wheel", "scroll"];
  for (const type of types) addEventListener(type, take, { capture: true, passive: true });
  // A session is one page, so links are disabled.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  window.evtrack = {
    rows,
    begin(ms) {
      now = ms;
      for (const type of ["load", "pageshow"]) write(type, 0, 0);
    },
    expectMouse(ms, types, x, y) {
      [now, missing] = [ms, types];
      expected = ({ clientX, clientY }) => clientX === x && clientY === y;
    },
    expectScroll(ms, top) {
      [now, missing] = [ms, ["wheel", "scroll"]];
      expected = ({ type }) => type === "wheel" || Math.round(scrollY) === top;
    },
    isDone: () => missing.length === 0,
  };
})();
"""
"""Logs the expected events, each with the time set by the hand."""

SAVE = """async () => {
  const copy = document.documentElement.cloneNode(true);
  const small = async (image) => {
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.height = 400;
    canvas.width = (400 * image.naturalWidth) / image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.5);
  };
  const pictures = await Promise.all([...document.images].map(small));
  copy.querySelectorAll("img").forEach((image, index) => image.setAttribute("src", pictures[index]));
  for (const link of copy.querySelectorAll("link[rel=stylesheet]")) {
    const style = document.createElement("style");
    style.textContent = await (await fetch(link.href)).text();
    link.replaceWith(style);
  }
  for (const element of copy.querySelectorAll("script, noscript, link")) element.remove();
  return `<!doctype html>\\n${copy.outerHTML}\\n`;
}"""
"""The page as one file without scripts, with smaller pictures of the same proportions."""


class Hand:
    """Moves, scrolls and clicks with a seeded randomness, and keeps the time."""

    def __init__(self, page: Page, seed: str, began_ms: int) -> None:
        self._page = page
        self._random = random.Random(seed)
        self._now = began_ms
        self._x, self._y = 0, 0
        page.evaluate("(ms) => evtrack.begin(ms)", began_ms)

    def rest(self, shortest_ms: int, longest_ms: int) -> None:
        self._now += self._random.randint(shortest_ms, longest_ms)

    def scan(self, selector: str, *, lines: int = 3, width: float = 0.8) -> None:
        """Follow the lines of a text, or move about on a picture."""
        for line in range(lines):
            down = (line + 0.5) / lines
            self.move(selector, 0.08, down)
            self.move(selector, 0.08 + width * self._random.uniform(0.7, 1), down)
            self.rest(80, 400)

    def move(self, selector: str, right: float = 0.5, down: float = 0.5) -> None:
        """Move on a curve to a place on an element, given as shares of its size."""
        self._go(*self._place(self._page.locator(selector), right, down))

    def move_aside(self) -> None:
        """Move to the left margin, so that the wheel scrolls the page and no panel in it."""
        self._go(8, self._y)

    def _go(self, x: int, y: int) -> None:
        from_x, from_y = self._x, self._y
        length = math.dist((from_x, from_y), (x, y))
        bend = self._random.uniform(-0.15, 0.15)
        steps = max(3, round(length / self._random.uniform(18, 34)))
        for step in range(1, steps + 1):
            share = step / steps
            eased = share * share * (3 - 2 * share)
            aside = bend * math.sin(math.pi * eased)
            self._step(
                round(from_x + (x - from_x) * eased - (y - from_y) * aside),
                round(from_y + (y - from_y) * eased + (x - from_x) * aside),
            )

    def _place(self, element: Locator, right: float, down: float) -> tuple[int, int]:
        box = element.bounding_box()
        assert box
        x, y = round(box["x"] + right * box["width"]), round(box["y"] + down * box["height"])
        width, height = self._page.evaluate("[innerWidth, innerHeight]")
        assert 0 < x < width, f"{element} is at {x} px, beside the window"
        assert HEADER_PX < y < height, f"{element} is at {y} px, above or below what can be seen"
        return x, y

    def _step(self, x: int, y: int) -> None:
        self._now += self._random.randint(14, 34)
        if (x, y) == (self._x, self._y):
            return
        self._expect(["mousemove"], x, y)
        self._page.mouse.move(x, y)
        self._done()
        self._x, self._y = x, y

    def click(self, selector: str, right: float = 0.5, down: float = 0.5) -> None:
        """Move to an element, press the mouse and let it go."""
        self.move(selector, right, down)
        self.rest(150, 600)
        self._expect(["mousedown"], self._x, self._y)
        self._page.mouse.down()
        self._done()
        self.rest(60, 140)
        self._expect(["mouseup", "click"], self._x, self._y)
        self._page.mouse.up()
        self._done()
        self.rest(300, 900)

    def scroll_to(self, selector: str) -> None:
        """Turn the wheel until an element's middle is as near to the window's middle as it gets."""
        box = self._page.locator(selector).bounding_box()
        height, top, bottom = self._page.evaluate(
            "[innerHeight, Math.round(scrollY), document.documentElement.scrollHeight - innerHeight]"
        )
        assert box
        notches = round((box["y"] + box["height"] / 2 - height / 2) / NOTCH_PX)
        for _ in range(abs(notches)):
            to = max(0, min(bottom, top + math.copysign(NOTCH_PX, notches)))
            if to == top:
                break
            self._now += self._random.randint(60, 180)
            self._page.evaluate("([ms, to]) => evtrack.expectScroll(ms, to)", [self._now, to])
            self._page.mouse.wheel(0, to - top)
            self._done()
            top = to
        self.rest(300, 900)

    def _expect(self, types: list[str], x: int, y: int) -> None:
        self._page.evaluate(
            "([ms, types, x, y]) => evtrack.expectMouse(ms, types, x, y)", [self._now, types, x, y]
        )

    def _done(self) -> None:
        self._page.wait_for_function("evtrack.isDone()")


def a_look_at_the_list(hand: Hand) -> None:
    """Down to the letters, back to the workshop, and a piece on the way."""
    hand.rest(900, 1800)
    hand.scan("#hero h1", lines=1)
    hand.move("#hero .button")
    hand.scroll_to("#products > a:nth-of-type(2)")
    for card in (1, 2, 3):
        hand.scan(f"#products > a:nth-of-type({card})", lines=2)
    hand.scroll_to("#products > a:nth-of-type(10)")
    hand.move("#products > a:nth-of-type(10) > h3")
    hand.rest(400, 1200)
    hand.scroll_to("#workshop")
    hand.scan("#workshop li:nth-of-type(1) > p", lines=2)
    hand.move_aside()
    hand.scroll_to("#site-footer")
    hand.move("#site-footer > p:nth-of-type(2)")
    hand.rest(600, 1500)
    hand.move_aside()
    hand.scroll_to("#products > a:nth-of-type(6)")
    hand.click("#products > a:nth-of-type(6) > img", 0.45, 0.4)


def a_vase_from_all_sides(hand: Hand) -> None:
    """Both other pictures, the text, and into the basket."""
    hand.rest(700, 1500)
    hand.scan("#picture", lines=4)
    hand.scroll_to(".thumbs")
    hand.click(".thumbs > button:nth-of-type(2)")
    hand.move("#picture", 0.4, 0.75)
    hand.click(".thumbs > button:nth-of-type(3)", 0.4, 0.6)
    hand.move("#picture", 0.6, 0.7)
    hand.scroll_to("#details")
    hand.scan("#details", lines=4, width=0.5)
    hand.scroll_to("#story")
    hand.scan("#story p:nth-of-type(1)", lines=4)
    hand.scan("#story p:nth-of-type(2)", lines=3)
    hand.move_aside()
    hand.scroll_to("#related")
    hand.move("#related a:nth-of-type(2) > img")
    hand.rest(500, 1500)
    hand.move_aside()
    hand.scroll_to("#add")
    hand.click("#add")


def a_mug_in_a_narrow_window(hand: Hand) -> None:
    """Little pointing, much scrolling."""
    hand.rest(900, 2000)
    hand.move("#picture", 0.6, 0.5)
    hand.scroll_to("#details")
    hand.scan("#details", lines=2, width=0.6)
    hand.scroll_to("#story p:nth-of-type(2)")
    hand.move("#story p:nth-of-type(2)", 0.4, 0.3)
    hand.move_aside()
    hand.scroll_to("#related a:nth-of-type(2)")
    hand.move("#related a:nth-of-type(2) > img", 0.5, 0.7)
    hand.rest(400, 1200)
    hand.move_aside()
    hand.scroll_to("#related a:nth-of-type(4)")
    hand.scroll_to("#picture")
    hand.click("#picture", 0.5, 0.45)


def a_change_of_mind(hand: Hand) -> None:
    """Two pieces in the basket: one more look at the first, and out with the second."""
    hand.rest(500, 1200)
    hand.move("#lines > li:nth-of-type(1) > h2", 0.3)
    hand.click("#lines > li:nth-of-type(1) > a > img", 0.5, 0.5)
    hand.move("#total")
    hand.rest(500, 1500)
    hand.scroll_to("#order")
    hand.move("#site-footer > p:nth-of-type(1)")
    hand.scroll_to("#lines > li:nth-of-type(2)")
    hand.click("#lines > li:nth-of-type(2) > button")


def a_wide_window(hand: Hand) -> None:
    """Clicks beside links, then on a piece at the end of the list."""
    hand.rest(800, 1600)
    hand.click("#hero > img", 0.62, 0.7)
    hand.scroll_to("#products > a:nth-of-type(3)")
    hand.scan("#products > a:nth-of-type(3)", lines=3, width=0.6)
    hand.scan("#products > a:nth-of-type(4)", lines=2, width=0.6)
    hand.scroll_to("#products > a:nth-of-type(8)")
    hand.scan("#products > a:nth-of-type(8)", lines=3, width=0.6)
    hand.scroll_to("#workshop")
    hand.click("#workshop li:nth-of-type(2) > p", 0.4, 0.5)
    hand.scroll_to("#products > a:nth-of-type(12)")
    hand.click("#products > a:nth-of-type(12) > img", 0.5, 0.6)


@dataclass(frozen=True)
class Session:
    """One page in a window of one size; `bought` are products that are in the basket at the start."""

    name: str
    path: str
    window: ViewportSize
    screen: ViewportSize
    act: Callable[[Hand], None]
    bought: tuple[str, ...] = ()


def size(width: int, height: int) -> ViewportSize:
    return {"width": width, "height": height}


SESSIONS = (
    Session("list-1280", "/", size(1280, 720), size(1280, 800), a_look_at_the_list),
    Session("vase-1440", "/products/dune-vase", size(1440, 900), size(1440, 1024), a_vase_from_all_sides),
    Session("mug-390", "/products/tide-mug", size(390, 844), size(1280, 1024), a_mug_in_a_narrow_window),
    Session(
        "basket-1000", "/basket", size(1000, 600), size(1024, 768), a_change_of_mind, ("gull-cup", "salt-jar")
    ),
    Session("list-1900", "/", size(1900, 980), size(1920, 1080), a_wide_window),
)


def record(browser: Browser, shop: str, session: Session, folder: Path) -> None:
    """Write a session's four files into the folders of `folder`."""
    began_ms = FIRST_MS + 3_600_000 * SESSIONS.index(session)
    with browser.new_context(
        viewport=session.window, screen=session.screen, user_agent=USER_AGENT, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.add_init_script(RECORDER)
        show(page, shop, session)
        document = page.evaluate(
            "(({ scrollWidth, scrollHeight }) => [scrollWidth, scrollHeight])(document.documentElement)"
        )
        html = page.evaluate(SAVE)
        session.act(Hand(page, session.name, began_ms))
        rows = page.evaluate("evtrack.rows")
        picture = screenshot(context.new_page(), html)
    assert picture.size == tuple(document), "the saved page has another size than the page"
    screen, window = (f"{it['width']}x{it['height']}" for it in (session.screen, session.window))
    metadata = {
        "timestamp": began_ms // 1000,
        "url": SHOP_URL + session.path,
        "ua": USER_AGENT,
        "screen": screen,
        "window": window,
        "document": f"{document[0]}x{document[1]}",
    }
    xml = "".join(f" <{name}>{escape(str(value))}</{name}>\n" for name, value in metadata.items())
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows([("timestamp", "xpos", "ypos", "event", "xpath"), *rows])
    for name, text in (
        (f"mouse-movement-data/{session.name}.csv", table.getvalue()),
        (
            f"trial-metadata/{session.name}.xml",
            f'<?xml version="1.0" encoding="UTF-8"?>\n<data>\n{xml}</data>\n',
        ),
        (f"{OURS.pages}/{session.name}.html", html),
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    file = folder / "full-page-screenshots" / f"{session.name}.jpg"
    file.parent.mkdir(parents=True, exist_ok=True)
    shrunk(picture, session.window["width"]).save(file, quality=45, optimize=True)


def show(page: Page, shop: str, session: Session) -> None:
    """Open the session's page; if the basket must be filled first, go there by the shop's own routes."""
    page.goto(shop + (f"/products/{session.bought[0]}" if session.bought else session.path))
    for product in session.bought:
        go(page, f"/products/{product}")
        page.locator("#add").click()
    if session.bought:
        go(page, session.path)
        page.mouse.move(0, 0)
    page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")


def go(page: Page, path: str) -> None:
    """Change to another page of the shop without loading it."""
    page.evaluate(
        "(path) => { history.pushState(null, '', path); dispatchEvent(new Event('popstate')); }", path
    )


def screenshot(page: Page, html: str) -> Image.Image:
    """Take a screenshot of a whole saved page."""
    page.set_content(html)
    return Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")


def shrunk(picture: Image.Image, width: int) -> Image.Image:
    """Pad a screenshot to its window's width (the scroll bar's space), and shrink it."""
    whole = Image.new("RGB", (width, picture.height), "white")
    whole.paste(picture)
    whole.thumbnail(SCREENSHOT_PX)
    return whole


def record_some(sessions: tuple[Session, ...], folder: Path) -> None:
    """Record sessions with their own browser and shop."""
    shop = Server(application("http://127.0.0.1:1"))
    try:
        # With scroll bars a document is narrower than its window, as in real browsers.
        with (
            sync_playwright() as playwright,
            launch(playwright.chromium, ignore_default_args=["--hide-scrollbars"]) as browser,
        ):
            for session in sessions:
                record(browser, shop.origin, session, folder)
                print(session.name)
    finally:
        shop.stop()


if __name__ == "__main__":
    record_some(SESSIONS, OURS.folder)
