"""What the constraints forbid cannot happen, whoever forgets to ask."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from remanso.model.delivery import DeliveryKind
from remanso.model.turn import Effect
from remanso.store import Store
from remanso.store.steps import RequestedCall
from remanso.store.turns import Turn
from tests.support.scene import USAGE, a_turn, claim, queue


async def refused(store: Store, sql: str, constraint: str, **values: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        async with store.transaction() as tx:
            await tx.connection.execute(text(sql), values)


@pytest.fixture(scope="module")
async def turn(store: Store) -> Turn:
    return await a_turn(store)


async def test_one_open_turn(store: Store, turn: Turn) -> None:
    sql = """INSERT INTO turns (id, conversation_id, client, number, epoch, opened_at)
             SELECT :id, conversation_id, client, number + 1, epoch, opened_at FROM turns WHERE id = :turn"""
    await refused(store, sql, "uq_turns_open", id=uuid7(), turn=turn.id)


async def test_one_message_of_a_wamid_on_a_channel(store: Store, turn: Turn) -> None:
    sql = """INSERT INTO messages (id, conversation_id, author, content, channel, wamid, sent_at, received_at)
             SELECT :id, conversation_id, author, content, channel, wamid, sent_at, received_at
             FROM messages WHERE turn_id = :turn LIMIT 1"""
    await refused(store, sql, "uq_messages_channel_wamid", id=uuid7(), turn=turn.id)


async def test_one_message_in_a_place(store: Store, turn: Turn) -> None:
    sql = "UPDATE messages SET position = 1 WHERE turn_id = :turn"
    await refused(store, sql, "uq_messages_conversation_id_position", turn=turn.id)


async def test_one_fallback_of_a_turn_and_of_an_outage(store: Store, turn: Turn) -> None:
    other = await a_turn(store)
    async with store.transaction() as tx:
        outage = await tx.outages.open("promises", "outage")
    sql = """INSERT INTO deliveries (id, conversation_id, position, kind, epoch, turn_id, outage_id, payload)
             VALUES (:id, :conversation, :position, 'fallback', 0, :turn, :outage, '{}')"""
    values = {"conversation": turn.conversation_id, "turn": turn.id, "outage": outage}
    async with store.transaction() as tx:
        await tx.connection.execute(text(sql), values | {"id": uuid7(), "position": 900})
    for name, changed in (
        ("uq_deliveries_fallback_turn", {"outage": None}),
        ("uq_deliveries_fallback_outage", {"turn": other.id}),
    ):
        await refused(store, sql, name, **(values | changed | {"id": uuid7(), "position": 901}))


async def test_one_open_outage(store: Store) -> None:
    async with store.transaction() as tx:
        first = await tx.outages.open("outage", "a")
        assert await tx.outages.open("outage", "b") == first
    await refused(
        store, "INSERT INTO outages (id, client, reason) VALUES (:id, 'outage', '')", "uq_outages_open", id=uuid7()
    )
    async with store.transaction() as tx:
        await tx.outages.end("outage")
        assert await tx.outages.open("outage", "c") != first


async def test_one_delivery_in_a_place(store: Store, turn: Turn) -> None:
    await queue(store, turn.conversation_id, "uno", "dos")
    with pytest.raises(IntegrityError, match="uq_deliveries_conversation_id_position"):
        async with store.transaction() as tx:
            await tx.deliveries.add(
                turn.conversation_id, 1, [{"type": "text", "text": "x"}], kind=DeliveryKind.ANSWER, epoch=0
            )


async def test_one_call_of_an_id_in_a_turn(store: Store) -> None:
    claimed = await claim(store, (await a_turn(store)).id)
    assert claimed
    call = RequestedCall("call_1", "search", "{}", Effect.READ)
    with pytest.raises(IntegrityError, match="pk_tool_calls"):
        async with store.transaction() as tx:
            step = await tx.steps.add(claimed, USAGE, kept=True)
            await tx.steps.add_calls(claimed, step, [call, call])


async def test_a_person_can_be_forgotten_whole(store: Store) -> None:
    """Everything about a contact hangs on the contact."""
    turn = await a_turn(store)
    claimed = await claim(store, turn.id)
    assert claimed
    await queue(store, turn.conversation_id, "uno", turn_id=turn.id)
    async with store.transaction() as tx:
        step = await tx.steps.add(claimed, USAGE, kept=True)
        place = await tx.conversations.take_positions(turn.conversation_id, 1)
        await tx.messages.add_bot(turn.conversation_id, "1", place, turn_id=turn.id, step_id=step, text="uno")
        conversation = await tx.conversations.get(turn.conversation_id)
        assert conversation
        await tx.connection.execute(text("DELETE FROM contacts WHERE id = :id"), {"id": conversation.contact_id})
    assert await _left(store, turn.conversation_id) == 0


async def _left(store: Store, conversation_id: UUID) -> int:
    async with store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT count(*) FROM messages WHERE conversation_id = :id"), {"id": conversation_id}
        )
        return int(found.scalar_one())
