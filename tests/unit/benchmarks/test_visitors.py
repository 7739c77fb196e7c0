"""The simulated visitors of benchmarks, with a real ingest: what they say they have sent is what arrives."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from urllib.parse import urlsplit

from benchmarks.generators import MOST_VISITORS, divided, processes_for, together
from benchmarks.usage import tree
from benchmarks.visitors import EVERY_S, PAGES, Crowd, Order, Outcome, page_of
from pageheat.services.ingest.app import Ingest
from tests.support.ingest import RULES, KeepingSink
from tests.support.server import Server

VISITORS, SECONDS = 20, 6.0


class WatchedHome:
    """Says that the first page is watched."""

    async def pages(self) -> list[str]:
        await asyncio.sleep(0.05)
        return [PAGES[0]]

    def close(self) -> None:
        pass


def test_visitors_send_each_point_once_and_more_frames_from_a_watched_page() -> None:
    sink = KeepingSink()
    sink.room = 1_000
    server = Server(Ingest(sink, {}, RULES, watched=WatchedHome()))
    try:
        crowd = Crowd(Order(urlsplit(server.origin).port or 0, "v", VISITORS, SECONDS, first=40))
        due, _ = crowd.move(SECONDS, 0.5)
        crowd.finish()
    finally:
        server.stop()
    sent = {f"v-{number}": visitor.sent for number, visitor in enumerate(crowd.visitors, 40)}
    assert Counter(str(frame.session) for frame in sink.frames) == sent
    for session in sent:
        numbers = [frame.seq for frame in sink.frames if frame.session == session]
        assert numbers == [*range(sent[session])]
    assert due == sum(visitor.points for visitor in crowd.visitors)
    assert due > VISITORS * (SECONDS - 2) / EVERY_S, "all have arrived within two seconds"
    paths = {str(frame.session): frame.page.path for frame in sink.frames}
    assert paths == {f"v-{number}": page_of(number) for number in range(40, 40 + VISITORS)}
    of_home = [sent[session] for session, path in paths.items() if path == PAGES[0]]
    of_others = [sent[session] for session, path in paths.items() if path != PAGES[0]]
    assert min(of_home) > max(of_others)


def test_visitors_are_divided_among_processes_and_none_is_lost() -> None:
    assert [processes_for(visitors) for visitors in (1, MOST_VISITORS, MOST_VISITORS + 1)] == [1, 1, 2]
    parts = divided(Order(80, "v", 20_001, 600), 3)
    assert [(part.first, part.visitors) for part in parts] == [(0, 6_667), (6_667, 6_667), (13_334, 6_667)]


def test_the_outcome_of_several_processes_is_in_the_order_of_their_visitors() -> None:
    parts = [Outcome(3, 20, 24, 5.0, 0.5, [1, 2]), Outcome(4, 30, 32, 9.0, 0.25, [4])]
    assert together(parts) == Outcome(7, 50, 56, 9.0, 0.75, [1, 2, 4])


def test_a_process_is_measured_with_those_that_it_has_started() -> None:
    sleeps = "import subprocess, sys; subprocess.Popen(['sleep', '60']); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", sleeps], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        parent.stdout.readline()
        pid, child = tree(parent.pid)
        assert pid == parent.pid
        os.kill(child, 15)
