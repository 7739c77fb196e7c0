"""`pageheat import --history`, against a real engine behind the history's own routes."""

import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from pageheat import history_door as door
from pageheat.__main__ import main
from pageheat.imports import cutting
from pageheat.services.contract.tokens import issue
from pageheat.services.history.backup import backup
from pageheat.services.history.engine import Embedded
from pageheat.services.history.importing import Importer
from pageheat.services.history.operating import permission, routes
from pageheat.services.history.parts import IMPORT, OPERATOR
from pageheat.services.history.store import Kept, Store
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import HistorySettings
from tests.support.history import BANDS, Place
from tests.support.history_log import content, opened
from tests.support.recordings import CHOSEN
from tests.support.server import Server

BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
KEPT = Kept(30, 395, 90)
SECRET = "s" * 32

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Embedded]:
    found = opened(tmp_path / "history")
    yield found
    found.close()


def served(engine: Embedded) -> Server:
    """The history's routes for the operator, by the settings of the environment."""
    store = Store(engine)
    importer = Importer(engine, store, BANDS, KEPT, wall_clock_ms, count_robots=False)
    permit = permission(HistorySettings.load(), wall_clock_ms)
    return Server(Starlette(routes=routes(permit, importer, lambda: backup(engine, store, wall_clock_ms))))


