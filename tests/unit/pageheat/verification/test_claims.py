"""Claims judged: a right system passes each, and what is planted fails those it speaks against alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pageheat.verification.claims import Claim, Cooled, Evidence, judge, summary
from pageheat.verification.recount import PageLog, SeenFrame

PAGE = "/lamp"
NOW = 1_000_000_000


def grid(end: int, position: int, count: int, **other: Any) -> dict[str, Any]:
    """The grid of a window of 60 s with `count` moves in one tile."""
    right = {
        "start": end - 60_000,
        "end": end,
        "value": {"1": {"2": count}} if count else {},
        "clicks": {},
        "grid-size": 10,
        "visitors": min(count, 1),
        "totals": {"moves": count, "clicks": 0},
        "newest": NOW if count else None,
        "page": {"width": 100, "height": 100},
        "partition": 3,
        "position": position,
    }
    return right | other


def entry(of: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A page in the list, as its grid says."""
    right = {
        "page": PAGE,
        "visitors": of["visitors"],
        "moves": of["totals"]["moves"],
        "clicks": of["totals"]["clicks"],
        "newest": of["newest"],
        "end": of["end"],
        "size": of["page"],
        "time": of["end"] + 100,
    }
    return right | other


GRIDS = [grid(NOW + 250, 1, 1), grid(NOW + 500, 2, 2), grid(NOW + 750, 3, 3)]


def seen(grids: list[dict[str, Any]] = GRIDS) -> Evidence:
    """A page with three moves in the same step, and the three grids that count them."""
    evidence = Evidence(10, 60_000, 250, began_ms=NOW, ended_ms=NOW + 10_000)
    log = PageLog(10)
    for offset in range(3):
        log.add(offset, SeenFrame(100, 100, "ann", [(NOW + offset, 0, 15, 25)]))
        value = json.dumps({"site": "", "page": {"path": PAGE}, "n": offset}).encode()
        evidence.audit.taken(0, offset, value)
        evidence.audit.grouped(3, offset, PAGE.encode(), value, (0, offset))
    evidence.logs[3, PAGE] = log
    evidence.grids[PAGE] = [json.dumps(g).encode() for g in grids]
    evidence.viewed[PAGE] = [json.dumps(g) for g in grids]
    evidence.listed = [entry(grids[-1])]
    evidence.cooled = [Cooled("/sofa", was_empty=True)]
    return evidence


def judged(evidence: Evidence) -> dict[str, Claim]:
    return {claim.text: claim for claim in judge(evidence)}


def failed(evidence: Evidence) -> list[str]:
    """The first words of the claims that fail."""
    return [claim.text for claim in judge(evidence) if claim.verdict == "FAIL"]


def test_a_system_that_is_right_passes_every_claim() -> None:
    claims = judge(seen())
    assert [claim.verdict for claim in claims] == ["PASS"] * len(claims)
    assert summary(claims) == (f"PASS ({len(claims)}/{len(claims)})", True)


def test_where_there_is_nothing_to_check_nothing_has_passed() -> None:
    claims = judge(Evidence(10, 60_000, 250))
    assert {claim.verdict for claim in claims} == {"—"}
    assert summary(claims) == (f"FAIL (0/0), nothing to check for {len(claims)} more", False)


def test_a_claim_with_nothing_to_check_does_not_count() -> None:
    evidence = seen()
    evidence.cooled = []
    claims = judge(evidence)
    n = len(claims) - 1
    assert summary(claims) == (f"PASS ({n}/{n}), nothing to check for 1 more", True)


RECOUNT = "each grid equals a recount of the log, tile by tile"
WINDOW = "windows are 60 s long, at multiples of 250 ms"
VIEWER = "a viewer gets the record on heatmap, and the newest"
LIST = "the list of warm pages agrees with their grids"
ORDER = "a page's grids come in order of end and position"
FRESH = "heat is fresh: what came 5 s before the end is counted"
COOLED = "a cooled page gets an empty grid, then a tombstone"
FRAMES = "no frame is lost or counted twice between the topics"
BYTES = "each frame is the same bytes under its page's key, a page in one partition"


def on_the_topic(**wrong: Any) -> Callable[[Evidence], None]:
    """Plant something wrong in the middle one of the grids, on the topic and at the viewer alike."""

    def plant(evidence: Evidence) -> None:
        false = GRIDS[1] | wrong
        evidence.grids[PAGE][1] = json.dumps(false).encode()
        evidence.viewed[PAGE][1] = json.dumps(false)

    return plant


def at_the_viewer(**wrong: Any) -> Callable[[Evidence], None]:
    def plant(evidence: Evidence) -> None:
        evidence.viewed[PAGE][1] = json.dumps(GRIDS[1] | wrong)

    return plant


def on_the_list(**wrong: Any) -> Callable[[Evidence], None]:
    def plant(evidence: Evidence) -> None:
        evidence.listed[0] |= wrong

    return plant


def lose_a_frame(evidence: Evidence) -> None:
    evidence.audit.taken(0, 3, b"{}")


