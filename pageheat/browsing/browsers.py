"""Finds a browser that speaks the Chrome DevTools Protocol: Chromium, Chrome or Edge.

Firefox does not: by WebDriver BiDi it tells nothing of WebSockets.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from pageheat.services.contract.errors import PageheatError

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chromium-headless-shell",
    "chrome-headless-shell",
)
"""Names under which Linux has them."""

APPLICATIONS = ("Google Chrome", "Chromium", "Microsoft Edge")
"""Names under which macOS has them."""


class NoBrowser(PageheatError):
    """There is no such browser, or it does not start."""


def find(given: str = "") -> str:
    """The path of a browser: of the given one, or of the first that this machine has.

    Raises:
        NoBrowser: there is none.
    """
    if given:
        if found := shutil.which(given):
            return found
        raise NoBrowser(f"'{given}' is no program; give the path of Chromium, Chrome or Edge")
    if found := next(_installed(), None):
        return found
    raise NoBrowser("no Chromium, Chrome or Edge was found")


def _installed() -> Iterator[str]:
    yield from filter(None, map(shutil.which, COMMANDS))
    for name in APPLICATIONS:
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            path = folder / f"{name}.app" / "Contents" / "MacOS" / name
            if path.exists():
                yield str(path)
