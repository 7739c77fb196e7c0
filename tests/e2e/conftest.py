"""What tests in a real browser share: Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.chromium import launch


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium.

    One a module, not one a session: while Playwright's synchronous interface is in use,
    pytest-asyncio can run nothing, here or in any other folder.
    """
    with sync_playwright() as playwright, launch(playwright.chromium) as browser:
        yield browser
