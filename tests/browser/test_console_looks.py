"""Every page of the console, wide and on a phone, light and dark: for every eye, cut off nowhere, no code but ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.desk import OPERATOR, PHONE, WIDE, Desk, bubbles, row
from tests.support.looks import WATCH, complaints

pytestmark = pytest.mark.browser

HOME = "/clients/emprendemy"
PAGES = (
    "/inbox",
    "/inbox?view=closed",
    f"{HOME}/catalogue",
    f"{HOME}/catalogue/courses/new",
    f"{HOME}/catalogue/courses/file/import",
    f"{HOME}/channels",
    f"{HOME}/credit",
    f"{HOME}/credit?days=90",
    f"{HOME}/quality?kind=deliveries",
    f"{HOME}/team",
    f"{HOME}/audit",
    f"{HOME}/replies",
    "/operators",
    "/account",
    "/nothing-is-here",
)
SCREENS = {"Ancha": {"viewport": WIDE, "color_scheme": "light"}, "Angosta": {"viewport": PHONE, "color_scheme": "dark"}}
"""A theme is not switched under an open page: the browser would answer with colours of both for a while."""
EVIL = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script>{{7*7}}'


@asynccontextmanager
async def watched(desk: Desk, **options: Any) -> AsyncIterator[Page]:
    """As an operator, who sees most. What the content security policy had to refuse is remembered."""
    async with desk.page(who=OPERATOR, **options) as page:
        await page.add_init_script(WATCH)
        yield page


@pytest.mark.parametrize(("who", "options"), SCREENS.items(), ids=["wide-light", "phone-dark"])
async def test_every_page_is_for_every_eye(who: str, options: dict[str, Any], desk: Desk) -> None:
    """axe: no finding of weight "serious" or "critical", in both themes; nothing wider than the screen."""
    contact, name = (
        f"54911555530{options['viewport']['width']}",
        f"{who} de la Persona con un nombre que no termina más",
    )
    await desk.writes(contact, name, "necesito hablar con una persona")
    async with watched(desk, reduced_motion="reduce", **options) as page:
        for path in PAGES:
            await desk.go(page, path)
            await assert_well(page)
        await desk.go(page, f"{HOME}/catalogue")
        await page.get_by_role("link", name="Marketing digital desde cero").first.click()
        await assert_well(page)
        await desk.go(page, "/inbox")
        await row(page, who).click()
        await expect(bubbles(page, "bots").first).to_be_visible()
        await assert_well(page)
        await page.get_by_role("button", name="Tomar", exact=True).click()
        await expect(page.get_by_role("textbox", name="Mensaje")).to_be_visible()
        await assert_well(page)
        await page.get_by_role("textbox", name="Mensaje").blur()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Atajos de teclado")).to_be_visible()
        await assert_well(page)


async def assert_well(page: Page) -> None:
    assert (page.url, await complaints(page)) == (page.url, [])


async def test_what_people_write_stays_text(desk: Desk) -> None:
    """Names, texts, captions, file names, places, courses, notes, replies: in a browser that would run it all."""
    contact = "5491155553002"
    attachments = [
        {"type": "text", "text": EVIL},
        {"type": "image", "caption": EVIL},
        {"type": "document", "filename": f"{EVIL}.pdf", "caption": EVIL},
        {"type": "location", "latitude": 1, "longitude": 2, "name": EVIL, "address": EVIL},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": EVIL}, "phones": [{"phone": EVIL}]}]},
    ]
    order = {"profile_name": EVIL, "messages": attachments}
    await desk.control("POST", f"contacts/{contact}/send", order)
    async with watched(desk, bypass_csp=True) as page:
        await desk.go(page, f"{HOME}/replies")
        await page.get_by_label("Título").fill(EVIL[:60])
        await page.get_by_label("Texto").fill(EVIL)
        await page.get_by_role("button", name="Guardar").click()
        await assert_nothing_ran(page)
        await desk.go(page, f"{HOME}/catalogue/courses/new")
        for field in ("Nombre", "Descripción", "Descripción en inglés"):
            await page.get_by_label(field, exact=True).fill(EVIL)
        await page.get_by_role("button", name="Vista previa").click()
        await assert_nothing_ran(page)
        await desk.go(page, "/account")
        await page.get_by_label("Nombre").fill(EVIL)
        await page.get_by_role("button", name="Guardar").first.click()
        await assert_nothing_ran(page)

        await desk.go(page, "/inbox")
        await page.get_by_role("link", name="onerror").first.click()
        await expect(bubbles(page, "theirs")).to_have_count(5)
        await page.keyboard.press("t")
        answer = page.get_by_role("textbox", name="Mensaje")
        await page.locator("[data-files]").set_input_files(
            {"name": f"{EVIL.replace('/', '')}.txt", "mimeType": "text/plain", "buffer": b"hola"}
        )
        await answer.fill(EVIL)
        await answer.press("Enter")
        await expect(bubbles(page, "human")).to_have_count(1)
        await page.get_by_role("tab", name="Nota privada").click()
        await page.get_by_role("textbox", name="Nota privada").fill(EVIL)
        await page.get_by_role("textbox", name="Nota privada").press("Enter")
        await expect(page.locator(".note-line").first).to_be_visible()
        await assert_nothing_ran(page)
        for path in (page.url.removeprefix(desk.stack.console_url), *PAGES):
            await desk.go(page, path)
            await assert_nothing_ran(page)


async def assert_nothing_ran(page: Page) -> None:
    assert await page.evaluate("window.ran") is None, page.url
    assert await page.locator('img[src="x"]').count() == 0, page.url
