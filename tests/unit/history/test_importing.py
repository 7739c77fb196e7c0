"""Old events in the history: each part once, whenever it is killed, and for as long as rows are kept."""

import random
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.records import Event, Frame, Page, Size
from pageheat.services.history.engine import Embedded, Engine
from pageheat.services.history.importing import Importer
from pageheat.services.history.parts import Part, Taken
from pageheat.services.history.store import Kept, Store
from tests.support.history import BANDS, MINUTE_MS, NOON_MS, added, frame, recount
from tests.support.history_log import FOREVER, Killed, Log, Mortal, content, opened, run
from tests.unit.history.test_partition import visits

DAY_MS = 86_400_000
NOW_MS = NOON_MS + 30 * DAY_MS


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Embedded]:
    found = opened(tmp_path / "history")
    yield found
    found.close()


def importer(engine: Engine, kept: Kept = FOREVER, *, count_robots: bool = False) -> Importer:
    return Importer(engine, Store(engine), BANDS, kept, lambda: NOW_MS, count_robots=count_robots)


def old(seed: int, count: int) -> list[Frame]:
    """Frames of sessions of their own, whose pages' sizes are known."""
    frames = [
        replace(one, session=one.session and f"old-{seed}-{one.session}")
        for one in visits(seed, count)
        if one.page.document
    ]
    return sorted(frames, key=lambda it: it.received)


def part(frames: Sequence[Frame], name: str = "old.log", size: Size | None = None) -> Part:
    return Part(sha256(repr(frames).encode()).hexdigest(), len(frames), name, list(frames), size)


def clicked(time_ms: int, x: float = 100, y: float = 200, page: str = "/lamp") -> Frame:
    return Frame(
        v=2, site="", received=time_ms, page=Page(page), events=[Event("click", x, y)], origin="first"
    )


def test_what_is_imported_equals_a_recount_at_every_level(engine: Embedded) -> None:
    frames = sorted(visits(1, 90), key=lambda it: it.received)
    taken = importer(engine).take(part(frames))
    assert content(engine) == recount(frames)
    assert taken.stored == sum(one.event_count for one in frames if not one.robot)
    for level in ("hour", "day"):
        assert content(engine, level)[0].total() == recount(frames)[0].total()


def test_a_part_is_stored_once_and_beside_the_live_events(engine: Embedded) -> None:
    before, live = old(2, 40), visits(3, 40)
    taking = importer(engine)
    log = Log()
    for one in live:
        log.append(one)
    run(log, engine)
    assert not taking.take(part(before)).again
    assert taking.take(part(before)) == Taken(again=True)
    assert [known.name for known in taking.known()] == ["old.log"]
    assert content(engine) == added(recount(before), recount(live))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_write_a_part_is_stored_once(tmp_path: Path, after: bool) -> None:
    engine = opened(tmp_path)
    parts = [old(seed, 25) for seed in (4, 5, 6)]
    kills, chance = 0, random.Random(1)
    while True:
        try:
            mortal = importer(Mortal(engine, chance.randrange(1, 9), after=after))
            for frames in parts:
                mortal.take(part(frames))
            break
        except Killed:
            kills += 1
            if chance.random() < 0.5:  # else the tool sends it again, and does not ask first
                importer(engine).finish()
    assert kills > 3
    done = importer(engine)
    for frames in parts:
        assert done.take(part(frames)).again
    assert content(engine) == added(*map(recount, parts))
    engine.close()


def test_old_events_are_kept_as_coarsely_as_live_ones_of_their_age(engine: Embedded) -> None:
    kept = Kept(minutes=10, hours=20, rows=15)
    times = [NOW_MS - days * DAY_MS for days in (1, 12, 18, 25)]
    taken = importer(engine, kept).take(part([clicked(time_ms) for time_ms in times], size=Size(1000, 2000)))
    assert (taken.stored, taken.hours, taken.days, taken.unlisted) == (4, 2, 1, 2)

    def minutes(level: str) -> list[int]:
        return sorted(place[1] for place in content(engine, level)[0] if place[3] == "CLICK")

    assert minutes("minute") == [times[0] // MINUTE_MS]
    assert len(minutes("hour")) == 3
    assert len(minutes("day")) == 4
    assert engine.query("SELECT count() FROM pageheat.clicks", format_="CSV").strip() == b"2"


def test_events_before_2000_and_from_the_future_are_left_out_and_counted(engine: Embedded) -> None:
    taken = importer(engine).take(part([clicked(0), clicked(NOW_MS + DAY_MS), clicked(NOON_MS)]))
    assert (taken.stored, taken.too_old, taken.future) == (1, 1, 1)


def test_robots_are_left_out_unless_they_count(engine: Embedded) -> None:
    frames = [frame(moves=[(1, 1, 0)], robot=True)]
    assert importer(engine).take(part(frames)).robot == 1
    assert importer(engine, count_robots=True).take(part([*frames, clicked(NOON_MS)])).stored == 2


def test_a_click_without_its_pages_size_is_placed_by_the_newest_that_is_known(engine: Embedded) -> None:
    log = Log()
    log.append(frame(page="/lamp", moves=[(1, 1, 0)], document=Size(500, 4000)))
    log.append(frame(NOON_MS + DAY_MS, page="/lamp", moves=[(1, 1, 0)], document=Size(1000, 2000)))
    run(log, engine)
    clicks = [clicked(NOON_MS, page=page) for page in ("/lamp", "/vase", "/mug")]
    known = importer(engine).take(part(clicks[:1]))
    given = importer(engine).take(part(clicks[1:2], size=Size(2000, 500)))
    unknown = importer(engine).take(part(clicks[2:]))
    assert (known.unplaced, given.unplaced, unknown.unplaced) == (0, 0, 1)
    cells = {place[0]: (place[3], place[4]) for place in content(engine)[0] if "CLICK" in place[3]}
    assert cells == {"/lamp": ("CLICK", 10 * 50 + 5), "/vase": ("CLICK", 10 * 50 + 2)}


def test_what_was_imported_is_forgotten_with_its_page(engine: Embedded) -> None:
    importer(engine).take(part([clicked(NOON_MS, page="/lamp"), clicked(NOON_MS, page="/vase")]))
    log = Log()
    log.forget(Forgotten("/lamp"))
    run(log, engine)
    assert {place[0] for place in content(engine)[0]} == {"/vase"}


def test_what_is_forgotten_while_an_import_is_interrupted_is_forgotten_at_every_level(
    engine: Embedded,
) -> None:
    with pytest.raises(Killed):
        importer(Mortal(engine, 4, after=False)).take(part([clicked(NOON_MS)], size=Size(1000, 2000)))
    log = Log.of([frame(NOON_MS, moves=[(1, 1, 0)])])
    log.forget(Forgotten("/lamp"))
    run(log, engine)
    importer(engine).finish()
    for level in ("minute", "hour", "day"):
        assert {place[0] for place in content(engine, level)[0]} == {"/"}, level
