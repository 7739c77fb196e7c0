"""Measures the demo shop in a browser, for simulated visitors.

`python -m tests.support.shop_table` rewrites `pageheat/traffic/shop.json`; a test compares it with the shop.
"""

import json
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from pageheat.frontends.demo.server import application
from pageheat.traffic.shop import BASKET, HOME, TABLE
from tests.support.chromium import launch
from tests.support.server import Server

VIEWPORTS = ((1920, 1080), (1440, 900), (1280, 720), (1024, 768), (768, 1024), (390, 844))

SELECTOR = """
(element) => {
  const isOnly = (selector) => document.querySelectorAll(selector).length === 1;
  const nameOf = ({ id, dataset }) => {
    if (/^[a-z-]+$/.test(id)) return `#${id}`;
    const name = dataset.product && `[data-product="${dataset.product}"]`;
    return name && isOnly(name) ? name : null;
  };
  const steps = [];
  let at = element;
  for (; at !== document.body && !nameOf(at); at = at.parentElement) {
    const alike = [...at.parentElement.children].filter((it) => it.localName === at.localName);
    const nth = alike.length > 1 ? `:nth-of-type(${alike.indexOf(at) + 1})` : "";
    steps.unshift(at.localName + nth);
  }
  return [nameOf(at) ?? "body", ...steps].join(">");
}
"""
"""An element's selector as the tracker makes it, from the names used in the shop."""

MEASURE = """
() => {
  const selectorOf = SELECTOR;
  const round = Math.round;
  const above = (element) => {
    const found = [];
    for (let at = element.parentElement; at; at = at.parentElement) found.push(at);
    return found;
  };
  const isFixed = (element) =>
    [element, ...above(element)].some((it) => /fixed|sticky/.test(getComputedStyle(it).position));
  // In a scrollable panel only what is visible at first is measured.
  const isCut = (element, box) =>
    above(element)
      .filter((it) => it !== document.body && it !== document.documentElement)
      .filter((it) => getComputedStyle(it).overflowY !== "visible")
      .some((it) => box.bottom > it.getBoundingClientRect().bottom + 1);
  const length = (element) => element.innerText?.trim().length ?? 0;
  const alone = (element) => !element.parentElement.closest("a, button");
  const kinds = [
    ["card", "a[href]", (it, box) => box.width * box.height >= 20000],
    ["link", "a[href]", (it, box) => box.width * box.height < 20000],
    ["button", "button, summary", () => true],
    ["text", "p, dd", (it) => length(it) >= 60 && alone(it)],
    ["picture", "img, svg, canvas", (it, box) => box.width >= 160 && box.height >= 120 && alone(it)],
  ];
  const root = document.documentElement;
  const limit = { x: root.clientWidth, y: root.scrollHeight };
  const parts = [];
  for (const [kind, selector, fits] of kinds)
    for (const element of document.querySelectorAll(selector)) {
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const box = element.getBoundingClientRect();
      const fixed = isFixed(element);
      const y = box.y + (fixed ? 0 : scrollY);
      const inside = box.x >= 0 && y >= 0 && box.right <= limit.x && y + box.height <= limit.y;
      if (box.width < 8 || box.height < 8 || !inside || !fits(element, box) || isCut(element, box)) continue;
      const url = element.href ? new URL(element.href) : null;
      const leads = url && url.origin === location.origin && !url.hash && !url.search;
      const here = leads && url.pathname === location.pathname;
      const box_ = [box.x, y, box.width, box.height].map(round);
      parts.push([kind, box_, leads && !here ? url.pathname : null, fixed, selectorOf(element)]);
    }
  parts.sort((a, b) => a[1][1] - b[1][1] || a[1][0] - b[1][0]);
  const bars = [...document.querySelectorAll("header")].filter(isFixed);
  const header = Math.max(0, ...bars.map((it) => round(it.getBoundingClientRect().bottom)));
  return { document: [limit.x, limit.y], header, parts };
}
""".replace("SELECTOR", SELECTOR.strip())


def measure(browser: Browser, origin: str, windows: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """Make the table for these windows; one product page is measured, as all are alike."""
    context = browser.new_context()
    page = context.new_page()

    def measured(path: str) -> dict[str, Any]:
        layouts = {}
        for width, height in windows:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(origin + path, wait_until="networkidle")
            layouts[str(width)] = page.evaluate(MEASURE)
        return layouts

    home = measured(HOME)
    links = [part[2] for part in next(iter(home.values()))["parts"] if part[0] == "card"]
    products = [link for link in dict.fromkeys(links) if link]
    pages = {HOME: home, products[0]: measured(products[0]), BASKET: measured(BASKET)}
    context.close()
    return {"viewports": windows, "products": products, "pages": pages}


def text(table: dict[str, Any]) -> str:
    """Format the table as JSON, one part per line."""
    lines = [
        f'{{"viewports": {json.dumps(table["viewports"])},',
        f'"products": {json.dumps(table["products"])},',
    ]
    blocks = []
    for path, layouts in table["pages"].items():
        sizes = []
        for width, layout in layouts.items():
            parts = ",\n".join(json.dumps(part) for part in layout["parts"])
            head = f'"document": {json.dumps(layout["document"])}, "header": {layout["header"]}'
            sizes.append(f'"{width}": {{{head}, "parts": [\n{parts}]}}')
        blocks.append(f"{json.dumps(path)}: {{\n" + ",\n".join(sizes) + "}")
    return "\n".join([*lines, '"pages": {', ",\n".join(blocks) + "}}"]) + "\n"


def main() -> None:
    """Measure the shop and write the table."""
    shop = Server(application("http://localhost:1"))
    try:
        with sync_playwright() as playwright, launch(playwright.chromium) as browser:
            TABLE.write_text(text(measure(browser, shop.origin, VIEWPORTS)), encoding="utf-8")
    finally:
        shop.stop()


if __name__ == "__main__":
    main()
