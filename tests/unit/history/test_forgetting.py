"""What is forgotten: hidden from answers at once, deleted from the disk while records go on being stored."""

import contextlib
from collections import Counter
from pathlib import Path

import pytest

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.records import Frame
from pageheat.services.history.engine import Embedded, Parameters
from pageheat.services.history.kinds import ROOT
from pageheat.services.history.queries import source
from pageheat.services.history.schema import DATABASE, WITH_PAGES
from pageheat.services.history.store import Store
from tests.support.history import MINUTE_MS, NOON_MS, click, frame, recount
from tests.support.history_log import Killed, Log, Mortal, content, opened, run
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
    batches = {partition: at.batches for partition, at in store.positions().items()}
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
                store.delete({partition: at.batches for partition, at in store.positions().items()})
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
        run(log, Mortal(engine, 9, after=False))
    store = Store(engine)
    assert store.masks()
    assert store.positions() == {}
    assert store.delete({}) == 0
    assert store.masks()
    run(log, engine)
    deleted(engine)
    assert on_disk(engine, "/lamp") == 0


def test_a_span_of_a_page_or_a_site_is_forgotten_at_every_level(engine: Embedded) -> None:
    hour = 60 * MINUTE_MS
    frames = [
        frame(NOON_MS + turn * hour, moves=[(1, 1, 0)], page="/", site=site, session=f"s{turn}")
        for turn in range(3)
        for site in ("", "blog", "docs")
    ]
    log = Log.of(frames)
    log.forget(Forgotten("/", begin_ms=NOON_MS + hour, end_ms=NOON_MS + 2 * hour))
    log.forget(Forgotten("//blog/", of_site=True))
    run(log, engine)
    for level in ("minute", "hour"):
        moves = Counter(place[0] for place in content(engine, level)[0] if place[3] == "MOVE")
        assert moves == {"/": 2, "//docs/": 3}
    assert {place[0] for place in content(engine, "day")[0]} == {"//docs/"}


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
