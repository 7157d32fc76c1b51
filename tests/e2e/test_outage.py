"""OpenAI is down, then back."""

import pytest

from tests.support.play import Play, nothing_more
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

CONTACTS = [f"549117000{number:04}" for number in range(5)]


async def test_the_fallback_comes_once_within_patience_and_the_answer_when_the_model_is_back(play: Play) -> None:
    config = next(config for config in play.stack.clients.configs if config.name == "emprendemy")
    fallbacks = {texts.fallback for texts in config.texts.values()}
    await play.control("POST", "openai/faults", {"faults": [{"kind": "outage", "times": None}]})
    try:
        for contact in CONTACTS:
            await play.send(contact, "Hola", "¿qué cursos tienen?")
        for contact in CONTACTS:
            [text] = await play.until_received(contact, 1, within=config.patience.seconds + 5)
            assert text in fallbacks
        assert len(await nothing_more(play, CONTACTS[0], seconds=5)) == 1
    finally:
        await play.control("DELETE", "openai/faults")
    for contact in CONTACTS:
        dialog = await play.until_answered(contact)
        received = await play.received(contact)
        assert [text in fallbacks for text in received].count(True) == 1
        assert received[1:] == dialog.texts_of("bot")
        assert [turn.state for turn in dialog.turns] == ["answered"]


async def test_without_any_agent_the_sender_notices_by_itself(play: Play) -> None:
    contact = "5491170009999"
    for index in range(len(play.stack.processes["agent"])):
        play.stack.freeze("agent", index)
    try:
        await play.send(contact, "¿Hay alguien?", channel="800000000000021")
        [text] = await play.until_received(contact, 1, within=30)
        assert text == "Ya te leímos, enseguida te respondemos."
    finally:
        for index in range(len(play.stack.processes["agent"])):
            play.stack.thaw("agent", index)
    await play.until_answered(contact, "shop")
    await eventually(lambda: answered(play, contact))


async def answered(play: Play, contact: str) -> bool:
    return len(await play.received(contact)) == 2
