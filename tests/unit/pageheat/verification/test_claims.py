"""Claims: a correct system passes each, and a planted error fails only those it contradicts."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pageheat.services.contract.bands import Bands
from pageheat.verification.claims import judge, summary
from pageheat.verification.evidence import Asked, Claim, Cooled, Evidence
from pageheat.verification.look_recount import SeenLook
from pageheat.verification.recount import PageLog, SeenEvent, SeenFrame
from tests.support.fine import Rows, as_json, fine, packed
from tests.support.tiles import packed_tiles

PAGE = "/lamp"
NOW = 1_000_000_000
BANDS = Bands.parse("phone<600,wide")


def grid(end: int, position: int, count: int, **other: Any) -> dict[str, Any]:
    """The grid of a window of 60 s with `count` moves in one tile."""
    right = {
        "start": end - 60_000,
        "end": end,
        "value": {"1": {"2": count}} if count else {},
        "clicks": {},
        "grid-size": 10,
        "visitors": min(count, 1),
        "totals": {"moves": count, "clicks": 0, "unplaced": 0},
        "newest": NOW if count else None,
        "page": {"width": 100, "height": 100},
        "partition": 3,
        "position": position,
        "fine": in_rows(count),
        "looks": looks(count),
    }
    return right | other


def in_rows(count: int, clicks: Rows | None = None) -> dict[str, Any]:
    """The same moves in fine rows."""
    return as_json(fine(columns=10, moves={(1, 1): count}, clicks=clicks or {}))


def stored(of: dict[str, Any]) -> bytes:
    """A grid as it is on the topic."""
    tiles = {name: packed_tiles(of[name], of["grid-size"]) for name in ("value", "clicks")}
    return msgspec.msgpack.encode(of | tiles)


def looks(count: int, fold: int = 1, **other: Any) -> dict[str, Any]:
    """One page view's looks at rows 0 and 1, of 250 ms each."""
    if not count:
        return {"row": 20}
    counts = ({0: 250 * count}, {1: 250 * count}, {1: 1}, {fold: 1})
    columns = (packed({(row, 0): n for row, n in rows.items()}, 1) for rows in counts)
    names = ("tops", "bottoms", "depths", "folds")
    told = {name: b64encode(column).decode() for name, column in zip(names, columns, strict=True)}
    return {"row": 20, "views": 1} | told | other


def viewed(of: dict[str, Any]) -> str:
    """A grid as the tutorial's viewers get it."""
    return json.dumps({name: value for name, value in of.items() if name not in ("fine", "looks")})


def breakdown(of: dict[str, Any], clicks: int = 0) -> dict[str, Any]:
    """The breakdown of a grid whose visitor has a narrow window."""
    count = of["totals"]["moves"]
    same = ("start", "end", "page", "partition", "position", "grid-size")
    nobody = {"name": "wide", "visitors": 0, "fine": {"row": 20}, "elements": [], "looks": looks(0)}
    mine = nobody | {"name": "phone", "visitors": of["visitors"], "fine": of["fine"], "looks": looks(count)}
    return {name: of[name] for name in same} | {"spots": 64, "spot-px": 8, "bands": [mine, nobody]}


