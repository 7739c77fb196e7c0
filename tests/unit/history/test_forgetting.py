"""What is forgotten: hidden from answers at once, deleted from the disk while records go on being stored."""

import contextlib
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.records import Event, Frame
from pageheat.services.history import store as store_module
from pageheat.services.history.engine import Embedded, Parameters
from pageheat.services.history.kinds import ROOT
from pageheat.services.history.layers import Layer
from pageheat.services.history.masks import condition, hidden
from pageheat.services.history.queries import source
from pageheat.services.history.ranges import DAY_MS, HOUR_MS
from pageheat.services.history.schema import DATABASE, LEVELS, WITH_PAGES
from pageheat.services.history.store import Store
from tests.support.history import MINUTE_MS, NOON_MS, click, frame, recount
from tests.support.history_log import Killed, Log, Mortal, batches_of, content, opened, run
from tests.support.system import until
from tests.unit.history.test_answers import FRAMES, app_of, asked, of_lamp
from tests.unit.history.test_partition import visits


def forgetful(frames: list[Frame], first: int = 0) -> tuple[Log, list[Frame]]:
    """A log in which each /lamp is forgotten half way, and what counts of its frames."""
    half = len(frames) // 2
    log = Log.of(frames[:half], first=first)
    for key in sorted({one.key for one in frames if one.page.path == "/lamp"}):
        log.forget(Forgotten(key))
    for one in frames[half:]:
        log.append(one)
    return log, [one for at, one in enumerate(frames) if one.page.path != "/lamp" or at >= half]


def on_disk(engine: Embedded, page: str) -> int:
    """Rows of a page, hidden ones too."""
    return sum(
        int(engine.query(f"SELECT count() FROM {DATABASE}.{table} WHERE page = '{page}'", format_="CSV"))
        for table in WITH_PAGES
    )


def deleted(engine: Embedded) -> None:
    """Delete as a history does that has stored all."""
    store = Store(engine)
    batches = batches_of(store)
    until(lambda: store.delete(batches) == 0, lambda: f"{store.masks()} are left")


def test_a_page_that_is_forgotten_is_gone_and_counts_again_from_then_on(engine: Embedded) -> None:
    first = [frame(moves=[(1, 1, 0)], page="/lamp"), frame(moves=[(1, 1, 0)], page="/vase-1")]
    again = frame(NOON_MS + MINUTE_MS, moves=[(500, 1, 0)], page="/lamp")
    log = Log.of(first)
    log.forget(Forgotten("/lamp"))
    log.append(again)
    run(log, engine)
    for _ in ("hidden", "deleted"):
        events, _views = content(engine)
        moves = {(place[0], place[4]): count for place, count in events.items() if place[3] == "MOVE"}
        assert moves == {("/vase-1", 0): 1, ("/lamp", 25): 1}
        deleted(engine)
    assert Store(engine).masks() == []


def test_what_is_forgotten_is_hidden_at_once_and_deleted_later(engine: Embedded) -> None:
    log = Log.of([frame(moves=[(1, 1, 0)], events=[click(1, 1, selector="#buy")], page="/lamp")])
    log.forget(Forgotten("/lamp"))
    run(log, engine)
    assert content(engine)[0].total() == 0
    assert on_disk(engine, "/lamp") > 0
    deleted(engine)
    assert on_disk(engine, "/lamp") == 0


def test_a_tombstone_deletes_nothing_while_records_wait(engine: Embedded) -> None:
    log, wanted = forgetful(visits(6, 40))

    class Refusing(Mortal):
        def command(self, sql: str, parameters: Parameters | None = None) -> None:
            raise AssertionError(sql)

    run(log, Refusing(engine, 0, after=False))
    assert content(engine)[0] == recount(wanted)[0]


def test_killed_while_it_deletes_it_deletes_that_and_no_more(tmp_path: Path) -> None:
    log, wanted = forgetful(visits(7, 40))
    engine = opened(tmp_path)
    run(log, engine)
    for dies_at in range(1, len(WITH_PAGES) + 3, 3):
        store = Store(Mortal(engine, dies_at, after=dies_at % 2 > 0))
        with contextlib.suppress(Killed):
            for _ in range(2):
                store.delete(batches_of(store))
        engine.close()
        engine = Embedded(tmp_path)
        assert content(engine)[0] == recount(wanted)[0]
    deleted(engine)
    for level in ("minute", "hour", "day"):
        assert content(engine, level)[0].total() == recount(wanted)[0].total()
    engine.close()


