"""Helpers for tests of ingest: messages, rules, a sink in memory, and both ways to receive messages."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pageheat.services.contract.origins import Origins
from pageheat.services.contract.records import (
    Frame,
)
from pageheat.services.ingest.fast_path import EXTENSION
from pageheat.services.ingest.intake import Receipt
from pageheat.services.ingest.rules import Rules
from tests.support.packing import packed

NOW_MS = 1_700_000_000_000


SENT: dict[str, Any] = {
    "v": 2,
    "session": "k3J_-9",
    "seq": 7,
    "page": {
        "path": "/lamp",
        "document": {"width": 1265, "height": 4210},
        "viewport": {"width": 1280, "height": 720},
        "first": {"x": 132, "y": 8},
    },
    "view": 1,
    "attributes": {"referrer": "www.example.net", "source": "newsletter", "segment": "checkout-b"},
    "moves": packed(512, 1730, 180, 530, 1719, 55),
    "fixed_moves": packed(516, 32, 10),
    "events": [
        {
            "type": "click",
            "age": 4,
            "x": 515.5,
            "y": 33,
            "buttons": 1,
            "fixed": True,
            "target": {
                "selector": "#offers>li:nth-of-type(3)",
                "x": 0.31,
                "y": 0.5,
                "width": 240,
                "height": 48.5,
            },
        },
    ],
    "looks": packed(0, 720, 5000, 4100, 1400, 720, 850, 3),
}


TUTORIAL: dict[str, Any] = {
    "session_id": "0c7f8e9a-1111-4222-8333-444455556666",
    "type": "mousemove",
    "page_url": "http://localhost:8080/products?q=ann@example.org",
    "relative_path": "/products",
    "query_prams": "?q=ann@example.org",
    "buttons": 0,
    "window": {"width": 1265, "height": 2100},
    "mouse-coordinates": {"x": 100, "y": 200},
}


def changed(of: dict[str, Any], *path: str | int, to: object) -> bytes:
    """Return the JSON of `of` with one value replaced."""
    copy = json.loads(json.dumps(of))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return json.dumps(copy).encode()


SHOP, BLOG, STRANGER = "https://shop.example", "https://blog.example", "https://stranger.example"


RULES = Rules(Origins(f"{SHOP}/", {BLOG: "blog"}, set()))


class KeepingSink:
    """Keeps offered frames while there is room."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.room = 100
        self.delivers = True
        self.waiting: list[tuple[Receipt, int]] = []
        self.flushed = False

    def offer(self, frame: Frame, receipt: Receipt | None = None) -> bool:
        if len(self.frames) >= self.room:
            return False
        self.frames.append(frame)
        if receipt:
            assert frame.seq is not None
            self.waiting.append((receipt, frame.seq))
        return True

    def poll(self) -> None:
        while self.delivers and self.waiting:
            receipt, seq = self.waiting.pop(0)
            receipt(seq)

    def flush(self) -> None:
        self.flushed = True

    def why_unready(self) -> str | None:
        return None


def by_fast_path(app: ASGIApp) -> ASGIApp:
    """Wrap an app so that it takes WebSocket messages as they arrive, as with INGEST_FAST_PATH=true."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        connection = SimpleNamespace(take=None, say=lambda _: False)
        scope.setdefault("extensions", {})[EXTENSION] = connection

        async def receive_others() -> Message:
            message = await receive()
            while message["type"] == "websocket.receive" and connection.take and "text" in message:
                connection.take(message["text"].encode("utf-8", "surrogatepass"))
                message = await receive()
            return message

        await app(scope, receive_others, send)

    return served


def by_library(app: ASGIApp) -> ASGIApp:
    """Leave an app as it is: messages are received as with INGEST_FAST_PATH=false."""
    return app


Serve = Callable[[ASGIApp], ASGIApp]
