"""How dead letters are printed: as lines for programs, as a table for people."""

from io import StringIO

import pytest
from rich.console import Console

from pageheat.commands.dead_letters import line, table
from pageheat.dead_letter_topic import Listing, why_not
from pageheat.services.contract.dead_letters import DeadLetter, StoredDeadLetter

NOW_MS = 1_763_799_299_123

LETTER = Listing(NOW_MS, "clickstream/3/8812", 7321, b"k3J", "not JSON: \x1b[31m", b'{"v":\n1')


def shown(letters: list[Listing], total: int, width: int) -> str:
    console = Console(width=width, file=StringIO(), force_terminal=True, color_system=None)
    console.print(table(letters, total))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_line_has_all_fields_and_escapes_control_characters() -> None:
    assert line(LETTER) == (
        "2025-11-22 08:14:59\tclickstream/3/8812\t7321\tk3J\tnot JSON: \\x1b[31m\t" + '{"v":\\n1'
    )


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_table_fits_the_terminal_without_truncating_origins(width: int) -> None:
    far = Listing(NOW_MS, "clickstream-group-by-page/11/123456789", None, b"/" * 900, "no value", b"")
    said = shown([LETTER, far], 1203, width)
    assert max(map(len, said.splitlines())) <= width
    assert "\x1b" not in said
    for part in (
        LETTER.origin,
        far.origin,
        "7,321 bytes, key k3J",
        "2 of 1,203 dead letters, newest first; --limit 1203 shows more",
    ):
        assert part in said


def test_an_empty_list_says_so() -> None:
    assert shown([], 0, 80) == "There are no dead letters.\n"


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        (DeadLetter("clickstream", 0, 1, "", b"k", b"v"), None),
        (DeadLetter("elsewhere", 0, 1, "", b"k", b"v"), "topic elsewhere is not in topics.yaml"),
        (
            DeadLetter("clickstream", 0, 1, "", b"k" * 5000, b"v" * 300_000),
            "too long to be kept whole: its value, key (262,144 of 300,000 bytes are kept)",
        ),
        (
            DeadLetter("clickstream", 0, 1, "", b"k", b"v", [("x", b"h" * 5000)]),
            "too long to be kept whole: its headers (1 of 1 bytes are kept)",
        ),
    ],
)
def test_truncated_dead_letters_and_those_without_a_topic_are_not_resent(
    letter: DeadLetter, reason: str | None
) -> None:
    kept = StoredDeadLetter.read(letter.key, letter.value, letter.headers)
    assert why_not(kept, {"clickstream"}) == reason
