"""The tools as a user runs them, on the real system: replay, simulate, watch and verify."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from confluent_kafka import Producer
from PIL import Image

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from pageheat.services.contract.topics import BY_PAGE, HEATMAP, HEATMAP_DETAIL, read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.recordings import CHOSEN, SINGLE
from tests.support.system import running, until
from tests.support.tiles import packed_tiles, shown_tiles
from tests.support.topics import records

README = Path(__file__).parents[3] / "README.md"

RECORDED = {
    CHOSEN.path(name): (session.moves, len(session.clicks)) for name, session in CHOSEN.sessions.items()
}
"""Page → moves and clicks in its file."""


class Tools:
    """Runs `pageheat …` with the settings of a running system."""

    def __init__(self, broker: str, ingest: int, broadcaster: int) -> None:
        self.broker = broker
        self._broadcaster = f"http://127.0.0.1:{broadcaster}"
        self._env = os.environ | {
            "KAFKA_BROKER": broker,
            "INGEST_PORT": str(ingest),
            "BROADCASTER_PORT": str(broadcaster),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *arguments: object, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pageheat", *map(str, arguments)],
            env=self._env | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: object, **settings: str) -> tuple[int, str]:
        """Exit code and output."""
        with self.start(*arguments, **settings) as process:
            try:
                printed, _ = process.communicate(timeout=120)
            finally:
                process.kill()
            return process.returncode, printed

    def warm(self) -> dict[str, tuple[int, int]]:
        """Moves and clicks of each warm page."""
        with urllib.request.urlopen(f"{self._broadcaster}/_pageheat/pages", timeout=10) as answer:
            return {page["page"]: (page["moves"], page["clicks"]) for page in json.load(answer)["pages"]}

    def picture(self, address: str) -> Image.Image:
        """The broadcaster's picture of a page."""
        with urllib.request.urlopen(f"{self._broadcaster}/_pageheat/png{address}", timeout=10) as answer:
            return Image.open(io.BytesIO(answer.read()))


