"""The tables for a cluster of ClickHouse servers, made from those of the schema; run as a module, it writes
the file.

Each table becomes two: `…_local`, replicated within its shard, and one of the old name, which distributes
rows over the shards by their page's key, and so by site and page. Pure, but for `main`.
"""

import re
from pathlib import Path

from pageheat.services.history.schema import DATABASE, DEDUPLICATION_WINDOW, MIGRATIONS, WITH_PAGES

FILE = Path("deploy/clickhouse/cluster.sql")

CLUSTER = "{cluster}"
"""A macro of the servers, as `{shard}` and `{replica}` are."""

DEDUPLICATION_S = 604_800
"""For how long a table knows tokens: a batch is repeated when its process is started again."""

SHARDED = {
    **dict.fromkeys(WITH_PAGES, "cityHash64(page)"),
    "intents": "partition",
    "progress": "partition",
    "reached": "partition",
    "forgotten": "partition",
    "remainders": "partition",
    "imports": "cityHash64(digest)",
    "alive": "toYear(time)",
}
"""By what the rows of each table are distributed."""

HEAD = f"""\
-- The history's tables on a cluster of ClickHouse servers. Written by:
--     python -m pageheat.services.history.cluster
-- It was not tried on a cluster. See docs/scaling.md.
--
-- The servers need the macros cluster, shard and replica.

CREATE DATABASE IF NOT EXISTS {DATABASE} ON CLUSTER '{CLUSTER}';

CREATE TABLE IF NOT EXISTS {DATABASE}.migrations ON CLUSTER '{CLUSTER}'
(number UInt32, at DateTime DEFAULT now())
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{DATABASE}/migrations', '{{shard}}-{{replica}}')
ORDER BY number;
"""

_TABLE = re.compile(
    rf"\s*CREATE TABLE IF NOT EXISTS {DATABASE}\.(?P<name>\w+) \((?P<columns>.*)\) "
    r"ENGINE = (?P<engine>\w+?)(?:\((?P<arguments>\w+)\))?(?P<rest>(?:\s.*)?)",
    re.DOTALL,
)


def statements() -> list[str]:
    """The statements, in order."""
    found = []
    for migration in MIGRATIONS:
        for statement in migration.statements:
            if statement.lstrip().startswith("CREATE"):  # a new cluster has no older rows
                found += _of_cluster(statement)
        found.append(f"INSERT INTO {DATABASE}.migrations (number) VALUES ({migration.number})")
    return found


def _of_cluster(statement: str) -> list[str]:
    table = _TABLE.fullmatch(statement)
    assert table, statement  # noqa: S101
    name = table["name"]
    path = f"'/clickhouse/tables/{{shard}}/{DATABASE}/{name}', '{{replica}}'"
    arguments = f"{path}, {table['arguments']}" if table["arguments"] else path
    rest = table["rest"].replace(
        f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}",
        f"replicated_deduplication_window = {DEDUPLICATION_WINDOW}, "
        f"replicated_deduplication_window_seconds = {DEDUPLICATION_S}",
    )
    return [
        f"CREATE TABLE IF NOT EXISTS {DATABASE}.{name}_local ON CLUSTER '{CLUSTER}' ({table['columns']}) "
        f"ENGINE = Replicated{table['engine']}({arguments}){rest}",
        f"CREATE TABLE IF NOT EXISTS {DATABASE}.{name} ON CLUSTER '{CLUSTER}' AS {DATABASE}.{name}_local\n"
        f"ENGINE = Distributed('{CLUSTER}', {DATABASE}, {name}_local, {SHARDED[name]})",
    ]


def text() -> str:
    """The file."""
    return "\n".join([HEAD, *(f"{statement.strip()};\n" for statement in statements())])


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
