"""What no longer fits is cut off and summed up: once, on the books, in bounded time, and never at the turn's cost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from remanso.model.dialog import Entry, EntryKind, Visibility, visible
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.plugin.behaviour import Limits
from remanso.store.summaries import Summary
from remanso.store.turns import Turn
from services.agent.asking import ContactText, Instruction, ModelRefused, ModelReply, ModelRequest, ModelUnavailable
from services.agent.credit import release_abandoned
from services.agent.summary import MOST_TRIES
from services.agent.worst_case import worst_case
from tests.support import credit, school
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply, results_in

COST = Decimal("0.00125")
NAMES = iter(f"memory-{number}" for number in range(1000))
TURNS = 4
"""As many earlier turns are shown; the next one cuts to half of them."""
FEW = 1
"""The same where every border is tried."""
PRICE = [{"input": 1, "cached": 1, "cache_write": 1, "output": 1, "valid_from": "2026-11-01"}]

SHORT = {"model": "gpt-6-luna", "max_output_tokens": 1_000, "history_turns": TURNS, "prices": PRICE}
LONG = 100 * " palabras"

Answer = Callable[[ModelRequest], ModelReply]


def paid(said: ModelReply) -> ModelReply:
    return replace(said, usage=replace(said.usage, cost_usd=COST))


def is_summary(request: ModelRequest) -> bool:
    return request.label.endswith("/summary")


def model(sum_up: Answer = lambda request: paid(reply("Busca velas para su tía Rita."))) -> ScriptedModel:
    """Answers after a look; sums up as it is told."""

    def answer(request: ModelRequest) -> ModelReply:
        if is_summary(request):
            return sum_up(request)
        return paid(reply("Anotado.") if results_in(request) else reply("", ("look", '{"query":"a"}')))

    return ScriptedModel(answer)


def forgetful(bench: Bench, turns: int = TURNS, **sections: Any) -> Bench:
    """A client of its own with credit, whose model is shown few turns."""
    known: dict[str, Any] = {
        "name": next(NAMES),
        "model": {"model": "gpt-6-luna", "history_turns": turns, "prices": PRICE},
        "credit": {"enabled": True, "client_dollars": 100},
    }
    return replace(bench, client=made_up_client(bench.runs, **known | sections))


async def talk(bench: Bench, sender: Sender, turns: int = TURNS + 1, words: str = "") -> None:
    """So much that the next turn's history has to be cut."""
    for number in range(turns):
        await bench.desk(model()).take((await bench.turn(f"mensaje {number}{words}", sender=sender)).id)


async def next_turn(bench: Bench, sender: Sender, asked: ScriptedModel, words: str = "¿y entonces?") -> Turn:
    turn = await bench.turn(words, sender=sender)
    await bench.desk(asked).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    return turn


def texts(request: ModelRequest) -> list[str]:
    return [item.text for item in request.items if isinstance(item, ContactText)]


async def summaries(bench: Bench, turn: Turn) -> list[Summary]:
    async with bench.store.transaction() as tx:
        return await tx.summaries.of_conversation(turn.conversation_id)


async def dialog(bench: Bench, turn: Turn) -> list[Entry]:
    async with bench.store.transaction() as tx:
        return await tx.dialogs.of_conversation(turn.conversation_id)


async def assert_books(bench: Bench, turn: Turn, *, calls: int) -> None:
    """The conversation cost so many calls, the account paid exactly that, and nothing stays reserved."""
    await release_abandoned(bench.store)
    async with bench.store.transaction() as tx:
        used = await tx.books.used_by_conversation(turn.conversation_id)
        account = await tx.books.account(bench.client.name)
    assert account
    assert (used.steps, used.cost_usd) == (calls, calls * COST)
    assert account.balance == 100 - calls * COST
    assert account.reserved == 0
    await credit.assert_books_agree(bench.store)


async def test_what_is_cut_off_is_summed_up_behind_the_system_prompt_and_paid_for(bench: Bench) -> None:
    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    asked = model()
    turn = await next_turn(bench, sender, asked)
    summary, first, _ = asked.asked
    assert (summary.tools, summary.may_call) == ((), False)
    told = "\n".join(texts(summary))
    assert "Persona: mensaje 0" in told
    assert "El asistente consultó look" in told
    assert "mensaje 3" not in told, "that one is still shown"
    assert isinstance(first.items[0], Instruction)
    assert "Busca velas para su tía Rita." in texts(first)[0]
    assert texts(first)[1:] == ["mensaje 3", "mensaje 4", "¿y entonces?"]
    assert [(row.state, row.tries) for row in await summaries(bench, turn)] == [("made", 1)]
    await assert_books(bench, turn, calls=2 * (TURNS + 2) + 1)

    later = model()
    await next_turn(bench, sender, later)
    assert [is_summary(request) for request in later.asked] == [False, False], "cut rarely, summed up once"
    assert later.asked[0].items[: len(first.items) - 2] == first.items[:-2], "the beginning did not move"


