"""The benchmarks' browser: that of the tests, or a message that says how to install one."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from benchmarks.harness import Unavailable
from tests.support import chromium


def launch(playwright: Playwright) -> Browser:
    """Start headless Chromium.

    Raises:
        Unavailable: no Chromium is installed.
    """
    own = Path(playwright.chromium.executable_path)
    if not own.exists() and not any(map(shutil.which, chromium.OF_THE_MACHINE)):
        raise Unavailable(
            "a Chromium (Debian: apt install chromium; or .venv/bin/playwright install chromium)"
        )
    return chromium.launch(playwright.chromium)
