"""How much happened when: a page's views, clicks, moves and attention by minute, hour or day. Pure."""

from dataclasses import replace

from pageheat.services.history.layers import Layer
from pageheat.services.history.queries.gaps import Gap, gaps, since
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.source import Asks, Selection, TooMuch, rows, sums
from pageheat.services.history.ranges import Range

MAX_POINTS = 3_000
"""Points of a series: two days of minutes, four months of hours; more than a chart has pixels."""

CLICKS = (Layer.CLICK, Layer.TOP_CLICK, Layer.BOTTOM_CLICK)
MOVES = (Layer.MOVE, Layer.TOP_MOVE, Layer.BOTTOM_MOVE)
LAYERS = (*MOVES, *CLICKS, Layer.LOOK_TOP, Layer.VIEW)


def summed(also: str = "", suffix: str = "") -> str:
    """Columns: page views that began, clicks, moves, and ms for which something was looked at.

    Args:
        also: a further condition, beginning with AND.
        suffix: of the columns' names.
    """
    return f"""sumIf(v, layer = {int(Layer.VIEW)}{also}) AS views{suffix},
    sumIf(e, layer IN {tuple(map(int, CLICKS))}{also}) AS clicks{suffix},
    sumIf(e, layer IN {tuple(map(int, MOVES))}{also}) AS moves{suffix},
    sumIf(e, layer = {int(Layer.LOOK_TOP)}{also}) AS attention{suffix}"""


SUMS = summed()


class Series(Answer, frozen=True, rename={"begin": "from", "end": "to"}):
    """Counts from `begin` on, one each `step` ms. Times are those of events; a view counts where it began.

    Within `gaps` nothing is known of any page, as nothing was collected: a count of 0 there tells nothing.
    `since` is from when on anything was; null if nothing is yet.
    """

    begin: int
    end: int
    exact: str
    step: int
    views: list[int]
    clicks: list[int]
    moves: list[int]
    attention: list[int]
    since: int | None
    gaps: list[Gap]


def step_of(range_: Range, name: str | None) -> int:
    """Length of a point, ms: as named, or the shortest that is kept and gives no more than MAX_POINTS.

    Raises:
        TooMuch: the named one gives more, or is no longer kept.
    """
    if step := range_.step(name, MAX_POINTS):
        return step
    given = f"step={name}: " if name else ""
    raise TooMuch(
        f"{given}a series has at most {MAX_POINTS:,} points, and where the range begins the shortest "
        f"is 1 {range_.finest}: ask for a shorter range or a longer step"
    )


def series(asks: Asks, selection: Selection, step: int) -> Series:
    """The series. Its range begins and ends at whole steps. Rows: start of the step, s; sums."""
    range_ = selection.range
    span = range_.in_steps(step)
    sql, parameters = sums(
        selection.during(replace(range_, spans=(span,))),
        f"toUnixTimestamp(time) AS at, {SUMS}",
        LAYERS,
        group="GROUP BY at",
    )
    found = {row[0] * 1000: row[1:] for row in rows(asks, (sql, parameters))}
    points = [found.get(at, (0, 0, 0, 0)) for at in range(span.begin_ms, span.end_ms, step)]
    views, clicks, moves, attention = (list(each) for each in zip(*points, strict=True))
    since_ms = since(asks)
    return Series(
        span.begin_ms,
        span.end_ms,
        range_.exact,
        step,
        views,
        clicks,
        moves,
        attention,
        since_ms,
        gaps(asks, range_, since_ms),
    )
