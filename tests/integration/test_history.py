"""The history with a real Kafka: killed while it stores, and begun anew, it equals a recount of the topic."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from confluent_kafka import Producer

from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.records import Frame, Size, decode_frame, encode
from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.history.engine import Embedded
from pageheat.services.history.member import ASKED_MS
from pageheat.services.history.ranges import DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS
from tests.support.history import Place, click, frame, recount
from tests.support.history_log import content
from tests.support.resending import Crowd
from tests.support.supervised import Supervised
from tests.support.system import Instance, System, running, until
from tests.support.topics import records
from tests.support.visitors import Visitors

KILLS = int(os.environ.get("CHAOS_KILLS", "2"))

VIEWER = "http://map.example"

FAULTS, AWAY_S = 2, 12
"""Times that Kafka is away and that the history is stopped; for longer than a session of 6 s."""


@pytest.fixture
def system(node: KafkaNode, tmp_path: Path) -> Iterator[System]:
    folder = str(tmp_path / "history")
    settings = {"HISTORY_FOLDER": folder, "HEATMAP_URL": VIEWER}
    with running(node, tmp_path, SESSION_TIMEOUT_MS="6000", **settings) as system:
        yield system


def frames_of(broker: str) -> list[Frame]:
    """The frames on the topic, each once, without those before a page's tombstone."""
    frames: list[Frame] = []
    seen: set[tuple[bytes | None, bytes | None]] = set()
    for message in sorted(records(broker, BY_PAGE), key=lambda it: (it.partition(), it.offset())):
        headers = dict(message.headers() or ())
        source = headers.get("source.partition"), headers.get("source.offset")
        if message.value() is None:
            key = message.key().decode()
            mine = {frame.key for frame in frames}
            frames = [frame for frame in frames if frame.key != key] if key in mine else frames
        elif source not in seen:
            seen.add(source)
            frames.append(decode_frame(message.value()))
    return frames


def asked(history: Instance, path: str) -> Any:
    with urllib.request.urlopen(f"http://{history.address}/_pageheat/history/{path}", timeout=30) as answer:
        return json.load(answer)


def shared_with(history: Instance, origin: str) -> tuple[int, str | None]:
    """The status for a page of this origin, and which origin's pages may read the answer."""
    request = urllib.request.Request(f"http://{history.address}/_pageheat/history/pages")
    request.add_header("Origin", origin)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["Access-Control-Allow-Origin"]
    except HTTPError as refusal:
        return refusal.code, refusal.headers["Access-Control-Allow-Origin"]


def moves_of(history: Instance, page: str) -> int:
    """Moves of the last day, the present included."""
    return int(asked(history, f"grid{page}?to=now")["totals"]["moves"])


