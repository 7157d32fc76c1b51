"""The console on the whole running product, in a browser: what a person sees and does while contacts write."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect
from pwdlib import PasswordHash

from fleet.local.environment import Elsewhere
from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.support import infrastructure
from tests.support.browser import flawless_page
from tests.support.clients import lay_out_clients
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "ana@example.org", "correcto caballo bateria"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
async def stack(
    postgres: PostgresServer, rabbitmq: RabbitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """Everything runs, and Ana administers Emprendemy."""
    clients = lay_out_clients(tmp_path_factory.mktemp("console") / "clients")
    async with (
        infrastructure.database(postgres.url) as database_url,
        infrastructure.vhost(rabbitmq) as amqp_url,
        LocalStack(clients_dir=clients, elsewhere=Elsewhere(database_url=database_url, amqp_url=amqp_url)) as stack,
    ):
        async with Store.connect(database_url) as store, store.transaction() as tx:
            user = await tx.users.add(EMAIL, "Ana Díaz", PasswordHash.recommended().hash(PASSWORD))
            assert user
            await tx.users.join(user.id, "emprendemy", "admin")
        yield stack


@asynccontextmanager
async def console(chromium: Browser, stack: LocalStack, **options: Any) -> AsyncIterator[Page]:
    """Signed in as Ana, in Spanish, looking at the inbox."""
    options = {"locale": "es-AR", "viewport": WIDE, **options}
    async with flawless_page(chromium, f"{stack.console_url}/inbox", **options) as page:
        await page.get_by_label("Correo").fill(EMAIL)
        await page.get_by_label("Contraseña").fill(PASSWORD)
        await page.get_by_role("button", name="Entrar").click()
        await expect(page.get_by_role("heading", name="Bandeja")).to_be_attached()
        yield page


async def writes(stack: LocalStack, wa_id: str, name: str, *texts: str) -> None:
    order = {"profile_name": name, "messages": [{"type": "text", "text": text} for text in texts]}
    answer = await stack.http.post(f"{stack.simulator_url}/control/contacts/{wa_id}/send", json=order)
    answer.raise_for_status()


async def on_the_phone(stack: LocalStack, wa_id: str) -> str:
    return (await stack.http.get(f"{stack.simulator_url}/control/conversations/{wa_id}")).text


async def answered(stack: LocalStack, wa_id: str) -> bool:
    told = (await stack.http.get(f"{stack.simulator_url}/control/conversations/{wa_id}")).json()
    return len(told) > 1


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Conversaciones").get_by_role("link", name=re.compile(name))


async def test_a_burst_arrives_live_and_a_person_steps_in_and_out(chromium: Browser, stack: LocalStack) -> None:
    contact = "5491155551001"
    async with console(chromium, stack) as page:
        await writes(stack, contact, "Bruno Prueba", "Hola!", "¿tienen cursos de marketing?")
        await row(page, "Bruno Prueba").click()
        lines = page.get_by_role("log")
        await expect(lines.locator(".bubble.theirs")).to_have_count(2)
        await expect(lines.locator(".bubble.bots").first).to_be_visible()
        await expect(page.get_by_role("textbox", name="Mensaje")).to_have_count(0)

        await page.keyboard.press("t")
        field = page.get_by_role("textbox", name="Mensaje")
        await field.fill("Hola Bruno, soy Ana")
        await field.press("Enter")
        await expect(lines.locator(".bubble.human .words")).to_have_text("Hola Bruno, soy Ana")
        await expect(
            lines.locator(".bubble.human").get_by_role("img", name=re.compile("Entregado|Leído"))
        ).to_be_visible()
        assert "Hola Bruno, soy Ana" in await on_the_phone(stack, contact)

        bots = await lines.locator(".bubble.bots").count()
        await writes(stack, contact, "Bruno Prueba", "gracias Ana, ¿y cuánto sale?")
        await expect(lines.locator(".bubble.theirs")).to_have_count(3)
        await expect(field).to_have_value("")
        await page.get_by_role("button", name="Volver al bot").click()
        await expect(page.get_by_text("Acá responde el bot.")).to_be_visible()
        await writes(stack, contact, "Bruno Prueba", "¿tienen certificado?")
        await expect(lines.locator(".bubble.bots")).not_to_have_count(bots)


async def test_what_is_typed_survives_news_and_the_row_under_the_pointer_stays(
    chromium: Browser, stack: LocalStack
) -> None:
    first, second = "5491155551002", "5491155551003"
    await writes(stack, first, "Primera Persona", "hola")
    await eventually(lambda: answered(stack, first), within=60)  # else the answer may lift this row above the other
    async with console(chromium, stack) as page:
        await expect(row(page, "Primera Persona")).to_be_visible()
        await writes(stack, second, "Segunda Persona", "hola")
        await expect(row(page, "Segunda Persona")).to_be_visible()
        await row(page, "Segunda Persona").click()
        await page.get_by_role("button", name="Tomar y escribir").click()
        await page.get_by_role("textbox", name="Mensaje").fill("estoy escribiendo")
        top = page.locator("#rows > li").first
        await top.hover()
        await expect(top).to_contain_text("Segunda Persona")
        await writes(stack, first, "Primera Persona", "¿hay alguien?")
        await expect(page.locator("[data-fresh]")).to_be_visible()
        await expect(top).to_contain_text("Segunda Persona")
        await page.locator("[data-fresh]").click()
        await expect(top).to_contain_text("Primera Persona")
        await writes(stack, second, "Segunda Persona", "acá estoy")
        await expect(page.get_by_role("log").locator(".bubble.theirs")).to_have_count(2)
        await expect(page.get_by_role("textbox", name="Mensaje")).to_have_value("estoy escribiendo")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
async def test_nothing_serious_is_in_anybodys_way(
    viewport: dict[str, int], scheme: str, chromium: Browser, stack: LocalStack
) -> None:
    """axe: no finding of weight "serious" or "critical" on any page, in both themes."""
    await writes(stack, "5491155551004", "Cuarta Persona", "necesito hablar con una persona")
    async with console(chromium, stack, viewport=viewport, color_scheme=scheme) as page:
        await expect(row(page, "Cuarta Persona")).to_be_visible()
        await assert_accessible(page)
        await row(page, "Cuarta Persona").click()
        await expect(page.get_by_role("log")).to_be_visible()
        await assert_accessible(page)
        for path in ("/clients/emprendemy/team", "/clients/emprendemy/replies", "/account"):
            await page.goto(f"{stack.console_url}{path}")
            await assert_accessible(page)


async def assert_accessible(page: Page) -> None:
    found = await Axe().run(page)
    heavy = [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
    told = [(page.url, each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in heavy]
    assert told == []


async def test_a_test_message_from_the_channels_page_arrives(chromium: Browser, stack: LocalStack) -> None:
    contact = "5491155551077"
    async with console(chromium, stack) as page:
        await writes(stack, contact, "Carla Canal", "Hola!")
        await expect(row(page, "Carla Canal")).to_be_visible()
        await page.get_by_role("link", name="Canales").first.click()
        await page.get_by_label("A quién").first.select_option("Carla Canal")
        await page.get_by_role("textbox", name="Texto").fill("Probando el canal")
        await page.get_by_role("button", name="Enviar", exact=True).first.click()
        await page.get_by_role("link", name="Abrir la conversación").click()
        await expect(page.get_by_role("log").locator(".bubble.human .words")).to_have_text("Probando el canal")
        await expect(page.get_by_text("Acá responde el bot.")).to_be_visible()

        async def arrived() -> bool:
            return "Probando el canal" in await on_the_phone(stack, contact)

        await eventually(arrived, within=20)
