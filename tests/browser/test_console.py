"""The console on the whole running product, in a browser: what a person sees and does while contacts write."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from services.simulator.graph.samples import samples
from tests.support.desk import Desk, bubbles, row
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser


async def test_a_burst_arrives_live_and_a_person_steps_in_and_out(desk: Desk) -> None:
    contact = "5491155551001"
    async with desk.page() as page:
        await desk.writes(contact, "Bruno Prueba", "Hola!", "¿tienen cursos de marketing?")
        await row(page, "Bruno Prueba").click()
        lines = page.get_by_role("log")
        await expect(bubbles(page, "theirs")).to_have_count(2)
        await expect(bubbles(page, "bots").first).to_be_visible()
        await expect(page.get_by_role("textbox", name="Mensaje")).to_have_count(0)

        await page.keyboard.press("t")
        field = page.get_by_role("textbox", name="Mensaje")
        await field.fill("Hola Bruno, soy Ana")
        await field.press("Enter")
        await expect(bubbles(page, "human").locator(".words")).to_have_text("Hola Bruno, soy Ana")
        arrived = bubbles(page, "human").get_by_role("img", name=re.compile("Entregado|Leído"))
        await expect(arrived).to_be_visible()
        assert "Hola Bruno, soy Ana" in str(await desk.got(contact))

        bots = await lines.locator(".bubble.bots").count()
        await desk.writes(contact, "Bruno Prueba", "gracias Ana, ¿y cuánto sale?")
        await expect(bubbles(page, "theirs")).to_have_count(3)
        await expect(field).to_have_value("")
        await page.get_by_role("button", name="Devolver al bot").click()
        await expect(page.get_by_text("Acá responde el bot.")).to_be_visible()
        await desk.writes(contact, "Bruno Prueba", "¿tienen certificado?")
        await expect(bubbles(page, "bots")).not_to_have_count(bots)


async def test_taken_over_between_two_parts_the_second_is_never_sent(desk: Desk) -> None:
    """The first part is with the contact, the next cannot go yet; from the take-over on nothing of the bot's goes."""
    contact = "5491155551014"
    passes, stays = (
        {"kind": "slow", "seconds": 0, "times": 1, "to": contact},
        {"kind": "code", "code": 131016, "to": contact},
    )
    await desk.control("POST", "graph/faults", {"faults": [passes, stays]})
    async with desk.page() as page:
        await desk.writes(contact, "Delfina Dospartes", "¿cuánto sale el curso de marketing digital?")
        await row(page, "Delfina Dospartes").click()
        ticks = bubbles(page, "bots").locator(".bubble-foot").get_by_role("img")
        await expect(ticks.nth(1)).to_have_attribute("aria-label", re.compile("Espera"))
        await expect(ticks.first).to_have_attribute("aria-label", re.compile("Entregado|Leído"))
        await expect(page.get_by_text("el bot está en eso")).to_have_count(0)  # it has said all it had to say
        parts = await ticks.count()

        await page.get_by_role("button", name="Tomar", exact=True).click()
        never = page.get_by_text("No se envió: una persona tomó la conversación")
        await expect(never).to_have_count(parts - 1)
        await desk.control("DELETE", "graph/faults")
        field = page.get_by_role("textbox", name="Mensaje")
        await field.fill("Sigo yo, Delfina")
        await field.press("Enter")
        await expect(bubbles(page, "human").get_by_role("img", name=re.compile("Entregado|Leído"))).to_be_visible()
        first, answer = await desk.got(contact)
        assert first["text"]["body"] in await bubbles(page, "bots").first.inner_text()
        assert answer["text"]["body"] == "Sigo yo, Delfina"

        await page.get_by_role("button", name="Devolver al bot").click()
        await desk.writes(contact, "Delfina Dospartes", "¿tienen certificado?")
        await desk.until_got(contact, "ertificado")
        await expect(never).to_have_count(parts - 1)


async def test_a_page_that_gets_no_answer_asks_again_until_it_has_one(desk: Desk) -> None:
    """Nobody looks at old rows because the console was busy for a moment."""
    contact, refusals = "5491155551021", 0

    async def refuse(route: Route) -> None:
        nonlocal refusals
        refusals += 1
        await (route.fulfill(status=503) if refusals % 2 else route.abort())

    async with desk.page() as page:
        for path in ("**/inbox/rows*", "**/thread*"):
            await page.route(path, refuse)
        await desk.writes(contact, "Irene Insiste", "hola")
        await eventually(lambda: refusals >= 3, within=60)
        await page.unroute_all()
        await expect(row(page, "Irene Insiste")).to_be_visible()
        await row(page, "Irene Insiste").click()
        await page.route("**/thread*", refuse)
        before = refusals
        await desk.writes(contact, "Irene Insiste", "¿hay alguien?")
        await eventually(lambda: refusals > before, within=60)
        await page.unroute_all()
        await expect(bubbles(page, "theirs")).to_have_count(2)


