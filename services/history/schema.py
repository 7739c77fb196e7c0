"""The tables, made by numbered migrations. A migration that was released is never changed; a new one follows
it.

| table | a row | kept |
| --- | --- | --- |
| `counts_minute`, `…_hour`, `…_day` | counts by cell: of page, layer, time, band, attributes | by setting |
| `whole_hour`, `…_day`, `…_week` | the same of all bands and attributes together | the same |
| `elements_minute`, `…_hour`, `…_day` | counts by spot: the same of an element and kind | the same |
| `clicks` | a click, rage click, dead click or second of dwell | by setting |
| `views` | a page view; of rows with the same id, the one of the highest position is true | by setting |
| `intents` | a batch that is to be written: its number, its records in a partition, its token | the newest |
| `progress` | how far a partition is stored; the row of most batches is true | the newest |
| `reached` | until when a partition is stored completely; the latest time is true | the newest |
| `alive` | a minute in which a process stored, and Kafka answered | for ever |
| `imports` | a part of an old log: what it is known by, and its frames until they are stored | for ever |
| `notes` | what somebody noted about a page, or about a site's pages, at a time | until it is removed |
| `forgotten` | what was forgotten, and is still on the disk: answers leave it out | until it is deleted |
| `remainders` | a row of `forgotten` of whose hours, days and weeks the remainder is stored | for ever |
| `migrations` | a migration that was applied | for ever |

Of counts, days and weeks are kept for ever.

Rows of the same key are added up when parts are merged (`SummingMergeTree`, whose columns `…Map` are summed
by their first column), and by each query. So late events are rows added, and a roll-up is the same rows with
a coarser time. What chooses no views reads the hours, days and weeks of `whole_…`, which have a row where
`counts_…` have one for each band and attribute. `events` and `views` are the sums of a row's cells.

A partition's batches are numbered. Its rows have as `era` the number of the last batch before theirs that
ended with a tombstone: a tombstone is about rows of earlier eras, and whatever came after it is kept apart.
"""

from dataclasses import dataclass

DATABASE = "pageheat"

RESTORING = f"{DATABASE}.restoring"
"""A table that is there while a backup is being restored, and after that has failed."""

DEDUPLICATION_WINDOW = 10_000
"""Inserts into one of its partitions of which a table knows the token. Only the last batch is repeated, but a
process that was frozen may repeat it late: twelve that store every 2 s need 14 minutes for as many."""

LEVELS = {
    "counts": ("minute", "hour", "day"),
    "whole": ("hour", "day", "week"),
    "elements": ("minute", "hour", "day"),
}
"""The levels of each kind of counts, the finest first."""


def table_of(kind: str, level: str) -> str:
    """The table that has this level of a kind: minutes of `whole` are those of `counts`."""
    return f"{kind if level in LEVELS[kind] else 'counts'}_{level}"


_PARTITIONS = {
    "minute": "toYYYYMMDD(time)",
    "hour": "toYYYYMM(time)",
    "day": "toYear(time)",
    "week": "toYear(time)",
}

_ROWS_PER_MARK = 256
"""Rows have arrays: with the usual 8,192, an hour of a page would be read with those of many others."""

MERGED_AT_ONCE = {"minute": 12, "hour": 30, "day": 30, "week": 30}
"""Parts that a merge has at least. Adding up the arrays of two rows costs the engine 0.3 µs a cell, more than
to store it, so a cell should be in few merges; and a question reads so many parts, in 0.3 ms each."""

LABELS = ("band", "referrer", "source", "medium", "campaign", "segment")
"""Width band and attributes of a view."""

_CELLS = ("events", "views", "cellMap.cell", "cellMap.events", "cellMap.views")

COLUMNS = {
    "counts": ("page", "layer", "time", *LABELS, "partition", "era", *_CELLS),
    "whole": ("page", "layer", "time", "partition", "era", *_CELLS),
    "elements": (
        *("page", "time", "selector", "kind", *LABELS, "partition", "era"),
        *("views", "spotMap.spot", "spotMap.events"),
    ),
}
"""The columns of each kind of counts."""

_LABELS = "".join(f"\n    {name} LowCardinality(String)," for name in LABELS)

_LABEL_KEY = ", ".join(LABELS)

_DEDUPLICATES = f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}"


@dataclass(frozen=True)
class Migration:
    """Statements that are applied together, once, in the order of their numbers."""

    number: int
    statements: tuple[str, ...]
    fills: bool = False
    """Whether it makes rows of rows; then no batch may be stored in part."""


def _merges(level: str) -> str:
    return f"min_parts_to_merge_at_once = {MERGED_AT_ONCE[level]}"


def _counts(level: str) -> str:
    """Hours and days are read by band: without one, those of all views together are. So a band's are beside
    each other; it takes half of the time."""
    key = ("time", *LABELS) if level == "minute" else (LABELS[0], "time", *LABELS[1:])
    return _places(f"counts_{level}", level, _LABELS, ", ".join(key))


def _whole(level: str) -> str:
    return _places(f"whole_{level}", level, "", "time")


