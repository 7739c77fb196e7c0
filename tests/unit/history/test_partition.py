"""What a partition's records become: rows by minute, page, band, layer and place."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.records import Attributes, Event, Frame, Size
from pageheat.services.history.layers import Layer
from pageheat.services.history.partition import Partition, Position
from pageheat.services.history.tables import Rows
from pageheat.services.history.views import Views
from tests.support.history import BANDS, MINUTE_MS, NOON_MS, Place, click, frame, recount

BEGIN = Position(0)


def partition(position: Position = BEGIN, views: Views | None = None) -> Partition:
    return Partition(0, position, BANDS, views or Views(), count_robots=False)


def stored(part: Partition, frames: Iterable[Frame], start: int = 0) -> Rows:
    for offset, one in enumerate(frames, start):
        part.add(offset, (0, offset), one)
    rows = part.rows()
    part.done()
    return rows


def summed(batches: Iterable[Rows]) -> tuple[Counter[Place], Counter[Place]]:
    events: Counter[Place] = Counter()
    views: Counter[Place] = Counter()
    for rows in batches:
        counts, start = rows.counts, 0
        for i, group in enumerate(counts.groups):
            for j in range(start, int(counts.ends[i])):
                layer = Layer(int(counts.layers[i])).name
                place = group.page, int(counts.minutes[i]), group.band, layer, int(counts.cells[j])
                events[place] += int(counts.events[j])
                views[place] += int(counts.views[j])
            start = int(counts.ends[i])
    return +events, Counter({place: count for place, count in views.items() if count})


def visits(seed: int, count: int) -> list[Frame]:
    """Frames of few sessions on few places, so that they come back; some late, resized, or long after."""
    chance = random.Random(seed)
    frames, now = [], NOON_MS
    for _ in range(count):
        now += chance.choice([100, 2_000, 30_000, 400_000])

        def row(now: int = now) -> tuple[int, int, int]:
            return (
                chance.randrange(-5, 1100, 300),
                chance.randrange(-5, 2100, 500),
                chance.randrange(0, 90_000),
            )

        frames.append(
            frame(
                now - chance.choice([0, 0, 70_000]),
                moves=[row() for _ in range(chance.randrange(4))],
                fixed=[row() for _ in range(chance.randrange(2))],
                events=[click(*row()[:2], age=row()[2], fixed=chance.random() < 0.3) for _ in range(2)]
                + [Event("move", 10.5, 20.5, 3)],
                looks=[(chance.randrange(0, 1500, 250), 700, 250, row()[2]) for _ in range(2)],
                page=chance.choice(["/", "/lamp"]),
                session=chance.choice(["ann", "bob", None]),
                view=chance.randrange(2),
                document=chance.choice([Size(1000, 2000), Size(400, 3000.5), None]),
                viewport=chance.choice([Size(1280, 700), Size(390, 600)]),
            )
        )
    return frames


@pytest.mark.parametrize("seed", range(12))
def test_rows_add_up_to_a_recount_wherever_batches_are_cut(seed: int) -> None:
    frames, part, batches, begin = visits(seed, 80), partition(), [], 0
    chance = random.Random(seed)
    for offset, one in enumerate(frames):
        if part.must_end_before(one) or chance.random() < 0.1:
            batches.append(part.rows())
            part.done()
            begin = offset
        part.add(offset, (0, offset), one)
    assert begin
    batches.append(part.rows())
    assert summed(batches) == recount(frames)


@pytest.mark.parametrize("seed", range(6))
def test_a_process_that_starts_knows_from_the_log_what_was_touched(seed: int) -> None:
    frames = visits(seed, 60)
    before = partition()
    batches = []
    for offset, one in enumerate(frames[:40]):
        if before.must_end_before(one):
            batches.append(before.rows())
            before.done()
        before.add(offset, (0, offset), one)
    batches.append(before.rows())
    views = [view for rows in batches for view, _ in rows.views]
    after = partition(before.stored_to, Views(views))
    newest = before.stored_to.minute
    for one in frames[:40]:
        if one.received // MINUTE_MS >= newest - 35:
            after.remember(one)
    after.remembered()
    for offset, one in enumerate(frames[40:], 40):
        if after.must_end_before(one):
            batches.append(after.rows())
            after.done()
        after.add(offset, (0, offset), one)
    batches.append(after.rows())
    assert summed(batches) == recount(frames)


def test_a_view_has_the_attributes_of_its_first_frame() -> None:
    told = Attributes(referrer="news.example", segment="b")
    frames = [
        frame(moves=[(1, 1, 0)], attributes=told),
        frame(NOON_MS + 5, moves=[(1, 1, 0)]),
        frame(NOON_MS + 5, moves=[(1, 1, 0)], view=1),
    ]
    rows = stored(partition(), frames)
    labels = [group.labels for group in rows.counts.groups]
    assert set(labels) == {("news.example", "", "", "", "b"), ("", "", "", "", "")}


def test_frames_that_group_by_repeats_and_robots_are_not_counted() -> None:
    part = partition()
    for offset, (source, robot) in enumerate([(7, False), (7, False), (6, False), (8, True), (9, False)]):
        part.add(offset, (3, source), frame(moves=[(1, 1, 0)], robot=robot))
    events, _ = summed([part.rows()])
    assert sum(count for place, count in events.items() if place[3] == "MOVE") == 2
    assert part.left_out == {"repeated": 2, "robot": 1}
    assert part.position == 5


def test_an_element_counts_its_spots_and_the_views_that_touched_it() -> None:
    twice = [click(5, 5, selector="#buy"), click(5, 5, selector="#buy")]
    frames = [frame(events=twice), frame(events=[click(5, 5, selector="#buy")], session="bob")]
    found = stored(partition(), frames).elements
    assert (found.selectors, found.kinds, found.views) == (["#buy"], ["click"], [2])
    assert [sum(each) for each in found.events] == [3]


def test_a_tombstone_ends_the_batch() -> None:
    part = partition()
    part.add(0, (0, 0), frame(moves=[(1, 1, 0)]))
    part.forget(1, Forgotten("/"))
    assert part.must_end_before(frame())
    assert part.forgotten == Forgotten("/")
    part.rows()
    assert (part.era, part.batch) == (0, 1)
    after = part.stored_to
    part.done()
    assert not part.must_end_before(frame())
    assert (part.era, part.batch) == (after.era, after.batches + 1) == (1, 2)


def test_a_late_event_is_counted_in_its_own_minute() -> None:
    rows = stored(partition(), [frame(moves=[(1, 1, 3 * 3_600_000)])])
    assert (NOON_MS - 3 * 3_600_000) // MINUTE_MS in rows.counts.minutes.tolist()


def batches_of(frames: Sequence[Frame]) -> Rows:
    return stored(partition(), frames)


def test_depth_and_fold_are_of_the_view() -> None:
    _, views = summed([batches_of([frame(looks=[(0, 700, 250, 0), (600, 700, 250, 0), (0, 400, 250, 0)])])])
    depths = {place[4]: count for place, count in views.items() if place[3] == "DEPTH"}
    folds = {place[4]: count for place, count in views.items() if place[3] == "FOLD"}
    assert depths == {64: 1}
    assert folds == {19: 1}
