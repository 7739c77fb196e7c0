"""A source imported into a count file equals a brute-force recount, however it is split."""

import math
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pageheat.counts import CountFile, Import
from pageheat.imports import taking
from pageheat.imports.click_log import ClickLog
from pageheat.imports.lines import MAX_LINE_BYTES
from pageheat.imports.page_names import PageKeys
from pageheat.imports.taking import LineCounts, take
from pageheat.services.contract.origins import Origins

COORDINATES = st.one_of(st.integers(-5, 5), st.floats(-3, 3).map(lambda x: round(x, 2)))
PAGES = st.sampled_from(["http://a.example/", "http://a.example/b?c=d", "http://c.example/b", "/b"])
JUNK = st.sampled_from(["", "\r", "hello", "?x=1,http://a.example/", "?x=one&y=2,http://a.example/"])
REQUEST = '192.0.2.1 - - [10/Oct/2006:13:55:36 +0200] "GET {} HTTP/1.0" {} 0 "{}" "Mozilla/4.0"'


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[str], Counter[tuple[str, int, int]], LineCounts]:
    """A log and its expected counts."""
    lines, counts, tally = [], Counter[tuple[str, int, int]](), LineCounts()
    for form in draw(st.lists(st.sampled_from(["2006", "server", "failed", "other", "junk"]), max_size=60)):
        x, y, page = draw(COORDINATES), draw(COORDINATES), draw(PAGES)
        if form == "2006":
            lines.append(f"?x={x}&y={y},{page}")
        elif form == "server":
            lines.append(REQUEST.format(f"/c?y={y}&x={x}", 204, page))
        elif form == "failed":
            lines.append(REQUEST.format(f"/c?y={y}&x={x}", 403, page))
            tally.refused += 1
        elif form == "other":
            lines.append(REQUEST.format("/style.css", 200, page))
            tally.others += 1
        else:
            lines.append(draw(JUNK))
            tally.unreadable += bool(lines[-1].strip())
        if form in ("2006", "server"):
            parts = urlsplit(page)
            host = f"//{parts.netloc}" if parts.netloc == "c.example" else ""
            counts[host + parts.path, math.floor(x), math.floor(y)] += 1
            tally.clicks += 1
    tally.lines = sum(bool(line.strip()) for line in lines)
    return lines, counts, tally


@settings(deadline=None, max_examples=60)
@given(log=logs(), cut=st.integers(1, 9), places=st.sampled_from([0, 3, 1000]))
def test_the_counts_of_any_log_equal_a_recount(
    log: tuple[list[str], Counter[tuple[str, int, int]], LineCounts],
    cut: int,
    places: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    lines, counts, expected = log
    data = [line.encode() for line in lines]
    blocks = [data[i : i + cut] for i in range(0, len(data), cut)]
    reader = ClickLog(PageKeys(Origins("http://a.example", {}, set()))).read
    path = tmp_path_factory.mktemp("taking") / "counts.sqlite"
    with (
        pytest.MonkeyPatch.context() as patch,
        CountFile(path, create=True) as file,
    ):
        patch.setattr(taking, "MAX_PLACES", places)
        for _ in range(2):  # twice, so that the second is merged into the first
            with file.staging() as staging:
                *_, tally = take(blocks, reader, staging)
                staging.commit(Import("a.log", 1, "", tally.lines, 0, tally.clicks, 0, tally.unreadable))
        found = Counter[tuple[str, int, int]]()
        for page in file.pages():
            table = file.read(page)
            assert set(table.layer.tolist()) == set(table.origin.tolist()) == {1}
            for x, y, n in zip(table.x.tolist(), table.y.tolist(), table.n.tolist(), strict=True):
                found[page, x, y] = n
    assert found == Counter({place: 2 * n for place, n in counts.items()})
    expected.pages = len({page for page, _, _ in counts})
    tally.first_unreadable = []
    assert tally == expected


def test_the_first_unreadable_lines_are_kept_with_their_numbers(tmp_path: Path) -> None:
    reader = ClickLog(PageKeys(Origins("http://a.example", {}, set()))).read
    good, long = b"?x=1&y=2,http://a.example/", b"?x=1&y=2,http://a.example/" + b"a" * MAX_LINE_BYTES
    blocks = [[good, b""], [b"one", good], [long, b"two", b"three"]]
    with CountFile(tmp_path / "counts.sqlite", create=True) as file, file.staging() as staging:
        *_, tally = take(blocks, reader, staging)
    assert tally.first_unreadable == [
        (3, "not a click log line: 'one'"),
        (5, "longer than 65536 bytes"),
        (6, "not a click log line: 'two'"),
    ]
    assert (tally.lines, tally.clicks, tally.unreadable) == (6, 2, 4)
