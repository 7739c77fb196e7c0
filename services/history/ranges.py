"""Ranges of time: which rows of which table they are made of, and how exact that is. Pure.

A range is read from weeks where it has whole weeks, then from days, hours, and minutes at its ends: a year to
the minute is some 51 weeks, 6 days, 24 hours and 60 minutes. Where minutes are no longer kept, its ends are
rounded outwards to hours, and where hours are not, to days. Days are those of UTC. A week is seven of them,
counted from 1970 on: it begins on a Thursday, and nobody can ask for one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pageheat.services.contract.errors import PageheatError

MINUTE_MS, HOUR_MS, DAY_MS, WEEK_MS = 60_000, 3_600_000, 86_400_000, 604_800_000

STEPS = {"minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}
"""What can be asked for by itself."""

LENGTHS = {**STEPS, "week": WEEK_MS}
"""How long the times of each level are."""

FIRST_MS, LAST_MS = 946_684_800_000, 4_102_444_800_000
"""2000 and 2100: what the database can have as time, with room at both ends."""

DEFAULT_MS = DAY_MS
"""Length of a range whose beginning is not given."""

Exact = Literal["to the minute", "to the hour", "to the day"]


class WrongRange(PageheatError):
    """The range is none; the message says what is allowed."""


@dataclass(frozen=True)
class Span:
    """Rows of one level: from `begin_ms` up to, not including, `end_ms`."""

    level: str
    begin_ms: int
    end_ms: int


@dataclass(frozen=True)
class Range:
    """A range as it is answered: whole minutes, hours or days."""

    begin_ms: int
    end_ms: int
    exact: Exact
    finest: str
    """The finest level that is kept since its beginning."""
    depth: "Depth"
    """Since when minutes and hours are kept."""
    spans: tuple[Span, ...]

    @property
    def length_ms(self) -> int:
        """Its length."""
        return self.end_ms - self.begin_ms

    def step(self, name: str | None, most: int) -> int | None:
        """The named level's length, or the shortest kept one that gives no more than `most` steps, ms.

        None if there is none: the named one is not kept, or gives more.
        """
        kept = list(STEPS.values())[list(STEPS).index(self.finest) :]
        wanted = [STEPS[name]] if name else kept
        return next((it for it in wanted if it in kept and -(-self.length_ms // it) <= most), None)

    def in_steps(self, step: int) -> "Span":
        """The whole steps that it touches, of the level with this length."""
        level = next(name for name, length in STEPS.items() if length == step)
        return Span(level, floor(self.begin_ms, step), ceiling(self.end_ms, step))


@dataclass(frozen=True)
class Depth:
    """The present, and from when on minutes and hours are kept, ms since the epoch."""

    now_ms: int
    minutes_ms: int
    hours_ms: int

    @classmethod
    def of(cls, now_ms: int, minutes_days: int, hours_days: int) -> "Depth":
        """By the number of days for which each is kept."""
        return cls(now_ms, now_ms - minutes_days * DAY_MS, now_ms - hours_days * DAY_MS)


def range_of(begin: str | None, end: str, depth: Depth) -> Range:
    """The range between two times as given: ISO 8601, ms since the epoch, or `now`.

    Raises:
        WrongRange: a time is not valid, or the range is empty.
    """
    end_ms = time_of("to", end, depth.now_ms)
    begin_ms = end_ms - DEFAULT_MS if begin is None else time_of("from", begin, depth.now_ms)
    if begin_ms >= end_ms:
        raise WrongRange(f"from={begin}, to={end}: from should be before to")
    return planned(begin_ms, end_ms, depth)


def other_range_of(begin: str | None, end: str | None, own: Range, *, is_same: bool) -> Range:
    """The range to compare `own` with, as given: with one time alone, it is as long as `own`.

    With none, it is the range before `own`, or `own` itself if `is_same`.

    Raises:
        WrongRange: a time is not valid, or the range is empty.
    """
    if begin is None and end is None and is_same:
        return own
    begin_ms = None if begin is None else time_of("than_from", begin, own.depth.now_ms)
    end_ms = None if end is None else time_of("than_to", end, own.depth.now_ms)
    if end_ms is None:
        end_ms = own.begin_ms if begin_ms is None else min(begin_ms + own.length_ms, LAST_MS)
    if begin_ms is None:
        begin_ms = end_ms - own.length_ms
    if begin_ms >= end_ms:
        raise WrongRange(f"than_from={begin}, than_to={end}: than_from should be before than_to")
    return planned(max(begin_ms, 0), end_ms, own.depth)


def time_of(name: str, text: str, now_ms: int) -> int:
    """A time as given.

    Raises:
        WrongRange: it is not valid.
    """
    found: int | None = None
    if text == "now":
        found = now_ms
    elif re.fullmatch("[0-9]{9,14}", text):
        found = int(text)
    else:
        try:
            moment = datetime.fromisoformat(text)
            found = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            pass
    if found is None or not FIRST_MS <= found <= LAST_MS:
        raise WrongRange(
            f"{name}={text[:40]}: should be a time from 2000 to 2099 such as 2026-03-01T14:05Z or 2026-03-01 "
            "(UTC, if it has no zone), ms since the epoch, or now"
        )
    return found


def planned(begin_ms: int, end_ms: int, depth: Depth) -> Range:
    """The range, rounded outwards to what is kept, and its spans."""
    begin_ms, of_begin = _rounded(begin_ms, depth, up=False)
    end_ms, of_end = _rounded(end_ms, depth, up=True)
    exacts: tuple[Exact, ...] = ("to the minute", "to the hour", "to the day")
    finest = "minute" if begin_ms >= depth.minutes_ms else "hour" if begin_ms >= depth.hours_ms else "day"
    return Range(
        begin_ms, end_ms, exacts[max(of_begin, of_end)], finest, depth, tuple(spans(begin_ms, end_ms))
    )


def floor(time_ms: int, length_ms: int) -> int:
    """The time, rounded down."""
    return time_ms // length_ms * length_ms


def ceiling(time_ms: int, length_ms: int) -> int:
    """The time, rounded up."""
    return -(-time_ms // length_ms) * length_ms


def _rounded(time_ms: int, depth: Depth, *, up: bool) -> tuple[int, int]:
    """The time, and to which level it had to be rounded."""
    turn = ceiling if up else floor
    time_ms = turn(time_ms, MINUTE_MS)
    if time_ms < depth.minutes_ms and time_ms % HOUR_MS:
        hour_ms = turn(time_ms, HOUR_MS)
        return _day(hour_ms, depth, up=up, else_=1)
    return _day(time_ms, depth, up=up, else_=0)


def _day(time_ms: int, depth: Depth, *, up: bool, else_: int) -> tuple[int, int]:
    if time_ms < depth.hours_ms and time_ms % DAY_MS:
        return (ceiling if up else floor)(time_ms, DAY_MS), 2
    return time_ms, else_


def spans(begin_ms: int, end_ms: int, coarsest: str = "week") -> list[Span]:
    """The fewest spans of whole minutes, hours, and so on up to the coarsest level, in order."""
    names = list(LENGTHS)
    found: list[Span] = []

    def add(level: int, begin_ms: int, end_ms: int) -> None:
        name, length = names[level], LENGTHS[names[level]]
        first, last = ceiling(begin_ms, length), floor(end_ms, length)
        if begin_ms >= end_ms:
            return
        if level == 0:
            found.append(Span(name, begin_ms, end_ms))
        elif first < last:
            add(level - 1, begin_ms, first)
            found.append(Span(name, first, last))
            add(level - 1, last, end_ms)
        else:
            add(level - 1, begin_ms, end_ms)

    add(names.index(coarsest), begin_ms, end_ms)
    return found


def up_to(coarsest: str, read: Iterable[Span]) -> list[Span]:
    """The same spans for tables that have no coarser level than this one."""
    names = list(LENGTHS)
    found: list[Span] = []
    for span in read:
        level = min(span.level, coarsest, key=names.index)
        if found and found[-1].level == level and found[-1].end_ms == span.begin_ms:
            found[-1] = Span(level, found[-1].begin_ms, span.end_ms)
        else:
            found.append(Span(level, span.begin_ms, span.end_ms))
    return found
