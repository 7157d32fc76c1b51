"""A desk at the running product: a browser on the console, and the phones of contacts beside it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from fleet.local.stack import LocalStack
from tests.support.browser import flawless_page
from tests.support.waiting import eventually

ADMIN, OPERATOR = "ana@example.org", "olga@example.org"
PASSWORD = "correcto caballo bateria"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Desk:
    chromium: Browser
    stack: LocalStack

    @asynccontextmanager
    async def page(self, path: str = "/inbox", who: str = ADMIN, **options: Any) -> AsyncIterator[Page]:
        """Signed in, in Spanish, on a wide screen unless told otherwise."""
        options = {"locale": "es-AR", "viewport": WIDE, **options}
        async with flawless_page(self.chromium, f"{self.stack.console_url}{path}", **options) as page:
            await page.get_by_label("Correo").fill(who)
            await page.get_by_label("Contraseña").fill(PASSWORD)
            await page.get_by_role("button", name="Entrar").click()
            await expect(page.locator("main#main")).to_be_visible()
            yield page

    async def go(self, page: Page, path: str) -> None:
        await page.goto(f"{self.stack.console_url}{path}")

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.stack.http.request(method, f"{self.stack.simulator_url}/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def writes(self, wa_id: str, name: str, *texts: str, **more: Any) -> None:
        messages = [{"type": "text", "text": text} for text in texts]
        await self.control("POST", f"contacts/{wa_id}/send", {"profile_name": name, "messages": messages, **more})

    async def got(self, wa_id: str) -> list[dict[str, Any]]:
        """What the contact's phone got from the business, as it was sent."""
        told = await self.control("GET", f"conversations/{wa_id}")
        return [each["payload"] for each in told if each["direction"] == "out"]

    async def until_got(self, wa_id: str, words: str) -> None:
        async def arrived() -> bool:
            return words in str(await self.got(wa_id))

        await eventually(arrived, within=60)

    async def until_answered(self, wa_id: str) -> None:
        async def answered() -> bool:
            return bool(await self.got(wa_id))

        await eventually(answered, within=60)


def row(page: Page, name: str) -> Locator:
    """Somebody's row of the inbox."""
    return page.get_by_role("list", name="Conversaciones").get_by_role("link", name=re.compile(name))


def bubbles(page: Page, side: str) -> Locator:
    """What `theirs`, `bots` or `human` said in the dialog that is open."""
    return page.get_by_role("log").locator(f".bubble.{side}")
