"""Count files: the number of events at each pixel of each page, by type of event.

A count file is one SQLite database, `counts` its one big table; `sqlite3 counts.sqlite .schema` shows it with
the explanations below. `pageheat import` creates and extends it, and `pageheat render` draws it.

One source (a log, a recording) is added at a time. Its counts are staged in SQLite's own temporary database,
which spills to disk when it is large. Then they enter the file in one transaction: if the process is killed,
none of them are added. Until then the file can be read. Memory is bounded, however much is added.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import ROW_PX, LookCounts, Size

APPLICATION_ID = 0x50484354
"""In the database header: "PHCT"."""

VERSION = 1
"""Version of the tables below, stored as `user_version`."""

SCHEMA = """
CREATE TABLE pages (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,   -- /path, or //site/path
  width REAL, height REAL     -- of the document, CSS px, newest known; null: unknown
);
CREATE TABLE counts (
  page INTEGER NOT NULL REFERENCES pages (id),
  layer INTEGER NOT NULL,     -- 0 move, 1 click, 2 rage, 3 dead, 4 dwell
  origin INTEGER NOT NULL,    -- of x and y: top left corner of 0 the page, 1 its body's first element
  viewport INTEGER NOT NULL,  -- width of the visitor's viewport, CSS px; 0: unknown
  x INTEGER NOT NULL,         -- CSS px, rounded down
  y INTEGER NOT NULL,
  n INTEGER NOT NULL,         -- number of events
  PRIMARY KEY (page, layer, origin, viewport, x, y)
) WITHOUT ROWID;
CREATE TABLE imports (
  name TEXT NOT NULL,         -- of the file
  imported INTEGER NOT NULL,  -- ms since the epoch
  head TEXT NOT NULL,         -- SHA-256 of its beginning, to recognize it
  lines INTEGER NOT NULL,     -- that are not blank: moves, clicks, other and unreadable
  moves INTEGER NOT NULL,
  clicks INTEGER NOT NULL,
  other INTEGER NOT NULL,
  unreadable INTEGER NOT NULL
);
"""

STAGING = """
CREATE TEMP TABLE staged_pages (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, width, height, target);
CREATE TEMP TABLE kinds (
  id INTEGER PRIMARY KEY, page, layer, origin, viewport, UNIQUE (page, layer, origin, viewport)
);
CREATE TEMP TABLE staged (kind_x INTEGER, y INTEGER, n INTEGER);
"""

X_BITS = 25
"""Bits of x in `kind_x`: SQLite sorts by one integer twice as fast as by six columns."""

X_ZERO = 1 << X_BITS - 1
"""Represents x = 0 in `kind_x`."""

MAX_PX = 10_000_000
"""Largest position in either direction, the same as ingest's; fits X_BITS."""

MERGE = f"""
INSERT INTO pages (key, width, height) SELECT key, width, height FROM staged_pages WHERE true
ON CONFLICT DO UPDATE SET width = coalesce(excluded.width, width), height = coalesce(excluded.height, height);
UPDATE staged_pages SET target = (SELECT id FROM pages WHERE pages.key = staged_pages.key);
INSERT INTO counts
SELECT target, layer, origin, viewport, (kind_x & {2 * X_ZERO - 1}) - {X_ZERO}, y, total
FROM (SELECT kind_x, y, sum(n) AS total FROM staged GROUP BY kind_x, y)
CROSS JOIN kinds ON kinds.id = kind_x >> {X_BITS}
CROSS JOIN staged_pages ON staged_pages.id = kinds.page
WHERE true ON CONFLICT DO UPDATE SET n = n + excluded.n;
"""  # noqa: S608
"""SQLite groups by sorting, on disk if there are many rows, so rows arrive in primary key order and the
table is traversed once. Rows in the order of reading would touch all of it each time."""

LOCK_TIMEOUT_S = 30
"""How long to wait while another process writes to the file; merging a million places takes 2 s."""

CACHE_KIB = 32_768
"""Size of SQLite's cache and of its sorts in memory; 100 million places have 9 MB of inner nodes."""


class Kind(NamedTuple):
    """What is counted separately at each place: the fields of `counts`, but `page` is the page's key."""

    page: str
    layer: int
    origin: int
    viewport: int