def tool(history: Instance, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    """A command of Pageheat's, as a process, beside a history."""
    env = {**os.environ, "HISTORY_URL": f"http://{history.address}", **settings}
    return subprocess.Popen(
        [sys.executable, "-m", "pageheat", *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code, and what it said."""
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def stored(folder: Path) -> tuple[Counter[Place], Counter[Place]]:
    engine = Embedded(folder)
    try:
        return content(engine)
    finally:
        engine.close()


def counted(frames: list[Frame]) -> dict[str, int]:
    """Moves by page."""
    found: Counter[str] = Counter()
    for one in frames:
        found[one.key] += len(one.moves) // 12
    return found


def killed_while_it_stores(history: Instance, chance: random.Random) -> None:
    """Ask for the present, so that a batch is stored, and kill the process at some moment of that."""
    moves_of(history, "/lamp")
    time.sleep(ASKED_MS / 1000)
    asking = threading.Thread(target=ignored, args=[history])
    asking.start()
    time.sleep(chance.random() * 0.3)
    history.kill()
    asking.join()


def ignored(history: Instance) -> None:
    with contextlib.suppress(OSError, HTTPException):  # it dies
        moves_of(history, "/lamp")


def all_stored(history: Instance, wanted: dict[str, int]) -> None:
    def found() -> dict[str, int]:
        return {page: moves_of(history, page) for page in wanted}

    until(lambda: found() == wanted, lambda: f"{found()} of {wanted}")


PAGE = "/of-an-hour"


def hour_of_visits(begin_ms: int) -> list[Frame]:
    """Visits of an hour, with events up to two minutes old, and an hour's worth more after it, as late."""
    chance = random.Random(13)
    frames = []
    for number in range(1_200):
        received = begin_ms + number * HOUR_MS // 1_200
        x, y = chance.randrange(1_000), chance.randrange(2_000)
        moves = [(x, (y + 37 * turn) % 2_000, chance.choice([0, 2_000, 120_000])) for turn in range(6)]
        events = [click(x, y, age=500, selector=f"#b{number % 5}")] if number % 4 == 0 else []
        late_ms = HOUR_MS if number % 50 == 0 else 0
        frames.append(
            frame(
                received + late_ms,
                moves=[(x, y, age + late_ms) for x, y, age in moves],
                events=events,
                looks=[(y // 2, 700, 2_000, 0)],
                page=chance.choice([PAGE, "/beside-it"]),
                session=f"visitor-{number % 40}",
                viewport=chance.choice([Size(1_280, 700), Size(390, 700)]),
            )
        )
    return sorted(frames, key=lambda it: it.received)


def put(broker: str, frames: list[Frame]) -> None:
    """Write frames as group_by does; their sources are of a partition that nobody else has."""
    producer = Producer({"bootstrap.servers": broker})
    for number, one in enumerate(frames):
        headers = {"source.partition": b"99", "source.offset": b"%d" % number}
        producer.produce(BY_PAGE, encode(one), one.key, headers=headers, timestamp=one.received)
    assert producer.flush(30) == 0


def heat(history: Instance, begin_ms: int, end_ms: int, **question: str) -> Counter[tuple[str, int]]:
    """Events of each layer's cells, ms of each row in view, and clicks on each element."""
    asked_for = urlencode({"from": begin_ms, "to": end_ms, **question})
    grid = asked(history, f"grid{PAGE}?{asked_for}")
    assert (grid["from"], grid["to"], grid["exact"]) == (begin_ms, end_ms, "to the minute")
    found = Counter({("views", 0): grid["views"]})
    for layer in ("moves", "clicks"):
        places, counts = cells(b64decode(grid["fine"].get(layer, "")))
        found.update({(layer, at): count for at, count in zip(places.tolist(), counts.tolist(), strict=True)})
    range_ = urlencode({"from": begin_ms, "to": end_ms})
    attention = asked(history, f"attention{PAGE}?{range_}")
    found.update({("attention", row): ms for row, ms in enumerate(attention["ms"])})
    for element in asked(history, f"elements{PAGE}?{range_}")["elements"]:
        clicks = sum(sum(rows.values()) for rows in element["clicks"].values())
        found[element["selector"], 0] += clicks
    return +found


def add_up(history: Instance, begin_ms: int, length_ms: int, **question: str) -> Counter[tuple[str, int]]:
    """The sum of the answers for each part of the hour."""
    parts = (
        heat(history, at, at + length_ms, **question) for at in range(begin_ms, begin_ms + HOUR_MS, length_ms)
    )
    return sum(parts, Counter[tuple[str, int]]())


@dataclass(frozen=True)
class Life:
    """What became of a history's records.

    Attributes:
        frames: what the topic has.
        begin_ms: of the hour of PAGE.
        stored: what the database has, by folder.
        minute, ten, hour: the sums of answers for parts of the hour as long as this.
        anew: of the hour, by the one that was begun anew.
        views: of the hour, counted by views.
    """

    frames: list[Frame]
    begin_ms: int
    stored: dict[str, tuple[Counter[Place], Counter[Place]]]
    minute: Counter[tuple[str, int]]
    ten: Counter[tuple[str, int]]
    hour: Counter[tuple[str, int]]
    anew: Counter[tuple[str, int]]
    views: Counter[tuple[str, int]]


@pytest.fixture(scope="module")
def life(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Visitors move on top of an hour's records. A history is killed again and again while it stores, and is
    backed up; then another goes on from the backup, and one is begun anew.
    """
    folder = tmp_path_factory.mktemp("life")
    begin_ms = time.time_ns() // 1_000_000 // HOUR_MS * HOUR_MS - 3 * HOUR_MS
    put(node.broker, hour_of_visits(begin_ms))
    settings = {"HEATMAP_URL": VIEWER, "GROUP_INSTANCE_ID": "only", "SESSION_TIMEOUT_MS": "60000"}
    stored: dict[str, tuple[Counter[Place], Counter[Place]]] = {}
    with running(node, folder, **settings) as system:

        def history(name: str) -> Instance:
            return system.start("history", HISTORY_FOLDER=str(folder / name)).wait_until_healthy()

        def end(running: Instance, name: str) -> None:
            all_stored(running, counted(frames))
            assert asked(running, "pages?to=now")["total"] == len({frame.key for frame in frames})
            running.stop()
            engine = Embedded(folder / name)
            stored[name] = content(engine)
            engine.close()

        system.start("group_by")
        ingest = system.start("ingest").wait_until_healthy()
        chance = random.Random(7)
        with Visitors(ingest.address):
            for _ in range(KILLS):
                killed_while_it_stores(history("killed"), chance)
            killed = history("killed")
            until(lambda: moves_of(killed, "/lamp") > 100, killed.describe)
            code, said = ended(tool(killed, "backup", str(folder / "backup.tar.gz")))
            assert code == 0, said
        frames = frames_of(node.broker)
        all_stored(killed, counted(frames))
        minute, ten, hour = (
            add_up(killed, begin_ms, length_ms) for length_ms in (MINUTE_MS, 10 * MINUTE_MS, HOUR_MS)
        )
        views = heat(killed, begin_ms, begin_ms + HOUR_MS, count="views")
        assert shared_with(killed, VIEWER) == (200, VIEWER)
        assert shared_with(killed, "http://elsewhere.example") == (403, None)
        end(killed, "killed")
        restoring = tool(
            killed, "restore", str(folder / "backup.tar.gz"), HISTORY_FOLDER=str(folder / "restored")
        )
        anew = history("anew")
        all_stored(anew, counted(frames))
        again = heat(anew, begin_ms, begin_ms + HOUR_MS)
        end(anew, "anew")
        code, said = ended(restoring)
        assert code == 0, said
        end(history("restored"), "restored")
    return Life(frames, begin_ms, stored, minute, ten, hour, again, views)


@pytest.mark.timeout(900)  # the first of these waits for all of a life
@pytest.mark.parametrize("folder", ["killed", "anew", "restored"])
def test_each_record_is_stored_once(life: Life, folder: str) -> None:
    for found, wanted in zip(life.stored[folder], recount(life.frames), strict=True):
        places = found.keys() | wanted.keys()
        assert {at: (found[at], wanted[at]) for at in places if found[at] != wanted[at]} == {}


def test_an_hour_its_ten_minutes_and_its_minutes_add_up_to_a_recount(life: Life) -> None:
    minutes = range(life.begin_ms // MINUTE_MS, (life.begin_ms + HOUR_MS) // MINUTE_MS)
    for answered, counts in zip((life.hour, life.views), recount(life.frames), strict=True):
        wanted: Counter[tuple[str, int]] = Counter()
        for (page, minute, _, layer, cell), count in counts.items():
            if page == PAGE and minute in minutes and layer in ("MOVE", "CLICK"):
                wanted[f"{layer.lower()}s", cell] += count
        assert Counter({at: n for at, n in answered.items() if at[0] in ("moves", "clicks")}) == wanted
    assert life.minute == life.ten == life.hour == life.anew


def test_a_span_is_forgotten_to_the_minute_and_the_rest_of_its_hour_day_and_week_remains(
    node: KafkaNode, system: System
) -> None:
    begin_ms = time.time_ns() // 1_000_000 // HOUR_MS * HOUR_MS - 2 * HOUR_MS
    times = [begin_ms + minute * MINUTE_MS for minute in range(60)]
    put(node.broker, [frame(at, moves=[(1, 1, 0)], page="/of-a-span", session=f"{at}") for at in times])
    history = system.start("history").wait_until_healthy()

    def moves(begin_ms: int, end_ms: int) -> int:
        """Ranges of whole weeks are read from weeks, and so on."""
        range_ = urlencode({"from": begin_ms, "to": end_ms})
        return int(asked(history, f"grid/of-a-span?{range_}")["totals"]["moves"])

    all_stored(history, {"/of-a-span": 60})
    begin, end = (datetime.fromtimestamp(at / 1000, UTC).isoformat() for at in (times[20], times[45]))
    forget = ["forget", "/of-a-span", "--from", begin, "--to", end, "--yes"]
    code, said = ended(tool(history, *forget, KAFKA_BROKER=node.broker))
    assert code == 0, said
    all_stored(history, {"/of-a-span": 35})
    assert [moves(at, at + MINUTE_MS) for at in times] == [1] * 20 + [0] * 25 + [1] * 15
    for length_ms in (HOUR_MS, DAY_MS, WEEK_MS):
        first_ms = begin_ms // length_ms * length_ms
        found = partial(moves, first_ms, first_ms + length_ms)
        until(lambda found=found: found() == 35, lambda found=found: f"{found()} of 35")  # type: ignore[misc]


# The last of this module: Kafka's topic then has these records after those of an hour ago, as time has them.
@pytest.mark.chaos
def test_with_kafka_away_and_stopped_beyond_its_session_it_stores_each_record_once(
    node: KafkaNode, system: System, tmp_path: Path
) -> None:
    services = Supervised(system, ("ingest", "group_by", "history")).wait_until_ready()
    with Crowd(lambda: services["ingest"].address, visitors=2) as crowd:
        for _ in range(FAULTS):
            until(lambda before=crowd.frames: crowd.frames > before + 200, services.describe)  # type: ignore[misc]
            node.kill()
            time.sleep(AWAY_S)
            node.start()
            node.wait_until_ready()
            services.wait_until_ready()
            moves_of(services["history"], "/lamp")
            services["history"].signal(signal.SIGSTOP)
            time.sleep(AWAY_S)
            services["history"].signal(signal.SIGCONT)
            services.wait_until_ready()
    frames = frames_of(node.broker)
    all_stored(services["history"], counted(frames))
    services["history"].stop()
    assert stored(tmp_path / "history") == recount(frames)
