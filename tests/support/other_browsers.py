"""Firefox and WebKitGTK, steered without Playwright, which drives only builds of its own.

Firefox speaks WebDriver BiDi itself; WebKitGTK is driven by WebKitWebDriver, with WebDriver's requests. Both
take the same descriptions of pointer and key actions (W3C WebDriver, 15.4). Each browser has a profile of its
own and ends with its context.
"""

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect

from pageheat.kafka.ports import free_port
from tests.support.system import until

ANSWER_S = 60
"""An answer of a browser on a busy machine comes within this."""

LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")

QUIET = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "captivedetect.canonicalURL": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.prefetch-next": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "",
}
"""Firefox contacts no server of its own."""

WEBKITS = ("webkit2gtk-4.1", "webkit2gtk-4.0")
"""Folders of MiniBrowser, newest first."""

A_MOMENT = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
"""Lasts until the next frame is drawn."""


class BrowserError(Exception):
    """A browser did not do what it was asked to; the message is its own."""


class Driver(ABC):
    """One window of a browser. Positions are px of the viewport."""

    name: str

    @abstractmethod
    def goto(self, address: str) -> None:
        """Open an address, and wait until it is loaded."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Set the viewport's size, px; WebKit's is smaller by its tool bar."""

    @abstractmethod
    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited, as JSON."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """The viewport, as PNG."""

    @abstractmethod
    def act(self, actions: list[dict[str, Any]]) -> None:
        """Perform sources of actions."""

    def move(self, *points: tuple[float, float]) -> None:
        """Move the mouse over these points."""
        self._mouse(
            [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 50} for x, y in points]
        )

    def click(self, x: float, y: float) -> None:
        """Click with the main button of the mouse."""
        press, lift = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self._mouse([{"type": "pointerMove", "x": round(x), "y": round(y)}, press, lift])

    def drag(self, from_: tuple[float, float], to: tuple[float, float]) -> None:
        """Drag with the main button of the mouse."""
        press, lift = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        there, here = (
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 100} for x, y in (to, from_)
        )
        self._mouse([here, press, there, lift])

    def click_on(self, element: str) -> None:
        """Click on the middle of an element that stays where it is, given as a JavaScript expression."""
        self.evaluate(f"void ({element}).scrollIntoView({{block: 'nearest'}})")
        where = f"({element}).getBoundingClientRect().toJSON()"

        def at_rest() -> Any:
            before = self.evaluate(where)
            self.evaluate(A_MOMENT)
            return before if before == self.evaluate(where) else None

        box = until(at_rest, lambda: f"{self.name}: never at rest: {element}")
        self.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def press(self, *keys: str) -> None:
        """Press keys together, and lift them."""
        steps = [{"type": "keyDown", "value": key} for key in keys]
        steps += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.act([{"type": "key", "id": "keyboard", "actions": steps}])

    def wait_for(self, expression: str) -> Any:
        """Wait until an expression is truthy, and return it."""
        return until(lambda: self.evaluate(expression), lambda: f"{self.name}: never true: {expression}")

    def _mouse(self, steps: list[dict[str, Any]]) -> None:
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self.act([mouse])


class Firefox(Driver):
    """A window of Firefox, by WebDriver BiDi (W3C)."""

    name = "Firefox"

    def __init__(self, connection: ClientConnection) -> None:
        self._socket = connection
        self._ids = count(1)
        self._ask("session.new", capabilities={})
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, address: str) -> None:
        self._ask("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def resize(self, width: int, height: int) -> None:
        self._ask(
            "browsingContext.setViewport",
            context=self._context,
            viewport={"width": width, "height": height},
        )

    def evaluate(self, expression: str) -> Any:
        answer = self._ask(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((it) => JSON.stringify(it))",
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise BrowserError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def screenshot(self) -> bytes:
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", context=self._context)["data"])

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._ask("input.performActions", context=self._context, actions=actions)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(ANSWER_S))
            if answer.get("id") != number:
                continue  # an event
            if answer["type"] == "error":
                raise BrowserError(f"{method}: {answer['error']}: {answer['message']}")
            result: dict[str, Any] = answer["result"]
            return result


class WebKit(Driver):
    """A window of WebKitGTK's MiniBrowser, by WebDriver (W3C)."""

    name = "WebKit"

    def __init__(self, address: str, browser: str) -> None:
        self._http = httpx2.Client(base_url=address, timeout=ANSWER_S)
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._path = "/session"
        self._path = f"/session/{self._ask('', capabilities=wanted)['sessionId']}"

    def goto(self, address: str) -> None:
        self._ask("url", url=address)

    def resize(self, width: int, height: int) -> None:
        self._ask("window/rect", width=width, height=height)

    def evaluate(self, expression: str) -> Any:
        return self._ask("execute/sync", script=f"return ({expression})", args=[])

    def screenshot(self) -> bytes:
        return base64.b64decode(self._ask("screenshot"))

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._ask("actions", actions=actions)

    def close(self) -> None:
        """End the session and its browser."""
        with suppress(httpx2.HTTPError):
            self._http.delete(self._path)
        self._http.close()

    def _ask(self, command: str, **params: Any) -> Any:
        address = f"{self._path}/{command}".rstrip("/")
        body = json.dumps(params) if command != "screenshot" else None
        answer = self._http.request("POST" if body else "GET", address, content=body)
        value = answer.json()["value"]
        if answer.is_error:
            raise BrowserError(f"{command}: {value['error']}: {value['message']}")
        return value


