"""A headless browser with a profile of its own, and the Chrome DevTools Protocol to it.

https://chromedevtools.github.io/devtools-protocol/ has the methods and events.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from pageheat.browsing.browsers import NoBrowser
from pageheat.parent import ending_with_parent

START_S = 20
"""A browser that is not there by then does not start: on a busy machine it takes five."""

ANSWER_S = 20
"""An answer later than this is none: the page keeps the browser too busy."""

CLOSE_S = 1
"""For the browser to say goodbye; then it is killed."""

REMOVALS, REMOVAL_S = 20, 0.1
"""Attempts to remove the profile, and the pause between two."""

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Limit for one message: events quote whole bodies and messages of the page's sockets."""

SAID_CHARS = 300
"""Of what a browser says that does not start."""

FLAGS = (
    "--headless",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",  # containers have 64 MB there
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--mute-audio",
    "--password-store=basic",  # no key ring is asked, here and on macOS
    "--use-mock-keychain",
    "--window-size=1280,800",
)

LISTENING = re.compile(rb"DevTools listening on (ws://\S+)")

Hear = Callable[[str, dict[str, Any]], None]
"""Called with the name and the parameters of each event of the page."""


class BrowserFailed(Exception):
    """The browser ended, or refused a method."""


class Page:
    """A page of a browser. `hear` gets its events while its `run` does."""

    def __init__(self, socket: ClientConnection, hear: Hear) -> None:
        self._socket = socket
        self._hear = hear
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None

    async def attach(self) -> None:
        """Take the browser's first page."""
        targets = (await self.ask("Target.getTargets"))["targetInfos"]
        target = next((it["targetId"] for it in targets if it["type"] == "page"), None)
        if target is None:
            target = (await self.ask("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method and return its result.

        Raises:
            BrowserFailed: the browser refuses it, or does not answer in time.
        """
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        try:
            await self._socket.send(json.dumps(request))
            return await asyncio.wait_for(answer, ANSWER_S)
        except (TimeoutError, WebSocketException) as error:
            raise BrowserFailed(f"{method}: {str(error) or 'no answer'}") from None
        finally:
            del self._answers[number]

    async def run(self) -> None:
        """Take the browser's messages until it ends."""
        try:
            async for message in self._socket:
                self._take(json.loads(message))
        except WebSocketException:
            pass
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(BrowserFailed("the browser has ended"))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            self._hear(message["method"], message["params"])
            return
        answer = self._answers.get(message["id"])
        if answer is None or answer.done():
            return
        if error := message.get("error"):
            answer.set_exception(BrowserFailed(str(error.get("message"))))
        else:
            answer.set_result(message["result"])


@asynccontextmanager
async def open_page(browser: str, hear: Hear, flags: Sequence[str] = ()) -> AsyncIterator[Page]:
    """A page of a new headless browser, which ends with the context, or with this process.

    As root it has no sandbox, since it would not start with one.

    Raises:
        NoBrowser: it does not start.
    """
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with AsyncExitStack() as stack:
        profile = await stack.enter_async_context(_profile())
        command = [browser, *FLAGS, *sandbox, f"--user-data-dir={profile}", *flags, "about:blank"]
        output = await stack.enter_async_context(_running(command))
        address = await _address(output)
        # What it goes on to say would fill the pipe.
        stack.callback(asyncio.create_task(_drain(output)).cancel)
        socket = await stack.enter_async_context(
            connect(
                address,
                max_size=MAX_MESSAGE_BYTES,
                close_timeout=CLOSE_S,
                compression=None,
                proxy=None,
                ping_interval=None,
            )
        )
        page = Page(socket, hear)
        stack.callback(asyncio.create_task(page.run()).cancel)
        await page.attach()
        yield page


@asynccontextmanager
async def _profile() -> AsyncIterator[str]:
    """A folder for a profile. Killed processes may write to it for a moment."""
    folder = tempfile.mkdtemp(prefix="pageheat-check-")
    try:
        yield folder
    finally:
        for _ in range(REMOVALS):
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):  # noqa: ASYNC240, PTH110
                break
            await asyncio.sleep(REMOVAL_S)


@asynccontextmanager
async def _running(command: list[str]) -> AsyncIterator[asyncio.StreamReader]:
    """What a process says; it and its children are killed with the context."""
    process = await asyncio.create_subprocess_exec(
        *ending_with_parent(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield cast("asyncio.StreamReader", process.stderr)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _address(output: asyncio.StreamReader) -> str:
    """Where the browser listens, as it says."""
    said = b""
    with suppress(TimeoutError, ValueError):  # ValueError: a line without an end
        async with asyncio.timeout(START_S):
            async for line in output:
                if found := LISTENING.search(line):
                    return found[1].decode()
                said = line.strip() or said
    raise NoBrowser(f"it does not start: {said.decode('utf-8', 'replace')[:SAID_CHARS] or 'it says nothing'}")


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.read(65_536):
        pass