def test_what_a_batch_forgets_stays_hidden_until_the_batch_cannot_be_repeated(engine: Embedded) -> None:
    log = Log.of([frame(moves=[(1, 1, 0)], page="/lamp")])
    log.forget(Forgotten("/lamp"))
    with contextlib.suppress(Killed):
        run(log, Mortal(engine, 10, after=False))  # before its progress
    store = Store(engine)
    assert store.masks()
    assert store.positions() == {}
    assert store.delete({}) == 0
    assert store.masks()
    run(log, engine)
    deleted(engine)
    assert on_disk(engine, "/lamp") == 0


TABLES = [f"{kind}_{level}" for kind, levels in LEVELS.items() for level in levels if kind != "elements"]


Counts = dict[tuple[str, int, int], tuple[int, int]]
"""Events and views by page, layer and cell."""


def counted(engine: Embedded, table: str) -> Counts:
    """Of all bands together, without what is hidden. Rows have the sums of their cells."""
    is_hidden, parameters = condition(hidden(Store(engine).masks()), table)
    settings = "SETTINGS output_format_json_quote_64bit_integers = 0"
    rows = engine.query(
        f"""SELECT page, layer, cell, sum(e) AS es, sum(v) AS vs FROM {DATABASE}.{table}
        ARRAY JOIN cellMap.cell AS cell, cellMap.events AS e, cellMap.views AS v WHERE NOT ({is_hidden})
        GROUP BY page, layer, cell HAVING es != 0 OR vs != 0 {settings}""",
        parameters,
        format_="JSONCompactEachRow",
    )
    found = {(page, layer, cell): (e, v) for page, layer, cell, e, v in map(json.loads, rows.splitlines())}
    sums = engine.query(
        f"SELECT sum(events), sum(views) FROM {DATABASE}.{table} WHERE NOT ({is_hidden}) {settings}",
        parameters,
        format_="JSONCompactEachRow",
    )
    assert json.loads(sums) == [sum(each) for each in zip(*found.values(), strict=True)], table
    return found


def spotted(engine: Embedded, level: str) -> Counter[tuple[str, str]]:
    """Clicks on elements, by page and selector, without what is hidden."""
    is_hidden, parameters = condition(hidden(Store(engine).masks()), f"elements_{level}")
    rows = engine.query(
        f"""SELECT page, selector, sum(arraySum(spotMap.events)) AS e FROM {DATABASE}.elements_{level}
        WHERE NOT ({is_hidden}) GROUP BY ALL SETTINGS output_format_json_quote_64bit_integers = 0""",
        parameters,
        format_="JSONCompactEachRow",
    )
    return +Counter({(page, selector): e for page, selector, e in map(json.loads, rows.splitlines())})


def visited(chance: random.Random, times: int) -> list[int]:
    """Times in three weeks."""
    return sorted(NOON_MS + chance.randrange(21 * 24 * 60) * MINUTE_MS for _ in range(times))


def scattered(seed: int, begins: list[int]) -> list[Frame]:
    """Frames of two pages of two sites: 40 in the 20 minutes after each of these times."""
    chance = random.Random(seed)
    times = sorted(at_ms + chance.randrange(20) * MINUTE_MS for at_ms in begins for _ in range(40))
    return [
        frame(
            at_ms,
            moves=[(chance.randrange(1_000), chance.randrange(2_000), 0)],
            events=[click(10, 10, selector=f"#button-{chance.randrange(3)}")],
            page=chance.choice(["/", "/lamp"]),
            site=chance.choice(["", "blog"]),
            session=f"s{turn}",
        )
        for turn, at_ms in enumerate(times)
    ]


def test_what_remains_of_an_hour_a_day_or_a_week_is_found_at_every_level(engine: Embedded) -> None:
    chance = random.Random(1)
    begins = visited(chance, 9)
    frames = kept = scattered(1, begins)
    log = Log.of(frames)
    for turn, begin_ms in enumerate(chance.sample(begins, 5)):
        begin_ms += 10 * MINUTE_MS
        end_ms = begin_ms + chance.choice([MINUTE_MS, 40 * MINUTE_MS, 9 * HOUR_MS, 4 * DAY_MS])
        key, of_site = ("/lamp", False) if turn % 2 else ("//blog/", True)
        log.forget(Forgotten(key, of_site, begin_ms, end_ms))
        kept = [
            one
            for one in kept
            if not (one.key.startswith(key) if of_site else one.key == key)
            or not begin_ms <= one.received < end_ms
        ]
    # what comes after the tombstones counts, also if it is of a time that was forgotten
    after = [
        frame(one.received, moves=[(1, 1, 0)], page="/lamp", session=f"again{turn}")
        for turn, one in enumerate(frames[::9])
    ]
    for one in after:
        log.append(one)
    run(log, engine, step=50)
    deleted(engine)
    wanted = counted_in(kept + after)
    assert len(kept) < len(frames)
    for table in TABLES:
        assert counted(engine, table) == wanted, table
    clicks = Counter((one.key, on(event)) for one in kept for event in one.events)
    for level in LEVELS["elements"]:
        assert spotted(engine, level) == clicks, level


