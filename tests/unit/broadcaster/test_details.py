"""What the broadcaster knows of pages in detail, and what it tells of it."""

import json

import pytest

from services.broadcaster.details import Details
from services.contract.records import Band, Clock, Detail, ElementCounts, Size, UnreadableRecord, encode

WINDOW_MS = 300_000
PHONE = Band("phone", 2, {"3": {"4": 5}}, {"0": {"0": 1}}, [ElementCounts("#buy", clicks={"9": {"8": 1}})])
DESKTOP = Band("desktop", 1, {"1": {"1": 1}}, {}, [])


def detail(end: int, position: int, *, partition: int = 4) -> Detail:
    """A page's detail of two bands."""
    return Detail(
        start=end - WINDOW_MS,
        end=end,
        page=Size(1000, 1000),
        partition=partition,
        position=position,
        grid_size=50,
        spots=64,
        bands=[PHONE, DESKTOP],
    )


def details(*records: Detail) -> Details:
    known = Details()
    for record in records:
        known.apply(4, b"/lamp", encode(record))
    return known


def message(known: Details, band: str | None) -> dict[str, dict[str, object]]:
    found = known.of("/lamp")
    assert found is not None
    bands = json.loads(found.message(band))["detail"]["bands"]
    return {each["name"]: each for each in bands}


def test_everyone_is_told_the_elements_of_all_bands_and_nobody_unasked_the_tiles() -> None:
    assert message(details(detail(1_000_000, 5)), None) == {
        "phone": {
            "name": "phone",
            "visitors": 2,
            "elements": [{"selector": "#buy", "clicks": {"9": {"8": 1}}}],
        },
        "desktop": {"name": "desktop", "visitors": 1, "elements": []},
    }


@pytest.mark.parametrize(
    ("band", "with_tiles"), [("phone", {"phone"}), ("desktop", {"desktop"}), ("tv", set()), (None, set())]
)
def test_tiles_are_told_of_the_band_that_was_asked_for(band: str | None, with_tiles: set[str]) -> None:
    told = message(details(detail(1_000_000, 5)), band)
    assert {name for name, each in told.items() if "value" in each and "clicks" in each} == with_tiles
    if band == "phone":
        assert told["phone"]["value"] == {"3": {"4": 5}}


def test_a_detail_says_of_which_window_and_size_it_is() -> None:
    found = details(detail(1_000_000, 5)).of("/lamp")
    assert found is not None
    told = json.loads(found.message(None))["detail"]
    del told["bands"]
    assert told == {
        "start": 700_000,
        "end": 1_000_000,
        "page": {"width": 1000, "height": 1000},
        "partition": 4,
        "position": 5,
        "grid-size": 50,
        "spots": 64,
    }
    assert found.decoded() == detail(1_000_000, 5)


def test_an_older_detail_does_not_take_a_newer_ones_place() -> None:
    known = details(detail(1_000_000, 5))
    assert not known.apply(4, b"/lamp", encode(detail(2_000_000, 4)))
    assert list(known.apply(4, b"/lamp", encode(detail(1_000_250, 5)))) == ["/lamp"]


def test_a_tombstone_ends_a_detail() -> None:
    known = details(detail(1_000_000, 5))
    assert not known.apply(4, b"/lamp", None)
    assert known.of("/lamp") is None


@pytest.mark.parametrize(
    ("clock", "is_known"),
    [
        (Clock(4, 9, 1_000_000 + WINDOW_MS - 250), True),
        (Clock(4, 9, 1_000_000 + WINDOW_MS), False),  # nothing that it counted is in the window
        (Clock(3, 9, 1_000_000 + WINDOW_MS), True),  # another partition's
    ],
)
def test_a_detail_is_forgotten_when_its_window_has_passed(clock: Clock, is_known: bool) -> None:
    known = details(detail(1_000_000, 5))
    known.take_clock(clock)
    assert (known.of("/lamp") is not None) == is_known


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"lamp", b"{}", "the key is no page"),
        (None, b"{}", "the key is no page"),
        (b"/\xff", b"{}", "not UTF-8"),
        (b"/lamp", b"{", "truncated"),
        (b"/lamp", b"[]", "Expected `object`"),
        (b"/lamp", encode(detail(1_000_000, 5, partition=3)), "of partition 3, but stands in 4"),
    ],
)
def test_what_is_no_detail_says_why(key: bytes | None, value: bytes, reason: str) -> None:
    with pytest.raises(UnreadableRecord, match=reason):
        Details().apply(4, key, value)
