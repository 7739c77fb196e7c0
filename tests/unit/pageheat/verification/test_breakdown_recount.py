"""Bands and elements recounted: a table of cases, and differences reported spot by spot."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pageheat.services.contract.bands import Bands
from pageheat.verification import breakdown_recount
from pageheat.verification.breakdown_recount import band_differences, band_numbers, element_differences
from pageheat.verification.recount import TYPES, PageLog, SeenEvent, SeenFrame, SeenTarget
from tests.support.fine import as_json, fine

MOVE, CLICK, RAGE, DEAD, REST = TYPES.values()
BANDS = Bands.parse("phone<600,wide")
BUY = SeenTarget("#buy", 0.5, 1.0)  # its spot is (32, 63)


def a_log() -> PageLog:
    """A visitor on a phone, one with a wide window, and a click in the form of 2006; 10 × 10 tiles."""
    log = PageLog(10)
    phone, wide = (100.0, 200.0), (1000.0, 1000.0)
    log.add(
        0,
        SeenFrame(
            phone,
            599,
            "ann",
            [
                SeenEvent(1000, MOVE, 15, 5),
                SeenEvent(1100, CLICK, 15, 5, BUY),
                SeenEvent(1101, CLICK, 15, 5, BUY),
                SeenEvent(1102, RAGE, 15, 5, BUY),
            ],
        ),
    )
    log.add(
        1,
        SeenFrame(
            wide,
            600,
            "bob",
            [
                SeenEvent(1200, CLICK, 999, 0, None),
                SeenEvent(1201, DEAD, 999, 0, None),
                SeenEvent(1202, REST, 5, 5, SeenTarget("body>p", 0, 0)),
            ],
        ),
    )
    log.add(2, SeenFrame(None, None, None, [SeenEvent(1300, CLICK, 5, 5, None)]))  # of unknown size: nowhere
    log.add(3, SeenFrame(phone, None, None, [SeenEvent(1301, CLICK, 5, 5, None)]))
    log.add(4, SeenFrame(phone, 599, "cid", [SeenEvent(1302, CLICK, 5, 5, None)]))  # after the breakdown
    return log


RIGHT: dict[str, Any] = {
    "start": 1000,
    "end": 2000,
    "position": 4,
    "spots": 64,
    "spot-px": 8,
    "bands": [
        {
            "name": "phone",
            "visitors": 1,
            "fine": as_json(fine(columns=10, moves={(0, 1): 1}, clicks={(0, 1): 2})),
            "elements": [{"selector": "#buy", "clicks": {"32": {"63": 2}}, "rage": {"32": {"63": 1}}}],
        },
        {
            "name": "wide",
            "visitors": 1,
            "fine": as_json(fine(columns=10, clicks={(0, 9): 1})),
            "elements": [
                {"selector": "", "clicks": {"319": {"64": 1}}, "dead": {"319": {"64": 1}}},
                {"selector": "body>p", "dwell": {"0": {"0": 1}}},
            ],
        },
        {
            "name": "unknown",
            "visitors": 0,
            "fine": as_json(fine(columns=10, clicks={(0, 0): 1})),
            "elements": [{"selector": "", "clicks": {"3": {"1": 1}}}],
        },
    ],
}

Plant = Callable[[list[dict[str, Any]]], object]


def told(breakdown: dict[str, Any], log: PageLog | None = None) -> list[str]:
    log = log or a_log()
    return [*band_differences(breakdown, log, BANDS), *element_differences(breakdown, log, BANDS)]


def planted(plant: Plant) -> dict[str, Any]:
    breakdown = copy.deepcopy(RIGHT)
    plant(breakdown["bands"])
    return breakdown


def test_a_correct_breakdown_has_no_differences() -> None:
    assert told(RIGHT) == []


def set_to(band: int, name: str, value: object) -> Plant:
    return lambda bands: bands[band].__setitem__(name, value)


def element_set_to(band: int, element: int, name: str, value: object) -> Plant:
    return lambda bands: bands[band]["elements"][element].__setitem__(name, value)


@pytest.mark.parametrize(
    ("plant", "difference"),
    [
        (set_to(0, "visitors", 2), "phone's visitors: expected 1, got 2"),
        (set_to(2, "visitors", 1), "unknown's visitors: expected 0, got 1"),
        (
            set_to(0, "fine", as_json(fine(columns=10, moves={(0, 1): 2}, clicks={(0, 1): 2}))),
            "phone's fine moves of cell (1, 0): expected 1, got 2",
        ),
        (set_to(1, "fine", as_json(fine())), "wide's fine clicks of cell (9, 0): expected 1, got 0"),
        (lambda bands: bands.pop(), "bands: expected phone, wide, unknown, got phone, wide"),
        (
            element_set_to(0, 0, "clicks", {"32": {"63": 3}}),
            "phone's clicks of #buy at spot (32, 63): expected 2, got 3",
        ),
        (element_set_to(0, 0, "rage", {}), "phone's rage of #buy at spot (32, 63): expected 1, got 0"),
        (
            element_set_to(1, 0, "dead", {"319": {"64": 2}}),
            "wide's dead of the page at spot (319, 64): expected 1, got 2",
        ),
        (
            element_set_to(1, 1, "dwell", {"0": {"0": 1, "9": 1}}),
            "wide's dwell of body>p at spot (0, 9): expected 0, got 1",
        ),
        (element_set_to(0, 0, "clicks", {"32": {"63": 0}}), "elements: ValueError('spot (32, 63) has 0')"),
        (lambda bands: bands[0]["elements"][0].pop("selector"), "elements: KeyError('selector')"),
        (set_to(0, "fine", 3), "phone's fine: TypeError"),
        (lambda bands: bands[0].pop("visitors"), "bands: KeyError('visitors')"),
        (lambda bands: bands[0].__setitem__("elements", None), "elements: TypeError"),
    ],
)
def test_anything_wrong_in_a_breakdown_is_reported(plant: Plant, difference: str) -> None:
    assert difference in told(planted(plant))[0]


def test_a_click_on_the_wrong_element_is_missing_on_one_and_too_many_on_the_other() -> None:
    assert told(planted(element_set_to(1, 1, "selector", "body>h1"))) == [
        "wide's dwell of body>h1 at spot (0, 0): expected 0, got 1",
        "wide's dwell of body>p at spot (0, 0): expected 1, got 0",
    ]


def test_the_unknown_band_is_listed_only_if_it_has_events() -> None:
    breakdown = planted(lambda bands: bands.pop()) | {"position": 3}
    assert told(breakdown) == []
    assert told(RIGHT | {"position": 3})[0] == "bands: expected phone, wide, got phone, wide, unknown"


@pytest.mark.parametrize(
    ("width", "band"), [(1, 0), (599.9, 0), (600, 1), (1023, 1), (1024, 2), (9999, 2), (None, 3)]
)
def test_a_band_includes_its_lower_edge(width: float | None, band: int) -> None:
    log = PageLog(10)
    log.add(0, SeenFrame((10, 10), width, "ann", [SeenEvent(0, CLICK, 1, 1)]))
    assert band_numbers(log.counted(0, 1, 1), Bands.parse("phone<600,tablet<1024,wide")).tolist() == [band]


def test_rows_are_higher_only_where_there_are_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    log = PageLog(10)
    log.add(0, SeenFrame((100, 100), 700, "ann", [SeenEvent(1000, MOVE, 5, y) for y in (5, 25, 65)]))
    rest = {"name": "phone", "visitors": 0, "elements": []}

    def breakdown(row_px: int, *rows: int) -> dict[str, Any]:
        mine = {"name": "wide", "visitors": 1, "elements": []}
        moves = {(row, 0): rows.count(row) for row in rows}
        mine["fine"] = as_json(fine(row_px, columns=10, moves=moves))
        return RIGHT | {"bands": [rest | {"fine": as_json(fine(row_px))}, mine]}

    assert told(breakdown(20, 0, 1, 3), log) == []
    assert told(breakdown(40, 0, 0, 1), log)[0] == "phone's fine: expected rows of 20 px, got 40"
    monkeypatch.setattr(breakdown_recount, "MAX_CELLS", 2)
    assert told(breakdown(40, 0, 0, 1), log) == []
    monkeypatch.setattr(breakdown_recount, "MAX_CELLS", 1)
    assert told(breakdown(80, 0, 0, 0), log) == []


def test_spots_are_coarser_only_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    log = PageLog(10)
    beside = [SeenEvent(1000, CLICK, 0, 0, SeenTarget("#buy", x, 0)) for x in (0, 0.01, 0.02, 0.04)]
    log.add(0, SeenFrame((100, 100), 700, "ann", beside))
    band = {"name": "wide", "visitors": 1, "fine": as_json(fine(columns=10, clicks={(0, 0): 4}))}
    rest = {"name": "phone", "visitors": 0, "fine": {"row": 20}, "elements": []}

    def breakdown(spots: float, *columns: int) -> dict[str, Any]:
        clicks = {str(i): {"0": n} for i, n in enumerate(columns)}
        mine = band | {"elements": [{"selector": "#buy", "clicks": clicks}]}
        return RIGHT | {"spots": max(1, spots), "spot-px": round(512 / spots), "bands": [rest, mine]}

    assert told(breakdown(64, 2, 1, 1), log) == []
    assert told(breakdown(32, 3, 1), log) == ["spots: expected 8 px, got 32, 16 px"]
    monkeypatch.setattr(breakdown_recount, "MAX_SPOTS", 2)
    assert told(breakdown(32, 3, 1), log) == []
    assert told(breakdown(64, 2, 1, 1), log) == ["spots: expected 16 px, got 64, 8 px"]
    monkeypatch.setattr(breakdown_recount, "MAX_SPOTS", 0)
    assert told(breakdown(512 / 65_536, 4), log) == []


@pytest.mark.parametrize("limit", ["MAX_ELEMENTS", "MAX_SELECTOR_BYTES"])
def test_beyond_the_limit_of_elements_only_sums_are_compared(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breakdown_recount, limit, 1)
    under_the_page = planted(element_set_to(1, 1, "selector", ""))
    assert told(under_the_page) == []
    assert told(planted(element_set_to(1, 1, "dwell", {"0": {"0": 2}}))) == [
        "wide's dwell of all elements: expected 1, got 2"
    ]
