"""What is beyond a contact's limits is kept with its reason, and the contact is told so once in the period."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from remanso.bus import Bus
from remanso.bus.topology import SENDER_DELIVERY_READY
from remanso.model.content import Reaction
from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.store import Store
from remanso.store.messages import LogMessage
from services.debouncer.sealing import Sealing
from tests.support.clock import forget_everything, let_pass
from tests.support.rabbitmq import Broker
from tests.support.scene import answer, conversation_of, deliveries, receive, take_over
from tests.support.school import burst, config, person, registry, said

BUSINESS = config(flood={"messages": 3, "seconds": 60, "turns_per_hour": 2, "turns_per_day": 3})


@pytest.fixture
def crowd(store: Store, bus: Bus) -> list[Sealing]:
    """Several debouncers."""
    return [Sealing(store, bus.publisher, registry(BUSINESS)) for _ in range(3)]


async def says(store: Store, crowd: Sequence[Sealing], who: Sender, *words: str) -> None:
    """Somebody writes, the burst is over, and whatever turn it became is answered."""
    await receive(store, burst(who, *words), BUSINESS)
    await let_pass(store, 30)
    await asyncio.gather(*(sealing.seal_due() for sealing in crowd))
    for turn in await turns(store, who):
        await answer(store, turn)


async def turns(store: Store, who: Sender) -> list[UUID]:
    conversation = await conversation_of(store, who)
    async with store.transaction() as tx:
        return [turn.id for turn in await tx.turns.of_conversation(conversation.id) if turn.state == "open"]


async def log(store: Store, who: Sender) -> list[LogMessage]:
    conversation = await conversation_of(store, who)
    async with store.transaction() as tx:
        return await tx.messages.of_conversation(conversation.id)


async def fates(store: Store, who: Sender) -> dict[str, tuple[str | None, str | None, int | None]]:
    return {m.content["text"]: (m.fate, m.drop_reason, m.position) for m in await log(store, who)}


async def told(store: Store, who: Sender) -> list[str]:
    """What the contact is told about limits."""
    queued = await deliveries(store, (await conversation_of(store, who)).id)
    return [found.payload["text"] for found in queued if found.kind == DeliveryKind.NOTICE]


async def test_turns_beyond_the_hour_are_kept_with_their_reason(
    store: Store, broker: Broker, crowd: list[Sealing]
) -> None:
    await forget_everything(store)
    ana = person()
    for words in ("uno", "dos", "tres", "cuatro"):
        await says(store, crowd, ana, words)
    assert await fates(store, ana) == {
        "uno": ("turn", None, 1),
        "dos": ("turn", None, 2),
        "tres": ("dropped", "turns_per_hour", None),
        "cuatro": ("dropped", "turns_per_hour", None),
    }
    assert await told(store, ana) == [BUSINESS.text("flood")]
    assert await broker.depth(SENDER_DELIVERY_READY.name) == 1
    await let_pass(store, timedelta(hours=1))
    await says(store, crowd, ana, "cinco")
    await says(store, crowd, ana, "seis")
    assert (await fates(store, ana))["cinco"] == ("turn", None, 3)
    assert (await fates(store, ana))["seis"] == ("dropped", "turns_per_day", None)
    assert len(await told(store, ana)) == 2
    await let_pass(store, timedelta(hours=23))
    await says(store, crowd, ana, "siete")
    assert (await fates(store, ana))["siete"] == ("turn", None, 4)


async def test_one_contact_limits_no_other(store: Store, crowd: list[Sealing]) -> None:
    await forget_everything(store)
    ana, eva = person(), person()
    for words in ("uno", "dos"):
        await says(store, crowd, ana, words)
    await receive(store, [said(ana, "tres"), said(eva, "hola")], BUSINESS)
    await let_pass(store, 30)
    await asyncio.gather(*(sealing.seal_due() for sealing in crowd))
    assert [len(await turns(store, who)) for who in (ana, eva)] == [0, 1]


async def test_a_flood_is_told_once_in_an_hour(store: Store, crowd: list[Sealing]) -> None:
    await forget_everything(store)
    ana = person()
    for batch in (["1", "2", "3", "4"], ["5", "6"]):
        await receive(store, burst(ana, *batch), BUSINESS)
    found = await fates(store, ana)
    assert {words for words, (_, reason, _) in found.items() if reason == "flood"} == set("456")
    assert len(await told(store, ana)) == 1
    await let_pass(store, timedelta(minutes=61))
    await receive(store, burst(ana, *"abcd"), BUSINESS)
    assert len(await told(store, ana)) == 2


async def test_a_person_who_holds_the_conversation_gets_everything(store: Store, crowd: list[Sealing]) -> None:
    await forget_everything(store)
    ana = person()
    for words in ("uno", "dos"):
        await says(store, crowd, ana, words)
    await take_over(store, (await conversation_of(store, ana)).id)
    await says(store, crowd, ana, *"abcdef")
    assert {fate for fate, _, _ in (await fates(store, ana)).values()} == {"turn", None}
    assert await told(store, ana) == []


async def test_a_reaction_is_not_dropped_with_the_rest(store: Store, crowd: list[Sealing]) -> None:
    await forget_everything(store)
    ana = person()
    for words in ("uno", "dos"):
        await says(store, crowd, ana, words)
    await receive(store, [said(ana, Reaction(target="w", emoji="👍"))], BUSINESS)
    await says(store, crowd, ana, "tres")
    assert [(m.content["kind"], m.fate) for m in (await log(store, ana))[2:]] == [
        ("reaction", None),
        ("text", "dropped"),
    ]
