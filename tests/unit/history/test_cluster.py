"""The schema for a cluster is made from the same source, and its file is up to date."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pageheat.services.history.cluster import FILE, SHARDED, statements, text
from pageheat.services.history.engine import Embedded

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    found = Embedded(tmp_path_factory.mktemp("engine"))
    yield found
    found.close()


def test_the_file_is_up_to_date() -> None:
    assert (ROOT / FILE).read_text(encoding="utf-8") == text(), "python -m pageheat.services.history.cluster"


def test_the_engine_can_parse_every_statement(engine: Embedded) -> None:
    for statement in filter(str.strip, text().split(";\n")):
        engine.query("SELECT formatQuery({sql:String})", {"sql": statement}, format_="TSVRaw")


def test_each_table_is_replicated_and_distributed_by_its_page() -> None:
    found = "\n".join(statements())
    for table, key in SHARDED.items():
        assert f"pageheat.{table}_local ON CLUSTER" in found
        assert f"pageheat, {table}_local, {key})" in found
    assert found.count("ENGINE = Replicated") == found.count("ENGINE = Distributed") == len(SHARDED)
    assert "non_replicated" not in found