Position = tuple[Kind, int, int]
"""A place: kind, x and y."""


class NoCounts(PageheatError):
    """The count file is missing, invalid, or not readable or writable; or the page is not in it."""


def _statements(sql: str) -> list[str]:
    """A script's statements; sqlite3's `executescript` would commit the transaction."""
    return sql.split(";\n")[:-1]


NO_LOOKS = LookCounts(ROW_PX)


@dataclass(frozen=True)
class PageCounts:
    """One page's events: `n[i]` events at the place `x[i]`, `y[i]`; all arrays have the same length.

    `x` and `y` are px from the top left corner of the page (`origin` 0) or of the first element of its
    body (1); with `origin` 2, which only live counts have, `y` is px from the bottom of the viewport upwards.
    `layer` is an index into `aggregator.grid.LAYERS`; `viewport` is a width in px, 0 if unknown; `document`
    is the newest known size.
    """

    page: str
    document: Size | None
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    n: NDArray[np.int64]
    layer: NDArray[np.int8]
    origin: NDArray[np.int8]
    viewport: NDArray[np.int32]
    looks: LookCounts = field(default=NO_LOOKS, kw_only=True)
    """What was in view; count files have none."""


ROW = np.dtype([("layer", "i1"), ("origin", "i1"), ("viewport", "i4"), ("x", "i4"), ("y", "i4"), ("n", "i8")])
"""A row of `counts`, within a page."""


@dataclass(frozen=True)
class Import:
    """One row of `imports`."""

    name: str
    imported: int
    head: str
    lines: int
    moves: int
    clicks: int
    other: int
    unreadable: int


