"""What a business does in the console besides talking: what the bot offers, money, people, channels."""

import re

import pytest
from playwright.async_api import expect

from tests.support.desk import Desk, bubbles, row

pytestmark = pytest.mark.browser


async def test_the_bot_uses_a_changed_course_in_its_next_turn(desk: Desk) -> None:
    contact = "5491155552001"
    async with desk.page("/clients/emprendemy/catalogue") as page:
        await page.get_by_role("link", name="Redes sociales para marcas chicas").first.click()
        await page.get_by_label("Enlace de inscripción").fill("no es un enlace")
        await page.get_by_role("button", name="Guardar").click()
        await expect(page.get_by_label("Enlace de inscripción")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("Enlace de inscripción").fill("https://emprendemy.example/nuevo/redes")
        await page.get_by_label("Precio").fill("81500")
        await page.get_by_role("button", name="Guardar").click()
        await expect(page.get_by_text("Guardado. El bot lo usa desde su próxima respuesta.")).to_be_visible()
    await desk.writes(contact, "Clara Curso", "¿cuánto sale el curso de redes sociales?")
    await desk.until_got(contact, "ARS 81500")
    await desk.writes(contact, "Clara Curso", "pasame el enlace de inscripción de redes sociales")
    await desk.until_got(contact, "https://emprendemy.example/nuevo/redes")


async def test_credit_is_topped_up_once_for_the_business_and_for_a_contact_without_an_account(desk: Desk) -> None:
    contact = "5491155552002"
    await desk.writes(contact, "Ciro Crédito", "hola")
    await desk.until_answered(contact)
    async with desk.page("/clients/emprendemy/credit") as page:
        for whose, dollars in (("La empresa", "25"), ("Ciro Crédito", "3,50")):
            await page.get_by_label("Cuenta", exact=True).select_option(label=whose)
            await page.get_by_label("Dólares").fill(dollars)
            await page.get_by_label("Por qué").fill("de prueba")
            await page.get_by_role("button", name="Cargar saldo").click()
            ledger = page.get_by_role("region", name="Movimientos")
            await expect(ledger.get_by_role("row", name=re.compile(whose)).first).to_contain_text("de prueba")
        await expect(page.get_by_role("region", name="Saldos")).to_contain_text("US$ 3,50")


async def test_an_invited_member_sees_their_client_alone(desk: Desk) -> None:
    mine, others = "5491155552003", "5491155552004"
    await desk.writes(mine, "Mía Nuestra", "hola")
    await desk.writes(others, "Otto Ajeno", "hola", phone_number_id="800000000000021")
    await desk.until_answered(others)
    async with desk.page("/clients/emprendemy/team") as page:
        await page.get_by_label("Correo").fill("nora@example.org")
        await page.get_by_role("button", name="Crear un enlace").click()
        link = await page.get_by_label("Enlace", exact=True).input_value()
    async with desk.page(who="olga@example.org") as page:
        await expect(row(page, "Otto Ajeno")).to_be_visible()
        await row(page, "Otto Ajeno").click()
        theirs = page.url
    context = await desk.chromium.new_context(locale="es-AR")
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_label("Tu nombre").fill("Nora Nueva")
    await page.get_by_label("Contraseña").fill("una clave bien larga")
    await page.get_by_role("button", name="Sumarme").click()
    await expect(row(page, "Mía Nuestra")).to_be_visible()
    await expect(row(page, "Otto Ajeno")).to_have_count(0)
    await page.get_by_role("searchbox").fill("Otto")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No se encontró nada")).to_be_visible()
    for path, status in ((theirs, 404), ("/clients/shop/catalogue", 404), ("/clients/emprendemy/team", 403)):
        answer = await page.goto(path if path.startswith("http") else f"{desk.stack.console_url}{path}")
        assert answer
        assert answer.status == status
    again = await page.goto(link)
    assert again
    assert again.status == 404
    await context.close()


async def test_a_test_message_from_the_channels_page_arrives(desk: Desk) -> None:
    contact = "5491155551077"
    async with desk.page() as page:
        await desk.writes(contact, "Carla Canal", "Hola!")
        await expect(row(page, "Carla Canal")).to_be_visible()
        await page.get_by_role("link", name="Canales").first.click()
        await page.get_by_label("A quién").first.select_option("Carla Canal")
        await page.get_by_role("textbox", name="Texto").fill("Probando el canal")
        await page.get_by_role("button", name="Enviar", exact=True).first.click()
        await page.get_by_role("link", name="Abrir la conversación").click()
        await expect(bubbles(page, "human").locator(".words")).to_have_text("Probando el canal")
        await expect(page.get_by_text("Acá responde el bot.")).to_be_visible()
        await desk.until_got(contact, "Probando el canal")
