"""The history with a real Kafka: killed while it stores, and begun anew, it equals a recount of the topic."""

import contextlib
import json
import os
import random
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.records import Frame, decode_frame
from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.history.engine import Embedded
from pageheat.services.history.member import ASKED_MS
from tests.support.history import Place, recount
from tests.support.history_log import content
from tests.support.system import Instance, System, running, until
from tests.support.topics import records
from tests.support.visitors import PAGES, Visitors

KILLS = int(os.environ.get("CHAOS_KILLS", "2"))


@pytest.fixture
def system(node: KafkaNode, tmp_path: Path) -> Iterator[System]:
    folder = str(tmp_path / "history")
    with running(node, tmp_path, SESSION_TIMEOUT_MS="6000", HISTORY_FOLDER=folder) as system:
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


def moves_of(history: Instance, page: str) -> int:
    """Moves of the last day, the present included."""
    return int(asked(history, f"grid{page}?to=now")["totals"]["moves"])


def stored(folder: Path) -> tuple[Counter[Place], Counter[Place]]:
    engine = Embedded(folder)
    try:
        return content(engine)
    finally:
        engine.close()


def counted(frames: list[Frame]) -> dict[str, int]:
    """Moves by page."""
    found: Counter[str] = Counter()
    for frame in frames:
        found[frame.key] += len(frame.moves) // 12
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


def test_killed_while_it_stores_each_record_is_stored_once_and_again_when_begun_anew(
    node: KafkaNode, system: System, tmp_path: Path
) -> None:
    system.start("group_by", GROUP_INSTANCE_ID="only")
    ingest = system.start("ingest").wait_until_healthy()
    chance = random.Random(7)
    with Visitors(ingest.address):
        for _ in range(KILLS):
            history = system.start("history", GROUP_INSTANCE_ID="only").wait_until_healthy()
            killed_while_it_stores(history, chance)
    frames = frames_of(node.broker)
    wanted = counted(frames)
    for folder in ("history", "anew"):
        settings = {"HISTORY_FOLDER": str(tmp_path / folder), "GROUP_INSTANCE_ID": "only"}
        history = system.start("history", **settings).wait_until_healthy()
        all_stored(history, wanted)
        assert asked(history, "pages?to=now")["total"] == len(PAGES)
        history.stop()
        assert stored(tmp_path / folder) == recount(frames)


def all_stored(history: Instance, wanted: dict[str, int]) -> None:
    def found() -> dict[str, int]:
        return {page: moves_of(history, page) for page in PAGES}

    until(lambda: found() == wanted, lambda: f"{found()} of {wanted}")
