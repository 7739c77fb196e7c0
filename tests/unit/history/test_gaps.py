"""Since when something is known, and when nothing is, from a real engine with few frames."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pageheat.services.history.engine import Embedded
from pageheat.services.history.queries.gaps import gaps, since
from pageheat.services.history.ranges import DAY_MS, Depth, range_of
from pageheat.services.history.store import Store
from tests.support.history import MINUTE_MS, NOON_MS, frame
from tests.support.history_log import Log, opened, run

IMPORTED, LATER = -30, 20
"""Minutes of noon: of a record from before the first note, and of one that was read when all was back."""

NOTED = (*range(10), 12, *range(30, 40))
"""Minutes of noon in which the history ran."""


def at(minutes: int) -> int:
    return NOON_MS + minutes * MINUTE_MS


ALL = Depth(at(60), 0, 0)
"""Nothing is dropped."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    found = opened(tmp_path_factory.mktemp("history"))
    log = Log()
    for minute in (IMPORTED, 0, LATER):
        log.append(frame(at(minute), moves=[(1, 1, 0)]))
    run(log, found)
    for minute in NOTED:
        Store(found).note_alive(at(minute) + 5_000)
    yield found
    found.close()


def found(engine: Embedded, begin: int, end: int, depth: Depth = ALL) -> list[tuple[int, int]]:
    """The gaps, in minutes of noon."""
    range_ = range_of(str(at(begin)), str(at(end)), depth)
    return [
        ((gap.begin - NOON_MS) // MINUTE_MS, (gap.end - NOON_MS) // MINUTE_MS)
        for gap in gaps(engine, range_, since(engine))
    ]


def test_nothing_is_known_of_an_empty_database_and_then_all_since_its_first_note(tmp_path: Path) -> None:
    # before all others: a process has one database at a time
    empty = opened(tmp_path)
    assert since(empty) is None
    assert found(empty, 0, 10) == [(0, 10)]
    Store(empty).note_alive(at(3) + 1)
    assert since(empty) == at(3)
    empty.close()


def test_all_is_known_since_the_first_record(engine: Embedded) -> None:
    assert since(engine) == at(IMPORTED)


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (-60, 40, [(-60, -30), (13, 20), (21, 30)]),
        (-20, 10, []),
        (0, 12, []),
        (15, 19, [(15, 19)]),
        (35, 55, [(40, 55)]),
        (-300, -200, [(-300, -200)]),
    ],
)
def test_a_gap_is_where_the_history_was_away_and_nothing_came_later(
    engine: Embedded, begin: int, end: int, expected: list[tuple[int, int]]
) -> None:
    assert found(engine, begin, end) == expected


def test_an_absence_that_trackers_bridge_is_none(engine: Embedded) -> None:
    assert found(engine, 5, 13) == []  # nobody noted minutes 10 and 11


def test_where_minutes_are_gone_an_hour_with_records_is_known(engine: Embedded) -> None:
    assert found(engine, 13, 60, Depth(at(60), at(DAY_MS // MINUTE_MS), 0)) == []
