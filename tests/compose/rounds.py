"""What an operator looks at in production: no secret shows, the panel is told, a person works at the console.

Everything goes through the edge. Each round gives a sentence on what it saw, or fails.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx
from playwright.async_api import async_playwright, expect

from fleet.local.stack import LocalStack
from remanso.model.app_key import AppKey
from tests.chaos.world import SLOWNESS
from tests.compose.production import APP, secret_of, secrets_of
from tests.compose.stack import ComposeStack
from tests.support.apps import App, line
from tests.support.browser import ARGUMENTS, chromium_path
from tests.support.desk import OPERATOR, PASSWORD, Desk, bubbles, row
from tests.support.waiting import eventually

PUBLIC = {"edge_certificate"}
OUTSIDE = {"simulator", "outside"}
"""They play Meta, who knows these secrets."""
CONTACT, NAME = "5491170009001", "Carla Borde"


async def make_rounds(stack: ComposeStack) -> list[str]:
    return [await _no_secret_shows(stack), await _the_panel_is_told(stack), await _a_person_works(stack)]


async def enter_app(stack: ComposeStack) -> None:
    """As `remanso clients provision` does; from then on the panel believes what this app tells."""
    async with _app(stack) as app:
        answer = await app.enter(title="This very deployment")
        assert answer.status_code == 204, answer.text


@asynccontextmanager
async def _app(stack: ComposeStack) -> AsyncIterator[App]:
    plan = stack.plan
    trust = ssl.create_default_context(cafile=str(plan.authority))
    key, token = AppKey(secret_of(plan.environment, "app_key")), secret_of(plan.environment, "collector_token")
    async with httpx.AsyncClient(base_url=plan.console_url, verify=trust, trust_env=False, timeout=30) as http:
        yield App(APP, http, key, token)


async def _no_secret_shows(stack: ComposeStack) -> str:
    secrets = secrets_of(stack.plan.environment)
    ours = [one for one in await stack.containers() if one.service not in OUTSIDE]
    told = await stack.docker("inspect", *(one.id for one in ours))
    told += await stack.compose("logs", "--no-color", *sorted({one.service for one in ours}))
    shown = [name for name, value in secrets.items() if value and value in told and name not in PUBLIC]
    assert not shown, f"{shown} in `docker inspect` or in a log"
    return f"None of {len(secrets)} secrets shows in `docker inspect` of {len(ours)} containers or in their logs."


async def _the_panel_is_told(stack: ComposeStack) -> str:
    async with _app(stack) as app:

        async def heard() -> bool:
            return bool((await app.look())["heartbeat"])

        await eventually(heard, within=60 * SLOWNESS)
        heartbeat = (await app.look())["heartbeat"]
        answer = await app.drain(line("tool.failed"), line("turn.worked", "info"))
        assert answer.status_code == 200, answer.text
    clients = ", ".join(sorted(heartbeat["clients"]))
    return f"The panel hears the app by the edge ({clients}; {len(heartbeat['queues'])} queues), and took a drain."


async def _a_person_works(stack: ComposeStack) -> str:
    """Logs in, takes a conversation over, answers, and looks at the panel."""
    made = await stack.operate(
        "users", "create-operator", OPERATOR, "--name", "Olga", "--password-stdin", stdin=PASSWORD
    )
    assert "operator created" in made, made
    expect.set_options(timeout=20_000 * SLOWNESS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        desk = Desk(browser, cast(LocalStack, stack))
        await desk.writes(CONTACT, NAME, "hola", "¿qué cursos tienen?")
        await desk.until_answered(CONTACT)
        async with desk.page("/inbox", OPERATOR, ignore_https_errors=True) as page:
            await row(page, NAME).click()
            await page.get_by_role("button", name="Tomar", exact=True).click()
            field = page.get_by_role("textbox", name="Mensaje")
            await field.fill("Hola, soy una persona")
            await field.press("Enter")
            await expect(bubbles(page, "human").get_by_text("Hola, soy una persona")).to_be_visible()
            await desk.until_got(CONTACT, "Hola, soy una persona")
            await desk.go(page, "/apps")
            await expect(page.get_by_role("link", name="This very deployment")).to_be_visible()
        await browser.close()
    return "A person logged in through the edge, took a conversation over, answered, and saw the app on the panel."