def entry(of: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A page's entry in the list, from its grid."""
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


def seen_frame(time_ms: int) -> SeenFrame:
    event, look = SeenEvent(time_ms, 0, 15, 25), SeenLook(time_ms, 0, 40, 250)
    return SeenFrame((100, 100), 100, "ann", [event], looks=[look])


def seen(grids: list[dict[str, Any]] = GRIDS) -> Evidence:
    """A page with three moves in the same step, and the three grids that count them."""
    evidence = Evidence(10, 60_000, 250, BANDS, began_ms=NOW, ended_ms=NOW + 10_000)
    log = PageLog(10)
    for offset in range(3):
        log.add(offset, seen_frame(NOW + offset))
        value = json.dumps({"site": "", "page": {"path": PAGE}, "n": offset}).encode()
        evidence.audit.add_source(0, offset, value)
        evidence.audit.add_grouped(3, offset, PAGE.encode(), value, (0, offset))
    evidence.logs[3, PAGE] = log
    evidence.grids[PAGE] = [stored(g) for g in grids]
    evidence.viewed[PAGE] = [viewed(g) for g in grids]
    evidence.breakdowns[PAGE] = [json.dumps(breakdown(g)).encode() for g in grids[1:]]
    evidence.answered[PAGE] = [json.dumps(breakdown(g)) for g in grids]
    evidence.listed = [entry(grids[-1])]
    evidence.cooled = [Cooled("/sofa", was_empty=True)]
    evidence.past[PAGE] = log
    evidence.history = [asked(band=band) for band in ("", "phone")]
    return evidence


def asked(moves: int = 3, *, band: str = "", layer: str = "", looked_ms: int = 750) -> Asked:
    """The history's answers for the time of the moves, each of which comes with a look."""
    heat = {"from": NOW, "to": NOW + 3, "grid-size": 10, "fine": grid(NOW + 750, 3, moves)["fine"]}
    return Asked(PAGE, band, layer, heat, {"ms": [looked_ms, 750]})


def judged(evidence: Evidence) -> dict[str, Claim]:
    return {claim.text: claim for claim in judge(evidence)}


def failed(evidence: Evidence) -> list[str]:
    """The first words of the claims that fail."""
    return [claim.text for claim in judge(evidence) if claim.verdict == "FAIL"]


def test_a_correct_system_passes_every_claim() -> None:
    claims = judge(seen())
    assert [claim.verdict for claim in claims] == ["PASS"] * len(claims)
    assert summary(claims) == (f"PASS ({len(claims)}/{len(claims)})", True)


def test_nothing_passes_if_there_is_nothing_to_check() -> None:
    claims = judge(Evidence(10, 60_000, 250, BANDS))
    assert {claim.verdict for claim in claims} == {"—"}
    assert summary(claims) == (f"FAIL (0/0), nothing to check for {len(claims)} more", False)


def test_a_claim_with_nothing_to_check_does_not_count() -> None:
    evidence = seen()
    evidence.cooled = []
    claims = judge(evidence)
    n = len(claims) - 1
    assert summary(claims) == (f"PASS ({n}/{n}), nothing to check for 1 more", True)


RECOUNT = "each grid equals a recount of the log, tile by tile and row by row"
WINDOW = "windows are 60 s long, at multiples of 250 ms"
VIEWER = "a viewer gets the record on heatmap, and the newest"
LIST = "the list of warm pages agrees with their grids"
ORDER = "a page's grids and breakdowns are in order of end and position"
FRESH = "heat is fresh: what arrived 5 s before the end is counted"
COOLED = "a cooled page gets an empty grid, then a tombstone"
FRAMES = "no frame is lost or counted twice between the topics"
FOLLOW = "breakdowns follow the grids within 5 s"
SUM = "each page's width bands add up to its grid"
BAND = "each width band equals a recount: visitors, and moves and clicks row by row"
ELEMENT = "each element's clicks, rage, dead and dwell equal a recount, spot by spot"
LOOKS = "looks equal a recount: time in view, depth and fold of page views, row by row"
ANSWER = "broadcaster answers with the newest breakdown on heatmap-detail"
BYTES = "each frame is the same bytes under its page's key, a page in one partition"


def on_the_topic(**wrong: Any) -> Callable[[Evidence], None]:
    """Plant an error in the middle grid, both on the topic and at the viewer."""

    def plant(evidence: Evidence) -> None:
        false = GRIDS[1] | wrong
        evidence.grids[PAGE][1] = stored(false)
        evidence.viewed[PAGE][1] = viewed(false)

    return plant


def at_the_viewer(**wrong: Any) -> Callable[[Evidence], None]:
    def plant(evidence: Evidence) -> None:
        evidence.viewed[PAGE][1] = viewed(GRIDS[1] | wrong)

    return plant


def on_the_list(**wrong: Any) -> Callable[[Evidence], None]:
    def plant(evidence: Evidence) -> None:
        evidence.listed[0] |= wrong

    return plant


def in_the_breakdown(band: int = 0, **wrong: Any) -> Callable[[Evidence], None]:
    """Plant an error in a band of a breakdown, both on the topic and in the broadcaster's answer."""

    def plant(evidence: Evidence) -> None:
        false = breakdown(GRIDS[1])
        false["bands"][band] |= wrong
        evidence.breakdowns[PAGE][0] = json.dumps(false).encode()
        evidence.answered[PAGE][1] = viewed(false)

    return plant


def of_the_breakdown(**wrong: Any) -> Callable[[Evidence], None]:
    """The same outside its bands."""

    def plant(evidence: Evidence) -> None:
        false = json.dumps(breakdown(GRIDS[1]) | wrong)
        evidence.breakdowns[PAGE][0], evidence.answered[PAGE][1] = false.encode(), false

    return plant


def in_the_answer(**wrong: Any) -> Callable[[Evidence], None]:
    def plant(evidence: Evidence) -> None:
        evidence.answered[PAGE][1] = json.dumps(breakdown(GRIDS[1]) | wrong)

    return plant


def stop_writing_breakdowns(evidence: Evidence) -> None:
    del evidence.breakdowns[PAGE][-1], evidence.answered[PAGE][-1]


def write_no_breakdowns(evidence: Evidence) -> None:
    evidence.breakdowns[PAGE], evidence.answered[PAGE] = [], []


def answer_nothing(evidence: Evidence) -> None:
    evidence.answered[PAGE] = []


def answer_with_old_breakdowns(evidence: Evidence) -> None:
    del evidence.answered[PAGE][-1]


def answer_noise(evidence: Evidence) -> None:
    evidence.answered[PAGE].append("oh no")


def turn_breakdowns_round(evidence: Evidence) -> None:
    evidence.breakdowns[PAGE].reverse()


def lose_a_frame(evidence: Evidence) -> None:
    evidence.audit.add_source(0, 3, b"{}")


def count_a_frame_twice(evidence: Evidence) -> None:
    value = json.dumps({"site": "", "page": {"path": PAGE}, "n": 1}).encode()
    evidence.audit.add_grouped(4, 0, b"/", value, (0, 1))


def stop_counting(evidence: Evidence) -> None:
    evidence.logs[3, PAGE].add(3, seen_frame(NOW + 1000))


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
        (on_the_topic(fine=in_rows(3)), [RECOUNT, SUM], "fine moves of cell (1, 1): expected 2, got 3"),
        (on_the_topic(visitors=2), [RECOUNT, SUM], "visitors: expected 1, got 2"),
        (on_the_topic(page=None), [RECOUNT, SUM], "page: None is not a visitor's document size"),
        (on_the_topic(totals={"moves": 2, "clicks": 0, "unplaced": 1}), [RECOUNT], "totals: expected"),
        (on_the_topic(position=1), [RECOUNT, LOOKS], "tile (1, 2): expected 1, got 2"),
        (on_the_topic(partition=5), [RECOUNT, LOOKS], "tile (1, 2): expected 0, got 2"),
        (on_the_topic(start=NOW), [WINDOW], f"[{NOW}, {NOW + 500}) is not a window"),
        (on_the_topic(start=NOW - 59_499, end=NOW + 501), [WINDOW, SUM], "is not a window"),
        (on_the_topic(**{"grid-size": 50}), [WINDOW], "grid-size 50"),
        (at_the_viewer(visitors=7), [VIEWER], "a viewer's grid is not on heatmap"),
        (show_nothing, [VIEWER], "/lamp: a viewer got nothing"),
        (stop_showing, [VIEWER], "a viewer's last, older than"),
        (send_noise, [VIEWER], """a viewer's message is not a grid but '{"status": "live"}'"""),
        (on_the_list(moves=4), [LIST], "moves is 3, listed 4"),
        (on_the_list(visitors=0), [LIST], "visitors is 1, listed 0"),
        (on_the_list(size={"width": 1, "height": 1}), [LIST], "listed {'width': 1, 'height': 1}"),
        (on_the_list(time=NOW + 70_000), [LIST], "/lamp: still listed"),
        (in_the_breakdown(visitors=2), [SUM, BAND], "visitors 2 + 0, in the grid 1"),
        (in_the_breakdown(1, visitors=1), [BAND], "wide's visitors: expected 0, got 1"),
        (in_the_breakdown(fine=in_rows(3)), [SUM, BAND], "cell (1, 1): together 3, in the grid 2"),
        (
            in_the_breakdown(1, fine=in_rows(0, clicks={(0, 0): 1})),
            [SUM, BAND],
            "clicks of cell (0, 0): together 1",
        ),
        (in_the_breakdown(fine=3), [SUM, BAND], "bands: TypeError"),
        (in_the_breakdown(elements=3), [ELEMENT], "elements: TypeError"),
        (on_the_topic(looks=looks(3)), [LOOKS], "looks bottoms of row 1: expected 500, got 750"),
        (on_the_topic(looks=looks(2, fold=2)), [LOOKS], "looks folds of row 1: expected 1, got 0"),
        (on_the_topic(looks=looks(2, views=2)), [LOOKS], "looks: expected 1 page views, got 2"),
        (on_the_topic(looks=looks(2, row=40)), [LOOKS], "looks: expected rows of 20 px, got 40"),
        (on_the_topic(looks=looks(2, tops="////")), [LOOKS], "looks: ValueError('tops ends too early')"),
        (in_the_breakdown(1, looks=looks(1)), [LOOKS], "wide's looks: expected 0 page views, got 1"),
        (in_the_breakdown(looks=3), [LOOKS], "phone's looks: TypeError"),
        (of_the_breakdown(bands=[3]), [SUM, BAND, ELEMENT, LOOKS], "bands: TypeError"),
        (
            in_the_breakdown(elements=[{"selector": "#buy", "clicks": {"3": {"4": 1}}}]),
            [ELEMENT],
            "phone's clicks of #buy at spot (3, 4): expected 0, got 1",
        ),
        (of_the_breakdown(page=None), [SUM], "page is None, in the grid {'width': 100, 'height': 100}"),
        (of_the_breakdown(start=NOW), [WINDOW], f"[{NOW}, {NOW + 500}) is not a window"),
        (of_the_breakdown(spots=32), [ELEMENT], "spots: expected 8 px, got 32, 8 px"),
        (in_the_answer(spots=32), [ANSWER], "broadcaster's answer is not on heatmap-detail"),
        (answer_nothing, [ANSWER], "/lamp: broadcaster has no breakdown"),
        (answer_with_old_breakdowns, [ANSWER], "the last answer, older than /lamp end 1000000750"),
        (answer_noise, [ANSWER], "/lamp: broadcaster's answer is not a breakdown but 'oh no'"),
        (
            stop_writing_breakdowns,
            [FOLLOW],
            "/lamp end 1000000750 position 3/3: the newest breakdown has end 1000000500",
        ),
        (write_no_breakdowns, [FOLLOW], "the newest breakdown has end None"),
        (turn_breakdowns_round, [ORDER, FOLLOW], "heatmap-detail: /lamp end 1000000500 position 3/2 after"),
        (turn_round, [ORDER, FRESH], "heatmap: /lamp end 1000000500 position 3/2 after"),
        (turn_the_viewers_round, [ORDER], "viewer: /lamp end 1000000250 position 3/1 after"),
        (stop_counting, [FRESH], "does not count offset 3"),
        (tombstone_a_hot_page, [COOLED], "/: a tombstone follows a grid that is not empty"),
        (lose_a_frame, [FRAMES], "lost: clickstream 0/3"),
        (count_a_frame_twice, [FRAMES, BYTES], "counted twice: clickstream 0/1 again at 4/0"),
    ],
)
def test_an_error_fails_the_claim_it_contradicts_and_no_other(
    plant: Callable[[Evidence], None], claims: list[str], told: str
) -> None:
    evidence = seen()
    plant(evidence)
    assert failed(evidence) == sorted(claims, key=list(judged(evidence)).index)
    assert told in " ".join(judged(evidence)[claims[0]].wrong.first)
    assert summary(judge(evidence))[1] is False


