"""A log in parts: whatever the history has of it is recognized, and each event is in one part."""

import random

import pytest

from pageheat.imports import cutting
from pageheat.imports.cutting import Cut, KnownParts, cut
from pageheat.imports.positions import NoEvent
from pageheat.imports.taking import LineCounts

BLOCK_LINES = 7


def read(line: bytes) -> bytes | NoEvent:
    return NoEvent.LINE if line.startswith(b"#") else line


def parts(
    lines: list[bytes], known: KnownParts | None = None, *, block: int = BLOCK_LINES
) -> list[Cut[bytes]]:
    blocks = [lines[at : at + block] for at in range(0, len(lines), block)]
    return list(cut(blocks, read, LineCounts(), known or {}))


def of(*several: Cut[bytes]) -> KnownParts:
    return {part.position: {part.digest} for part in several}


def events(found: list[Cut[bytes]]) -> list[bytes]:
    return [event for part in found for event in part.events]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "PART_BYTES", 200)


LINES = [b"line %d" % number for number in range(100)]


def test_each_event_is_in_one_part() -> None:
    found = parts(LINES)
    assert len(found) > 3
    assert events(found) == LINES
    assert sum(part.lines for part in found) == len(LINES)
    assert found[-1].position == sum(len(line) + 1 for line in LINES)


def test_what_is_known_is_not_read_again_however_far_that_is() -> None:
    whole = parts(LINES)
    for count in range(len(whole) + 1):
        found = parts(LINES, of(*whole[:count]))
        assert events(found) == [event for part in whole[count:] for event in part.events]


def test_a_log_that_has_grown_is_known_up_to_where_it_ended_wherever_blocks_end() -> None:
    chance = random.Random(1)
    for _ in range(50):
        length = chance.randrange(1, len(LINES))
        before = parts(LINES[:length], block=chance.randrange(1, 30))
        after = parts(LINES, of(*before), block=chance.randrange(1, 30))
        assert events(after) == LINES[length:]


def test_another_log_of_the_same_length_is_not_known() -> None:
    others = [line.upper() for line in LINES]
    assert events(parts(others, of(*parts(LINES)))) == others


def test_of_a_last_line_that_goes_on_later_nothing_before_it_is_read_again() -> None:
    begun = cut([LINES[:20], [b"li"]], read, LineCounts(), {})  # it ends in the middle of a line
    after = parts(LINES, of(*begun), block=30)
    assert events(after) == LINES[20:]


def test_lines_without_events_count_for_the_place_alone() -> None:
    lines = [b"# nothing", *LINES[:3], b"# nothing"]
    found = parts(lines)
    assert events(found) == LINES[:3]
    assert parts(lines, of(*found))[0].is_known


def test_with_salt_it_is_another_log() -> None:
    known = of(*parts(LINES))
    salted = cut([LINES], read, LineCounts(), known, b"again")
    assert events(list(salted)) == LINES
