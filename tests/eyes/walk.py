"""One walk: through all pages with one pair of eyes, each judged and, where asked, pictured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from playwright.async_api import Browser, ConsoleMessage, Page

from services.console.webhooks.events import EventType
from tests.eyes.people import LOCALES, Eyes
from tests.eyes.words import untranslated
from tests.support.desk import PHONE, WIDE
from tests.support.looks import WATCH, complaints

SCREENS: dict[str, Any] = {"wide": WIDE, "phone": PHONE}
NAMES = frozenset({"hello_world", "tenemos_tu_respuesta", *get_args(EventType)})
"""Of templates and of what webhooks tell: shown as they are, for programs."""


@dataclass
class Walk:
    """`wrong` holds (page, what) of everything that no page may have."""

    eyes: Eyes
    page: Page
    origin: str
    pictures: Path | None = None
    wrong: list[tuple[str, str]] = field(default_factory=list)
    taken: list[Path] = field(default_factory=list)

    async def go(self, name: str, path: str) -> None:
        """A dialog that is to be seen `whole` is: the window is made as high as it is long."""
        await self.page.goto(f"{self.origin}{path}")
        screen: Any = SCREENS[self.eyes.screen]
        if name.endswith("whole"):
            await self.page.set_viewport_size({"width": screen["width"], "height": 5200})
        await self.look(name)
        await self.page.set_viewport_size(screen)

    async def look(self, name: str) -> None:
        await self.page.wait_for_load_state()
        found = await complaints(self.page) + await untranslated(self.page, self.eyes.language, names=NAMES)
        self.wrong += [(name, each) for each in found]
        if self.pictures:
            file = self.pictures / str(self.eyes) / f"{name}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=file, full_page=True)
            self.taken.append(file)

    def told(self, message: ConsoleMessage) -> None:
        """What the browser's console shows as an error; a page that answers 4xx is told there, too, and is none."""
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.wrong.append((self.page.url.removeprefix(self.origin), f"console: {message.text[:200]}"))


@asynccontextmanager
async def walking(
    browser: Browser, eyes: Eyes, origin: str, cookie: str | None, pictures: Path | None
) -> AsyncIterator[Walk]:
    """A browser of its own, signed in where there is a cookie."""
    options: dict[str, Any] = {
        "locale": LOCALES[eyes.language],
        "viewport": SCREENS[eyes.screen],
        "color_scheme": eyes.theme,
    }
    context = await browser.new_context(
        **options, timezone_id="America/Argentina/Buenos_Aires", reduced_motion="reduce"
    )
    if cookie:
        await context.add_cookies([{"name": "remanso", "value": cookie, "url": origin}])
    page = await context.new_page()
    await page.add_init_script(WATCH)
    walk = Walk(eyes, page, origin, pictures)
    page.on("console", walk.told)
    page.on("pageerror", lambda error: walk.wrong.append((page.url.removeprefix(origin), f"script: {error}")))
    try:
        yield walk
    finally:
        await context.close()
