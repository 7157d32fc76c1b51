"""People as the channel shows them: without a number, with a new one, who change what they said, who get a person."""

import json

import pytest
from sqlalchemy import text

from services.agent.phrases import PHRASES
from tests.support.play import Play
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


async def test_without_a_number_then_with_one_then_with_another_is_one_conversation(play: Play) -> None:
    contact, new = "5491190000031", "5491190000032"
    await play.send(contact, "¡Hola!", hide_phone=True, username="ana.d")
    await play.until_received(contact, 1)
    sent = [r["payload"] for r in await play.control("GET", "graph/requests") if r["kind"] == "message"][-1]
    assert "to" not in sent
    assert sent["recipient"].startswith("AR.")
    await play.send(contact, "ya se ve mi número")
    first = await play.until_answered(contact, turns=2)
    assert first.texts_of("contact") == ["¡Hola!", "ya se ve mi número"]
    await play.control("POST", f"contacts/{contact}/send", {"messages": [{"type": "system", "wa_id": new}]})
    await play.send(new, "soy yo, con otro número")
    later = await play.until_answered(new, turns=3)
    assert later.conversation.id == first.conversation.id
    assert await play.dead_letters() == 0


async def test_a_person_answers_from_the_phone_app_and_the_bot_is_silent(play: Play) -> None:
    contact = "5491190000033"
    wamids = await play.send(contact, "¡Hola!")
    await play.until_answered(contact)
    answer = await play.control("POST", f"contacts/{contact}/echo", {"text": "Soy Marta.", "repeat": 2})
    assert answer["webhook_status"] == [200, 200]
    await play.send(contact, "gracias, Marta")
    edit = {"type": "edit", "original_message_id": wamids[0], "text": "Hola, buenas"}
    await play.control("POST", f"contacts/{contact}/send", {"messages": [edit]})
    await play.control("POST", f"contacts/{contact}/preference", {"value": "stop"})

    async def stored() -> bool:
        dialog = await play.dialog(contact)
        return dialog is not None and len(dialog.messages) == 5 and dialog.conversation.due_at is not None

    await eventually(stored)
    dialog = await play.dialog(contact)
    assert dialog
    assert dialog.conversation.mode == "human"
    assert len(dialog.turns) == 1
    assert dialog.texts_of("human") == ["Soy Marta."]
    assert dialog.messages[0].edited_text == "Hola, buenas"
    assert len(await play.received(contact)) == 1

    async def stopped() -> bool:
        async with play.store.transaction() as tx:
            person = await tx.contacts.get(dialog.conversation.contact_id)
        return person is not None and person.marketing_stopped_at is not None

    await eventually(stopped)


async def test_nobody_comes_and_the_bot_answers_what_was_written_meanwhile_once(play: Play) -> None:
    """The contact asks for a person and writes on; the time runs out. The bot knows, says so, and the mark stays."""
    contact, reason = "5491190000036", {"reason": "pide una persona", "summary": "quiere hablar con alguien"}
    asks = {"user_contains": "una persona", "results": 0}
    calls = [{"name": "ask_for_person", "arguments": reason}]
    await play.script(
        {"text": "", "tool_calls": calls, "when": asks},
        {"text": "Te va a escribir alguien del equipo.", "when": {"user_contains": "una persona", "results": 1}},
        {"text": "Todavía no pudo atenderte nadie. ¿Qué querías saber?", "when": {"user_contains": "alguien"}},
    )
    await play.send(contact, "quiero hablar con una persona")
    handed_off = await play.until_answered(contact)
    assert handed_off.conversation.mode == "human"
    await play.send(contact, "¿hay alguien", "es por el curso")

    async def waits() -> bool:
        dialog = await play.dialog(contact)
        return dialog is not None and len(dialog.texts_of("contact")) == 3

    await eventually(waits)
    async with play.store.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE conversations SET human_until = now() WHERE id = :id"), {"id": handed_off.conversation.id}
        )
    answered = await play.until_answered(contact, turns=2)
    assert [(m.position, m.fate) for m in answered.messages if m.author == "contact"][1:] == [(4, "turn"), (5, "turn")]
    assert await play.received(contact) == [
        "Te va a escribir alguien del equipo.",
        "Todavía no pudo atenderte nadie. ¿Qué querías saber?",
    ]
    asked = [
        r["body"] for r in await play.control("GET", "openai/requests") if "es por el curso" in json.dumps(r["body"])
    ]
    assert len(asked) == 1
    assert PHRASES["es"].nobody_came in json.dumps(asked[0], ensure_ascii=False)
    conversation = answered.conversation
    assert (conversation.mode, conversation.handoff_reason) == ("bot", "pide una persona: quiere hablar con alguien")


async def test_old_history_moves_nobody(play: Play) -> None:
    metadata = {"phone_number_id": "800000000000001", "display_phone_number": "15550100001"}
    old = {"from": "5491190000034", "id": "wamid.OLD", "timestamp": "1780000000", "type": "text", "text": {"body": "x"}}
    chunk = {"metadata": {"phase": 0, "chunk_order": 1, "progress": 5}, "threads": [{"id": "1", "messages": [old]}]}
    contact = {"type": "contact", "action": "add", "contact": {"full_name": "Ana", "phone_number": "5491190000034"}}
    changes = [
        {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, field_key: [value]}}
        for field, field_key, value in (("history", "history", chunk), ("smb_app_state_sync", "state_sync", contact))
    ]
    body = {"object": "whatsapp_business_account", "entry": [{"id": "900000000000001", "changes": changes}]}
    assert (await play.control("POST", "webhooks", {"webhooks": [body]}))["statuses"] == {"200": 1}
    await play.send("5491190000035", "¡Hola!")
    await play.until_answered("5491190000035")
    assert await play.dialog("5491190000034") is None