@pytest.fixture(scope="module")
def tools(kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """The tools with a system that holds only what these tests send."""
    with KafkaNode(kafka_installation, tmp_path_factory.mktemp("kafka")) as node:
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        with running(node, tmp_path_factory.mktemp("services")) as system:
            services = system.start_all()
            yield Tools(node.broker, services["ingest"].port, services["broadcaster"].port)


@pytest.fixture(scope="module")
def replayed(tools: Tools) -> str:
    """The five sessions are in the window; returns what `replay` printed."""
    code, printed = tools.run("replay", CHOSEN.folder, "--speed", 25)
    assert code == 0, printed
    until(lambda: RECORDED.items() <= tools.warm().items(), lambda: f"{tools.warm()} is warm")
    return printed


def numbers(pattern: str, printed: str) -> list[int]:
    """The numbers of the pattern's groups."""
    found = re.search(pattern, printed)
    assert found, printed
    return [int(number.replace(",", "")) for number in found.groups()]


def test_sessions_arrive_on_their_pages_with_every_move_and_click(replayed: str) -> None:
    assert "5 of 5 recordings" in replayed
    events, moves, clicks = CHOSEN.moves + CHOSEN.clicks, CHOSEN.moves, CHOSEN.clicks
    told = f"{events:,} events ({moves:,} moves, {clicks} clicks); 0 refused, 0 not sent, 0 rows unreadable"
    assert told in replayed


def test_replayed_sessions_pass_verification(tools: Tools, replayed: str) -> None:
    code, printed = tools.run("verify", "--seconds", 2, "--pages", *RECORDED)
    assert code == 0, printed
    # what is written once more meanwhile, as its last looks are counted, is recounted, too
    assert numbers(r"grids of 5 pages, ([\d,]+) counts", printed) >= [CHOSEN.moves + CHOSEN.clicks]
    assert "PASS  each element's clicks, rage, dead and dwell equal a recount" in printed
    assert numbers(r"\((\d+) breakdowns, (\d+) elements\)", printed) >= [5, CHOSEN.clicks]
    assert "FAIL" not in printed
    assert printed.splitlines()[-1].startswith("PASS (")


def test_a_live_page_is_drawn_from_the_topic_and_by_the_broadcaster(
    tools: Tools, replayed: str, tmp_path: Path
) -> None:
    page, file, session = CHOSEN.path(SINGLE), tmp_path / "moves.png", CHOSEN.sessions[SINGLE]
    code, printed = tools.run("render", page, "--layer", "moves", "--since", "1h", "-o", file)
    assert code == 0, printed
    width, height = int(session.document.width), int(session.document.height)
    assert printed.startswith(f"{page}: {session.moves} moves of 1 visitor on {width:,} × {height:,} px, ")
    assert file.stat().st_size < 100_000
    with Image.open(file) as exact, tools.picture(f"{page}?layer=moves") as live:
        assert exact.size == live.size == (width, height)
        levels, tiled = np.asarray(exact), np.asarray(live)
    for y, x in np.argwhere(levels == levels.max()):
        assert tiled[y, x] > 0.5 * tiled.max(), "hot in both"


def test_a_running_system_passes_verification_while_simulated_visitors_browse(tools: Tools) -> None:
    with tools.start("simulate", "--visitors", 60) as simulation:
        try:
            until(lambda: tools.warm().get("/", (0, 0))[0] > 50, lambda: f"{tools.warm()} is warm")
            # Long enough for a page's breakdown to be due after its grid.
            code, printed = tools.run("verify", "--seconds", 6)
        finally:
            simulation.send_signal(signal.SIGINT)
        said, _ = simulation.communicate(timeout=60)
    assert code == 0, printed
    assert printed.splitlines()[-1].startswith("PASS (14/14), nothing to check for 2 more")
    assert simulation.returncode == 0, said
    assert "; 0 refused, 0 dropped, 0 connections lost" in said


def test_a_wrong_grid_and_a_wrong_breakdown_fail_verification_and_are_named(
    tools: Tools, replayed: str
) -> None:
    page = CHOSEN.path(SINGLE)
    grid, detail = (newest(tools.broker, topic, page) for topic in (HEATMAP, HEATMAP_DETAIL))
    false_grid, false_detail = msgspec.msgpack.decode(grid.value()), json.loads(detail.value())
    tiles = shown_tiles(false_grid["value"])
    column = next(iter(tiles))
    row, count = next(iter(tiles[column].items()))
    tiles[column][row] = count + 1
    false_grid["value"] = packed_tiles(tiles)
    false_grid["totals"]["moves"] += 1
    (clicked,) = [element for band in false_detail["bands"] for element in band["elements"]]
    assert clicked["clicks"] == {"32": {"32": 1}}
    clicked["clicks"]["32"]["32"] = 2
    with tools.start("verify", "--seconds", 4, "--pages", page) as verification:
        until(
            lambda: (
                produce(tools.broker, HEATMAP, grid, msgspec.msgpack.encode(false_grid))
                and produce(tools.broker, HEATMAP_DETAIL, detail, json.dumps(false_detail).encode())
                and verification.poll() is not None
            ),
            lambda: "",
        )
        printed, _ = verification.communicate(timeout=60)
    assert verification.returncode == 1
    name = f"{page} end {false_grid['end']} position {grid.partition()}/{false_grid['position']}"
    assert f"{name}: value of tile ({column}, {row}): expected {count}, got {count + 1}" in printed
    name = f"{page} end {false_detail['end']} position {grid.partition()}/{false_detail['position']}"
    selector = clicked["selector"]
    assert f"{name}: desktop's clicks of {selector} at spot (32, 32): expected 1, got 2" in printed
    assert printed.splitlines()[-1].startswith("FAIL (")


def newest(broker: str, topic: str, page: str) -> Any:
    """The last record of a page with counts."""
    return [it for it in records(broker, topic) if it.key() == page.encode() and it.value()][-1]


def produce(broker: str, topic: str, like: Any, value: bytes) -> bool:
    """Replace a record by another with the same key and time."""
    producer = Producer({"bootstrap.servers": broker})
    producer.produce(topic, value, like.key(), like.partition(), timestamp=like.timestamp()[1])
    return bool(producer.flush(10) == 0)


def test_pages_requested_but_cold_are_reported_and_do_not_pass(tools: Tools, replayed: str) -> None:
    warm = next(iter(RECORDED))
    code, printed = tools.run("verify", "--seconds", 1, "--pages", warm, "nobody", "/was/here")
    assert code == 1
    told = "pageheat verify: cold pages cannot be verified: /nobody, /was/here; warm: /"
    assert printed.splitlines()[-1].startswith(told)


def test_a_topics_records_are_printed_one_per_line_up_to_a_number(tools: Tools, replayed: str) -> None:
    page = CHOSEN.path(SINGLE)
    count = sum(it.key() == page.encode() for it in records(tools.broker, BY_PAGE))
    code, printed = tools.run("watch", BY_PAGE, "--page", page[1:], "--from", "earliest", "--count", count)
    assert code == 0
    lines = [line.split("\t") for line in printed.splitlines()]
    assert len(lines) == count
    for _place, _time, key, value in lines:
        assert key == page
        assert json.loads(value)["page"]["path"] == page


def test_later_records_are_printed_as_they_arrive(tools: Tools) -> None:
    with tools.start("watch", "dead-letter", "--count", 1) as watching:
        # No sign says when it has started to watch, so records are sent until it has seen one.
        producer = Producer({"bootstrap.servers": tools.broker})

        def seen() -> bool:
            producer.produce("dead-letter", b"{oops", b"nowhere/0/1")
            return producer.flush(10) == 0 and watching.poll() is not None

        until(seen, lambda: "nothing was seen")
        printed, _ = watching.communicate(timeout=60)
    assert printed.rstrip("\n").split("\t")[2:] == ["nowhere/0/1", "(undecodable) b'{oops'"]


def test_tools_say_what_they_wait_for_and_that_there_is_nothing(tools: Tools) -> None:
    code, printed = tools.run("dead-letters", "--topic", "heatmap")
    assert (code, printed) == (0, "There are no dead letters.\n")
    with tools.start("watch", "dead-letter") as watching:
        assert watching.stdout
        assert watching.stdout.readline() == "waiting for new records on dead-letter; Ctrl-C ends\n"
        watching.terminate()


def test_tools_say_what_is_missing_and_what_to_do(tools: Tools) -> None:
    nobody = str(free_port())
    code, printed = tools.run("verify", "--seconds", 1, BROADCASTER_PORT=nobody)
    assert code == 1
    assert "does not answer" in printed
    code, printed = tools.run("simulate", "--duration", 1, INGEST_PORT=nobody)
    assert code == 1
    assert f"ingest at ws://localhost:{nobody} was not reachable: start it, or set --ingest" in printed
    code, printed = tools.run("simulate", "--visitors", 2, DEMO_PORT="1")
    assert code == 1
    assert "ingest refuses the visitors' origin, http://localhost:1: they visit the demo shop" in printed
    code, printed = tools.run("replay", README, INGEST_PORT=nobody)
    assert code == 1
    assert "left out: README" in printed
