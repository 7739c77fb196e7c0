"""The same rows in DuckDB, with the same question about them: the reference of the history's engine."""

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.harness import Values
from pageheat.services.history.engine import Embedded
from pageheat.services.history.layers import Layer
from pageheat.services.history.queries.source import Selection
from pageheat.services.history.ranges import LENGTHS
from pageheat.services.history.schema import DATABASE, table_of

DUCKDB = "duckdb==1.4.2"
"""What is compared with. Nothing of Pageheat needs it, so it is no requirement of ours."""

TABLES = {level: table_of("whole", level) for level in LENGTHS}
"""What a question without a chosen view reads of each level."""

MISSING = f"pip install {DUCKDB}, for the reference beside it"


def is_there() -> bool:
    """Whether it is installed."""
    return find_spec("duckdb") is not None


def measured(folder: str, questions: Mapping[str, Sequence[Selection]], layers: Sequence[Layer]) -> Values:
    """The median time of a grid's counts in each range, ms, and the bytes of the minutes' hour."""
    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as files:
        exported(folder, Path(files))
        connection = import_module("duckdb").connect(str(Path(files) / "history.duckdb"))
        connection.execute("SET threads = 1")
        for level in TABLES:
            connection.execute(
                f"CREATE TABLE {level} AS SELECT * FROM read_parquet('{files}/{level}.parquet') "
                "ORDER BY page, layer, time"
            )
        connection.execute("CHECKPOINT")
        values = {
            f"{name}, DuckDB": statistics.median(_took_ms(connection, it, layers) for it in selections)
            for name, selections in questions.items()
        }
        connection.close()
        return values


def exported(folder: str, files: Path) -> None:
    """Write our tables as Parquet."""
    engine = Embedded(Path(folder))
    for level, table in TABLES.items():
        engine.command(
            f"""INSERT INTO FUNCTION file('{files}/{level}.parquet', 'Parquet')
            SELECT page, layer, toUnixTimestamp(time) AS time, cellMap.cell AS cells,
                cellMap.events AS events, cellMap.views AS views
            FROM {DATABASE}.{table} ORDER BY page, layer, time"""
        )
    engine.close()


def _took_ms(connection: Any, selection: Selection, layers: Sequence[Layer]) -> float:
    numbers = ", ".join(str(int(layer)) for layer in layers)
    read = " UNION ALL ".join(
        f"""SELECT layer, time, unnest(cells) AS cell, unnest(events) AS e, unnest(views) AS v
        FROM {span.level} WHERE page = ? AND layer IN ({numbers})
        AND time >= {span.begin_ms // 1000} AND time < {span.end_ms // 1000}"""
        for span in selection.range.spans
    )
    sql = f"SELECT layer, cell, sum(e), sum(v), max(time) FROM ({read}) GROUP BY ALL ORDER BY layer, cell"
    began_s = time.perf_counter()
    connection.execute(sql, [selection.page] * len(selection.range.spans)).fetchnumpy()
    return (time.perf_counter() - began_s) * 1000
