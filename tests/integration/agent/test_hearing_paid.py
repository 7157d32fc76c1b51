"""Hearing is paid for like a model call: reserved before it is asked, settled with what was stored."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from services.agent.credit import release_abandoned
from services.agent.media.opening import MOST_AT_ONCE
from services.agent.media.senses import Heard, Sound
from tests.support import credit, school
from tests.support.agents import ScriptedModel, reply
from tests.support.listening import PRICE, SEEING, World, answered, crash_and_resume, listo

PRICED = {"prices": [{"input": 1, "cached": 1, "output": 1, "valid_from": "2026-11-01"}]}
NAMES = iter(f"listener-{number}" for number in range(100))


def costly(world: World, **credit_section: Any) -> None:
    """The bench's client with credit, under a name of its own."""
    world.client(
        name=next(NAMES), media={"price": PRICE}, credit={"enabled": True, **credit_section}, model=PRICED | SEEING
    )


async def balance(world: World) -> tuple[Decimal, Decimal]:
    found = await credit.account(world.bench.store, None, world.bench.client.name)
    return found.balance, found.reserved


async def test_hearing_is_reserved_for_before_and_settled_with_what_was_heard(world: World) -> None:
    costly(world, client_dollars=1)
    reserved: list[Decimal] = []

    class Watching:
        async def hear(self, sound: Sound) -> Heard:
            reserved.append((await balance(world))[1])
            return await senses.transcriber.hear(sound)

    senses, world.senses = world.senses, replace(world.senses, transcriber=Watching())
    await world.order("openai/transcripts", transcripts=[{"text": "Hola.", "seconds": 1}])
    turn, _ = await answered(world, await world.sends("audio"))
    (row,) = await world.rows(turn)
    assert row.cost_usd
    assert reserved[0] >= row.cost_usd
    assert await balance(world) == (1 - row.cost_usd, Decimal(0))
    await credit.assert_books_agree(world.bench.store)


async def test_hearing_that_fails_is_paid_by_nobody(world: World) -> None:
    costly(world, client_dollars=1)
    await world.order("openai/faults", faults=[{"kind": "billing", "on": "transcriptions"}])
    await answered(world, await world.sends("audio"))
    assert await balance(world) == (Decimal(1), Decimal(0))
    await credit.assert_books_agree(world.bench.store)


async def test_without_credit_nothing_is_heard_and_the_contact_is_told(world: World) -> None:
    costly(world, client_dollars=0)
    model = ScriptedModel(lambda request: reply("No."))
    turn = await world.bench.turn(await world.sends("audio"), await world.sends("image"))
    await world.desk(model).take(turn.id)
    assert (await world.heard(), model.asked) == ([], [])
    assert (await world.bench.now(turn)).reason == "no_credit"
    assert await world.bench.texts(turn) == [school.NO_CREDIT]


async def test_many_voice_notes_at_once_overshoot_nothing(world: World) -> None:
    """Credit for the worst case of some of them: those are heard, paid, and kept; no account goes below."""
    costly(world, client_dollars="0.0006")
    turn = await world.bench.turn(*[await world.sends("audio") for _ in range(2 * MOST_AT_ONCE)])
    for _ in range(4):
        await world.desk(ScriptedModel(listo)).take(turn.id)
        await world.bench.expire(turn)
    rows = await world.rows(turn)
    paid = sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0))
    assert (await world.bench.now(turn)).reason == "no_credit"
    assert len(rows) == len(await world.heard()) > 0
    assert await balance(world) == (Decimal("0.0006") - paid, Decimal(0))
    await credit.assert_books_agree(world.bench.store)


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_what_is_paid_for_hearing_is_what_was_stored_wherever_an_agent_dies(world: World, before: bool) -> None:
    costly(world, client_dollars=1)
    border, spent = 1, Decimal(0)
    while await crash_and_resume(world, border, before=before):
        border += 1
    async with world.bench.store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT sum(cost_usd) FROM media WHERE client = :client"),
            {"client": world.bench.client.name},
        )
        spent = found.scalar_one()
    await release_abandoned(world.bench.store)
    assert await balance(world) == (1 - spent, Decimal(0))
    assert border > 6, "two more than without credit"
    await credit.assert_books_agree(world.bench.store)
