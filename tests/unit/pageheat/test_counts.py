"""Count files: writes are atomic and read back, and other files are refused."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pageheat.counts import (
    APPLICATION_ID,
    MAX_PX,
    VERSION,
    CountFile,
    Import,
    Kind,
    NoCounts,
    PageCounts,
    Position,
)
from pageheat.services.contract.records import Size

CLICK = Kind("/lamp", 1, 1, 0)
MOVE = Kind("/lamp", 0, 0, 1422)
MUG = Kind("//shop/mug", 1, 1, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts.sqlite"


def record(head: str = "head", imported: int = 1_000) -> Import:
    return Import("a.log", imported, head, lines=9, moves=1, clicks=5, other=2, unreadable=1)


def add(path: Path, *batches: dict[Position, int], sizes: dict[str, Size] | None = None) -> None:
    with CountFile(path, create=True) as counts, counts.staging() as staging:
        for batch in batches:
            staging.add(batch)
        for page, size in (sizes or {}).items():
            staging.document(page, size)
        staging.commit(record())


def read(path: Path) -> Counter[Position]:
    """The whole content of a count file."""
    with CountFile(path) as counts:
        return sum((positions(counts.read(page)) for page in counts.pages()), Counter())


def positions(counts: PageCounts) -> Counter[Position]:
    columns = (counts.layer, counts.origin, counts.viewport, counts.x, counts.y, counts.n)
    return Counter(
        {
            (Kind(counts.page, layer, origin, viewport), x, y): n
            for layer, origin, viewport, x, y, n in zip(*(c.tolist() for c in columns), strict=True)
        }
    )


def test_a_place_has_the_sum_of_all_batches_and_imports(path: Path) -> None:
    add(path, {(CLICK, 100, 200): 2, (MOVE, 100, 200): 7}, {(CLICK, 100, 200): 3})
    add(path, {(CLICK, 100, 200): 10, (CLICK, 100, 201): 1})
    assert read(path) == {(CLICK, 100, 200): 15, (CLICK, 100, 201): 1, (MOVE, 100, 200): 7}


def test_extreme_places_and_large_counts_are_kept(path: Path) -> None:
    places: dict[Position, int] = {
        (CLICK, x, y): 2**40 + x + y for x in (-MAX_PX, -1, 0, MAX_PX) for y in (-MAX_PX, 0, MAX_PX)
    }
    add(path, places)
    assert read(path) == places


def test_a_pages_counts_are_arrays_of_the_promised_types_in_order(path: Path) -> None:
    add(path, {(CLICK, 5, 6): 1, (MOVE, 9, 1): 2, (MOVE, 1, 9): 3, (MUG, 0, 0): 1})
    with CountFile(path) as counts:
        lamp = counts.read("/lamp")
    assert (lamp.page, lamp.document) == ("/lamp", None)
    assert lamp.layer.tolist() == [0, 0, 1]
    assert lamp.x.tolist() == [1, 9, 5]
    assert lamp.n.tolist() == [3, 2, 1]
    arrays = (lamp.x, lamp.y, lamp.n, lamp.layer, lamp.origin, lamp.viewport)
    assert [a.dtype for a in arrays] == [np.int32, np.int32, np.int64, np.int8, np.int8, np.int32]
    assert all(a.flags.c_contiguous for a in arrays)


def test_pages_are_listed_by_events_most_first(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1, (CLICK, 1, 2): 1, (MUG, 1, 1): 3, (Kind("/a", 1, 1, 0), 1, 1): 2})
    with CountFile(path) as counts:
        assert counts.pages() == ["//shop/mug", "/a", "/lamp"]


def test_the_newest_known_size_of_a_document_is_kept(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1, (MUG, 1, 1): 1}, sizes={"/lamp": Size(1403, 3000)})
    add(path, {(CLICK, 1, 1): 1}, sizes={"/lamp": Size(1403, 3380.5)})
    add(path, {(CLICK, 1, 1): 1})
    with CountFile(path) as counts:
        assert counts.read("/lamp").document == Size(1403, 3380.5)
        assert counts.read("//shop/mug").document is None


def test_a_page_that_is_not_in_the_file_is_refused(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1})
    with CountFile(path) as counts, pytest.raises(NoCounts, match="has no page /lampshade"):
        counts.read("/lampshade")


def test_an_import_is_recognized_by_its_head_and_the_newest_is_returned(path: Path) -> None:
    with CountFile(path, create=True) as counts:
        for imported, head in ((3, "one"), (5, "one"), (4, "one"), (9, "two")):
            with counts.staging() as staging:
                staging.commit(record(head, imported))
        assert counts.imported("one") == record("one", 5)
        assert counts.imported("three") is None


def test_uncommitted_counts_are_discarded(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1})
    before = path.read_bytes()
    with CountFile(path, create=True) as counts:
        with counts.staging() as staging:
            staging.add({(CLICK, 1, 1): 5})
        with counts.staging() as staging:
            assert staging.pages == 0
    assert path.read_bytes() == before


def test_a_commit_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1})
    with CountFile(path, create=True) as counts, counts.staging() as staging:
        staging.add({(CLICK, 1, 1): 5, (MUG, 1, 1): 5})
        with pytest.raises(NoCounts, match="NOT NULL"):
            staging.commit(Import(None, 1, "head", 1, 0, 1, 0, 0))  # type: ignore[arg-type]
    assert read(path) == {(CLICK, 1, 1): 1}


KILLED = """
import os, sys
from pathlib import Path
from pageheat.counts import CountFile, Import, Kind