@contextmanager
def firefox() -> Iterator[Firefox]:
    """Headless Firefox."""
    with _folder("firefox-") as profile:
        (profile / "user.js").write_text(
            "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in QUIET.items())
        )
        command = [
            _firefox() or "firefox",
            *(
                "--headless",
                "--no-remote",
                "--profile",
                str(profile),
                "--remote-debugging-port=0",
                "about:blank",
            ),
        ]
        with _running(command, HOME=str(profile)) as process:
            assert process.stderr
            address = next(found[1].decode() for line in process.stderr if (found := LISTENING.search(line)))
            threading.Thread(
                target=process.stderr.read, daemon=True
            ).start()  # or it would block on a full pipe
            with connect(f"{address}/session", max_size=None, compression=None, proxy=None) as socket:
                yield Firefox(socket)


@contextmanager
def webkit() -> Iterator[WebKit]:
    """WebKitGTK's MiniBrowser, on a screen of its own."""
    with _folder("webkit-") as home, _screen() as display:
        port = free_port()
        command = ["WebKitWebDriver", f"--port={port}"]
        with _running(command, HOME=str(home), DISPLAY=display, XDG_RUNTIME_DIR=str(home)):
            until(lambda: _accepts(port), lambda: f"WebKitWebDriver does not listen on port {port}")
            window = WebKit(f"http://127.0.0.1:{port}", str(_mini_browser()))
            try:
                yield window
            finally:
                window.close()


def missing() -> list[str]:
    """The Debian packages that are missing for these browsers."""
    wanted = {
        "firefox-esr": _firefox(),
        "webkit2gtk-driver": shutil.which("WebKitWebDriver") and _mini_browser(),
        "xvfb": shutil.which("Xvfb"),
    }
    return [name for name, found in wanted.items() if not found]


def _firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _mini_browser() -> Path | None:
    found = [path / "MiniBrowser" for name in WEBKITS for path in Path("/usr/lib").glob(f"*/{name}")]
    return next((path for path in found if path.exists()), None)


@contextmanager
def _screen() -> Iterator[str]:
    """An X server's screen; its name for DISPLAY."""
    reading, writing = os.pipe()
    try:
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
        with _running(command, pass_fds=[writing]), os.fdopen(reading, closefd=False) as said:
            yield f":{said.readline().strip()}"
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _running(
    command: list[str], *, pass_fds: Sequence[int] = (), **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process and its children, in a group of their own that ends with the context."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if "firefox" in command[0] else subprocess.DEVNULL,
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stderr:
            process.stderr.close()


def _accepts(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
