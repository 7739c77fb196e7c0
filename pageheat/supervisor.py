"""Runs members together: starts them in order, restarts those that end, and stops them in reverse."""

import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from pageheat.members import Member
from pageheat.services.contract.errors import PageheatError

TICK_S = 0.1
"""How often members are checked: the longest delay until a start is reported, or an end handled."""

READY_TIMEOUT_S = 60
"""From a member's start to its readiness; the slowest takes 3 s on an idle machine."""

RESTARTS, RESTARTS_WITHIN_S = 5, 60
"""A member that ends more often than this has a problem that another restart does not solve."""

LOG_BYTES = 10_000_000
"""Longest log, in bytes; a longer one is copied over NAME.log.1 and truncated."""


class MemberFailed(PageheatError):
    """A member did not become ready, or ends repeatedly; the message ends with the end of its log."""


class Listener(Protocol):
    """Is called with what happens."""

    def ready(self, name: str, took_s: float) -> None:
        """A member has become ready."""

    def waiting(self, names: Sequence[str]) -> None:
        """These are not ready yet, if any; called at each check."""

    def ended(self, name: str, code: int, cause: str | None, *, waits: bool) -> None:
        """A member has ended by itself, and is started again: at once, or once its cause is gone."""

    def left_out(self, name: str, reason: str) -> None:
        """An optional member has failed; the others go on without it."""


class Supervisor:
    """Runs `members`. Call its methods only from the main thread (see `pageheat.parent`).

    `obstacle` says why no member can run now, or None. One that ends meanwhile is started again afterwards,
    and that is not counted as its fault.
    """

    def __init__(
        self,
        members: Sequence[Member],
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
        obstacle: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._members = members
        self._listener = listener
        self._clock = clock
        self._obstacle = obstacle
        self._held: set[str] = set()
        self._proven: set[str] = set()  # were ready once
        self._started: dict[str, float] = {}
        self._ready: set[str] = set()
        self._left_out: set[str] = set()
        self._ends: dict[str, deque[float]] = {member.name: deque(maxlen=RESTARTS) for member in members}

    @property
    def running(self) -> list[str]:
        """The names of the members that were started, without those left out."""
        return [name for name in self._started if name not in self._left_out]

    def look(self) -> bool:
        """Start the members that can start, restart those that ended, and return whether all are ready.

        An optional one that fails is left out.

        Raises:
            MemberFailed: one did not become ready, or ends repeatedly.
        """
        for member in self._members:
            if member.name in self._left_out:
                continue
            try:
                self._look_at(member)
            except MemberFailed as failure:
                if not member.optional:
                    raise
                self._leave_out(member, str(failure))
        settled = self._ready | self._left_out
        waiting = [member.name for member in self._members if member.name not in settled]
        self._listener.waiting(waiting)
        return not waiting

    def run(self, until: Callable[[bool], bool]) -> None:
        """Call `look` repeatedly, until `until` returns True; its argument is whether all are ready."""
        while not until(self.look()):
            time.sleep(TICK_S)

    def stop(self) -> None:
        """Stop all running members: together those that no other depends on, then those they depend on."""
        running = [member for member in self._members if member.name in self._started]
        while running:
            needed = {name for member in running for name in member.after}
            free = [member for member in running if member.name not in needed]
            for member in free:
                member.terminate()
            for member in free:
                member.wait()
            running = [member for member in running if member.name in needed]
        self._started.clear()
        self._ready.clear()
        self._held.clear()
        self._proven.clear()

    def _look_at(self, member: Member) -> None:
        if member.name not in self._started:
            if self._ready.issuperset(member.after):
                self._start(member)
        elif (code := member.exit_code()) is not None:
            self._restart(member, code)
        elif member.name not in self._ready:
            self._await(member)
        self._trim_log(member)

    def _leave_out(self, member: Member, reason: str) -> None:
        member.terminate()
        member.wait()
        self._ready.discard(member.name)
        self._left_out.add(member.name)
        self._listener.left_out(member.name, reason)

    def _start(self, member: Member) -> None:
        self._started[member.name] = self._clock()
        member.starts()
        member.start()

    def _await(self, member: Member) -> None:
        took_s = self._clock() - self._started[member.name]
        why_unready = member.why_unready()
        if why_unready is None:
            self._ready.add(member.name)
            self._proven.add(member.name)
            self._listener.ready(member.name, took_s)
        elif took_s > READY_TIMEOUT_S and self._obstacle() is None:
            if member.name in self._proven:  # it can work here: a new start heals what hangs
                member.terminate()
                member.wait()
                return
            raise MemberFailed(
                f"{member.name} is not ready after {took_s:.0f} s: {why_unready}. {member.log_tail()}"
            )

    def _restart(self, member: Member, code: int) -> None:
        now, obstacle = self._clock(), self._obstacle()
        if member.name in self._held:
            if obstacle is None:
                self._held.discard(member.name)
                self._start(member)
            return
        ends, cause = self._ends[member.name], obstacle or member.cause()
        why = f": {cause}" if cause else ""
        if member.name not in self._proven:
            raise MemberFailed(f"{member.name} ended with code {code} at its start{why}. {member.log_tail()}")
        if obstacle is None and len(ends) == RESTARTS and now - ends[0] < RESTARTS_WITHIN_S:
            raise MemberFailed(
                f"{member.name} ended {RESTARTS + 1} times within {now - ends[0]:.0f} s, "
                f"the last time with code {code}{why}. {member.log_tail()}"
            )
        self._ready.discard(member.name)
        self._listener.ended(member.name, code, cause, waits=obstacle is not None)
        if obstacle is None:
            ends.append(now)
            self._start(member)
        else:
            self._held.add(member.name)

    @staticmethod
    def _trim_log(member: Member) -> None:
        file = member.log_file
        if file is None or not file.exists() or file.stat().st_size <= LOG_BYTES:
            return
        shutil.copyfile(file, file.with_name(f"{file.name}.1"))
        with file.open("r+b") as log:  # its writer appends, so it continues at the new end
            log.truncate(0)
