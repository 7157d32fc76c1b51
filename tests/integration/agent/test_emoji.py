"""Bursts of emoji: the client's policy answers, and no model is asked."""

from dataclasses import replace

import pytest

from remanso.events import Envelope
from remanso.model.content import Reaction
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store.turns import Turn
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, made_up_client, reply
from tests.support.clock import let_pass
from tests.support.scene import conversation_of, receive, seal

WORDS = {"fallback": "a", "failed": "b", "feedback": "c", "emoji": "¡Gracias!"}


def with_policy(bench: Bench, policy: str, **more: object) -> Bench:
    return replace(bench, client=made_up_client(bench.runs, emoji={"policy": policy, **more}, texts={"es": WORDS}))


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


async def turns_after(bench: Bench, sender: Sender, *envelopes: Envelope) -> list[Turn]:
    """The turns of this contact once these messages have come in and been waited behind for long enough."""
    await receive(bench.store, envelopes, bench.client.config)
    await let_pass(bench.store, 30)
    await seal(bench.store)
    conversation = await conversation_of(bench.store, sender)
    async with bench.store.transaction() as tx:
        return await tx.turns.of_conversation(conversation.id)


async def answered_greeting(bench: Bench, sender: Sender, model: ScriptedModel) -> Reaction:
    """The contact has written and was answered; gives a reaction to what they wrote."""
    greeting = school.said(sender, "hola")
    (turn,) = await turns_after(bench, sender, greeting)
    await bench.desk(model).take(turn.id)
    async with bench.store.transaction() as tx:
        (said, _) = await tx.messages.of_conversation(turn.conversation_id)
    return Reaction(target=said.wamid or "", emoji="❤️")


async def test_a_lone_reaction_is_stored_and_no_more_by_default(bench: Bench) -> None:
    sender, model = school.person(), ScriptedModel(lambda request: reply("Hola."))
    reaction = await answered_greeting(bench, sender, model)
    (turn,) = await turns_after(bench, sender, school.said(sender, reaction))
    assert [kind for _, kind in await bench.log(turn)] == ["hola", "Hola.", "reaction"]
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({"reactions": "react", "emoji": "🙏"}, {"type": "reaction", "emoji": "🙏"}),
        ({"signs": {"❤": "text"}}, {"type": "text", "text": "¡Gracias!", "preview_url": False}),
    ],
)
async def test_a_client_may_answer_a_lone_reaction_without_the_model(
    bench: Bench, more: dict[str, object], sent: dict[str, object]
) -> None:
    bench, sender = with_policy(bench, "model", **more), school.person()
    model = ScriptedModel(lambda request: reply("Hola."))
    reaction = await answered_greeting(bench, sender, model)
    _, turn = await turns_after(bench, sender, school.said(sender, reaction))
    await bench.desk(model).take(turn.id)
    payload = (await bench.sent(turn))[-1].payload
    assert payload == sent | ({"target": reaction.target} if sent["type"] == "reaction" else {})
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert len(model.asked) == 1, "for the greeting"


async def test_a_client_may_have_the_model_answer_a_certain_reaction(bench: Bench) -> None:
    bench, sender = with_policy(bench, "ignore", signs={"❤️": "model"}), school.person()
    model = ScriptedModel(lambda request: reply("Hola."))
    reaction = await answered_greeting(bench, sender, model)
    _, turn = await turns_after(bench, sender, school.said(sender, reaction))
    await bench.desk(model).take(turn.id)
    assert getattr(model.asked[1].items[-1], "text", "") == "[Reaccionó con ❤️ a «hola»]"


async def test_behind_a_closed_window_no_reaction_opens_a_turn(bench: Bench) -> None:
    bench, sender = with_policy(bench, "text", reactions="text"), school.person()
    reaction = await answered_greeting(bench, sender, ScriptedModel(lambda request: reply("Hola.")))
    await let_pass(bench.store, 25 * 3600)
    assert len(await turns_after(bench, sender, school.said(sender, reaction))) == 1
