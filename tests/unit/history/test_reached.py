"""Until when the history is complete: by the ends of its topic that were seen, and as answers say it."""

import pytest
from starlette.testclient import TestClient

from pageheat.services.history import ends as module
from pageheat.services.history.ends import NEVER_MS, Seen
from pageheat.services.history.engine import Embedded
from pageheat.services.history.kinds import ROOT
from pageheat.services.history.member import Member
from pageheat.services.history.store import Store
from pageheat.services.runtime.cluster import Cluster
from tests.support.history import BANDS, MINUTE_MS, NOON_MS
from tests.support.history_log import Log, run
from tests.unit.history.test_answers import FRAMES, HOUR_MS, app_of


def seen(*ends: tuple[int, dict[int, int]]) -> Seen:
    found = Seen()
    for time_ms, offsets in ends:
        found.add(time_ms, offsets)
    return found


def test_a_partition_is_complete_up_to_the_newest_end_that_is_stored() -> None:
    ends = seen((1_000, {0: 10, 1: 5}), (2_000, {0: 20, 1: 5}), (3_000, {0: 30, 1: 5}))
    assert ends.reached({0: 20, 1: 5}) == {0: 2_000, 1: 3_000}


def test_one_that_is_not_stored_up_to_any_end_is_complete_up_to_nothing() -> None:
    ends = seen((1_000, {0: 10}), (2_000, {0: 20}))
    assert ends.reached({0: 9}) == {0: NEVER_MS}
    assert ends.reached({0: 10}) == {0: 1_000}


def test_partitions_of_others_and_unseen_ones_are_not_known_to_be_complete() -> None:
    assert seen((1_000, {0: 10, 1: 5, 2: 7})).reached({1: 5, 3: 8}) == {
        0: NEVER_MS,
        1: 1_000,
        2: NEVER_MS,
        3: NEVER_MS,
    }
    assert seen().reached({}) == {}


def test_who_is_far_behind_knows_it_however_long_that_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SEEN", 8)
    ends = seen(*((time_ms, {0: 10 * time_ms}) for time_ms in range(1_000)))
    assert len(ends._seen) <= 8
    assert ends.reached({0: 9_990}) == {0: 999}
    ends = seen(*((time_ms, {0: 10 * time_ms}) for time_ms in range(1_000)))
    (found,) = ends.reached({0: 6_000}).values()
    assert 0 <= found <= 600


def test_who_stores_notes_it_for_all_partitions_and_answers_say_until_when_each_is(engine: Embedded) -> None:
    run(Log.of(FRAMES), engine)
    client, store = app_of(engine), Store(engine)

    def stored(by_partition: dict[int, int]) -> None:
        """One of several processes stores what it has."""
        times_ms = {p: NOON_MS + minute * MINUTE_MS if minute else 0 for p, minute in by_partition.items()}
        Member(store, Cluster(""), BANDS, count_robots=False, reached=lambda _: times_ms).tick()

    assert said(client, "grid") == (None, None)
    stored({0: 5, 1: 0})
    assert said(client, "grid") == (None, None)  # nobody has stored partition 1 yet
    for minute, until in ((10, 10), (90, 60)):
        stored({0: 0, 1: minute})
        stored({0: 100, 1: 0})
        expected = NOON_MS + until * MINUTE_MS
        for kind in ("grid", "elements", "scroll", "attention", "series", "segments", "film", "png"):
            assert said(client, kind) == (expected, expected), kind
    later = {"than_from": NOON_MS + HOUR_MS, "than_to": NOON_MS + 2 * HOUR_MS}
    assert said(client, "compare", **later)[0] == NOON_MS + 90 * MINUTE_MS


def said(client: TestClient, kind: str, **parameters: int) -> tuple[int | None, int | None]:
    """Until when an answer is complete: by its JSON, if it is any, and by its header."""
    answer = client.get(
        f"{ROOT}/{kind}/lamp", params={"from": NOON_MS, "to": NOON_MS + HOUR_MS, **parameters}
    )
    assert answer.status_code == 200, answer.text
    header = answer.headers.get("pageheat-stored-to")
    by_header = None if header is None else int(header)
    return (by_header if kind == "png" else answer.json()["stored-to"]), by_header
