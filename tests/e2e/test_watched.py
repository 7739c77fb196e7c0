"""Everything is real: visitors send seldom, and often while somebody watches their page."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocket

from pageheat.kafka.node import KafkaNode
from tests.support.live import Live, live_on, visit
from tests.support.packing import unpacked
from tests.support.system import Instance, running

LAMP, CHAIR = "/products/gull-cup", "/products/salt-jar"


@pytest.fixture(scope="module")
def live(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(node, tmp_path_factory.mktemp("system")) as system:
        yield live_on(system)


class Wire:
    """What a visitor's page sent and was told over its tracker's socket."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.moves: list[int] = []  # of each frame that has some
        self.told: list[int] = []  # how often to send, ms
        self.page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        self.page.on("websocket", self._listen)
        self.page.goto(address)
        self._x = 300

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", self._see)
        socket.on("framereceived", self._hear)

    def _see(self, text: str | bytes) -> None:
        if moves := json.loads(text).get("moves"):
            self.moves.append(len(unpacked(moves)) // 3)

    def _hear(self, text: str | bytes) -> None:
        if every := json.loads(text).get("every"):
            self.told.append(every)

    def move_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Move the pointer, a point every 25 ms or so, until it is so."""
        for _ in range(2_000):
            if is_so():
                return
            self._x = 300 + (self._x + 1) % 100
            self.page.mouse.move(self._x, 400)
            self.page.wait_for_timeout(25)
        raise AssertionError(f"{what}; frames of {self.moves[-20:]} moves, told {self.told}")

    def fills_frames(self) -> None:
        """Move until some more frames are sent, each with what two seconds brought, or nearly."""
        known = len(self.moves)
        self.move_until(lambda: len(self.moves) > known + 3, "sent nothing")
        assert max(self.moves[known + 1 :]) >= 8, "two points a step would be two moves"

    def sends_at_each_step(self) -> None:
        """Move until many frames are sent, most of them with what one step brought."""
        known = len(self.moves)
        self.move_until(lambda: len(self.moves) > known + 12, "sent nothing")
        assert sorted(self.moves[known + 1 :])[6] <= 4


def watch(browser: Browser, live: Live, path: str) -> Page:
    return visit(browser, f"{live.heatmap}{path}")


def test_visitors_of_a_page_send_at_each_step_while_somebody_watches_it_and_only_then(
    browser: Browser, live: Live
) -> None:
    lamp, chair = (Wire(browser, f"{live.shop}{path}") for path in (LAMP, CHAIR))
    for visitor in (lamp, chair):
        visitor.fills_frames()
    assert lamp.told == chair.told == []
    analyst = watch(browser, live, LAMP)
    lamp.move_until(lambda: lamp.told == [250], "was not told that somebody watches")
    lamp.sends_at_each_step()
    late = Wire(browser, f"{live.shop}{LAMP}")
    late.move_until(lambda: late.told == [250], "was not told that somebody watches")
    chair.fills_frames()
    assert chair.told == []
    analyst.context.close()
    lamp.move_until(lambda: lamp.told == [250, 2_000], "was not told that nobody watches")
    lamp.fills_frames()


def test_when_a_broadcaster_is_killed_its_pages_are_quiet_soon(browser: Browser, live: Live) -> None:
    visitor = Wire(browser, f"{live.shop}{CHAIR}")
    watch(browser, live, CHAIR)
    visitor.move_until(lambda: visitor.told == [250], "was not told that somebody watches")
    broadcaster: Instance = live.broadcaster
    broadcaster.kill()
    visitor.move_until(lambda: visitor.told == [250, 2_000], "was not told that nobody watches")
    visitor.fills_frames()