async def test_the_next_summary_carries_the_one_before(bench: Bench) -> None:
    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    await next_turn(bench, sender, model())
    await talk(bench, sender, 2)
    asked = model()
    turn = await next_turn(bench, sender, asked)
    assert texts(asked.asked[0])[0] == "Resumen anterior: Busca velas para su tía Rita."
    assert "mensaje 0" not in "\n".join(texts(asked.asked[0]))
    assert [row.state for row in await summaries(bench, turn)] == ["made", "made"]


async def test_only_operators_see_it(bench: Bench) -> None:
    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    turn = await next_turn(bench, sender, model())
    shown = await dialog(bench, turn)
    (entry,) = [entry for entry in shown if entry.kind == EntryKind.SUMMARY]
    assert entry.content == {"text": "Busca velas para su tía Rita.", "state": "made"}
    assert entry not in visible(shown, Visibility.TEAM)
    behind = shown[shown.index(entry) + 1 :]
    assert next(e.content["text"] for e in behind if e.kind == EntryKind.MESSAGE) == "mensaje 3"


async def crash_and_resume(bench: Bench, border: int, *, before: bool) -> bool:
    """One agent dies at a border of a turn that begins with a summary, another finishes. False: no such border."""
    sender = school.person()
    await talk(bench, sender, FEW + 1)
    turn = await bench.turn("¿y entonces?", sender=sender)
    dead, alive = model(), model()
    try:
        await bench.desk(dead, store=CrashingStore(bench.store, border, before=before)).take(turn.id)
        return False
    except Crash:
        stored = [row for row in await summaries(bench, turn) if row.state == "made"]
        await bench.expire(turn)
    await bench.desk(alive).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert (await bench.texts(turn))[-1] == "Anotado."
    assert [row.state for row in await summaries(bench, turn)] == ["made"]
    again = sum(is_summary(request) for request in alive.asked)
    assert again == (0 if stored else 1), "no summary is paid twice once it is stored"
    assert all("Rita" in texts(request)[0] for request in alive.asked if not is_summary(request))
    await assert_books(bench, turn, calls=2 * (FEW + 2) + 1)
    return True


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_a_summary_survives_a_crash_at_every_border(bench: Bench, before: bool) -> None:
    border = 1
    while await crash_and_resume(forgetful(bench, FEW), border, before=before):
        border += 1
    assert border > 12, "a turn with a summary has many borders"