def _places(table: str, level: str, labels: str, key: str) -> str:
    return f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.{table} (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),{labels}
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = SummingMergeTree
PARTITION BY {_PARTITIONS[level]}
ORDER BY (page, layer, {key}, partition, era)
SETTINGS index_granularity = {_ROWS_PER_MARK}, {_merges(level)}, {_DEDUPLICATES}"""


def _elements(level: str) -> str:
    return f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.elements_{level} (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    selector String CODEC(ZSTD(1)),
    kind LowCardinality(String),{_LABELS}
    partition UInt16,
    era UInt32,
    views Int64,
    `spotMap.spot` Array(UInt32) CODEC(Delta(4), ZSTD(1)),
    `spotMap.events` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = SummingMergeTree
PARTITION BY {_PARTITIONS[level]}
ORDER BY (page, time, selector, kind, {_LABEL_KEY}, partition, era)
SETTINGS index_granularity = 1024, {_merges(level)}, {_DEDUPLICATES}"""


_CLICKS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.clicks (
    page String CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    view UInt64,
    kind LowCardinality(String),
    layer UInt8,
    cell UInt32,{_LABELS}
    partition UInt16,
    era UInt32,
    selector String CODEC(ZSTD(1))
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (page, time)
SETTINGS {_DEDUPLICATES}"""

_VIEWS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.views (
    page String CODEC(ZSTD(1)),
    began DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    id UInt64,
    partition UInt16,
    era UInt32,
    position UInt64 CODEC(Delta(8), ZSTD(1)),
    last UInt32 CODEC(Delta(4), ZSTD(1)),{_LABELS}
    depth Int32,
    fold Int32,
    clicks UInt32,
    looked UInt64
) ENGINE = ReplacingMergeTree(position)
PARTITION BY toYYYYMMDD(began)
ORDER BY (page, began, id)
SETTINGS {_DEDUPLICATES}"""

_INTENTS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.intents (
    partition UInt16,
    batch UInt32,
    start UInt64,
    stop UInt64,
    token String
) ENGINE = ReplacingMergeTree(batch) ORDER BY partition
SETTINGS {_DEDUPLICATES}"""

_PROGRESS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.progress (
    partition UInt16,
    batches UInt32,
    era UInt32,
    position UInt64,
    minute UInt32,
    `sources.partition` Array(UInt32),
    `sources.offset` Array(UInt64),
    `sources.received` Array(UInt64)
) ENGINE = ReplacingMergeTree(batches) ORDER BY partition"""

_FORGOTTEN = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.forgotten (
    partition UInt16,
    batch UInt32,
    page String,
    site UInt8,
    begin UInt32,
    stop UInt32
) ENGINE = MergeTree ORDER BY (partition, batch)
SETTINGS {_DEDUPLICATES}"""

_REMAINDERS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.remainders (
    partition UInt16,
    batch UInt32
) ENGINE = MergeTree ORDER BY (partition, batch)"""

_REACHED = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.reached (
    partition UInt16,
    time DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(time) ORDER BY partition"""

_ALIVE = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.alive (
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY toYear(time)
ORDER BY time"""

_IMPORTS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.imports (
    digest String,
    position UInt64,
    name String,
    first DateTime64(3, 'UTC'),
    last DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(1)),
    stored UInt8,
    at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(stored) ORDER BY digest"""

_NOTES = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.notes (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    id String,
    partition UInt16,
    era UInt32,
    text String CODEC(ZSTD(1))
) ENGINE = MergeTree
ORDER BY (page, time)"""

_OF_WHOLE = ", ".join(f"`{name}`" for name in COLUMNS["whole"])

WEEKS_OF_DAYS = f"""
INSERT INTO {DATABASE}.whole_week ({_OF_WHOLE})
SELECT * REPLACE toDateTime(intDiv(toUnixTimestamp(time), 604800) * 604800, 'UTC') AS time FROM (
    SELECT {_OF_WHOLE} FROM {DATABASE}.whole_day
) SETTINGS optimize_on_insert = 0, max_threads = 1, max_block_size = 4096, min_insert_block_size_rows = 65536,
    min_insert_block_size_bytes = 100000000, max_partitions_per_insert_block = 1000"""
"""Fills the weeks, which are empty."""

BEGIN = (
    f"CREATE DATABASE IF NOT EXISTS {DATABASE}",
    f"CREATE TABLE IF NOT EXISTS {DATABASE}.migrations (number UInt32, at DateTime DEFAULT now()) "
    "ENGINE = MergeTree ORDER BY number",
)
"""What must be there before migrations."""

MIGRATIONS = (
    Migration(
        1,
        (
            *map(_counts, LEVELS["counts"]),
            *map(_whole, LEVELS["whole"][:2]),
            *map(_elements, LEVELS["elements"]),
            _CLICKS,
            _VIEWS,
            _INTENTS,
            _PROGRESS,
            _FORGOTTEN,
        ),
    ),
    Migration(2, (_ALIVE,)),
    Migration(3, (_IMPORTS,)),
    Migration(4, (_NOTES,)),
    Migration(5, (_REACHED,)),
    Migration(
        6,
        (_REMAINDERS, f"DROP TABLE IF EXISTS {DATABASE}.whole_week", _whole("week"), WEEKS_OF_DAYS),
        fills=True,
    ),
)

NEWEST = MIGRATIONS[-1].number

WITH_PAGES = (
    *(f"{kind}_{level}" for kind, levels in LEVELS.items() for level in levels),
    "clicks",
    "views",
    "notes",
)
"""The tables whose rows are of a page."""
