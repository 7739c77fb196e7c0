"""The browser that tests run in."""

import contextlib
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, Error

SHELL = "chromium-headless-shell"
"""Chromium without a browser's own windows: it opens a page in less than half the time."""

OF_THE_MACHINE = (SHELL, "chromium", "chromium-browser", "google-chrome")
"""Commands to use if Playwright has not installed its own browser."""


def of_the_machine(*, whole: bool = False) -> str | None:
    """The path of the machine's own browser."""
    return next(filter(None, map(shutil.which, OF_THE_MACHINE[whole:])), None)


def launch(chromium: BrowserType, *flags: str, whole: bool = False, **options: Any) -> Browser:
    """Start headless Chromium with further flags; `options` are those of `BrowserType.launch`.

    `whole` avoids the shell, which has no back/forward cache, and whose pointer enters each page at 0, 0.
    """
    path = None
    if not Path(chromium.executable_path).exists():
        path = of_the_machine(whole=whole)
    return chromium.launch(executable_path=path, args=["--disable-gpu", *flags], **options)


def leave(context: BrowserContext) -> None:
    """Have each page of a context leave its site; the context ends with the browser.

    Chromium 156 now and then does not finish closing a context while a page navigates.
    """
    for page in context.pages:
        with contextlib.suppress(Error):  # a navigation of the page's own may come in between
            page.goto("about:blank")