async def test_a_zombies_summary_is_not_stored(bench: Bench) -> None:
    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    asleep, wake = asyncio.Event(), asyncio.Event()

    class Suspended(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            asleep.set()
            await wake.wait()
            return await super().ask(request)

    turn = await bench.turn("¿y entonces?", sender=sender)
    zombie = asyncio.create_task(bench.desk(Suspended(lambda _: paid(reply("Del zombi.")))).take(turn.id))
    await asleep.wait()
    await bench.expire(turn)
    await bench.desk(model()).take(turn.id)
    wake.set()
    await zombie
    assert [row.text for row in await summaries(bench, turn)] == ["Busca velas para su tía Rita."]
    await assert_books(bench, turn, calls=2 * (TURNS + 2) + 1)


async def test_without_an_answer_the_history_is_merely_trimmed_and_the_summary_tried_again_a_few_times(
    bench: Bench,
) -> None:
    def unavailable(_: ModelRequest) -> ModelReply:
        raise ModelUnavailable("overloaded")

    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    for tries in range(1, MOST_TRIES):
        asked = model(unavailable)
        turn = await next_turn(bench, sender, asked)
        assert "mensaje 0" not in "\n".join(texts(asked.asked[-1]))
        assert [(row.state, row.tries) for row in await summaries(bench, turn)] == [("wanted", tries)]
    asked = model()
    turn = await next_turn(bench, sender, asked)
    assert "Persona: mensaje 0" in texts(asked.asked[0]), "nothing that was cut off is forgotten"
    assert "Rita" in texts(asked.asked[-1])[0]
    assert [(row.state, row.tries) for row in await summaries(bench, turn)] == [("made", MOST_TRIES)]


async def test_what_a_model_refuses_is_not_asked_again(bench: Bench) -> None:
    def refuse(_: ModelRequest) -> ModelReply:
        raise ModelRefused("content_filter")

    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    turn = await next_turn(bench, sender, model(refuse))
    assert [row.state for row in await summaries(bench, turn)] == ["given_up"]
    asked = model()
    await next_turn(bench, sender, asked)
    assert not any(map(is_summary, asked.asked))
    await assert_books(bench, turn, calls=2 * (TURNS + 3))


async def test_a_turn_does_not_wait_longer_for_it_than_its_budget(bench: Bench) -> None:
    class Hanging(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            if is_summary(request):
                await asyncio.Event().wait()
            return await super().ask(request)

    bench, sender = forgetful(bench, summary={"seconds": 0.2}), school.person()
    await talk(bench, sender)
    turn = await bench.turn("¿y entonces?", sender=sender)
    async with asyncio.timeout(5):
        await bench.desk(Hanging(lambda _: paid(reply("Anotado.")))).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert [row.state for row in await summaries(bench, turn)] == ["wanted"]
    await assert_books(bench, turn, calls=2 * (TURNS + 1) + 1)


@pytest.mark.parametrize("limit", [{"tokens": 4_000}, {"dollars": 0.004}], ids=lambda limit: next(iter(limit)))
async def test_its_limits_leave_out_what_was_said_first(bench: Bench, limit: dict[str, float]) -> None:
    """A price of a dollar for a million tokens makes both limits the same."""
    bench, sender = forgetful(bench, model=SHORT, summary=limit), school.person()
    await talk(bench, sender, words=LONG)
    asked = model()
    turn = await next_turn(bench, sender, asked)
    first, *_ = asked.asked
    assert worst_case(first).within(Limits(**limit))
    told = "\n".join(texts(first))
    assert "Persona: mensaje 2" in told
    assert "Persona: mensaje 0" not in told
    assert [row.state for row in await summaries(bench, turn)] == ["made"]


async def test_where_nothing_fits_its_limits_no_model_is_asked(bench: Bench) -> None:
    bench, sender = forgetful(bench, summary={"tokens": 100}), school.person()
    await talk(bench, sender)
    asked = model()
    turn = await next_turn(bench, sender, asked)
    assert not any(map(is_summary, asked.asked))
    assert [row.state for row in await summaries(bench, turn)] == ["wanted"]
    await assert_books(bench, turn, calls=2 * (TURNS + 2))


async def test_a_summary_that_makes_things_up_is_paid_kept_for_operators_and_never_shown(bench: Bench) -> None:
    bench, sender = forgetful(bench), school.person()
    await talk(bench, sender)
    asked = model(lambda _: paid(reply("Se le prometió el curso por $5.000.")))
    turn = await next_turn(bench, sender, asked)
    assert "5.000" not in "\n".join(texts(asked.asked[-1]))
    (entry,) = [entry for entry in await dialog(bench, turn) if entry.kind == EntryKind.SUMMARY]
    assert entry.content == {"text": "Se le prometió el curso por $5.000.", "state": "given_up"}
    await assert_books(bench, turn, calls=2 * (TURNS + 2) + 1)


async def test_a_client_may_do_without_or_name_another_model(bench: Bench) -> None:
    cheap = {
        "model": "gpt-5.4-mini",
        "prices": PRICE,
    }
    for section, labels in (({"enabled": False}, [None, None]), ({"model": cheap}, ["gpt-5.4-mini", None, None])):
        own, sender = forgetful(bench, summary=section), school.person()
        await talk(own, sender)
        asked = model()
        await next_turn(own, sender, asked)
        assert [r.profile.model if is_summary(r) else None for r in asked.asked] == labels
        assert "mensaje 0" not in texts(asked.asked[-1])


async def test_it_is_made_of_its_own_conversation_alone(bench: Bench) -> None:
    bench, ana, bruno = forgetful(bench), school.person(), school.person()
    for number in range(TURNS + 1):
        await next_turn(bench, bruno, model(), f"secreto de Bruno {number}")
        await next_turn(bench, ana, model(), f"cosas de Ana {number}")
    asked = model()
    await next_turn(bench, ana, asked)
    assert "Persona: cosas de Ana 0" in texts(asked.asked[0])
    assert "Bruno" not in "\n".join(text for request in asked.asked for text in texts(request))


async def test_when_two_contacts_turn_out_to_be_one_the_past_is_cut_and_summed_up_anew(bench: Bench) -> None:
    bench, ana, bruno = forgetful(bench), school.person(), school.person()
    for sender in (ana, bruno):
        await talk(bench, sender)
        turn = await next_turn(bench, sender, model(), "uno más")
    async with bench.store.transaction() as tx:
        found = await tx.contacts.resolve(bench.client.name, [ana, bruno])
        kept = await tx.merging.join(*found)
        (conversation,) = [c for c in await tx.conversations.of_client(bench.client.name) if c.contact_id == kept]
        assert (await tx.summaries.past(conversation.id)).cut == 0
    asked = model()
    turn = await next_turn(bench, ana, asked)
    assert turn.conversation_id == conversation.id
    assert "\n".join(texts(asked.asked[0])).count("Persona: mensaje 0") == 2
    assert "Rita" in texts(asked.asked[1])[0]
    assert [row.until_position > 0 for row in await summaries(bench, turn)] == [False, False, True]
    await assert_books(bench, turn, calls=2 * (2 * (TURNS + 2) + 1) + 3)
