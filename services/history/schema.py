"""The tables, made by numbered migrations. A migration that was released is never changed; a new one follows
it.

| table | a row | kept |
| --- | --- | --- |
| `counts_minute`, `…_hour`, `…_day` | counts by cell: of page, layer, time, band, attributes | by setting |
| `elements_minute`, `…_hour`, `…_day` | counts by spot: the same of an element and kind | the same |
| `clicks` | a click, rage click, dead click or second of dwell | by setting |
| `views` | a page view; of rows with the same id, the one of the highest position is true | by setting |
| `intents` | a batch that is to be written: its token, and its records in a partition | the newest |
| `progress` | how far a partition is stored; the newest row is true | the newest |
| `alive` | a minute in which a process stored, and Kafka answered | for ever |
| `imports` | a part of an old log: what it is known by, and its frames until they are stored | for ever |
| `migrations` | a migration that was applied | for ever |

Rows of the same key are added up when parts are merged (`SummingMergeTree`, whose columns `…Map` are summed
by their first column), and by each query. So late events are rows added, and a roll-up is the same rows with
a coarser time.
"""

from dataclasses import dataclass

DATABASE = "pageheat"

RESTORING = f"{DATABASE}.restoring"
"""A table that is there while a backup is being restored, and after that has failed."""

DEDUPLICATION_WINDOW = 1_000
"""Inserts of which a table knows the token: only the last batch is ever repeated."""

LEVELS = ("minute", "hour", "day")

_PARTITIONS = {"minute": "toYYYYMMDD(time)", "hour": "toYYYYMM(time)", "day": "toYear(time)"}

_ROWS_PER_MARK = 256
"""Rows have arrays: with the usual 8,192, an hour of a page would be read with those of many others."""

_LABELS = """
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String)"""

_LABEL_KEY = "band, referrer, source, medium, campaign, segment"

_DEDUPLICATES = f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}"


@dataclass(frozen=True)
class Migration:
    """Statements that are applied together, once, in the order of their numbers."""

    number: int
    statements: tuple[str, ...]


def _counts(level: str) -> str:
    return f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.counts_{level} (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),{_LABELS},
    partition UInt16,
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = SummingMergeTree
PARTITION BY {_PARTITIONS[level]}
ORDER BY (page, layer, time, {_LABEL_KEY}, partition)
SETTINGS index_granularity = {_ROWS_PER_MARK}, {_DEDUPLICATES}"""


def _elements(level: str) -> str:
    return f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.elements_{level} (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    selector String CODEC(ZSTD(1)),
    kind LowCardinality(String),{_LABELS},
    partition UInt16,
    views Int64,
    `spotMap.spot` Array(UInt32) CODEC(Delta(4), ZSTD(1)),
    `spotMap.events` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = SummingMergeTree
PARTITION BY {_PARTITIONS[level]}
ORDER BY (page, time, selector, kind, {_LABEL_KEY}, partition)
SETTINGS index_granularity = 1024, {_DEDUPLICATES}"""


_CLICKS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.clicks (
    page String CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    view UInt64,
    kind LowCardinality(String),
    layer UInt8,
    cell UInt32,
    partition UInt16,
    selector String CODEC(ZSTD(1)),{_LABELS}
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
    position UInt64 CODEC(Delta(8), ZSTD(1)),
    last UInt32 CODEC(Delta(4), ZSTD(1)),{_LABELS},
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
    partition UInt32,
    start UInt64,
    stop UInt64,
    token String,
    at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(at) ORDER BY partition"""

_PROGRESS = f"""
CREATE TABLE IF NOT EXISTS {DATABASE}.progress (
    partition UInt32,
    position UInt64,
    minute UInt32,
    `sources.partition` Array(UInt32),
    `sources.offset` Array(UInt64),
    `sources.received` Array(UInt64),
    at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(at) ORDER BY partition"""

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
            *map(_counts, LEVELS),
            *map(_elements, LEVELS),
            _CLICKS,
            _VIEWS,
            _INTENTS,
            _PROGRESS,
        ),
    ),
    Migration(2, (_ALIVE,)),
    Migration(3, (_IMPORTS,)),
)

NEWEST = MIGRATIONS[-1].number

WITH_PAGES = (*(f"{kind}_{level}" for kind in ("counts", "elements") for level in LEVELS), "clicks", "views")
"""The tables whose rows are of a page."""