async def test_files_buttons_replies_and_notes_by_keyboard(desk: Desk) -> None:
    contact, picture = "5491155551011", samples()["image"][1]
    async with desk.page("/clients/emprendemy/replies") as page:
        await page.get_by_label("Título").fill("Horarios")
        await page.get_by_label("Texto").fill("Atendemos de 9 a 18.")
        await page.get_by_role("button", name="Guardar").click()
        await desk.writes(contact, "Elsa Teclas", "hola")
        await desk.until_answered(contact)
        await desk.go(page, "/inbox")
        await row(page, "Elsa Teclas").click()
        await expect(page.get_by_role("log")).to_be_visible()
        await page.wait_for_load_state()  # keys are heard from then on
        await page.keyboard.press("t")
        field = page.get_by_role("textbox", name="Mensaje")
        await expect(field).to_be_visible()

        await page.keyboard.press("r")
        await page.keyboard.press("/")
        await page.keyboard.press("Enter")
        await expect(field).to_have_value("Atendemos de 9 a 18.")
        await page.keyboard.press("Shift+Tab")  # back over the field's neighbours and forth again: all can be reached
        await field.press("Enter")
        await desk.until_got(contact, "Atendemos de 9 a 18.")

        async with page.expect_file_chooser() as chooser:
            await page.get_by_label("Adjuntar un archivo").last.press("Enter")
        await (await chooser.value).set_files({"name": "logo.svg", "mimeType": "image/png", "buffer": b"<svg/>"})
        await expect(page.get_by_role("list", name="Archivos adjuntos")).to_contain_text("logo.svg")
        await field.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("WhatsApp no acepta este archivo")
        await page.get_by_role("button", name="Quitar: logo.svg").press("Enter")
        await drop_and_paste(page, picture)
        await field.fill("Así queda")
        await field.press("Enter")
        await expect(bubbles(page, "human").locator("img.rounded-lg")).to_have_count(2)
        loaded = "image => image.complete && image.naturalWidth === 32"
        await eventually(lambda: bubbles(page, "human").locator("img.rounded-lg").last.evaluate(loaded))
        await eventually(lambda: _at_least(desk, contact, 4))
        images = [each["image"] for each in await desk.got(contact) if each["type"] == "image"]
        assert [image.get("caption") for image in images] == ["Así queda", None]

        await page.get_by_text("Botones").click()
        await page.get_by_label("Botón 1").fill("Sí, quiero")
        await field.fill("¿Te anoto?")
        await field.press("Enter")
        await desk.until_got(contact, "Sí, quiero")

        await page.get_by_role("tab", name="Nota privada").press("Enter")
        note = page.get_by_role("textbox", name="Nota privada")
        await note.fill("Llamar el lunes")
        await note.press("Enter")
        await expect(page.get_by_role("log").get_by_text("Llamar el lunes")).to_be_visible()
        assert "Llamar el lunes" not in str(await desk.got(contact))


async def drop_and_paste(page: Page, picture: bytes) -> None:
    """Two pictures, as a mouse and as a clipboard bring them."""
    for event, name in (("drop", "uno.png"), ("paste", "dos.png")):
        await page.get_by_role("textbox", name="Mensaje").evaluate(
            """(field, [event, name, bytes]) => {
                const carried = new DataTransfer();
                carried.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
                const more = { bubbles: true, cancelable: true, dataTransfer: carried, clipboardData: carried };
                field.dispatchEvent(event === "drop" ? new DragEvent(event, more) : new ClipboardEvent(event, more));
            }""",
            [event, name, list(picture)],
        )
    await expect(page.get_by_role("list", name="Archivos adjuntos").get_by_role("listitem")).to_have_count(2)


async def test_what_is_typed_survives_news_and_the_row_under_the_pointer_stays(desk: Desk) -> None:
    first, second = "5491155551002", "5491155551003"
    await desk.writes(first, "Primera Persona", "hola")
    await desk.until_answered(first)  # else the answer may lift this row above the other
    async with desk.page() as page:
        await expect(row(page, "Primera Persona")).to_be_visible()
        await desk.writes(second, "Segunda Persona", "hola")
        await expect(row(page, "Segunda Persona")).to_be_visible()
        await row(page, "Segunda Persona").click()
        await page.get_by_role("button", name="Tomar y escribir").click()
        await page.get_by_role("textbox", name="Mensaje").fill("estoy escribiendo")
        top = page.locator("#rows > li").first
        await top.hover()
        await expect(top).to_contain_text("Segunda Persona")
        await desk.writes(first, "Primera Persona", "¿hay alguien?")
        await expect(page.locator("[data-fresh]")).to_be_visible()
        await expect(top).to_contain_text("Segunda Persona")
        await page.locator("[data-fresh]").click()
        await expect(top).to_contain_text("Primera Persona")
        await desk.writes(second, "Segunda Persona", "acá estoy")
        await expect(bubbles(page, "theirs")).to_have_count(2)
        await expect(page.get_by_role("textbox", name="Mensaje")).to_have_value("estoy escribiendo")


async def test_whoever_needs_a_person_rings_on_every_page(desk: Desk) -> None:
    """A badge in the title, and where the browser may and the switch is on, a sound and a notification."""
    async with desk.page("/clients/emprendemy/team", permissions=["notifications"]) as page:
        await page.evaluate(
            "window.shown = []; window.Notification = class { static permission = 'granted';"
            " constructor(words) { window.shown.push(words); } }; localStorage.setItem('bell', 'on')"
        )
        await page.get_by_role("button", name="Sonido cuando alguien pide una persona").first.click()
        await page.get_by_role("button", name="Sonido cuando alguien pide una persona").first.click()
        before = re.match(r"\((\d+)\)", await page.title())
        waiting = int(before[1]) if before else 0
        await desk.writes("5491155551012", "Pide Persona", "quiero hablar con una persona")
        await expect(page).to_have_title(re.compile(rf"^\({waiting + 1}\)"))
        await desk.go(page, "/inbox?view=needs_human")
        await expect(row(page, "Pide Persona")).to_be_visible()


async def _at_least(desk: Desk, contact: str, count: int) -> bool:
    return len(await desk.got(contact)) >= count
