"""Which views there are to choose from: their numbers by width band and attribute. Pure."""

import msgspec

from pageheat.services.history.layers import Layer
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import FILTERS, Asks, Selection, rows, sums

MAX_VALUES = 50
"""Values of an attribute in an answer, those of most views: more than somebody chooses from."""


class Value(msgspec.Struct, frozen=True):
    """A value and the page views that have it; "" are those without."""

    value: str
    views: int


class Segments(Answer, frozen=True, rename={"begin": "from", "end": "to"}):
    """The values of each attribute, those of most views first; `views` are those that are chosen now.

    What is chosen of the other attributes is respected, what is chosen of its own is not: so each value has
    the views that it would have if it were chosen instead.
    """

    begin: int
    end: int
    exact: str
    views: int
    band: list[Value]
    referrer: list[Value]
    source: list[Value]
    medium: list[Value]
    campaign: list[Value]
    segment: list[Value]


def segments(asks: Asks, selection: Selection) -> Segments:
    """The numbers of views by value."""
    range_ = selection.range
    (views,) = rows(asks, sums(selection, "sum(v)", (Layer.VIEW,), group=""))
    values = (_values(asks, selection.without(name), name) for name in FILTERS)
    return Segments(range_.begin_ms, range_.end_ms, range_.exact, views[0], *values)


def _values(asks: Asks, selection: Selection, name: str) -> list[Value]:
    """Rows: value, views."""
    group = f"GROUP BY {name} HAVING sum(v) > 0 ORDER BY sum(v) DESC, {name} LIMIT {MAX_VALUES}"
    asked = sums(selection, f"{name}, sum(v)", (Layer.VIEW,), group=group, is_labelled=True)
    return [Value(*row) for row in rows(asks, asked)]
