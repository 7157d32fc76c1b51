"""What stands in the dialog of a conversation, and who may see it."""

from dataclasses import replace
from datetime import timedelta

from remanso.model.dialog import Entry, Visibility, visible
from remanso.store.turns import Turn
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, reply


async def dialog(bench: Bench, turn: Turn, to: Visibility) -> list[Entry]:
    async with bench.store.transaction() as tx:
        return visible(await tx.dialogs.of_conversation(turn.conversation_id), to)


def told(entries: list[Entry]) -> list[tuple[str, str]]:
    """(kind, text or reason) of each entry."""
    return [(str(entry.kind), entry.content.get("text") or entry.reason or entry.origin or "") for entry in entries]


async def test_each_looks_at_one_turn_with_other_eyes(bench: Bench) -> None:
    replies = [
        reply("", ("describe", "{}"), ("look", '{"query":"a"}')),
        reply("Cortad", finish_reason="length"),
        reply("", ("ask_person", '{"reason":"quiere pagar"}')),
        reply("Ya viene alguien."),
    ]
    model = ScriptedModel(lambda request: replies.pop(0))
    turn = await bench.turn("contame")
    await bench.desk(model).take(turn.id)
    seen = [("message", "contame"), ("text", "Ocho semanas, en vivo."), ("message", "Ya viene alguien.")]
    assert told(await dialog(bench, turn, Visibility.CONTACT)) == seen
    assert told(await dialog(bench, turn, Visibility.TEAM)) == [*seen, ("handed_off", "quiere pagar")]
    assert told(await dialog(bench, turn, Visibility.OPERATOR)) == [
        ("message", "contame"),
        ("tool_call", "describe"),
        ("tool_call", "look"),
        ("text", "Ocho semanas, en vivo."),
        ("draft", "Cortad"),
        ("tool_call", "ask_person"),
        ("message", "Ya viene alguien."),
        ("handed_off", "quiere pagar"),
    ]
    call = (await dialog(bench, turn, Visibility.OPERATOR))[2]
    assert call.content["result"] == '{"ok":true,"found":"a"}'


async def test_who_had_the_word_and_what_was_not_sent_because_of_it(bench: Bench) -> None:
    sender = school.person()
    turn = await bench.turn("hola", sender=sender)
    await bench.desk(ScriptedModel(lambda request: reply("Hola."))).take(turn.id)
    await bench.take_over(turn)
    await bench.execute(
        "UPDATE deliveries SET state = 'cancelled', reason = 'a person took over' WHERE conversation_id = :id",
        id=turn.conversation_id,
    )
    await bench.execute(
        "UPDATE conversations SET human_until = now() - interval '1 s' WHERE id = :id", id=turn.conversation_id
    )
    async with bench.store.transaction() as tx:
        await tx.takeovers.end_expired(100)
    await bench.arrives(sender, "¿sigue ahí?")
    entries = await dialog(bench, turn, Visibility.TEAM)
    kinds = [("message", "hola"), ("message", "Hola."), ("taken_over", ""), ("handed_back", "time")]
    assert told(entries) == [*kinds, ("message", "¿sigue ahí?")]
    assert [(part.state, part.reason) for part in entries[1].parts] == [("cancelled", "a person took over")]
    assert entries[1].visibility == Visibility.TEAM, "the contact never saw it"
    assert (entries[0].fate, entries[-1].fate) == ("turn", None)


async def test_fallbacks_floods_and_failures(bench: Bench) -> None:
    sender = school.person()
    turn = await bench.turn("hola", sender=sender)
    async with bench.store.transaction() as tx:
        outage = await tx.outages.open(turn.client, "down")
        position = await tx.conversations.take_delivery_positions(turn.conversation_id, 1)
        payload = {"type": "text", "text": school.FALLBACK}
        await tx.deliveries.add_fallback(
            turn.conversation_id, position, payload, epoch=0, turn_id=turn.id, outage_id=outage
        )
    await bench.arrives(sender, "una más")
    await bench.execute(
        "UPDATE messages SET fate = 'dropped', drop_reason = 'flood' WHERE conversation_id = :id AND fate IS NULL",
        id=turn.conversation_id,
    )
    model = ScriptedModel(lambda request: replace(reply(""), usage=reply("", finish_reason="refusal").usage))
    await bench.desk(model).take(turn.id)
    entries = await dialog(bench, turn, Visibility.OPERATOR)
    assert told(entries) == [
        ("message", "hola"),
        ("text", school.FALLBACK),
        ("message", "una más"),
        ("text", bench.client.config.text("failed")),
        ("failed", "model: refusal"),
        ("handed_off", ""),
    ]
    assert [entry.origin for entry in entries if entry.kind == "text"] == ["fallback", "answer"]
    assert entries[2].reason == "flood"


async def test_a_persons_word_and_several_parts(bench: Bench) -> None:
    turn = await bench.turn("contame todo")
    await bench.desk(ScriptedModel(lambda request: reply("Parte.\n\n" * 1_000))).take(turn.id)
    entries = await dialog(bench, turn, Visibility.CONTACT)
    assert [len(entry.parts) for entry in entries] == [0, 2]
    assert entries[1].at - entries[0].at > timedelta()
