"""The browser, and a phone page open in it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import chromium, flawless_page
from tests.support.lone_simulator import Business, lone_simulator

__all__ = ["chromium"]


@pytest.fixture(scope="package")
async def simulated() -> AsyncIterator[Business]:
    """A business with a simulator in front of it, started once."""
    async with lone_simulator() as business:
        yield business


@pytest.fixture
async def business(simulated: Business) -> Business:
    """The business, nothing said yet."""
    await simulated.control("POST", "reset")
    simulated.messages.clear()
    return simulated


@pytest.fixture
async def phone(chromium: Browser, business: Business) -> AsyncIterator[Page]:
    """The phone page on a wide screen, in Spanish, connected."""
    wide = {"width": 1360, "height": 860}
    async with flawless_page(chromium, business.simulator_url, locale="es-AR", viewport=wide) as page:
        await expect(page.get_by_role("status")).to_have_text("Conectado")
        await expect(page.get_by_text("Escribís como Ana")).to_be_visible()
        yield page
