"""Rows as the services leave them: a conversation somebody wrote in, a sealed turn, queued parts."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from remanso.events import Envelope
from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.plugin.config import ClientConfig
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from remanso.store.steps import Usage
from remanso.store.turns import Turn
from services.debouncer.intake import take_in
from tests.support.clock import let_pass
from tests.support.school import burst, config, person

USAGE = Usage("gpt-6-luna", None, "stop", 10, 0, 0, 5, 0, None, None, 0.1)
"""Of one model call."""
AGENT_LEASE = timedelta(seconds=30)


async def receive(store: Store, envelopes: Sequence[Envelope], business: ClientConfig | None = None) -> None:
    """As the debouncer takes a batch in."""
    async with store.transaction() as tx:
        await take_in(tx, business or config(), envelopes)


async def conversation_of(store: Store, sender: Sender, client: str = "school") -> Conversation:
    async with store.transaction() as tx:
        (contact,) = await tx.contacts.resolve(client, [sender])
        found = [row for row in await tx.conversations.of_client(client) if row.contact_id == contact]
    return found[0]


async def a_conversation(store: Store, *texts: str, business: ClientConfig | None = None) -> Conversation:
    """Somebody new has just written."""
    sender, known = person(), business or config()
    said = burst(sender, *(texts or ("hola", "¿hay cursos?")), channel=known.channels[0].phone_number_id)
    envelopes = [e.model_copy(update={"client": known.name}) for e in said]
    await receive(store, envelopes, known)
    return await conversation_of(store, sender, known.name)


async def seal(store: Store, *, limit: int = 1000) -> dict[UUID, UUID]:
    """As one sweep of a debouncer: {conversation: turn}."""
    async with store.transaction() as tx:
        due = await tx.conversations.claim_due(limit)
        return await tx.bursts.seal(due) if due else {}


async def a_turn(store: Store, *texts: str, business: ClientConfig | None = None) -> Turn:
    """Somebody new has written, and the burst was sealed a moment ago."""
    conversation = await a_conversation(store, *texts, business=business)
    await let_pass(store, 30)
    await seal(store)
    async with store.transaction() as tx:
        (turn,) = await tx.turns.of_conversation(conversation.id)
    return turn


async def answer(store: Store, turn_id: UUID, *, ask_in: timedelta | None = None) -> None:
    """An agent ends a turn with an answer; `ask_in`: the client wants to know how it went."""
    turn = await claim(store, turn_id, timedelta())
    assert turn
    async with store.transaction() as tx:
        await tx.conversations.lock(turn.conversation_id)
        await tx.turns.close(turn, TurnState.ANSWERED)
        if ask_in is not None:
            await tx.conversations.ask_feedback_in(turn.conversation_id, ask_in)


async def claim(store: Store, turn_id: UUID, ttl: timedelta = AGENT_LEASE) -> Turn | None:
    async with store.transaction() as tx:
        return await tx.turns.claim(turn_id, "agent", ttl)


async def queue(
    store: Store,
    conversation_id: UUID,
    *texts: str,
    kind: DeliveryKind = DeliveryKind.ANSWER,
    turn_id: UUID | None = None,
) -> None:
    """Parts to send, composed in the conversation's present epoch."""
    async with store.transaction() as tx:
        conversation = await tx.conversations.lock(conversation_id)
        first = await tx.conversations.take_delivery_positions(conversation_id, len(texts))
        payloads = [{"type": "text", "text": text} for text in texts]
        await tx.deliveries.add(conversation_id, first, payloads, kind=kind, epoch=conversation.epoch, turn_id=turn_id)


async def deliveries(store: Store, conversation_id: UUID) -> list[Delivery]:
    async with store.transaction() as tx:
        return await tx.deliveries.of_conversation(conversation_id)


async def take_over(store: Store, conversation_id: UUID, hold: timedelta = timedelta(minutes=30)) -> None:
    """As a person of the business does in the console."""
    async with store.transaction() as tx:
        await tx.conversations.lock(conversation_id)
        await tx.takeovers.take_over(conversation_id, hold)
        await tx.turns.cancel_open(conversation_id, "a person took over")
