"""Credit around turns: no model call without a reserve, none at zero, and sums that are right whoever dies where."""

import asyncio
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from remanso.model.credit import enough
from remanso.model.turn import TurnState
from remanso.store.books import Used
from remanso.store.ledger import Account
from remanso.store.turns import Turn
from services.agent.asking import ModelReply, ModelRequest, ModelUnavailable
from services.agent.credit import release_abandoned
from services.agent.worst_case import worst_case
from tests.support import credit, school
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply, results_in
from tests.support.scene import take_over

COST = Decimal("0.00125")
NAMES = iter(f"school-{number}" for number in range(1000))


def paid(said: ModelReply, cost: Decimal = COST) -> ModelReply:
    return replace(said, usage=replace(said.usage, cost_usd=cost))


def greet(_: ModelRequest) -> ModelReply:
    return paid(reply("Hola."))


def look_then_greet(request: ModelRequest) -> ModelReply:
    return paid(reply("Hola.") if results_in(request) else reply("Ya busco.", ("look", '{"query":"a"}')))


def costs_all_it_may(request: ModelRequest) -> ModelReply:
    return paid(reply("Hola."), worst_case(request).dollars or COST)


def looks_and_costs_all_it_may(request: ModelRequest) -> ModelReply:
    return paid(look_then_greet(request), worst_case(request).dollars or COST)


async def asked_for(bench: Bench, words: str) -> list[ModelRequest]:
    """What a client without credit asks the model for these words."""
    model = ScriptedModel(greet)
    turn = await bench.turn(words)
    await bench.desk(model).take(turn.id)
    return model.asked


def with_credit(bench: Bench, **sections: Any) -> Bench:
    """A client of its own, whose contacts and budget nobody else spends."""
    name = next(NAMES)
    credit_section = {"enabled": True, **sections.pop("credit", {"contact_dollars": 1, "client_dollars": 100})}
    client = made_up_client(bench.runs, name=name, credit=credit_section, **sections)
    return replace(bench, client=client)


async def contact_of(bench: Bench, turn: Turn) -> UUID:
    async with bench.store.transaction() as tx:
        conversation = await tx.conversations.get(turn.conversation_id)
    assert conversation
    return conversation.contact_id


async def account(bench: Bench, contact_id: UUID | None = None) -> Account:
    return await credit.account(bench.store, contact_id, bench.client.name)


async def used(bench: Bench, turn: Turn) -> Used:
    async with bench.store.transaction() as tx:
        return await tx.books.used_by_turn(turn.id)