counts = CountFile(Path(sys.argv[1]), create=True)
counts._database.execute("PRAGMA cache_size = 1")  # so that it writes to the file before the end
with counts.staging() as staging:
    staging.add({(Kind("/lamp", 1, 1, 0), x, y): 1 for x in range(200) for y in range(200)})
    counts._database.create_function("killed", 0, lambda: os._exit(9))
    counts._database.execute(
        "CREATE TEMP TRIGGER at_the_end BEFORE INSERT ON main.imports BEGIN SELECT killed(); END"
    )
    staging.commit(Import("a", 1, "h", 1, 1, 1, 1, 1))
"""


def test_a_process_killed_while_writing_leaves_the_file_as_it_was(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1})
    size = path.stat().st_size
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        timeout=60,
    )
    assert done.returncode == 9
    assert path.stat().st_size > size  # it had started to write
    assert read(path) == {(CLICK, 1, 1): 1}
    assert path.stat().st_size == size


def test_a_new_file_without_counts_is_removed_and_an_existing_one_is_not(path: Path) -> None:
    with CountFile(path, create=True) as counts, counts.staging() as staging:
        staging.add({(CLICK, 1, 1): 1})
    assert not path.exists()
    path.touch()
    with CountFile(path, create=True) as counts:
        assert counts.pages() == []
    assert path.exists()


def test_a_file_can_be_read_while_another_process_imports_into_it(path: Path) -> None:
    add(path, {(CLICK, 1, 1): 1})
    with CountFile(path, create=True) as counts, counts.staging() as staging:
        staging.add({(CLICK, 1, 1): 5})
        assert read(path) == {(CLICK, 1, 1): 1}
        staging.commit(record())
        assert read(path) == {(CLICK, 1, 1): 6}


def test_a_file_locked_by_another_process_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pageheat.counts.LOCK_TIMEOUT_S", 0)
    add(path, {(CLICK, 1, 1): 1})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(NoCounts, match="is locked; another process is writing to it, try later"):
            CountFile(path)


def foreign_text(path: Path) -> None:
    path.write_text("a shopping list\n" * 100)


def foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE pages (id, key)")


def future_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE pages (id, key)")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {VERSION + 1}")


@pytest.mark.parametrize("create", [False, True], ids=["reading", "writing"])
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (foreign_text, "is not a count file"),
        (foreign_database, "is a database, but not a count file"),
        (future_version, "version 2, and this Pageheat reads 1"),
        (Path.mkdir, "cannot be created|no count file is there"),
    ],
)
def test_a_file_of_another_kind_is_refused_and_left_alone(
    path: Path, make: object, reason: str, create: bool
) -> None:
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(NoCounts, match=reason):
        CountFile(path, create=create)
    assert before == (path.read_bytes() if path.is_file() else None)


def test_a_missing_file_is_reported_with_the_command_that_makes_one(path: Path) -> None:
    with pytest.raises(NoCounts, match="no count file is there; 'pageheat import' makes one"):
        CountFile(path)
    assert not path.exists()
    with pytest.raises(NoCounts, match="name a file in an existing folder"):
        CountFile(path / "deeper" / "counts.sqlite", create=True)
