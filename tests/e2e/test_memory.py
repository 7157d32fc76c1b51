"""A talk that is longer than its model's window, and a death in the middle of summing it up."""

from typing import Any
from uuid import UUID

import pytest

from remanso.store.summaries import Summary
from tests.support.credit import assert_books_agree
from tests.support.play import MEMORY, Play
from tests.support.waiting import eventually

GRANT = 100_000
"""US dollars a month, in the client's client.toml."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


async def say(play: Play, contact: str, *texts: str) -> list[str]:
    """One more turn of each text; what was answered so far."""
    for text in texts:
        dialog = await play.dialog(contact, "memory")
        turns = len(dialog.turns) if dialog else 0
        await play.send(contact, text, channel=MEMORY, profile_name="jp")
        await play.until_answered(contact, "memory", turns=turns + 1)
    return await play.received(contact)


async def asked_for(play: Play, mark: str) -> list[dict[str, Any]]:
    """What the model was asked about this contact: their first words, or what is told of them, bear the mark."""
    return [r for r in await play.control("GET", "openai/requests") if mark in str(r["body"])]


def is_summary(request: dict[str, Any]) -> bool:
    return "tools" not in request["body"] and str(request["body"]["messages"][0]["content"]).startswith("Resumí")


async def summaries(play: Play, conversation_id: UUID) -> list[Summary]:
    async with play.store.transaction() as tx:
        return await tx.summaries.of_conversation(conversation_id)


async def test_what_was_said_first_outlives_the_window_and_a_killed_agent(play: Play) -> None:
    contact = "5491180000041"
    await say(play, contact, "Hola, me llamo Julieta Quiroga")
    await play.script({"text": "Se perdió.", "when": {"user_contains": "Quiroga", "summary": True}, "latency": 20})
    number = 0
    while not any(map(is_summary, await asked_for(play, "Quiroga"))):
        number += 1
        await play.send(contact, f"Ese tema {number} me interesa mucho mucho mucho", channel=MEMORY, profile_name="jp")

        async def answered_or_summing_up(turns: int = number + 1) -> bool:
            dialog = await play.dialog(contact, "memory")
            summing_up = any(map(is_summary, await asked_for(play, "Quiroga")))
            return summing_up or bool(dialog and dialog.at_rest and len(dialog.turns) == turns)

        await eventually(answered_or_summing_up, within=30)
    for index in range(len(play.stack.processes["agent"])):
        play.stack.kill("agent", index)
    dialog = await play.until_answered(contact, "memory", turns=number + 1, within=90)
    assert all(turn.state == "answered" for turn in dialog.turns)
    assert len([text for text in await play.received(contact) if "Ya te leímos" not in text]) == number + 1
    (summary,) = await summaries(play, dialog.conversation.id)
    assert (summary.state, summary.tries) == ("made", 2)
    assert summary.text
    assert "Se llama Julieta Quiroga." in summary.text

    answers = await say(play, contact, *(f"Y el asunto {more} también me interesa mucho" for more in range(4)), "Hola")
    assert answers[-1].startswith("¡Hola, Julieta!")
    *_, last = [request for request in await asked_for(play, "Quiroga") if not is_summary(request)]
    assert "me llamo" not in str(last["body"]), "the model knows it from the summary alone"
    made = await summaries(play, dialog.conversation.id)
    assert len(made) > 1
    assert {each.state for each in made} == {"made"}
    await the_books_hold_every_call(play, dialog.conversation.id)


async def the_books_hold_every_call(play: Play, conversation_id: UUID) -> None:
    async def released() -> bool:
        async with play.store.transaction() as tx:
            account = await tx.books.account("memory")
        return account is not None and account.reserved == 0

    await eventually(released, within=30)
    await assert_books_agree(play.store)
    async with play.store.transaction() as tx:
        account = await tx.books.account("memory")
        used = await tx.books.used_by_conversation(conversation_id)
    assert account
    assert account.balance == GRANT - used.cost_usd
