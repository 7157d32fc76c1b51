"""The simulator's phone page, driven as a person would, with a business that answers through the Graph API."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import flawless_page
from tests.support.lone_simulator import Business

pytestmark = pytest.mark.browser

ANA, CARLA = "5491155550111", "34600000133"
BURST = ["Hola!", "quería saber por los cursos", "¿tienen de marketing?"]


def count(number: int) -> Any:
    return lambda messages: len(messages) >= number


def bubbles(phone: Page, side: str) -> Locator:
    return phone.locator(f".message.{side}:not(.typing)")


async def type_burst(phone: Page, *lines: str) -> None:
    await phone.get_by_role("textbox", name="Mensaje").click()
    for line in lines:
        await phone.keyboard.type(line)
        await phone.keyboard.press("Enter")


async def test_a_burst_is_typed_received_read_and_answered(phone: Page, business: Business) -> None:
    await type_burst(phone, *BURST)
    heard = await business.hears(count(3))
    assert [message["text"]["body"] for message in heard] == BURST
    await expect(bubbles(phone, "mine").locator(".words")).to_have_text(BURST)
    log = phone.get_by_role("log")
    await expect(log.get_by_role("img", name="Recibido por el negocio")).to_have_count(3)

    await business.reads(heard[-1]["id"])
    await expect(log.get_by_role("img", name="Leído por el negocio")).to_have_count(3)
    await expect(phone.locator(".typing")).to_be_visible()

    await business.says(ANA, type="text", text={"body": "¡Hola Ana! Sí, tenemos uno."})
    await expect(bubbles(phone, "theirs")).to_have_count(1)
    await expect(bubbles(phone, "theirs")).to_contain_text("¡Hola Ana! Sí, tenemos uno.")
    await expect(phone.locator(".typing")).to_have_count(0)


async def test_shift_enter_makes_a_new_line(phone: Page, business: Business) -> None:
    await phone.get_by_role("textbox", name="Mensaje").click()
    await phone.keyboard.type("uno")
    await phone.keyboard.press("Shift+Enter")
    await phone.keyboard.type("dos")
    await phone.keyboard.press("Enter")
    [message] = await business.hears(count(1))
    assert message["text"]["body"] == "uno\ndos"


async def test_the_sample_burst_is_three_messages(phone: Page, business: Business) -> None:
    await phone.get_by_role("button", name="Enviar una ráfaga de ejemplo").click()
    heard = await business.hears(count(3))
    await expect(bubbles(phone, "mine").locator(".words")).to_have_text([m["text"]["body"] for m in heard])


async def test_buttons_and_list_rows_are_tapped(phone: Page, business: Business) -> None:
    await type_burst(phone, "hola")
    await business.hears(count(1))
    buttons = [{"type": "reply", "reply": {"id": hour, "title": hour.title()}} for hour in ("mañana", "noche")]
    asked = await business.says(
        ANA,
        type="interactive",
        interactive={"type": "button", "body": {"text": "¿Cuándo?"}, "action": {"buttons": buttons}},
    )
    await phone.get_by_role("button", name="Noche").click()
    heard = await business.hears(count(2))
    assert heard[1]["interactive"]["button_reply"] == {"id": "noche", "title": "Noche"}
    assert heard[1]["context"]["id"] == asked
    await expect(bubbles(phone, "mine").last).to_contain_text("Noche")

    rows = [{"id": "mkt", "title": "Marketing", "description": "8 semanas"}, {"id": "web", "title": "Web"}]
    listed = {"button": "Ver cursos", "sections": [{"title": "Cursos", "rows": rows}]}
    await business.says(
        ANA, type="interactive", interactive={"type": "list", "body": {"text": "Hay dos"}, "action": listed}
    )
    await phone.get_by_role("button", name="Ver cursos").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Marketing").click()
    heard = await business.hears(count(3))
    assert heard[2]["interactive"]["list_reply"] == rows[0]


async def test_a_reaction_is_given_and_taken_back(phone: Page, business: Business) -> None:
    await type_burst(phone, "hola")
    await business.hears(count(1))
    answer = await business.says(ANA, type="text", text={"body": "¡Hola!"})
    told = bubbles(phone, "theirs")
    await told.hover()
    await told.get_by_role("button", name="Reaccionar").click()
    await phone.get_by_role("menuitem", name="Reaccionar con 👍").click()
    await expect(told.get_by_role("img", name="Tu reacción: 👍")).to_be_visible()
    await told.get_by_role("button", name="Reaccionar").click()
    await phone.get_by_role("menuitem", name="Quitar la reacción").click()
    await expect(told.get_by_role("img", name="Tu reacción")).to_have_count(0)
    heard = await business.hears(count(3))
    assert [m["reaction"] for m in heard[1:]] == [{"message_id": answer, "emoji": "👍"}, {"message_id": answer}]

    await business.says(ANA, type="reaction", reaction={"message_id": heard[0]["id"], "emoji": "🙏"})
    await expect(bubbles(phone, "mine").get_by_role("img", name="Reacción del negocio: 🙏")).to_be_visible()


async def test_everything_in_the_attach_menu_reaches_the_business(phone: Page, business: Business) -> None:
    kinds = {
        "Foto": "image",
        "Nota de voz": "audio",
        "Documento": "document",
        "Sticker": "sticker",
        "Contacto": "contacts",
        "Algo no compatible (una encuesta)": "unsupported",
        "Ubicación": "location",
    }
    for number, (name, kind) in enumerate(kinds.items(), 1):
        await phone.get_by_role("button", name="Adjuntar").click()
        await phone.get_by_role("menuitem", name=name, exact=True).click()
        if kind == "location":
            await phone.get_by_role("button", name="Cerro Catedral").click()
            await phone.get_by_role("dialog").get_by_role("button", name="Enviar").click()
        heard = await business.hears(count(number))
        assert heard[-1]["type"] == kind
    assert heard[-1]["location"] == {
        "latitude": -41.1683,
        "longitude": -71.4389,
        "name": "Cerro Catedral",
        "address": "San Carlos de Bariloche",
    }
    await expect(bubbles(phone, "mine")).to_have_count(len(kinds))


async def test_text_marks_become_shape_and_markup_stays_text(phone: Page, business: Business) -> None:
    await type_burst(phone, "hola")
    await business.hears(count(1))
    text = (
        "*fuerte* _suave_ ~no~ ```code``` 2*3*4 mi_nombre_es <img src=x onerror=alert(1)> (https://example.org/a_b_c)."
    )
    await business.says(ANA, type="text", text={"body": text})
    words = bubbles(phone, "theirs").locator(".words")
    shown = "fuerte suave no code 2*3*4 mi_nombre_es <img src=x onerror=alert(1)> (https://example.org/a_b_c)."
    await expect(words).to_have_text(shown)
    for tag, inside in {"strong": "fuerte", "em": "suave", "s": "no", "code": "code"}.items():
        await expect(words.locator(tag)).to_have_text([inside])
    await expect(words.locator("img")).to_have_count(0)
    link = words.get_by_role("link")
    await expect(link).to_have_attribute("href", "https://example.org/a_b_c")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_what_comes_for_another_person_is_unread_until_opened(phone: Page, business: Business) -> None:
    carla = phone.get_by_role("button", name="Carla")
    await carla.click()
    await type_burst(phone, "soy Carla")
    await business.hears(count(1))
    await phone.get_by_role("button", name="Ana").click()
    await expect(phone.get_by_text("Escribís como Ana")).to_be_visible()
    await business.says(CARLA, type="text", text={"body": "Hola *Carla*"})
    await expect(carla).to_contain_text("Hola Carla")
    await expect(carla.locator(".unread")).to_have_text("1 sin leer")
    await carla.click()
    await expect(carla.locator(".unread")).to_have_count(0)
    await expect(bubbles(phone, "theirs")).to_contain_text("Hola Carla")


async def test_a_new_contact_writes(phone: Page, business: Business) -> None:
    await phone.get_by_role("button", name="Nuevo contacto").click()
    sheet = phone.get_by_role("dialog")
    await sheet.get_by_label("Nombre").fill("Zoe Prueba")
    await sheet.get_by_label("Número inventado").fill("5491155559999")
    await sheet.get_by_role("button", name="Crear").click()
    await expect(phone.get_by_text("Escribís como Zoe Prueba · +54 9 11 5555-9999")).to_be_visible()
    await type_burst(phone, "hola, soy Zoe")
    [message] = await business.hears(count(1))
    assert message["from"] == "5491155559999"
    state = await business.control("GET", "state")
    assert {"wa_id": "5491155559999", "name": "Zoe Prueba"}.items() <= state["contacts"][-1].items()


async def test_trouble_switches_order_faults_and_survive_a_reload(phone: Page, business: Business) -> None:
    await phone.get_by_role("switch", name="Apagar OpenAI").check()
    await phone.get_by_role("switch", name="WhatsApp no confirma").check()
    await phone.reload()
    await expect(phone.get_by_role("switch", name="Apagar OpenAI")).to_be_checked()
    await expect(phone.get_by_role("switch", name="WhatsApp no confirma")).to_be_checked()
    assert [fault["kind"] for fault in await business.control("GET", "openai/faults")] == ["outage"]
    assert [fault["kind"] for fault in await business.control("GET", "graph/faults")] == ["timeout_after"]
    await phone.get_by_role("switch", name="Apagar OpenAI").uncheck()
    await expect(phone.get_by_role("switch", name="WhatsApp no confirma")).to_be_checked()
    await phone.reload()
    await expect(phone.get_by_role("switch", name="Apagar OpenAI")).not_to_be_checked()
    assert await business.control("GET", "openai/faults") == []


async def test_repeated_webhooks_reach_the_business_three_times(phone: Page, business: Business) -> None:
    await phone.get_by_role("switch", name="Webhooks repetidos").check()
    await type_burst(phone, "una vez")
    heard = await business.hears(count(3))
    assert len({message["id"] for message in heard}) == 1
    await expect(bubbles(phone, "mine")).to_have_count(1)


async def test_a_message_outside_the_window_is_shown_as_not_delivered(phone: Page, business: Business) -> None:
    await business.says(ANA, type="text", text={"body": "¿Seguís ahí?"})
    await expect(phone.get_by_text("No llegó: el negocio recibe el error 131047.")).to_be_visible()


async def test_what_could_not_be_sent_stays_in_the_field(phone: Page, business: Business) -> None:
    await phone.context.set_offline(True)
    await type_burst(phone, "no salgo")
    await expect(phone.get_by_role("alert").filter(has_text="No se pudo enviar")).to_be_visible()
    await expect(phone.get_by_role("textbox", name="Mensaje")).to_have_value("no salgo")
    await phone.context.set_offline(False)
    await phone.keyboard.press("Enter")
    await business.hears(count(1))
    await expect(phone.get_by_role("alert").filter(has_text="No se pudo enviar")).to_have_count(0)


async def test_the_page_says_in_both_languages_that_it_is_not_whatsapp(phone: Page) -> None:
    title = phone.get_by_role("heading", level=1)
    await expect(title).to_have_text("Simulador de Remanso – no es WhatsApp")
    await phone.get_by_role("button", name="EN", exact=True).click()
    await expect(title).to_have_text("Remanso simulator – not WhatsApp")
    await expect(phone).to_have_title("Remanso simulator – not WhatsApp")
    await phone.reload()
    await expect(title).to_have_text("Remanso simulator – not WhatsApp")


async def test_a_narrow_screen_is_the_phone_itself(chromium: Browser, business: Business) -> None:
    small = {"width": 390, "height": 780}
    async with flawless_page(chromium, business.simulator_url, locale="en-GB", viewport=small) as page:
        await page.get_by_role("button", name="Ana").click()
        await expect(page.get_by_text("You write as Ana")).to_be_visible()
        await expect(page.get_by_role("heading", name="People", exact=True)).to_be_hidden()
        await page.get_by_role("button", name="Trouble").click()
        await expect(page.get_by_role("switch", name="Stop OpenAI")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("switch", name="Stop OpenAI")).to_be_hidden()
        await page.get_by_role("button", name="Back to people").click()
        await expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
