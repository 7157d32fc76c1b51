"""Debian's Chromium for tests that look at a page. No browser is downloaded: the machine's own is driven."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# No sandbox, because containers run the tests as root; nothing that talks to the outside by itself.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str:
    """Where Chromium is. Without one the test is skipped, but never where CI is set: there it fails."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    reason = f"no Chromium on this machine (looked for {', '.join(_NAMES)}): apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One Chromium for the whole session."""
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def flawless_page(browser: Browser, url: str, **context_options: Any) -> AsyncIterator[Page]:
    """A page in a fresh profile, opened at `url`; leaving the block fails if a script of the page raised anything."""
    context = await browser.new_context(**context_options)
    try:
        page = await context.new_page()
        flaws: list[str] = []
        page.on("pageerror", lambda error: flaws.append(str(error)))
        await page.goto(url)
        yield page
        assert flaws == []
    finally:
        await context.close()
