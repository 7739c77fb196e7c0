"""The browser that tests run in."""

import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserType

OF_THE_MACHINE = ("chromium", "chromium-browser", "google-chrome")
"""Commands to use if Playwright has not installed its own browser."""


def launch(chromium: BrowserType, **options: Any) -> Browser:
    """Start headless Chromium; `options` are those of `BrowserType.launch`."""
    path = None
    if not Path(chromium.executable_path).exists():
        path = next(filter(None, map(shutil.which, OF_THE_MACHINE)), None)
    return chromium.launch(executable_path=path, args=["--disable-gpu"], **options)
