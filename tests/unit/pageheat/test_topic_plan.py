"""What Pageheat needs in Kafka, in words and as commands."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

from pageheat.services.contract.rights import SERVICES, TOOLS, Rights, together
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.topic_plan import plan

OPERATIONS = (Path(__file__).parents[3] / "docs" / "operations" / "kafka.md").read_text()


def commands(prefix: str = "") -> list[list[str]]:
    cluster = Cluster("kafka.example:9093", {"sasl.password": "top-secret"}, prefix, "KAFKA_USERNAME=ann")
    lines = list(plan(read_specs(), 3, cluster, "ann"))
    assert "top-secret" not in "\n".join(lines)
    return [shlex.split(line) for line in "\n".join(lines).splitlines() if line and line[0] != "#"]


def after(option: str, command: list[str]) -> list[str]:
    return [word for before, word in pairwise(command) if before == option]


def test_each_topic_of_the_list_is_created_as_listed() -> None:
    made = [command for command in commands() if command[0] == "kafka-topics"]
    assert [after("--topic", command) for command in made] == [[name] for name in read_specs()]
    heatmap = next(command for command in made if after("--topic", command) == ["heatmap"])
    assert heatmap[1:5] == [
        "--bootstrap-server", "kafka.example:9093", "--command-config", "admin.properties",
    ]  # fmt: skip
    assert (after("--partitions", heatmap), after("--replication-factor", heatmap)) == (["12"], ["3"])
    assert after("--config", heatmap) == [
        "cleanup.policy=compact,delete", "retention.ms=7200000", "segment.ms=60000",
    ]  # fmt: skip


def test_each_right_is_given_to_the_user_and_no_other() -> None:
    given = {
        (operation, kind, name)
        for command in commands()
        if command[0] == "kafka-acls"
        for operation in after("--operation", command)
        for kind in ("--topic", "--group")
        for name in after(kind, command)
    }
    needed = together([*SERVICES.values(), *TOOLS.values()])
    assert given == {
        *(("Read", "--topic", name) for name in needed.reads),
        *(("Write", "--topic", name) for name in needed.writes),
        *(("Delete", "--topic", name) for name in needed.deletes),
        *(("Read", "--group", name) for name in needed.groups),
    }
    assert {tuple(after("--allow-principal", it)) for it in commands() if it[0] == "kafka-acls"} == {
        ("User:ann",)
    }


def test_a_prefix_is_before_each_topic_and_each_group() -> None:
    names = [name for it in commands("heat.") for kind in ("--topic", "--group") for name in after(kind, it)]
    assert names
    assert all(name.startswith("heat.") for name in names)


def documented() -> dict[str, Rights]:
    """The table of rights in the documents."""
    table = OPERATIONS.partition("| who | reads | writes | groups |")[2].partition("\n\n")[0]
    rows = {}
    for line in table.strip().splitlines()[1:]:
        name, *cells = (re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|"))
        rows[", ".join(name)] = Rights(tuple(cells[0]), tuple(cells[1]), (), tuple(cells[2]))
    return rows


def test_the_documents_list_the_rights_of_each_service() -> None:
    assert documented() == dict(SERVICES)
