"""Two selections beside each other: where they differ by more than chance. Pure.

The unit is the page view. Of each place, the shares of views that came there are compared by a two-proportion
z test with pooled variance. Of all tested places, those differ whose false-discovery rate (Benjamini and
Hochberg, 1995) is at most MAX_RATE. Places where few views would be expected are not tested, as the test does
not hold there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import erfc, sqrt
from typing import Literal, TypeVar

import msgspec

from pageheat.services.contract.records import ROW_PX
from pageheat.services.history.layers import COLUMNS, Layer
from pageheat.services.history.queries.cells import cells_of
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection, elements, rows

MAX_RATE = 0.05
"""Of the places that are told to differ, this share may do so by chance."""

MIN_EXPECTED = 5
"""Views that each side should expect at a place, and not there: the usual rule for this test."""

MAX_PLACES = 5_000
"""Places in an answer: of more, those of most views."""


Place = TypeVar("Place", int, str)


class Side(msgspec.Struct, frozen=True, rename={"begin": "from", "end": "to"}):
    """One of the two; `views` began in its range."""

    begin: int
    end: int
    exact: str
    views: int


class Difference(msgspec.Struct, frozen=True):
    """A place, and the shares of views that came there; `difference` is `after` less `before`.

    `z` is positive where the second is larger, and null where there are too few views to say; `rate` is the
    least false-discovery rate at which the place differs.
    """

    place: int | str
    before: float
    after: float
    difference: float
    z: float | None
    rate: float | None
    differs: bool


class Comparison(Answer, frozen=True, rename={"grid_size": "grid-size"}):
    """The comparison. A cell's place is row · `grid-size` + column, an element's its selector.

    Places are in order of their views. `too_few` says how many were not tested.
    """

    before: Side
    after: Side
    layer: str
    grid_size: int
    row: int
    cells: list[Difference]
    elements: list[Difference]
    too_few: int


def compare(
    asks: Asks, before: Selection, after: Selection, layer: Literal["moves", "clicks"] = "clicks"
) -> Comparison:
    """Compare two selections by the cells of a layer, and by clicked elements."""
    wanted = Layer.MOVE if layer == "moves" else Layer.CLICK
    counted: list[dict[int, int]] = []
    views: list[int] = []
    for selection in (before, after):
        found = cells_of(asks, selection, (wanted, Layer.VIEW))
        counted.append(dict(zip(found[wanted].cells.tolist(), found[wanted].views.tolist(), strict=True)))
        views.append(int(found[Layer.VIEW].views.sum()))
    cells = differences(counted[0], counted[1], *views)
    clicked = differences(_clicked(asks, before), _clicked(asks, after), *views)
    return Comparison(
        _side(before, views[0]),
        _side(after, views[1]),
        layer,
        COLUMNS,
        ROW_PX,
        cells[:MAX_PLACES],
        clicked[:MAX_PLACES],
        sum(each.z is None for each in (*cells, *clicked)),
    )


def differences(
    before: Mapping[Place, int],
    after: Mapping[Place, int],
    views_before: int,
    views_after: int,
) -> list[Difference]:
    """Compare the views that came to each place; most views first."""
    both = Counter(before) + Counter(after)
    places = sorted(both, key=lambda place: (-both[place], str(place)))
    pairs = [(before.get(place, 0), after.get(place, 0)) for place in places]
    zs = [_z(a, b, views_before, views_after) for a, b in pairs]
    rates = iter(_rates([erfc(abs(z) / sqrt(2)) for z in zs if z is not None]))
    found = []
    for place, (a, b), z in zip(places, pairs, zs, strict=True):
        rate = None if z is None else next(rates)
        first, second = a / max(views_before, 1), b / max(views_after, 1)
        differs = rate is not None and rate <= MAX_RATE
        found.append(Difference(place, first, second, second - first, z, rate, differs))
    return found


def _z(a: int, b: int, views_before: int, views_after: int) -> float | None:
    """The test's z; None if there are too few views to say."""
    total = views_before + views_after
    share = (a + b) / total if total else 0
    fewest = min(views_before, views_after)
    # a view that began before the range may come to a place in it: more views there than began
    if share >= 1 or fewest * share < MIN_EXPECTED or fewest * (1 - share) < MIN_EXPECTED:
        return None
    spread = sqrt(share * (1 - share) * (1 / views_before + 1 / views_after))
    return (b / views_after - a / views_before) / spread


def _rates(chances: Sequence[float]) -> list[float]:
    """The false-discovery rate of each of these p-values: the least at which it is among the discoveries."""
    order = sorted(range(len(chances)), key=chances.__getitem__, reverse=True)
    rates, least = [0.0] * len(chances), 1.0
    for rank, at in zip(range(len(chances), 0, -1), order, strict=True):
        least = min(least, chances[at] * len(chances) / rank)
        rates[at] = least
    return rates


def _clicked(asks: Asks, selection: Selection) -> dict[str, int]:
    """Views by clicked element. Rows: selector, views."""
    asked = elements(
        selection,
        "selector, sumIf(views, kind = 'click') AS clicked",
        group=f"GROUP BY selector HAVING clicked > 0 ORDER BY clicked DESC, selector LIMIT {MAX_PLACES}",
    )
    return {str(selector): int(views) for selector, views in rows(asks, asked)}


def _side(selection: Selection, views: int) -> Side:
    return Side(selection.range.begin_ms, selection.range.end_ms, selection.range.exact, views)
