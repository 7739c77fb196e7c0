"""Bands and elements recounted: a table of cases, and differences reported spot by spot."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pageheat.services.contract.bands import Bands
from pageheat.verification import breakdown_recount
from pageheat.verification.breakdown_recount import band_differences, band_numbers, element_differences
from pageheat.verification.recount import TYPES, PageLog, SeenEvent, SeenFrame

MOVE, CLICK, RAGE, DEAD, REST = TYPES.values()
BANDS = Bands.parse("phone<600,wide")
BUY = ("#buy", 0.5, 1.0)  # its spot is (32, 63)


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
                SeenEvent(1202, REST, 5, 5, ("body>p", 0, 0)),
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
    "bands": [
        {
            "name": "phone",
            "visitors": 1,
            "value": {"1": {"0": 1}},
            "clicks": {"1": {"0": 2}},
            "elements": [{"selector": "#buy", "clicks": {"32": {"63": 2}}, "rage": {"32": {"63": 1}}}],
        },
        {
            "name": "wide",
            "visitors": 1,
            "value": {},
            "clicks": {"9": {"0": 1}},
            "elements": [
                {"selector": "", "clicks": {"63": {"0": 1}}, "dead": {"63": {"0": 1}}},
                {"selector": "body>p", "rests": {"0": {"0": 1}}},
            ],
        },
        {
            "name": "unknown",
            "visitors": 0,
            "value": {},
            "clicks": {"0": {"0": 1}},
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
        (set_to(0, "value", {"1": {"0": 2}}), "phone's value of tile (1, 0): expected 1, got 2"),
        (set_to(1, "clicks", {}), "wide's clicks of tile (9, 0): expected 1, got 0"),
        (set_to(1, "value", {"10": {"0": 1}}), "wide's value: tile (10, 0) has 1 on a grid of 10"),
        (lambda bands: bands.pop(), "bands: expected phone, wide, unknown, got phone, wide"),
        (
            element_set_to(0, 0, "clicks", {"32": {"63": 3}}),
            "phone's clicks of #buy at spot (32, 63): expected 2, got 3",
        ),
        (element_set_to(0, 0, "rage", {}), "phone's rage of #buy at spot (32, 63): expected 1, got 0"),
        (
            element_set_to(1, 0, "dead", {"63": {"0": 2}}),
            "wide's dead of the page at spot (63, 0): expected 1, got 2",
        ),
        (
            element_set_to(1, 1, "rests", {"0": {"0": 1, "9": 1}}),
            "wide's rests of body>p at spot (0, 9): expected 0, got 1",
        ),
        (element_set_to(0, 0, "clicks", {"64": {"0": 1}}), "tile (64, 0) has 1 on a grid of 64"),
        (lambda bands: bands[0]["elements"][0].pop("selector"), "elements: KeyError('selector')"),
        (set_to(0, "value", 3), "phone's value: 'int' object has no attribute 'items'"),
        (lambda bands: bands[0].pop("visitors"), "bands: KeyError('visitors')"),
        (lambda bands: bands[0].__setitem__("elements", None), "elements: TypeError"),
    ],
)
def test_anything_wrong_in_a_breakdown_is_reported(plant: Plant, difference: str) -> None:
    assert difference in told(planted(plant))[0]


def test_a_click_on_the_wrong_element_is_missing_on_one_and_too_many_on_the_other() -> None:
    assert told(planted(element_set_to(1, 1, "selector", "body>h1"))) == [
        "wide's rests of body>h1 at spot (0, 0): expected 0, got 1",
        "wide's rests of body>p at spot (0, 0): expected 1, got 0",
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


def test_bands_have_no_tiles_only_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = planted(lambda bands: [band.update(value={}, clicks={}) for band in bands])
    assert told(without)[0] == "phone's value of tile (1, 0): expected 1, got 0"
    hot = 8  # the cells of a_log; "on no tile" is one of them
    monkeypatch.setattr(breakdown_recount, "MAX_CELLS", hot)
    assert told(without) != []
    monkeypatch.setattr(breakdown_recount, "MAX_CELLS", hot - 1)
    assert told(without) == []
    assert told(RIGHT) != []


def test_spots_are_coarser_only_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    log = PageLog(10)
    beside = [SeenEvent(1000, CLICK, 0, 0, ("#buy", x, 0)) for x in (0, 0.01, 0.02, 0.04)]
    log.add(0, SeenFrame((100, 100), 700, "ann", beside))
    band = {"name": "wide", "visitors": 1, "value": {}, "clicks": {"0": {"0": 4}}}
    rest = {"name": "phone", "visitors": 0, "value": {}, "clicks": {}, "elements": []}

    def breakdown(spots: int, *columns: int) -> dict[str, Any]:
        clicks = {str(i): {"0": n} for i, n in enumerate(columns)}
        mine = band | {"elements": [{"selector": "#buy", "clicks": clicks}]}
        return RIGHT | {"spots": spots, "bands": [rest, mine]}

    assert told(breakdown(64, 2, 1, 1), log) == []
    assert told(breakdown(32, 3, 1), log) == ["spots: expected 64, got 32"]
    monkeypatch.setattr(breakdown_recount, "MAX_SPOTS", 2)
    assert told(breakdown(32, 3, 1), log) == []
    assert told(breakdown(64, 2, 1, 1), log) == ["spots: expected 32, got 64"]
    monkeypatch.setattr(breakdown_recount, "MAX_SPOTS", 0)
    assert told(breakdown(1, 4), log) == []


@pytest.mark.parametrize("limit", ["MAX_ELEMENTS", "MAX_SELECTOR_BYTES"])
def test_beyond_the_limit_of_elements_only_sums_are_compared(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breakdown_recount, limit, 1)
    under_the_page = planted(element_set_to(1, 1, "selector", ""))
    assert told(under_the_page) == []
    assert told(planted(element_set_to(1, 1, "rests", {"0": {"0": 2}}))) == [
        "wide's rests of all elements: expected 1, got 2"
    ]
