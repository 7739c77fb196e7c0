"""How far down a page's views came in a range. Pure."""

import msgspec

from pageheat.services.contract.records import ROW_PX
from pageheat.services.history.queries.looks import SHARES, looks_of
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection


class Fold(msgspec.Struct, frozen=True):
    """Where the window ended on the page's top, px: on average, and for the middle half of the views."""

    average: int | None
    quarter: int | None
    three_quarters: int | None


class Scroll(Answer, frozen=True, rename={"begin": "from", "end": "to"}):
    """Views that reached each row of `row` px, from the top; and how far down 75, 50 and 25 % of them came,
    px."""

    begin: int
    end: int
    exact: str
    views: int
    row: int
    reached: list[int]
    depths: dict[str, int | None]
    fold: Fold


def scroll(asks: Asks, selection: Selection) -> Scroll:
    """How far down views came."""
    looks, range_ = looks_of(asks, selection), selection.range
    return Scroll(
        range_.begin_ms,
        range_.end_ms,
        range_.exact,
        looks.views,
        ROW_PX,
        looks.reached.tolist(),
        {str(percent): looks.depth(percent) for percent in SHARES},
        Fold(looks.average_fold, looks.fold(0.25), looks.fold(0.75)),
    )
