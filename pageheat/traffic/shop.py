"""The demo shop's layout: the parts of each page and their boxes, at several window widths.

`shop.json` was measured in a browser; `python -m tests.support.shop_table` measures it again.
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
"""How common each window width is: visitors out of 16."""

HOME_ARRIVALS = 0.7
"""Share of visitors that arrive at the list; the others follow an external link to a product."""

PRODUCT_APPEAL = 0.85
"""Relative to the product before it in the list: those further down are looked at less."""

BASKET_APPEAL = 0.3


@dataclass(frozen=True, slots=True)
class Part:
    """Something on a page that a visitor looks at or clicks, in page coordinates (px).

    `fixed` parts are in viewport coordinates: they don't scroll with the page. `selector` is as in the
    tracker.
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
        """Whether a point is on it."""
        return 0 <= x - self.x <= self.width and 0 <= y - self.y <= self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """A page in a window; the fixed header covers the top `header` px of the viewport."""

    path: str
    viewport: Size
    document: Size
    header: float
    parts: tuple[Part, ...]

    def part_at(self, x: float, y: float, scroll: float) -> Part | None:
        """The part visible at a viewport point with `scroll` px scrolled; the smallest of several."""
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
    """The measured window sizes."""
    return [Size(*size) for size in _table()["viewports"]]


def products() -> list[str]:
    """The product pages, in list order."""
    return list(_table()["products"])


def paths() -> list[str]:
    """Every page that visitors can reach."""
    return [HOME, *products(), BASKET]


def appeal(path: str) -> float:
    """How attractive a page is; the list has 1."""
    if path == BASKET:
        return BASKET_APPEAL
    return 1.0 if path == HOME else PRODUCT_APPEAL ** products().index(path)


@cache
def layout(path: str, viewport: Size) -> Layout:
    """A page's layout in one of the measured windows.

    All products share the layout of the measured one; the products that they show and link to are those
    at the same distance in the list.
    """
    sold, pages = products(), _table()["pages"]
    distance = sold.index(path) if path in sold else 0

    def shift(link: str) -> str:
        return sold[(sold.index(link) + distance) % len(sold)] if link in sold and distance else link

    def shift_selector(selector: str) -> str:
        return re.sub(
            r'(?<=\[data-product=")[a-z-]+', lambda slug: shift(FOLDER + slug[0])[len(FOLDER) :], selector
        )

    measured = pages[sold[0] if path in sold else path][f"{viewport.width:g}"]
    parts = [
        Part(
            kind,
            *(x, y, width, height),
            selector=shift_selector(selector),
            leads_to=shift(link) if link else None,
            fixed=fixed,
            appeal=appeal(link) if link else 1.0,
        )
        for kind, (x, y, width, height), link, fixed, selector in measured["parts"]
    ]
    return Layout(path, viewport, Size(*measured["document"]), measured["header"], tuple(parts))
