"""An import into a history that runs, with tool and history as processes that are killed."""

import random
import subprocess
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path

import msgspec

from tests.integration.test_history import KILLS, ended, stored, system, tool
from tests.support.system import Instance, System, until

__all__ = ["system"]  # a fixture


CLICKS = 50_000


def access_log(file: Path) -> Counter[int]:
    """Write a log of clicks of the last days; returns how many are in each minute."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    minutes: Counter[int] = Counter()
    with file.open("w") as out:
        for number in range(CLICKS):
            when = begin + timedelta(seconds=4 * number)
            minutes[int(when.timestamp()) // 60] += 1
            out.write(
                f'192.0.2.1 - - [{when:%d/%b/%Y:%H:%M:%S} +0000] "GET /c?x={number % 900}&y={number % 1900} '
                'HTTP/1.1" 204 - "http://localhost:8080/lamp" "Mozilla"\n'
            )
    return minutes


def test_an_import_has_each_click_once_though_tool_and_history_are_killed(
    system: System, tmp_path: Path
) -> None:
    wanted = access_log(tmp_path / "access.log")
    chance = random.Random(3)
    history = system.start("history").wait_until_healthy()
    port = str(history.port)
    log = str(tmp_path / "access.log")
    for turn in range(KILLS):
        importing = tool(history, "import", "--history", log)
        begun(history, importing)
        time.sleep(chance.random())
        if turn % 2:
            importing.kill()
        else:
            history.kill()
            history = system.start("history", HISTORY_PORT=port).wait_until_healthy()
        importing.communicate()
    code, said = ended(tool(history, "import", "--history", log))
    assert code == 0, said
    history.stop()
    found: Counter[int] = Counter()
    for (_, minute, _, layer, _), count in stored(tmp_path / "history")[0].items():
        found[minute] += count if layer == "UNPLACED" else 0
    assert found == wanted


def begun(history: Instance, importing: subprocess.Popen[str]) -> None:
    """Return when a part is stored, or the tool has ended."""
    until(lambda: parts_of(history) > 0 or importing.poll() is not None, history.describe)


def parts_of(history: Instance) -> int:
    """The number of parts that it has stored of imports; 0 while it is away."""
    request = urllib.request.Request(
        f"http://{history.address}/_pageheat/history/import", headers={"pageheat-operator": "1"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return len(msgspec.msgpack.decode(answer.read()))
    except (OSError, HTTPException):
        return 0
