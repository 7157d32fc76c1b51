"""Nobody came: seen in the list and in the dialog in colour, icon and word, until somebody marks it as seen to."""

import os
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text

from remanso.store import Store
from tests.browser.test_console_looks import assert_well
from tests.support.desk import PHONE, WIDE, Desk, bubbles, row
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

CLOCK_RUNS = "UPDATE conversations SET human_until = now() WHERE reply_wa_id = :wa_id AND mode = 'human'"
WATCHED = "window.refused = []"


async def missed(desk: Desk, wa_id: str, name: str) -> None:
    """Somebody asked for a person and wrote on; the time is over, and the bot has answered."""
    await desk.writes(wa_id, name, "quiero hablar con una persona")
    await desk.until_answered(wa_id)
    await desk.writes(wa_id, name, "¿hay alguien? quiero saber de los cursos de marketing")
    async with Store.connect(desk.stack.database_url, name="clock") as store:

        async def time_is_over() -> bool:
            async with store.transaction() as tx:
                return (await tx.connection.execute(text(CLOCK_RUNS), {"wa_id": wa_id})).rowcount == 1

        await eventually(time_is_over)
    await desk.until_got(wa_id, "Marketing")


@pytest.mark.parametrize(
    ("name", "options"),
    [("Berta Ancha", {"viewport": WIDE}), ("Berta Angosta", {"viewport": PHONE, "color_scheme": "dark"})],
)
async def test_nobody_came_is_told_until_it_is_seen_to(desk: Desk, name: str, options: dict[str, Any]) -> None:
    wa_id = f"54911555540{options['viewport']['width']}"
    await missed(desk, wa_id, name)
    async with desk.page(reduced_motion="reduce", **options) as page:
        await page.add_init_script(WATCHED)
        await desk.go(page, "/inbox?view=needs_human")
        await expect(row(page, name)).to_contain_text("Nadie atendió")
        await shot(page, f"lista-{name}")
        await row(page, name).click()
        await expect(bubbles(page, "bots").last).to_be_visible()
        await expect(page.get_by_role("status").filter(has_text="nadie atendió")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("Nadie atendió a tiempo: volvió al bot")
        await shot(page, f"dialogo-{name}")
        await assert_well(page)
        await page.get_by_role("button", name="Marcar como visto").click()
        await expect(page.get_by_role("button", name="Marcar como visto")).to_have_count(0)
        await desk.go(page, "/inbox?view=needs_human")
        await expect(row(page, name)).to_have_count(0)


async def shot(page: Page, name: str) -> None:
    """A picture for people, where REMANSO_PICTURES says a folder."""
    if folder := os.environ.get("REMANSO_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png")
