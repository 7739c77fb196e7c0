"""The demo shop as its visitors find it: where what is on which page, at several widths of the window.

The table `shop.json` was measured in a browser (`python -m tests.support.shop_table` measures it again).
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pageheat.services.contract.records import Size

TABLE = Path(__file__).with_name("shop.json")

HOME, BASKET = "/", "/basket"
FOLDER = "/products/"

WEIGHTS = {1920: 3, 1440: 5, 1280: 4, 1024: 2, 768: 1, 390: 1}
"""How common a width of the window is, in visitors of each 16."""

HOME_ARRIVALS = 0.7
"""Visitors who arrive at the list; the others come to a product by a link from elsewhere."""

PRODUCT_APPEAL = 0.85
"""Of a product to the one before it in the list: what is further down is looked at less."""

BASKET_APPEAL = 0.3


@dataclass(frozen=True, slots=True)
class Part:
    """Something on a page that a visitor looks at or clicks, in page coordinates (px).

    `fixed` parts are in viewport coordinates: they stay where they are when the page scrolls. `selector`
    is the tracker's.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    selector: str
    leads_to: str | None = None
    fixed: bool = False
    appeal: float = 1.0

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies on it."""
        return 0 <= x - self.x <= self.width and 0 <= y - self.y <= self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """A page in a window: `header` px at the top of the viewport are always the fixed header."""

    path: str
    viewport: Size
    document: Size
    header: float
    parts: tuple[Part, ...]

    def part_at(self, x: float, y: float, scroll: float) -> Part | None:
        """What is seen at a point of the viewport when so much is scrolled: of several parts the smallest."""
        under = [
            part
            for part in self.parts
            if (part.fixed and part.holds(x, y))
            or (not part.fixed and y >= self.header and part.holds(x, y + scroll))
        ]
        return min(under, key=lambda part: part.width * part.height, default=None)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def viewports() -> list[Size]:
    """The windows that were measured."""
    return [Size(*size) for size in _table()["viewports"]]


def products() -> list[str]:
    """The products' pages in the list's order."""
    return list(_table()["products"])


def paths() -> list[str]:
    """Every page that visitors know."""
    return [HOME, *products(), BASKET]


def appeal(path: str) -> float:
    """How much visitors are drawn to a page; the list's is 1."""
    if path == BASKET:
        return BASKET_APPEAL
    return 1.0 if path == HOME else PRODUCT_APPEAL ** products().index(path)


@cache
def layout(path: str, viewport: Size) -> Layout:
    """A page at one of the measured windows.

    All products have the layout of the one that was measured, and the products that it shows and leads to
    are those at the same distance in the list.
    """
    sold, pages = products(), _table()["pages"]
    turn = sold.index(path) if path in sold else 0

    def leads(link: str) -> str:
        return sold[(sold.index(link) + turn) % len(sold)] if link in sold and turn else link

    def named(selector: str) -> str:
        return re.sub(
            r'(?<=\[data-product=")[a-z-]+', lambda slug: leads(FOLDER + slug[0])[len(FOLDER) :], selector
        )

    measured = pages[sold[0] if path in sold else path][f"{viewport.width:g}"]
    parts = [
        Part(
            kind,
            *(x, y, width, height),
            selector=named(selector),
            leads_to=leads(link) if link else None,
            fixed=fixed,
            appeal=appeal(link) if link else 1.0,
        )
        for kind, (x, y, width, height), link, fixed, selector in measured["parts"]
    ]
    return Layout(path, viewport, Size(*measured["document"]), measured["header"], tuple(parts))