def test_an_empty_grid_that_only_a_viewer_got_is_correct_if_the_page_is_cold() -> None:
    evidence = seen()
    evidence.viewed[PAGE].append(viewed(grid(NOW + 61_000, 3, 0)))
    assert failed(evidence) == []
    evidence.viewed[PAGE].append(viewed(grid(NOW + 1000, 3, 0)))
    assert failed(evidence) == [ORDER, VIEWER]


def test_a_restarted_aggregator_may_start_behind_if_viewers_do_not_see_it() -> None:
    evidence = seen()
    behind, level = grid(NOW + 1000, 2, 2), grid(NOW + 1250, 3, 3)
    evidence.grids[PAGE] += [stored(behind), stored(level)]
    evidence.breakdowns[PAGE] += [json.dumps(breakdown(g)).encode() for g in (behind, level)]
    evidence.answered[PAGE].append(json.dumps(breakdown(level)))
    assert failed(evidence) == []
    assert judged(evidence)[ORDER].of_what == "grids and breakdowns, 2 of a restarted aggregator held back"
    evidence.viewed[PAGE] += [viewed(g) for g in (behind, level)]
    assert failed(evidence) == [ORDER]


@pytest.mark.parametrize(
    ("end", "position", "fails"),
    [
        (NOW + 750, 3, True),
        (NOW + 4000, 3, True),  # everything settled when watching ended had been read
        (NOW + 5500, 3, False),  # this one's grid may still be to come
        (NOW + 750, 2, False),  # this one comes from an aggregator that recovers
    ],
)
def test_a_breakdown_is_compared_with_a_grid_only_if_it_surely_belongs_to_it(
    end: int, position: int, fails: bool
) -> None:
    evidence = seen()
    evidence.breakdowns[PAGE].append(json.dumps(breakdown(grid(end, position, 9))).encode())
    assert (SUM in failed(evidence)) is fails


@pytest.mark.parametrize("false", [b"", b"{", b"[]", b'{"end": 1}', b'{"start": "x"}'])
def test_an_invalid_record_on_heatmap_is_left_to_the_dead_letters(false: bytes) -> None:
    evidence = seen()
    evidence.grids[PAGE].insert(1, false)
    assert failed(evidence) == []


def test_a_wrong_answer_of_the_history_fails() -> None:
    evidence = seen()
    claim = "each answer of the history equals a recount of the topic, row by row"
    for wrong in (asked(2), asked(band="wide"), asked(layer="clicks"), asked(looked_ms=749)):
        evidence.history = [asked(), wrong]
        assert failed(evidence) == [claim]