@pytest.fixture
def history(engine: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SITE_URL", "http://a.example")
    server = served(engine)
    monkeypatch.setenv("HISTORY_URL", server.origin)
    yield server
    server.stop()


@pytest.fixture
def command(history: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `pageheat import --history`; exit code and output."""

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(["import", "--history", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def line(number: int, page: str = "lamp", agent: str = "Mozilla") -> str:
    """A click, each a minute after the one before."""
    when = BEGIN + timedelta(minutes=number)
    return (
        f'203.0.113.9 - - [{when:%d/%b/%Y:%H:%M:%S} +0000] "GET /c?x={number % 50}&y={number} HTTP/1.1" '
        f'204 - "http://a.example/{page}" "{agent}"'
    )


def log(begin: int, end: int) -> str:
    return "".join(f"{line(number)}\n" for number in range(begin, end))


def clicks(engine: Embedded, level: str = "minute") -> Counter[int]:
    """Clicks by minute."""
    found: Counter[int] = Counter()
    for (_, minute, _, layer, _), count in content(engine, level)[0].items():
        if layer in ("CLICK", "UNPLACED"):
            found[minute] += count
    return found


def minutes(begin: int, end: int) -> Counter[int]:
    """The same by the log."""
    return Counter(int((BEGIN + timedelta(minutes=number)).timestamp()) // 60 for number in range(begin, end))


def test_clicks_are_counted_in_the_minutes_that_the_log_has(
    command: Command, engine: Embedded, tmp_path: Path
) -> None:
    (tmp_path / "access.log").write_text(log(0, 90))
    code, said = command("access.log", "--size", "100x2000")
    assert code == 0, said
    assert said.startswith("access.log: 90 lines: 90 clicks on 1 page, 0 other, 0 unreadable\n")
    assert "into the history: 90 events" in said
    assert clicks(engine) == minutes(0, 90)
    assert {place[3] for place in content(engine)[0] if place[2] == "unknown"} >= {"CLICK"}


def test_the_same_log_is_imported_once_whatever_its_name_and_of_a_grown_one_what_is_new(
    command: Command, engine: Embedded, tmp_path: Path
) -> None:
    (tmp_path / "access.log").write_text(log(0, 40))
    (tmp_path / "grown.log.gz").write_bytes(gzip.compress(log(0, 70).encode()))
    command("access.log")
    code, said = command("access.log")
    assert (code, clicks(engine)) == (0, minutes(0, 40))
    assert "access.log: 40 lines: no event, 40 imported before" in said
    assert "30 clicks on 1 page, 40 imported before" in command("grown.log.gz")[1]
    assert command("-", stdin=log(0, 70).encode())[0] == 0
    assert clicks(engine) == minutes(0, 70)
    command("grown.log.gz", "--again")
    assert clicks(engine).total() == 2 * 70


def test_killed_in_the_middle_it_goes_on_where_it_was(
    command: Command, engine: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "PART_BYTES", 1_500)
    (tmp_path / "access.log").write_text(log(0, 200))
    store = door.Door.store
    sent: list[bytes] = []

    def dies(self: door.Door, part: bytes) -> object:
        sent.append(part)
        if len(sent) % 4 == 0:
            raise KeyboardInterrupt  # before it is sent
        taken = store(self, part)
        if len(sent) % 7 == 0:
            raise KeyboardInterrupt  # after it is stored
        return taken

    monkeypatch.setattr(door.Door, "store", dies)
    runs = 1
    while (outcome := command("access.log"))[0] != 0:
        assert "stopped; what is stored stays: the same command goes on" in outcome[1]
        runs += 1
    assert runs > 3
    assert clicks(engine) == minutes(0, 200)


def test_a_log_that_was_cut_off_is_left_out_with_the_command_that_takes_the_rest(
    command: Command, engine: Embedded, tmp_path: Path
) -> None:
    (tmp_path / "access.log.gz").write_bytes(gzip.compress(log(0, 40).encode())[:-20])
    code, said = command("access.log.gz")
    assert code == 1
    assert "truncated, its gzip data has no end" in said
    assert "zcat FILE | pageheat import --history\n" in said
    assert not clicks(engine)


def test_a_history_that_is_away_for_a_moment_is_waited_for(
    command: Command, engine: Embedded, history: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "access.log").write_text(log(0, 20))
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            history.start()

    store = door.Door.store

    def away(self: door.Door, part: bytes) -> object:
        history.stop()
        return store(self, part)

    monkeypatch.setattr("pageheat.history_door.time.sleep", pause)
    monkeypatch.setattr(door.Door, "store", away)
    assert command("access.log")[0] == 0
    assert clicks(engine) == minutes(0, 20)


@pytest.mark.parametrize(
    "text",
    [
        '{"time": "2026-03-01T12:00:30Z", "uri": "/c?x=1&y=2", "referer": "http://a.example/lamp"}\n',
        '{"ts": 1772366430.5, "request": {"uri": "/c?x=1&y=2", "headers": {"Referer": ["http://a.example/lamp"]}}}\n',
        "#Fields: date time cs-uri-stem cs-uri-query cs(Referer)\n"
        "2026-03-01 12:00:30 /c x=1&y=2 http://a.example/lamp\n",
        json.dumps({"log": '1.2.3.4 - - [01/Mar/2026:12:00:30 +0000] "GET /c?x=1&y=2 HTTP/1.1" 204 - '
                           '"http://a.example/lamp"\n', "stream": "stdout"}) + "\n",
    ],
    ids=["json", "caddy", "w3c", "docker"],
)  # fmt: skip
def test_every_format_has_its_times(command: Command, engine: Embedded, text: str) -> None:
    assert command(stdin=text.encode())[0] == 0
    assert clicks(engine, "day") == {int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) // 60: 1}


def test_robots_are_recognized_by_their_user_agent_and_left_out(command: Command, engine: Embedded) -> None:
    agents = ["Mozilla/5.0 (compatible; Googlebot/2.1)", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", "-"]
    text = "".join(f"{line(number, agent=agent)}\n" for number, agent in enumerate(agents))
    code, said = command(stdin=text.encode())
    assert code == 0, said
    assert "1 event left out, of robots (COUNT_ROBOTS)" in said
    assert clicks(engine) == minutes(1, 3)


def test_lines_without_a_time_need_one(command: Command, engine: Embedded) -> None:
    text = b"?x=1&y=2,http://a.example/lamp\n"
    code, said = command(stdin=text)
    assert code == 1
    assert "1 line without a time left out: give --time" in said
    assert command("--time", "2026-03-01T12:00Z", stdin=text)[0] == 0
    assert clicks(engine, "day").total() == 1


def test_what_is_older_than_what_is_kept_is_said(command: Command) -> None:
    old = '{"time": "%s", "uri": "/c?x=1&y=2", "referer": "http://a.example/lamp"}\n'
    text = "".join(old % time for time in ("2006-03-01T12:00Z", "1999-03-01T12:00Z", "2999-03-01T12:00Z"))
    code, said = command(stdin=text.encode())
    assert code == 0
    assert "1 event left out, from before 2000" in said
    assert "1 event left out, from the future" in said
    assert "1 event kept by the day" in said
    assert "1 event counted, but on no tile" in said


def test_recordings_have_their_moves_clicks_and_looks(command: Command, engine: Embedded) -> None:
    code, said = command(str(CHOSEN.folder))
    assert code == 0, said
    counts: Counter[str] = Counter()
    places: list[Place] = list(content(engine, "day")[0])
    for place, count in content(engine, "day")[0].items():
        counts[place[3]] += count
    assert counts["MOVE"] == CHOSEN.moves
    assert counts["CLICK"] == CHOSEN.clicks
    assert counts["LOOK_TOP"] > 0
    assert {place[0] for place in places} == {CHOSEN.path(name) for name in CHOSEN.sessions}
    again = command(str(CHOSEN.folder))[1]
    assert "into the history: 0 events" in again


def test_masks_apply(command: Command, engine: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH_MASKS", "/user/*")
    command(stdin=line(0, "user/ann").encode())
    assert {place[0] for place in content(engine)[0]} == {"/user/*"}


def test_without_a_history_it_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISTORY_URL", "http://127.0.0.1:9")
    code, said = command(stdin=log(0, 1).encode())
    assert code == 1
    assert "the history at http://127.0.0.1:9 does not answer" in said
    assert "make history" in said


def test_where_other_machines_reach_the_history_only_the_operators_token_opens_it(
    engine: Embedded, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISHED_ADDRESS", "192.0.2.1")
    server = served(engine)
    monkeypatch.setenv("HISTORY_URL", server.origin)
    assert "set VIEW_SECRET to operate it" in command(stdin=log(0, 1).encode())[1]
    server.stop()
    monkeypatch.setenv("VIEW_SECRET", SECRET)
    server = served(engine)
    monkeypatch.setenv("HISTORY_URL", server.origin)
    assert command(stdin=log(0, 1).encode())[0] == 0
    token = issue(SECRET, "", "/", 2**32)  # of somebody who may look
    with httpx2.Client(base_url=server.origin) as http:
        for headers, status in (
            ({OPERATOR: "1"}, 401),
            ({OPERATOR: "1", "authorization": f"Bearer {token}"}, 401),
            ({"authorization": f"Bearer {token}"}, 403),
        ):
            assert http.get(IMPORT, headers=headers).status_code == status
    server.stop()


def test_a_part_that_is_none_is_refused(history: Server) -> None:
    with httpx2.Client(base_url=history.origin, headers={OPERATOR: "1"}) as http:
        answer = http.post(IMPORT, content=b"hello")
        assert answer.status_code == 400
        assert "not a part of an import" in answer.json()["error"]
