"""Visitors that move without pause and send to a real ingest while a test breaks something."""

import json
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from websockets.sync.client import connect

from tests.support.packing import packed, unpacked

PAGES = ("/", "/lamp", "/chair", "/table")
PAUSE_S = 0.005
"""Between two frames: 150 to 200 frames/s."""


def sent_frame(
    session: str, seq: int, page: str, *positions: tuple[int, int], first: tuple[int, int] = (0, 0)
) -> str:
    """Make a frame as our tracker sends it, on a document of 1000 × 2000 px."""
    return json.dumps(
        {
            "v": 2,
            "session": session,
            "seq": seq,
            "page": {
                "path": page,
                "document": {"width": 1000, "height": 2000},
                "viewport": {"width": 1000, "height": 700},
                "first": {"x": first[0], "y": first[1]},
            },
            "moves": packed(*(number for age, (x, y) in enumerate(positions) for number in (x, y, age))),
        }
    )


def clicking(frame: str, selector: str, at: float) -> str:
    """Make a frame's last move a click on an element, at that fraction of its box."""
    sent = json.loads(frame)
    *moves, x, y, age = unpacked(sent["moves"])
    target = {"selector": selector, "x": at, "y": at}
    sent["moves"] = packed(*moves)
    sent["events"] = [{"type": "click", "x": x, "y": y, "age": age, "target": target}]
    return json.dumps(sent)


class Visitors:
    """As a context manager: inside, one visitor per page moves and clicks. `frames` counts sent frames."""

    def __init__(self, ingest: str) -> None:
        self.frames = 0
        self._ingest = ingest
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._browse)

    def _browse(self) -> None:
        with ExitStack() as open_sockets:
            sockets = [open_sockets.enter_context(connect(f"ws://{self._ingest}{page}")) for page in PAGES]
            while not self._leave.wait(PAUSE_S):
                number = self.frames
                page = number % len(PAGES)
                x, y = number * 37 % 1000, number * 91 % 2000
                frame = sent_frame(f"visitor-{page}", number, PAGES[page], (x, y), (y % 1000, x))
                if number % 3 == 0:
                    frame = clicking(frame, f"#list>li:nth-of-type({number % 7 + 1})", number % 10 / 10)
                sockets[page].send(frame)
                self.frames += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.set()
        self._thread.join()