async def test_each_call_is_reserved_before_and_settled_with_its_step(bench: Bench) -> None:
    bench = with_credit(bench)
    reserved: list[Decimal] = []

    class Watching(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            reserved.append((await account(bench)).reserved)
            return await super().ask(request)

    turn = await bench.turn("hola")
    await bench.desk(Watching(look_then_greet)).take(turn.id)
    assert len(reserved) == 2
    assert all(COST < amount < 1 for amount in reserved)
    for found, granted in ((await account(bench, await contact_of(bench, turn)), 1), (await account(bench), 100)):
        assert (found.balance, found.reserved) == credit.usd(granted - 2 * COST, 0)
    assert (await used(bench, turn)).cost_usd == 2 * COST
    await credit.assert_books_agree(bench.store)


async def test_at_zero_the_model_is_not_asked_and_the_contact_is_told_once_until_the_next_grant(bench: Bench) -> None:
    bench = with_credit(bench, credit={"contact_dollars": 0})
    sender, model = school.person(), ScriptedModel(costs_all_it_may)

    async def writes() -> Turn:
        turn = await bench.turn("hola", sender=sender)
        await bench.desk(model).take(turn.id)
        return await bench.now(turn)

    turns = [await writes(), await writes()]
    assert model.asked == []
    assert [(turn.state, turn.reason) for turn in turns] == [(TurnState.ANSWERED, "no_credit")] * 2
    assert await bench.texts(turns[0]) == [school.NO_CREDIT]

    await credit.grant(bench.store, "0.01", contact_id=await contact_of(bench, turns[0]), client=bench.client.name)
    for _ in range(6):
        await writes()
    answers = len(model.asked)
    assert 1 <= answers < 6
    assert await bench.texts(turns[0]) == [school.NO_CREDIT, *["Hola."] * answers, school.NO_CREDIT]
    await credit.assert_books_agree(bench.store)


async def test_a_hundred_at_once_on_a_budget_for_ten_are_ten_and_not_a_cent_more(bench: Bench) -> None:
    each = worst_case((await asked_for(bench, "hola"))[0]).dollars
    assert each
    budget = enough(each * Decimal("10.5"))
    bench = with_credit(bench, credit={"client_dollars": budget})
    model, slots = ScriptedModel(costs_all_it_may), asyncio.Semaphore(16)
    turns = [await bench.turn("hola") for _ in range(100)]

    async def work(turn: Turn) -> None:
        async with slots:
            await bench.desk(model).take(turn.id)

    await asyncio.gather(*(work(turn) for turn in turns))
    for turn in turns:  # those that found the credit in use come back
        await bench.expire(turn)
        await bench.desk(model).take(turn.id)

    assert len(model.asked) == 10
    reasons = Counter([(await bench.now(turn)).reason for turn in turns])
    assert reasons == {None: 10, "no_credit": 90}
    found = await account(bench)
    assert 0 <= found.balance < each
    assert found.reserved == 0
    await credit.assert_books_agree(bench.store)


async def test_who_finds_the_credit_in_use_comes_back_and_is_answered(bench: Bench) -> None:
    bench = with_credit(bench, credit={"client_dollars": 1})
    other = credit.a_turn()
    await credit.reserve(bench.store, other, 1, credit.allowance(None, 1, bench.client.name))
    turn, model = await bench.turn("hola"), ScriptedModel(greet)
    await bench.desk(model).take(turn.id)
    assert model.asked == []
    assert (await bench.now(turn)).state == TurnState.OPEN
    assert await bench.texts(turn) == []

    async with bench.store.transaction() as tx:
        await tx.credit.settle(other, Decimal("0.01"))
    await bench.expire(turn)
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Hola."]


async def test_credit_may_end_between_two_steps(bench: Bench) -> None:
    probe = await asked_for(bench, "hola")
    each = worst_case(probe[0]).dollars
    assert each
    bench = with_credit(bench, credit={"contact_dollars": enough(each * Decimal("1.5"))})
    turn, model = await bench.turn("hola"), ScriptedModel(looks_and_costs_all_it_may)
    await bench.desk(model).take(turn.id)
    assert len(model.asked) == 1
    assert bench.runs.of("look")
    assert await bench.texts(turn) == ["Ya busco.", school.NO_CREDIT]
    assert (await bench.now(turn)).reason == "no_credit"


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_the_sums_are_right_whoever_dies_where(bench: Bench, before: bool) -> None:
    """Between reserve and call, between call and store, and everywhere else."""
    border, crashed = 1, True
    while crashed:
        crashed = await crash_and_resume(with_credit(bench), border, before=before)
        border += 1
    assert border > 8, "reserves are borders of their own"


async def crash_and_resume(bench: Bench, border: int, *, before: bool) -> bool:
    turn, crashed = await bench.turn("buscá"), False
    try:
        dying = CrashingStore(bench.store, border, before=before)
        await bench.desk(ScriptedModel(look_then_greet), store=dying).take(turn.id)
    except Crash:
        crashed = True
        await bench.expire(turn)
    await bench.desk(ScriptedModel(look_then_greet)).take(turn.id)

    assert await bench.texts(turn) == ["Ya busco.", "Hola."]
    assert (await used(bench, turn)).cost_usd == 2 * COST
    for found, granted in ((await account(bench, await contact_of(bench, turn)), 1), (await account(bench), 100)):
        assert (found.balance, found.reserved) == credit.usd(granted - 2 * COST, 0)
    await credit.assert_books_agree(bench.store)
    return crashed


async def test_a_model_that_cannot_be_asked_costs_nothing(bench: Bench) -> None:
    def unavailable(_: ModelRequest) -> ModelReply:
        raise ModelUnavailable("connection")

    bench = with_credit(bench)
    turn = await bench.turn("hola")
    await bench.desk(ScriptedModel(unavailable)).take(turn.id)
    found = await account(bench)
    assert (found.balance, found.reserved) == credit.usd(100, 0)
    assert [kind for kind, _ in await credit.kinds(bench.store, found.id)] == ["grant", "reserve", "release"]


async def test_what_was_reserved_for_a_turn_that_somebody_else_closed_is_swept(bench: Bench) -> None:
    bench = with_credit(bench)

    class TakenOverMeanwhile(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            await take_over(bench.store, turn.conversation_id)
            return await super().ask(request)

    turn = await bench.turn("hola")
    await bench.desk(TakenOverMeanwhile(greet)).take(turn.id)
    assert (await account(bench)).reserved > 0
    await release_abandoned(bench.store)
    found = await account(bench)
    assert (found.balance, found.reserved) == credit.usd(100, 0)


async def test_a_provider_that_bills_more_than_can_be_is_found_out(bench: Bench) -> None:
    bench = with_credit(bench, credit={"client_dollars": 10})
    turn = await bench.turn("hola")
    await bench.desk(ScriptedModel(lambda request: paid(reply("Hola."), Decimal(20)))).take(turn.id)
    found = await account(bench)
    entries = dict(await credit.kinds(bench.store, found.id))
    assert 0 < entries["settle"] < 1
    assert entries["settle"] + entries["excess"] == 20
    assert found.balance == 10 - entries["settle"]


async def test_a_discarded_draft_is_paid_for_like_an_answer(bench: Bench) -> None:
    bench = with_credit(bench)
    sender = school.person()

    class Interrupted(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            if not self.asked:
                await bench.arrives(sender, "y una cosa más")
            return await super().ask(request)

    turn = await bench.turn("hola", sender=sender)
    await bench.desk(Interrupted(greet)).take(turn.id)
    assert await bench.outcomes(turn) == ["discarded", "kept"]
    assert (await account(bench)).balance == 100 - 2 * COST
    found = await used(bench, turn)
    assert (found.steps, found.discarded, found.cost_usd) == (2, 1, 2 * COST)


async def test_a_limit_of_dollars_brings_a_turn_to_its_answer(bench: Bench) -> None:
    def looks_while_it_may(request: ModelRequest) -> ModelReply:
        done = len(results_in(request))
        said = reply("Busco.", ("look", f'{{"query":"{done}"}}')) if request.may_call else reply("Hola.")
        return paid(said, Decimal("0.001"))

    bench = replace(bench, client=made_up_client(bench.runs, limits={"dollars": "0.02", "steps": 50, "calls": 50}))
    turn, model = await bench.turn("hola"), ScriptedModel(looks_while_it_may)
    await bench.desk(model).take(turn.id)
    assert (await bench.texts(turn))[-1] == "Hola."
    assert 1 < len(model.asked) < 20
    assert (await used(bench, turn)).cost_usd <= Decimal("0.02")


async def test_without_credit_there_are_no_accounts(bench: Bench) -> None:
    turn = await bench.turn("hola")
    await bench.desk(ScriptedModel(greet)).take(turn.id)
    assert await bench.texts(turn) == ["Hola."]
    async with bench.store.transaction() as tx:
        assert await tx.books.account(bench.client.name) is None
