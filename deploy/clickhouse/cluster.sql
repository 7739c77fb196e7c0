-- The history's tables on a cluster of ClickHouse servers. Written by:
--     python -m pageheat.services.history.cluster
-- It was not tried on a cluster. See docs/scaling.md.
--
-- The servers need the macros cluster, shard and replica.

CREATE DATABASE IF NOT EXISTS pageheat ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS pageheat.migrations ON CLUSTER '{cluster}'
(number UInt32, at DateTime DEFAULT now())
ENGINE = ReplicatedMergeTree('/clickhouse/tables/pageheat/migrations', '{shard}-{replica}')
ORDER BY number;

CREATE TABLE IF NOT EXISTS pageheat.counts_minute_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/counts_minute', '{replica}')
PARTITION BY toYYYYMMDD(time)
ORDER BY (page, layer, time, band, referrer, source, medium, campaign, segment, partition, era)
SETTINGS index_granularity = 256, min_parts_to_merge_at_once = 12, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.counts_minute ON CLUSTER '{cluster}' AS pageheat.counts_minute_local
ENGINE = Distributed('{cluster}', pageheat, counts_minute_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.counts_hour_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/counts_hour', '{replica}')
PARTITION BY toYYYYMM(time)
ORDER BY (page, layer, band, time, referrer, source, medium, campaign, segment, partition, era)
SETTINGS index_granularity = 256, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.counts_hour ON CLUSTER '{cluster}' AS pageheat.counts_hour_local
ENGINE = Distributed('{cluster}', pageheat, counts_hour_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.counts_day_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/counts_day', '{replica}')
PARTITION BY toYear(time)
ORDER BY (page, layer, band, time, referrer, source, medium, campaign, segment, partition, era)
SETTINGS index_granularity = 256, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.counts_day ON CLUSTER '{cluster}' AS pageheat.counts_day_local
ENGINE = Distributed('{cluster}', pageheat, counts_day_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.whole_hour_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/whole_hour', '{replica}')
PARTITION BY toYYYYMM(time)
ORDER BY (page, layer, time, partition, era)
SETTINGS index_granularity = 256, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.whole_hour ON CLUSTER '{cluster}' AS pageheat.whole_hour_local
ENGINE = Distributed('{cluster}', pageheat, whole_hour_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.whole_day_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/whole_day', '{replica}')
PARTITION BY toYear(time)
ORDER BY (page, layer, time, partition, era)
SETTINGS index_granularity = 256, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.whole_day ON CLUSTER '{cluster}' AS pageheat.whole_day_local
ENGINE = Distributed('{cluster}', pageheat, whole_day_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.elements_minute_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    selector String CODEC(ZSTD(1)),
    kind LowCardinality(String),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    views Int64,
    `spotMap.spot` Array(UInt32) CODEC(Delta(4), ZSTD(1)),
    `spotMap.events` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/elements_minute', '{replica}')
PARTITION BY toYYYYMMDD(time)
ORDER BY (page, time, selector, kind, band, referrer, source, medium, campaign, segment, partition, era)
SETTINGS index_granularity = 1024, min_parts_to_merge_at_once = 12, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.elements_minute ON CLUSTER '{cluster}' AS pageheat.elements_minute_local
ENGINE = Distributed('{cluster}', pageheat, elements_minute_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.elements_hour_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    selector String CODEC(ZSTD(1)),
    kind LowCardinality(String),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    views Int64,
    `spotMap.spot` Array(UInt32) CODEC(Delta(4), ZSTD(1)),
    `spotMap.events` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/elements_hour', '{replica}')
PARTITION BY toYYYYMM(time)
ORDER BY (page, time, selector, kind, band, referrer, source, medium, campaign, segment, partition, era)
SETTINGS index_granularity = 1024, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.elements_hour ON CLUSTER '{cluster}' AS pageheat.elements_hour_local
ENGINE = Distributed('{cluster}', pageheat, elements_hour_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.elements_day_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    selector String CODEC(ZSTD(1)),
    kind LowCardinality(String),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    views Int64,
    `spotMap.spot` Array(UInt32) CODEC(Delta(4), ZSTD(1)),
    `spotMap.events` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/elements_day', '{replica}')
PARTITION BY toYear(time)
ORDER BY (page, time, selector, kind, band, referrer, source, medium, campaign, segment, partition, era)
SETTINGS index_granularity = 1024, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.elements_day ON CLUSTER '{cluster}' AS pageheat.elements_day_local
ENGINE = Distributed('{cluster}', pageheat, elements_day_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.clicks_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    view UInt64,
    kind LowCardinality(String),
    layer UInt8,
    cell UInt32,
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    partition UInt16,
    era UInt32,
    selector String CODEC(ZSTD(1))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/pageheat/clicks', '{replica}')
PARTITION BY toYYYYMMDD(time)
ORDER BY (page, time)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.clicks ON CLUSTER '{cluster}' AS pageheat.clicks_local
ENGINE = Distributed('{cluster}', pageheat, clicks_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.views_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    began DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    id UInt64,
    partition UInt16,
    era UInt32,
    position UInt64 CODEC(Delta(8), ZSTD(1)),
    last UInt32 CODEC(Delta(4), ZSTD(1)),
    band LowCardinality(String),
    referrer LowCardinality(String),
    source LowCardinality(String),
    medium LowCardinality(String),
    campaign LowCardinality(String),
    segment LowCardinality(String),
    depth Int32,
    fold Int32,
    clicks UInt32,
    looked UInt64
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/pageheat/views', '{replica}', position)
PARTITION BY toYYYYMMDD(began)
ORDER BY (page, began, id)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.views ON CLUSTER '{cluster}' AS pageheat.views_local
ENGINE = Distributed('{cluster}', pageheat, views_local, cityHash64(page));

CREATE TABLE IF NOT EXISTS pageheat.intents_local ON CLUSTER '{cluster}' (
    partition UInt16,
    batch UInt32,
    start UInt64,
    stop UInt64,
    token String
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/pageheat/intents', '{replica}', batch) ORDER BY partition
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.intents ON CLUSTER '{cluster}' AS pageheat.intents_local
ENGINE = Distributed('{cluster}', pageheat, intents_local, partition);

CREATE TABLE IF NOT EXISTS pageheat.progress_local ON CLUSTER '{cluster}' (
    partition UInt16,
    batches UInt32,
    era UInt32,
    position UInt64,
    minute UInt32,
    `sources.partition` Array(UInt32),
    `sources.offset` Array(UInt64),
    `sources.received` Array(UInt64)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/pageheat/progress', '{replica}', batches) ORDER BY partition;

CREATE TABLE IF NOT EXISTS pageheat.progress ON CLUSTER '{cluster}' AS pageheat.progress_local
ENGINE = Distributed('{cluster}', pageheat, progress_local, partition);

CREATE TABLE IF NOT EXISTS pageheat.forgotten_local ON CLUSTER '{cluster}' (
    partition UInt16,
    batch UInt32,
    page String,
    site UInt8,
    begin UInt32,
    stop UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/pageheat/forgotten', '{replica}') ORDER BY (partition, batch)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.forgotten ON CLUSTER '{cluster}' AS pageheat.forgotten_local
ENGINE = Distributed('{cluster}', pageheat, forgotten_local, partition);

INSERT INTO pageheat.migrations (number) VALUES (1);

CREATE TABLE IF NOT EXISTS pageheat.alive_local ON CLUSTER '{cluster}' (
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1))
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/pageheat/alive', '{replica}')
PARTITION BY toYear(time)
ORDER BY time;

CREATE TABLE IF NOT EXISTS pageheat.alive ON CLUSTER '{cluster}' AS pageheat.alive_local
ENGINE = Distributed('{cluster}', pageheat, alive_local, toYear(time));

INSERT INTO pageheat.migrations (number) VALUES (2);

CREATE TABLE IF NOT EXISTS pageheat.imports_local ON CLUSTER '{cluster}' (
    digest String,
    position UInt64,
    name String,
    first DateTime64(3, 'UTC'),
    last DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(1)),
    stored UInt8,
    at DateTime64(3, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/pageheat/imports', '{replica}', stored) ORDER BY digest;

CREATE TABLE IF NOT EXISTS pageheat.imports ON CLUSTER '{cluster}' AS pageheat.imports_local
ENGINE = Distributed('{cluster}', pageheat, imports_local, cityHash64(digest));

INSERT INTO pageheat.migrations (number) VALUES (3);

CREATE TABLE IF NOT EXISTS pageheat.notes_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    id String,
    partition UInt16,
    era UInt32,
    text String CODEC(ZSTD(1))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/pageheat/notes', '{replica}')
ORDER BY (page, time);

CREATE TABLE IF NOT EXISTS pageheat.notes ON CLUSTER '{cluster}' AS pageheat.notes_local
ENGINE = Distributed('{cluster}', pageheat, notes_local, cityHash64(page));

INSERT INTO pageheat.migrations (number) VALUES (4);

CREATE TABLE IF NOT EXISTS pageheat.reached_local ON CLUSTER '{cluster}' (
    partition UInt16,
    time DateTime64(3, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/pageheat/reached', '{replica}', time) ORDER BY partition;

CREATE TABLE IF NOT EXISTS pageheat.reached ON CLUSTER '{cluster}' AS pageheat.reached_local
ENGINE = Distributed('{cluster}', pageheat, reached_local, partition);

INSERT INTO pageheat.migrations (number) VALUES (5);

CREATE TABLE IF NOT EXISTS pageheat.remainders_local ON CLUSTER '{cluster}' (
    partition UInt16,
    batch UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/pageheat/remainders', '{replica}') ORDER BY (partition, batch);

CREATE TABLE IF NOT EXISTS pageheat.remainders ON CLUSTER '{cluster}' AS pageheat.remainders_local
ENGINE = Distributed('{cluster}', pageheat, remainders_local, partition);

CREATE TABLE IF NOT EXISTS pageheat.whole_week_local ON CLUSTER '{cluster}' (
    page String CODEC(ZSTD(1)),
    layer UInt8,
    time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    partition UInt16,
    era UInt32,
    events Int64 CODEC(T64, ZSTD(1)),
    views Int64 CODEC(T64, ZSTD(1)),
    `cellMap.cell` Array(UInt32) CODEC(Delta(4), T64, ZSTD(1)),
    `cellMap.events` Array(Int64) CODEC(T64, ZSTD(1)),
    `cellMap.views` Array(Int64) CODEC(T64, ZSTD(1))
) ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{shard}/pageheat/whole_week', '{replica}')
PARTITION BY toYear(time)
ORDER BY (page, layer, time, partition, era)
SETTINGS index_granularity = 256, min_parts_to_merge_at_once = 30, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS pageheat.whole_week ON CLUSTER '{cluster}' AS pageheat.whole_week_local
ENGINE = Distributed('{cluster}', pageheat, whole_week_local, cityHash64(page));

INSERT INTO pageheat.migrations (number) VALUES (6);