def count_a_frame_twice(evidence: Evidence) -> None:
    value = json.dumps({"site": "", "page": {"path": PAGE}, "n": 1}).encode()
    evidence.audit.grouped(4, 0, b"/", value, (0, 1))


def stop_counting(evidence: Evidence) -> None:
    evidence.logs[3, PAGE].add(3, SeenFrame(100, 100, "ann", [(NOW + 1000, 0, 15, 25)]))


def turn_round(evidence: Evidence) -> None:
    evidence.grids[PAGE].reverse()


def turn_the_viewers_round(evidence: Evidence) -> None:
    evidence.viewed[PAGE] = [evidence.viewed[PAGE][i] for i in (1, 0, 2)]


def show_nothing(evidence: Evidence) -> None:
    evidence.viewed[PAGE] = []


def stop_showing(evidence: Evidence) -> None:
    del evidence.viewed[PAGE][1:]


def send_noise(evidence: Evidence) -> None:
    evidence.viewed[PAGE].append('{"status": "live"}')


def tombstone_a_hot_page(evidence: Evidence) -> None:
    evidence.cooled.append(Cooled("/", was_empty=False))


@pytest.mark.parametrize(
    ("plant", "claims", "told"),
    [
        (on_the_topic(value={"1": {"2": 3}}), [RECOUNT], "value of tile (1, 2): expected 2, got 3"),
        (on_the_topic(value={"1": {"2": 2, "3": 1}}), [RECOUNT], "tile (1, 3): expected 0, got 1"),
        (on_the_topic(visitors=2), [RECOUNT], "visitors: expected 1, got 2"),
        (on_the_topic(position=1), [RECOUNT], "tile (1, 2): expected 1, got 2"),
        (on_the_topic(partition=5), [RECOUNT], "tile (1, 2): expected 0, got 2"),
        (on_the_topic(start=NOW), [WINDOW], f"[{NOW}, {NOW + 500}) is no window"),
        (on_the_topic(start=NOW - 59_499, end=NOW + 501), [WINDOW], "is no window"),
        (on_the_topic(**{"grid-size": 50}), [WINDOW], "grid-size 50"),
        (at_the_viewer(visitors=7), [VIEWER], "a viewer got what is not on heatmap"),
        (show_nothing, [VIEWER], "/lamp: a viewer got nothing"),
        (stop_showing, [VIEWER], "the last a viewer got"),
        (send_noise, [VIEWER], """a viewer got no grid but '{"status": "live"}'"""),
        (on_the_list(moves=4), [LIST], "moves is 3, listed 4"),
        (on_the_list(visitors=0), [LIST], "visitors is 1, listed 0"),
        (on_the_list(size={"width": 1, "height": 1}), [LIST], "listed {'width': 1, 'height': 1}"),
        (on_the_list(time=NOW + 70_000), [LIST], "/lamp: still listed"),
        (turn_round, [ORDER, FRESH], "heatmap: /lamp end 1000000500 position 3/2 after"),
        (turn_the_viewers_round, [ORDER], "viewer: /lamp end 1000000250 position 3/1 after"),
        (stop_counting, [FRESH], "leaves out offset 3"),
        (tombstone_a_hot_page, [COOLED], "/: a tombstone follows a grid that is not empty"),
        (lose_a_frame, [FRAMES], "lost: clickstream 0/3"),
        (count_a_frame_twice, [FRAMES, BYTES], "counted twice: clickstream 0/1 again at 4/0"),
    ],
)
def test_what_is_wrong_fails_the_claim_that_it_speaks_against_and_no_other(
    plant: Callable[[Evidence], None], claims: list[str], told: str
) -> None:
    evidence = seen()
    plant(evidence)
    assert failed(evidence) == sorted(claims, key=list(judged(evidence)).index)
    assert told in " ".join(judged(evidence)[claims[0]].wrong.first)
    assert summary(judge(evidence))[1] is False


def test_an_empty_grid_that_only_a_viewer_got_is_right_if_the_page_is_cold() -> None:
    evidence = seen()
    evidence.viewed[PAGE].append(json.dumps(grid(NOW + 61_000, 3, 0)))
    assert failed(evidence) == []
    evidence.viewed[PAGE].append(json.dumps(grid(NOW + 1000, 3, 0)))
    assert failed(evidence) == [ORDER, VIEWER]


def test_a_restarted_aggregator_may_begin_behind_as_long_as_viewers_do_not_see_it() -> None:
    evidence = seen()
    behind, level = json.dumps(grid(NOW + 1000, 2, 2)), json.dumps(grid(NOW + 1250, 3, 3))
    evidence.grids[PAGE] += [behind.encode(), level.encode()]
    assert failed(evidence) == []
    assert judged(evidence)[ORDER].of_what == "grids, 1 of a restarted aggregator held back"
    evidence.viewed[PAGE] += [behind, level]
    assert failed(evidence) == [ORDER]


@pytest.mark.parametrize("false", [b"", b"{", b"[]", b'{"end": 1}', b'{"start": "x"}'])
def test_a_record_on_heatmap_that_is_no_grid_is_left_to_the_dead_letters(false: bytes) -> None:
    evidence = seen()
    evidence.grids[PAGE].insert(1, false)
    assert failed(evidence) == []
