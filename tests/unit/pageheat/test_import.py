"""`pageheat import`: what it accepts, what it prints, and how it ends."""

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pageheat.__main__ import main
from pageheat.counts import CountFile
from pageheat.imports import lines
from tests.support.recordings import CHOSEN, SINGLE

CLICKS = """\
?x=100&y=200,http://a.example/lamp
"?x=100.9&y=-3.2&screen=wide","http://a.example/lamp?session=4711#top"
?x=12&y=9,-
203.0.113.9 - ann [10/Oct/2006:13:55:36] "GET /c?x=100&y=200 HTTP/1.1" 204 - "http://a.example/mug" "Mozilla"
203.0.113.9 - - [10/Oct/2006:13:55:37] "GET /style.css HTTP/1.1" 200 713 "http://a.example/lamp" "Mozilla"
203.0.113.9 - - [10/Oct/2006:13:55:37] "GET /c?x=5&y=6 HTTP/1.1" 404 713 "http://a.example/lamp" "Mozilla"
?x=many&y=9,http://a.example/lamp
hello
"""

GOOD = "?x=1&y=2,http://a.example/lamp\n?x=1&y=3,http://a.example/lamp\n"

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `pageheat import` in its own folder; exit code and output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITE_URL", "http://a.example")

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(["import", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def counted(file: str = "counts.sqlite") -> dict[str, list[tuple[int, int, int]]]:
    """Page → x, y and n of its places."""
    with CountFile(Path(file)) as counts:
        tables = {page: counts.read(page) for page in counts.pages()}
    return {
        page: list(zip(t.x.tolist(), t.y.tolist(), t.n.tolist(), strict=True)) for page, t in tables.items()
    }


def test_a_mixed_log_is_imported_with_a_summary(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mixed.log.gz").write_bytes(gzip.compress(CLICKS.encode()))
    code, said = command("mixed.log.gz")
    assert code == 1
    assert said.splitlines() == [
        "mixed.log.gz: 8 lines: 3 clicks on 2 pages, 1 refused by the server, 1 other, 3 unreadable",
        "  mixed.log.gz:3: no page: neither u= nor the Referer names one",
        "  mixed.log.gz:7: x is 'many': expected px from -10000000 to 10000000",
        "  mixed.log.gz:8: not a click log line: 'hello'",
        "counts.sqlite: 2 pages, busiest first: /lamp, /mug",
        "Next: pageheat render /lamp --counts counts.sqlite -o heat.png",
    ]
    assert counted() == {"/lamp": [(100, -4, 1), (100, 200, 1)], "/mug": [(100, 200, 1)]}


def test_nothing_that_identifies_a_visitor_is_kept(command: Command, tmp_path: Path) -> None:
    command("-o", "counts.sqlite", stdin=CLICKS.encode())
    data = (tmp_path / "counts.sqlite").read_bytes()
    for told in (b"203.0.113", b"ann", b"Mozilla", b"session", b"Oct", b"screen"):
        assert told not in data


@pytest.mark.parametrize("arguments", [(), ("-",)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_standard_input_is_read(
    command: Command, arguments: tuple[str, ...], pack: Callable[[bytes], bytes]
) -> None:
    code, said = command(*arguments, stdin=pack(GOOD.encode()))
    assert (code, counted()) == (0, {"/lamp": [(1, 2, 1), (1, 3, 1)]})
    assert said.startswith("standard input: 2 lines: 2 clicks on 1 page, 0 other, 0 unreadable\n")


def test_unreadable_files_are_skipped_and_the_others_imported(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.log").write_text(GOOD)
    noise = np.random.default_rng(1).bytes(200_000)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(GOOD.encode() * 1000 + noise)[:-1000])
    (tmp_path / "empty").mkdir()
    code, said = command("cut.gz", "nowhere.log", "empty", "good.log")
    assert code == 1
    assert counted() == {"/lamp": [(1, 2, 1), (1, 3, 1)]}
    assert "left out: cut.gz: truncated, its gzip data has no end; to import what is there: zcat" in said
    assert "left out: nowhere.log: cannot be read: No such file or directory\n" in said
    assert "left out: empty: no recordings" in said
    assert "1 of 4 files: 2 lines: 2 clicks, 0 other, 0 unreadable\n" in said


def test_a_file_that_fails_midway_is_skipped_as_a_whole(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.log").write_text(GOOD)
    command("good.log")
    before = (tmp_path / "counts.sqlite").read_bytes()
    monkeypatch.setattr(lines, "BLOCK_BYTES", 4096)
    monkeypatch.setattr("pageheat.imports.taking.MAX_PLACES", 0)
    many = "".join(f"?x={i}&y={i * i % 4999},http://a.example/lamp\n" for i in range(5_000))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(many.encode())[:-20])
    code, _ = command("cut.gz")
    assert code == 1
    assert (tmp_path / "counts.sqlite").read_bytes() == before


def test_a_log_is_not_counted_twice_unless_requested(command: Command, tmp_path: Path) -> None:
    log = "".join(f"?x={i}&y=1,http://a.example/lamp\n" for i in range(3_000))
    (tmp_path / "a.log").write_text(log)
    (tmp_path / "grown.log.gz").write_bytes(gzip.compress((log + GOOD).encode()))
    assert command("a.log")[0] == 0
    code, said = command("a.log", "grown.log.gz")
    assert code == 1
    assert re.search(
        r"left out: a.log: begins like a.log, imported on \d{4}-\d\d-\d\d \d\d:\d\d: it is the", said
    )
    assert "left out: grown.log.gz: begins like a.log" in said
    assert sum(n for _, _, n in counted()["/lamp"]) == 3_000
    assert command("a.log", "--again")[0] == 0
    assert sum(n for _, _, n in counted()["/lamp"]) == 6_000


def test_without_events_no_count_file_is_made_and_other_requests_are_no_failure(
    command: Command, tmp_path: Path
) -> None:
    request = CLICKS.splitlines()[4].encode()
    assert command(stdin=request) == (
        0,
        "standard input: 1 line: no event, 1 other, 0 unreadable\nnothing was imported\n",
    )
    assert command(stdin=b"")[0] == 0
    assert command(stdin=bytes(range(256)) * 999)[0] == 1
    assert not (tmp_path / "counts.sqlite").exists()


def test_a_recording_has_the_same_page_as_its_replay(command: Command, tmp_path: Path) -> None:
    code, said = command(str(CHOSEN.folder), "-o", "recorded.sqlite")
    assert code == 0
    lines, clicks, moves = CHOSEN.lines, CHOSEN.clicks, CHOSEN.moves
    other = lines - clicks - moves
    told = f"{lines:,} lines: {clicks} clicks and {moves:,} moves, {other:,} other, 0 unreadable"
    assert f"5 of 5 files: {told}" in said
    session = CHOSEN.sessions[SINGLE]
    with CountFile(tmp_path / "recorded.sqlite") as counts:
        assert sorted(counts.pages()) == sorted(map(CHOSEN.path, CHOSEN.sessions))
        page = counts.read(CHOSEN.path(SINGLE))
    assert page.document == session.document
    assert set(page.viewport.tolist()) == {session.viewport.width}
    assert set(page.origin.tolist()) == {0}
    clicked = page.layer == 1
    (click,) = session.clicks
    assert (page.x[clicked].tolist(), page.y[clicked].tolist()) == ([click.x], [click.y])
    assert page.n[page.layer == 0].sum() == session.moves


def test_a_recording_may_be_compressed_and_without_sizes(command: Command, tmp_path: Path) -> None:
    name = f"{SINGLE}.csv"
    folder = tmp_path / "my shop"
    folder.mkdir()
    recording = (CHOSEN.folder / "mouse-movement-data" / name).read_bytes()
    (folder / f"{name}.gz").write_bytes(gzip.compress(recording))
    assert command(str(folder / f"{name}.gz"))[0] == 0
    with CountFile(tmp_path / "counts.sqlite") as counts:
        page = counts.read(f"/my%20shop/{SINGLE}")
    assert page.document is None
    assert set(page.viewport.tolist()) == {0}


@pytest.mark.parametrize(
    ("stdin", "arguments", "reason"),
    [
        (b"event,xpos,ypos\nmousedown,1,2\n", (), "a recording; its page is named after its file"),
        (GOOD.encode(), ("--format", "evtrack"), "a recording; its page"),
        (GOOD.encode(), ("--format", "server"), "standard input:1: not a click log line"),
    ],
)
def test_a_file_not_in_the_requested_form_is_refused(
    command: Command, stdin: bytes, arguments: tuple[str, ...], reason: str
) -> None:
    code, said = command(*arguments, stdin=stdin)
    assert code == 1
    assert reason in said


def test_a_recording_with_broken_metadata_is_skipped(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("event,xpos,ypos\nmousedown,1,2\n")
    (tmp_path / "a.xml").write_text("<data>")
    code, said = command("a.csv")
    assert code == 1
    assert said.startswith("left out: a.csv: metadata is not valid XML")


def test_sites_are_named_by_the_settings_and_the_command(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITES", "blog=https://blog.example")
    monkeypatch.setenv("ORIGINS", "*,https://www.a.example")
    addresses = [
        "https://blog.example/",
        "https://www.a.example/",
        "http://forum.example/",
        "http://other.example/",
    ]
    log = "".join(f"?x=1&y=2,{address}\n" for address in addresses)
    command("--site", "forum=http://forum.example", stdin=log.encode())
    assert sorted(counted()) == ["/", "//blog/", "//forum/", "//other.example/"]


def test_masked_parts_of_paths_are_masked_in_count_files(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH_MASKS", "/user/*,/walks/*")
    log = "?x=1&y=2,http://a.example/user/ann/orders\n?x=1&y=2,http://b.example/user/bob\n?x=1&y=2&u=/user/mallory,-\n"
    command(stdin=log.encode())
    (tmp_path / "walks").mkdir()
    (tmp_path / "walks" / "ann.csv").write_text("event,xpos,ypos\nmousedown,1,2\n")
    command("walks/ann.csv")
    assert sorted(counted()) == ["//b.example/user/*", "/user/*", "/user/*/orders", "/walks/*"]
    assert not re.search(
        rb"ann|bob|mallory", Path("counts.sqlite").read_bytes().replace(b"walks/ann.csv", b"")
    )


def test_an_output_file_of_another_kind_is_refused_before_anything_is_read(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("a shopping list\n" * 100)
    code, said = command("-o", "notes.txt", stdin=GOOD.encode())
    assert code == 1
    assert said.startswith("pageheat import: notes.txt is not a count file")
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--site", "blog"), ("--format", "morse"), ("--output",)])
def test_wrong_arguments_end_with_exit_code_2(command: Command, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        command(*arguments)
    assert ended.value.code == 2


def test_the_progress_bar_counts_bytes_on_disk(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[Any, Any]] = []
    monkeypatch.setattr(
        "pageheat.commands.importing.Progress.update",
        lambda self, bar, **changes: shown.append((self.tasks[bar].total, changes["completed"])),
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.log.gz").write_bytes(gzip.compress(GOOD.replace("lamp", name).encode()))
    sizes = [(tmp_path / f"{name}.log.gz").stat().st_size for name in ("a", "b")]
    command("a.log.gz", "b.log.gz")
    assert {total for total, _ in shown} == {sum(sizes)}
    assert [done for _, done in shown][-1] == sum(sizes)
    assert sizes[0] in [done for _, done in shown]