class CountFile:
    """A count file, open until `close`, or as a context manager.

    With `create` a missing file is created, and removed at `close` if nothing was added.

    Raises:
        NoCounts: the file is missing or invalid. Every method raises it when the file fails.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._created = create and not path.exists()
        mode = "rwc" if create else "rw"
        with self._explained():
            if not create and not path.is_file():
                raise NoCounts(f"{path}: no count file is there; 'pageheat import' makes one")
            if not path.parent.is_dir() or path.is_dir():
                raise NoCounts(f"{path} cannot be created; name a file in an existing folder")
            self._database = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode={mode}",
                uri=True,
                timeout=LOCK_TIMEOUT_S,
                isolation_level=None,
            )
        try:
            with self._explained():
                self._prepare(create)
        except BaseException:
            self._database.close()
            raise

    def _prepare(self, create: bool) -> None:
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if create:
            with self._transaction():
                if not self._scalar("SELECT count(*) FROM sqlite_schema"):
                    for statement in _statements(SCHEMA):
                        self._database.execute(statement)
                    self._database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    self._database.execute(f"PRAGMA user_version = {VERSION}")
        if self._scalar("PRAGMA application_id") != APPLICATION_ID:
            raise NoCounts(f"{self.path} is a database, but not a count file; name another")
        version = self._scalar("PRAGMA user_version")
        if version != VERSION:
            raise NoCounts(
                f"{self.path} is a count file of version {version}, and this Pageheat reads {VERSION}; "
                "import the logs again into a new one"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and remove it if it was created here and nothing was added."""
        with self._explained():
            empty = self._created and not self._scalar("SELECT count(*) FROM imports")
            self._database.close()
            if empty:
                self.path.unlink()

    def pages(self) -> list[str]:
        """Keys of all pages, those with most events first."""
        with self._explained():
            rows = self._database.execute(
                "SELECT key FROM pages JOIN counts ON page = id GROUP BY id ORDER BY sum(n) DESC, key"
            )
            return [key for (key,) in rows]

    def read(self, page: str) -> PageCounts:
        """All counts of a page, ordered by layer, origin, viewport, x and y.

        Raises:
            NoCounts: the page is not in the file.
        """
        with self._explained():
            found = self._database.execute("SELECT id, width, height FROM pages WHERE key = ?", (page,))
            match found.fetchone():
                case None:
                    raise NoCounts(f"{self.path} has no page {page}")
                case number, None, None:
                    document = None
                case number, width, height:
                    document = Size(width, height)
            rows = self._database.execute(
                "SELECT layer, origin, viewport, x, y, n FROM counts WHERE page = ?", (number,)
            )
            table = np.fromiter(rows, ROW)
        columns = (
            np.ascontiguousarray(table[name]) for name in ("x", "y", "n", "layer", "origin", "viewport")
        )
        return PageCounts(page, document, *columns)

    def imported(self, head: str) -> Import | None:
        """The newest import of a source with this head, or None."""
        with self._explained():
            found = self._database.execute(
                "SELECT * FROM imports WHERE head = ? ORDER BY imported DESC LIMIT 1", (head,)
            ).fetchone()
        return found and Import(*found)

    @contextmanager
    def staging(self) -> Iterator["Staging"]:
        """An empty staging area for the counts of one source; uncommitted counts are discarded."""
        with self._explained():
            for statement in _statements(STAGING):
                self._database.execute(statement)
        try:
            yield Staging(self, self._database)
        finally:
            with self._explained():
                for table in ("staged", "kinds", "staged_pages"):
                    self._database.execute(f"DROP TABLE {table}")

    def _scalar(self, sql: str) -> int:
        return int(self._database.execute(sql).fetchone()[0])

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
        """Commit all writes, or none."""
        self._database.execute(begin)
        try:
            yield
        except BaseException:
            if self._database.in_transaction:  # a full disk has already ended it
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn errors of SQLite and the file system into NoCounts."""
        try:
            yield
        except sqlite3.OperationalError as error:
            hint = "; another process is writing to it, try later" if "locked" in str(error) else ""
            raise NoCounts(f"{self.path}: {error}{hint}") from None
        except sqlite3.DatabaseError as error:
            raise NoCounts(f"{self.path} is not a count file ({error}); name another") from None
        except OSError as error:
            raise NoCounts(f"{self.path}: {error.strerror}") from None


class Staging:
    """Counts of one source on their way into a count file."""

    def __init__(self, file: CountFile, database: sqlite3.Connection) -> None:
        self._file = file
        self._database = database

    def add(self, counts: Mapping[Position, int]) -> None:
        """Stage events by their places; adds to what is staged for the same places."""
        # Locks only the temporary database, the only one that is written to.
        with self._file._explained(), self._file._transaction("BEGIN"):
            base = {kind: (self._number(kind) << X_BITS) + X_ZERO for kind in {kind for kind, _, _ in counts}}
            self._database.executemany(
                "INSERT INTO staged VALUES (?, ?, ?)",
                ((base[kind] + x, y, n) for (kind, x, y), n in counts.items()),
            )

    def _number(self, kind: Kind) -> int:
        self._database.execute("INSERT OR IGNORE INTO staged_pages (key) VALUES (?)", (kind.page,))
        values = "(SELECT id FROM staged_pages WHERE key = ?), ?, ?, ?"
        self._database.execute(f"INSERT OR IGNORE INTO kinds SELECT NULL, {values}", kind)
        same = "(page, layer, origin, viewport)"
        rows = self._database.execute(f"SELECT id FROM kinds WHERE {same} = ({values})", kind)  # noqa: S608
        return int(rows.fetchone()[0])

    def document(self, page: str, size: Size) -> None:
        """Stage the newest size of a page's document, CSS px."""
        with self._file._explained():
            self._database.execute(
                "INSERT INTO staged_pages (key, width, height) VALUES (?1, ?2, ?3) "
                "ON CONFLICT DO UPDATE SET width = ?2, height = ?3",
                (page, size.width, size.height),
            )

    @property
    def pages(self) -> int:
        """The number of staged pages."""
        with self._file._explained():
            return self._file._scalar("SELECT count(*) FROM staged_pages")

    def commit(self, record: Import) -> None:
        """Add all counts and the import's record to the file in one transaction. Call it once, at the end."""
        holes = ", ".join("?" for _ in fields(record))
        with self._file._explained(), self._file._transaction():
            for statement in _statements(MERGE):
                self._database.execute(statement)
            self._database.execute(f"INSERT INTO imports VALUES ({holes})", astuple(record))  # noqa: S608