def on(event: Event) -> str:
    assert event.target
    return event.target.selector


def counted_in(frames: list[Frame]) -> Counts:
    """A recount of frames, as `counted` has it."""
    events: Counter[tuple[str, int, int]] = Counter()
    views: Counter[tuple[str, int, int]] = Counter()
    for found, counts in zip((events, views), recount(frames), strict=True):
        for (page, _minute, _band, layer, cell), number in counts.items():
            found[page, Layer[layer], cell] += number
    return {at: (events[at], views[at]) for at in events.keys() | views.keys() if events[at] or views[at]}


def test_killed_while_it_stores_what_remains_it_stores_that_once(tmp_path: Path) -> None:
    begins = visited(random.Random(3), 8)
    frames = scattered(3, begins)
    begin_ms, end_ms = begins[2] + 5 * MINUTE_MS, begins[4] + 9 * MINUTE_MS
    log = Log.of(frames)
    log.forget(Forgotten("/lamp", begin_ms=begin_ms, end_ms=end_ms))
    wanted = counted_in(
        [one for one in frames if one.key != "/lamp" or not begin_ms <= one.received < end_ms]
    )
    engine = opened(tmp_path)
    run(log, engine, step=50)
    kills = 0
    for dies_at in range(1, 16, 2):
        store = Store(Mortal(engine, dies_at, after=dies_at % 4 > 1))
        try:
            store.delete(batches_of(store))
        except Killed:
            kills += 1
        engine.close()
        engine = Embedded(tmp_path)
    assert kills > 3
    deleted(engine)
    for table in TABLES:
        assert counted(engine, table) == wanted, table
    engine.close()


def test_where_minutes_are_not_kept_the_rest_of_the_day_remains_without_that_hour(engine: Embedded) -> None:
    frames = [
        frame(NOON_MS + turn * 20 * MINUTE_MS, moves=[(1, 1, 0)], page="/lamp", session=f"s{turn}")
        for turn in range(9)
    ]
    log = Log.of(frames)
    run(log, engine)
    engine.command(f"TRUNCATE TABLE {DATABASE}.counts_minute")
    log.forget(Forgotten("/lamp", begin_ms=NOON_MS + 60 * MINUTE_MS, end_ms=NOON_MS + 80 * MINUTE_MS))
    run(log, engine)
    deleted(engine)
    for table in TABLES[1:]:
        assert counted(engine, table)["/lamp", Layer.MOVE, 0] == (6, 6), table


def test_more_spans_than_one_statement_leaves_out_are_forgotten_one_after_the_other(
    engine: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [
        frame(NOON_MS + turn * MINUTE_MS, moves=[(1, 1, 0)], page="/lamp", session=f"s{turn}")
        for turn in range(15)
    ]
    log = Log.of(frames)
    for turn in range(0, 10, 2):
        begin_ms = NOON_MS + turn * MINUTE_MS
        log.forget(Forgotten("/lamp", begin_ms=begin_ms, end_ms=begin_ms + MINUTE_MS))
    run(log, engine, step=40)
    monkeypatch.setattr(store_module, "MAX_HIDDEN", 2)
    deleted(engine)
    for table in TABLES:
        assert counted(engine, table)["/lamp", Layer.MOVE, 0] == (10, 10), table


def test_what_is_forgotten_is_in_no_answer_at_once(engine: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log()
    for one in FRAMES:
        log.append(one)
    log.forget(Forgotten("/lamp"))
    log.forget(Forgotten("//blog/", of_site=True))
    log.forget(Forgotten("/product/3", begin_ms=NOON_MS, end_ms=NOON_MS + MINUTE_MS))
    log.append(of_lamp("zoe", NOON_MS + 5 * MINUTE_MS, moves=[(10, 10, 0)]))
    run(log, engine)
    client = app_of(engine)
    assert asked(client, "grid/lamp")["totals"] == {"moves": 1, "clicks": 0, "unplaced": 0}
    assert asked(client, "elements/lamp")["elements"] == []
    assert asked(client, "scroll/lamp")["views"] == 1
    assert asked(client, "compare/lamp")["after"]["views"] == 1
    assert sum(asked(client, "series/product/3")["clicks"]) == 0
    names = {page["page"] for page in asked(client, "pages")["pages"]}
    assert not names & {"/product/3", "//blog/"}
    assert {"/lamp", "/product/3/reviews", "/product/4"} <= names
    assert asked(client, "grid/product/*")["totals"]["clicks"] == 8
    monkeypatch.setattr(source, "MAX_HIDDEN", 2)
    assert asked(client, "grid/lamp")["totals"]["moves"] == 1
    answer = client.get(f"{ROOT}/pages")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "3 pages and spans are being deleted" in answer.json()["error"]
