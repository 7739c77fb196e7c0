"""The supervisor, with the test's members and clock."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pageheat import supervisor as module
from pageheat.members import Member
from pageheat.supervisor import READY_TIMEOUT_S, RESTARTS, RESTARTS_WITHIN_S, MemberFailed, Supervisor


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Fake(Member):
    """A member that records its calls in `diary`."""

    def __init__(self, name: str, diary: list[str], after: tuple[str, ...] = ()) -> None:
        super().__init__(name, after)
        self.diary = diary
        self.why_not: str | None = "warming up"
        self.code: int | None = None

    def start(self) -> None:
        self.diary.append(f"start {self.name}")
        self.code = None

    def why_unready(self) -> str | None:
        return self.why_not

    def exit_code(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.diary.append(f"terminate {self.name}")

    def wait(self) -> None:
        self.diary.append(f"wait {self.name}")

    def log_tail(self) -> str:
        return f"<log of {self.name}>"


class Heard:
    def __init__(self, diary: list[str]) -> None:
        self.diary = diary

    def ready(self, name: str, took_s: float) -> None:
        self.diary.append(f"ready {name} after {took_s:g}")

    def waiting(self, names: Sequence[str]) -> None:
        pass

    def ended(self, name: str, code: int, cause: str | None, *, waits: bool) -> None:
        because = f" because {cause}" if cause else ""
        self.diary.append(f"ended {name} {code}{because}{', waits' if waits else ''}")

    def left_out(self, name: str, reason: str) -> None:
        self.diary.append(f"left out {name}: {reason}")


class Stage:
    """A supervisor of a broker and two services that depend on it."""

    def __init__(self) -> None:
        self.diary: list[str] = []
        self.clock = Clock()
        self.broker = Fake("broker", self.diary)
        self.one = Fake("one", self.diary, after=("broker",))
        self.two = Fake("two", self.diary, after=("broker",))
        members = [self.broker, self.one, self.two]
        self.obstacle: str | None = None
        self.supervisor = Supervisor(members, Heard(self.diary), self.clock, lambda: self.obstacle)

    def all_ready(self) -> None:
        self.broker.why_not = self.one.why_not = self.two.why_not = None
        while not self.supervisor.look():
            pass
        self.diary.clear()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_member_starts_when_its_dependencies_are_ready(stage: Stage) -> None:
    assert not stage.supervisor.look()
    assert not stage.supervisor.look()
    assert stage.diary == ["start broker"]
    stage.clock.now = 2
    stage.broker.why_not = None
    assert not stage.supervisor.look()
    assert stage.diary[1:] == ["ready broker after 2", "start one", "start two"]
    stage.one.why_not = stage.two.why_not = None
    assert stage.supervisor.look()


def test_a_member_that_does_not_get_ready_is_reported_with_reason_and_log(stage: Stage) -> None:
    stage.supervisor.look()
    stage.clock.now = READY_TIMEOUT_S + 1
    with pytest.raises(MemberFailed, match=r"broker is not ready after 61 s: warming up. <log of"):
        stage.supervisor.look()


def test_a_member_that_exits_during_startup_fails_at_once(stage: Stage) -> None:
    stage.supervisor.look()
    stage.broker.code = 1
    with pytest.raises(MemberFailed, match=r"broker ended with code 1 at its start. <log of broker>"):
        stage.supervisor.look()


def test_a_member_that_exits_later_is_restarted_and_reported_ready_again(stage: Stage) -> None:
    stage.all_ready()
    stage.one.code = -9
    assert not stage.supervisor.look()
    assert stage.supervisor.look()
    assert stage.diary == ["ended one -9", "start one", "ready one after 0"]


def test_a_member_that_keeps_exiting_is_given_up(stage: Stage) -> None:
    stage.all_ready()
    for _ in range(RESTARTS):
        stage.one.code = 1
        stage.supervisor.look()
        stage.clock.now += 1
    stage.one.code = 1
    with pytest.raises(MemberFailed, match=rf"one ended {RESTARTS + 1} times within {RESTARTS} s"):
        stage.supervisor.look()


def test_a_member_that_exits_occasionally_is_always_restarted(stage: Stage) -> None:
    stage.all_ready()
    for _ in range(3 * RESTARTS):
        stage.one.code = 1
        stage.supervisor.look()
        stage.clock.now += RESTARTS_WITHIN_S / RESTARTS + 1
    assert stage.diary.count("start one") == 3 * RESTARTS


def test_without_an_optional_member_that_fails_the_others_run(stage: Stage) -> None:
    stage.one.optional = True
    stage.all_ready()
    for _ in range(RESTARTS + 1):
        stage.one.code = 1
        stage.supervisor.look()
    assert stage.diary[-3].startswith("terminate one")
    assert stage.diary[-1].startswith(f"left out one: one ended {RESTARTS + 1} times within 0 s")
    stage.diary.clear()
    assert stage.supervisor.look()
    assert stage.diary == []
    stage.two.code = 1
    assert not stage.supervisor.look()


def test_an_optional_member_that_ends_at_its_start_is_left_out(stage: Stage) -> None:
    stage.one.optional = True
    stage.broker.why_not = stage.two.why_not = None
    for _ in range(3):
        stage.supervisor.look()
    stage.one.code = 1
    assert stage.supervisor.look()
    assert stage.diary[-1] == "left out one: one ended with code 1 at its start. <log of one>"


def test_a_member_that_ends_while_nothing_can_run_starts_once_that_has_changed(stage: Stage) -> None:
    stage.all_ready()
    stage.obstacle = "no space is left"
    for _ in range(2 * RESTARTS):
        stage.broker.code = 1
        stage.supervisor.look()
        stage.clock.now += 1
    assert stage.diary == ["ended broker 1 because no space is left, waits"]
    stage.obstacle = None
    stage.supervisor.look()
    assert stage.supervisor.look()
    assert stage.diary[1:] == ["start broker", "ready broker after 0"]


def test_ends_for_want_of_room_do_not_count_as_a_members_fault(stage: Stage) -> None:
    stage.all_ready()
    for _ in range(2 * RESTARTS):
        stage.obstacle = "no space is left"
        stage.broker.code = 1
        stage.supervisor.look()
        stage.obstacle = None
        stage.supervisor.look()
    assert stage.diary.count("start broker") == 2 * RESTARTS


def test_a_member_that_was_ready_and_hangs_after_a_restart_is_started_again(stage: Stage) -> None:
    stage.all_ready()
    stage.one.why_not = "no answer"
    stage.one.code = 1
    stage.supervisor.look()
    stage.clock.now = READY_TIMEOUT_S + 1
    stage.supervisor.look()
    assert stage.diary[-2:] == ["terminate one", "wait one"]
    stage.one.code, stage.one.why_not = 143, None
    stage.supervisor.look()
    assert stage.supervisor.look()


def test_a_cause_that_the_log_names_is_told(stage: Stage, tmp_path: Path) -> None:
    stage.all_ready()
    stage.one.log_file = tmp_path / "one.log"
    stage.one.log_file.write_text("OutOfMemoryError, the last time\n")
    stage.one.starts()
    with stage.one.log_file.open("a") as log:
        log.write("java.io.IOException: No space left on device\n" + "and what follows\n" * 1000)
    stage.one.code = 1
    stage.supervisor.look()
    assert stage.diary[0] == "ended one 1 because no space was left on the disk"


def test_dependencies_are_stopped_last(stage: Stage) -> None:
    stage.all_ready()
    stage.supervisor.stop()
    assert stage.diary == [
        *["terminate one", "terminate two", "wait one", "wait two"],
        *["terminate broker", "wait broker"],
    ]


def test_members_that_were_not_started_are_not_stopped(stage: Stage) -> None:
    stage.supervisor.look()
    stage.supervisor.stop()
    assert stage.diary == ["start broker", "terminate broker", "wait broker"]


def test_a_log_that_grows_is_rotated_and_kept_once(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_BYTES", 10)
    stage.broker.log_file = tmp_path / "broker.log"
    with stage.broker.log_file.open("ab", buffering=0) as writer:
        writer.write(b"0123456789")
        stage.supervisor.look()
        assert stage.broker.log_file.read_bytes() == b"0123456789"
        writer.write(b"!")
        stage.supervisor.look()
        writer.write(b"next")
    assert stage.broker.log_file.read_bytes() == b"next"
    assert (tmp_path / "broker.log.1").read_bytes() == b"0123456789!"
