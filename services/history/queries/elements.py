"""What was clicked on in a range: elements, most clicked first. Pure."""

import msgspec

from pageheat.services.contract.places import SPOT_ROW_BITS
from pageheat.services.contract.records import SPOT_PX, SPOTS, Cells
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection, elements, rows

MAX_ELEMENTS = 512
"""Elements in an answer, as in a live breakdown."""

_NAMES = {"click": "clicks", "rage": "rage", "dead": "dead", "dwell": "dwell"}


class ElementCounts(msgspec.Struct, omit_defaults=True):
    """The counts on one element, as in a live breakdown, and its `views`: those that touched it, by kind."""

    selector: str
    clicks: Cells = {}
    rage: Cells = {}
    dead: Cells = {}
    dwell: Cells = {}
    views: dict[str, int] = {}


class Elements(Answer, frozen=True, rename={"begin": "from", "end": "to", "spot_px": "spot-px"}):
    """A page's elements; `total` is how many there are, of which the most clicked are listed."""

    begin: int
    end: int
    exact: str
    spots: int
    spot_px: int
    total: int
    elements: list[ElementCounts]


def elements_of(asks: Asks, selection: Selection, limit: int = MAX_ELEMENTS) -> Elements:
    """The elements. Rows: selector, kind, spots and their events, views."""
    total, chosen = _most_clicked(asks, selection, limit)
    found = {selector: ElementCounts(selector) for selector in chosen}
    sql, parameters = elements(
        selection,
        "selector, kind, sumMap(spots, events), sum(views)",
        group="GROUP BY selector, kind",
    )
    for selector, kind, (spots, events), views in rows(asks, (sql, parameters)):
        if selector not in found:
            continue
        cells: Cells = {}
        for spot, count in zip(spots, events, strict=True):
            column, row = divmod(spot, 1 << SPOT_ROW_BITS)
            cells.setdefault(str(column), {})[str(row)] = count
        setattr(found[selector], _NAMES[kind], cells)
        found[selector].views[_NAMES[kind]] = views
    range_ = selection.range
    return Elements(range_.begin_ms, range_.end_ms, range_.exact, SPOTS, SPOT_PX, total, list(found.values()))


def _most_clicked(asks: Asks, selection: Selection, limit: int) -> tuple[int, list[str]]:
    """How many elements there are, and the most clicked of them. Rows: selector, number of all."""
    asked = elements(
        selection,
        "selector, count() OVER ()",
        group=f"""GROUP BY selector
        ORDER BY sumIf(arraySum(events), kind = 'click') DESC, sum(arraySum(events)) DESC, selector
        LIMIT {limit}""",
    )
    found = rows(asks, asked)
    return (found[0][1] if found else 0), [selector for selector, _ in found]
