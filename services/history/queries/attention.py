"""How long each part of a page was in view in a range. Pure."""

from pageheat.services.contract.records import ROW_PX
from pageheat.services.history.queries.looks import looks_of
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection


class Attention(Answer, frozen=True, rename={"begin": "from", "end": "to"}):
    """ms for which each row of `row` px was in view, from the top, of all views together."""

    begin: int
    end: int
    exact: str
    views: int
    row: int
    ms: list[int]


def attention(asks: Asks, selection: Selection) -> Attention:
    """How long rows were in view."""
    looks, range_ = looks_of(asks, selection), selection.range
    return Attention(range_.begin_ms, range_.end_ms, range_.exact, looks.views, ROW_PX, looks.ms.tolist())
