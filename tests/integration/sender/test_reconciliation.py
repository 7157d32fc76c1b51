"""Response and receipts of one part, in every order, with and without our id, again and again: one and the same end."""

from datetime import UTC, datetime
from itertools import permutations
from random import Random
from uuid import UUID, uuid4

import pytest

from remanso.model.delivery import DeliveryState
from remanso.store import Store
from remanso.store.receipts import Receipt
from tests.support.scene import a_conversation, deliveries, queue
from tests.support.school import CHANNEL

STORIES = [
    (("response", "sent", "delivered", "read"), "read"),
    (("response", "sent", "failed"), "failed"),
    (("response", "sent", "failed", "delivered"), "delivered"),
    (("response", "failed"), "failed"),
]


async def marked(store: Store) -> tuple[UUID, UUID]:
    """A part on its way, and its conversation."""
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    async with store.transaction() as tx:
        head = await tx.deliveries.head(conversation.id)
        assert head
        await tx.attempts.mark_sending(head.id)
    return head.id, conversation.id


async def happen(store: Store, what: str, delivery_id: UUID, wamid: str, *, anonymous: bool) -> None:
    async with store.transaction() as tx:
        await tx.receipts.one_at_a_time([wamid])
        if what == "response":
            await tx.attempts.mark_accepted(delivery_id, wamid)
            await tx.receipts.adopt(delivery_id, wamid, lambda _code: "why")
        else:
            code = 131026 if what == "failed" else None
            callback = None if anonymous else str(delivery_id)
            now = datetime.now(UTC)
            await tx.receipts.record(Receipt(f"{wamid}/{what}", callback, CHANNEL, wamid, what, code, now, {}, "why"))


@pytest.mark.parametrize(("story", "end"), STORIES, ids=lambda part: str(part))
async def test_whatever_the_order_the_end_is_the_same(store: Store, story: tuple[str, ...], end: str) -> None:
    randomness = Random(len(story))
    for order in permutations(story):
        delivery_id, conversation_id = await marked(store)
        wamid = f"wamid.{uuid4().hex}"
        for what in order:
            for _ in range(randomness.choice([1, 1, 2])):
                await happen(store, what, delivery_id, wamid, anonymous=randomness.random() < 0.5)
        (found,) = await deliveries(store, conversation_id)
        failed = end == DeliveryState.FAILED
        assert (found.state, found.wamid) == (end, wamid), order
        assert (found.code, found.reason) == ((131026, "why") if failed else (None, None)), order
