"""Bursts of emoji: the client's policy answers, and no model is asked."""

from dataclasses import replace

import pytest

from remanso.model.turn import TurnState
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, made_up_client, reply

WORDS = {"fallback": "a", "failed": "b", "feedback": "c", "emoji": "¡Gracias!"}


def with_policy(bench: Bench, policy: str) -> Bench:
    return replace(bench, client=made_up_client(bench.runs, emoji={"policy": policy}, texts={"es": WORDS}))


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ("ignore", []),
        ("react", [{"type": "reaction", "emoji": "👍"}]),
        ("text", [{"type": "text", "text": "¡Gracias!", "preview_url": False}]),
    ],
)
async def test_the_policy_answers_and_no_model_is_asked(
    bench: Bench, policy: str, sent: list[dict[str, object]]
) -> None:
    bench, model = with_policy(bench, policy), ScriptedModel(lambda request: reply("Del modelo."))
    turn = await bench.turn("😂", "❤️")
    await bench.desk(model).take(turn.id)
    assert model.asked == []
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    payloads = [dict(delivery.payload) for delivery in await bench.sent(turn)]
    wamids = [payload.pop("target") for payload in payloads if payload["type"] == "reaction"]
    assert payloads == sent
    async with bench.store.transaction() as tx:
        log = await tx.messages.of_conversation(turn.conversation_id)
    assert wamids == [log[1].wamid for _ in wamids]
    assert [said.content["text"] for said in log if said.author == "bot"] == [
        part["text"] for part in sent if "text" in part
    ]


async def test_the_model_is_asked_by_default_and_for_anything_more(bench: Bench) -> None:
    model = ScriptedModel(lambda request: reply("Del modelo."))
    for here, burst in ((bench, ["👍"]), (with_policy(bench, "ignore"), ["👍", "¿y el precio?"])):
        turn = await here.turn(*burst)
        await here.desk(model).take(turn.id)
        assert await here.texts(turn) == ["Del modelo."]


async def test_words_that_come_behind_an_emoji_are_absorbed_and_answered_by_the_model(bench: Bench) -> None:
    bench, sender = with_policy(bench, "text"), school.person()
    model = ScriptedModel(lambda request: reply("Hay varios."))
    turn = await bench.turn("👍", sender=sender)
    await bench.arrives(sender, "¿qué cursos hay?")
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Hay varios."]
    assert len(model.asked) == 1


async def test_the_next_turn_remembers_what_was_said_without_the_model(bench: Bench) -> None:
    bench, sender = with_policy(bench, "text"), school.person()
    model = ScriptedModel(lambda request: reply("De nada."))
    for words in ("👍", "gracias a vos"):
        await bench.desk(model).take((await bench.turn(words, sender=sender)).id)
    assert [getattr(item, "text", "") for item in model.asked[0].items][1:3] == ["👍", "¡Gracias!"]
