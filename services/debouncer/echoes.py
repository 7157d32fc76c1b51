"""A person of the business answered from the phone app: that is a take-over, and what they said is part of the log.

An echo of something that we sent ourselves is none. All of it happens under the conversation's lock, in the order in
which the contact's own messages come in.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from remanso.events import Envelope, MessageEchoed, carried
from remanso.model.content import opens_burst
from remanso.model.message import EchoedMessage
from remanso.plugin.config import ClientConfig
from remanso.store import Transaction
from remanso.store.conversations import Conversation

ECHOES = Counter(
    "remanso_debouncer_echoes_total",
    "Echoes from the phone app: takeover, more (of a person who holds it), late, known (ours, or a repeat).",
    ["client", "outcome"],
)
TAKEN_OVER = "a person answered from the phone app"

log = structlog.get_logger()


async def take_echoes(
    tx: Transaction, config: ClientConfig, echoes: Sequence[tuple[Envelope, UUID]]
) -> Mapping[UUID, Conversation]:
    """Stores echoes, each with its locked conversation; gives the conversations in which something is new."""
    changed = {}
    for envelope, conversation_id in echoes:
        echo = carried(envelope, MessageEchoed).message
        if await tx.arrivals.is_ours(echo.channel, echo, conversation_id):
            ECHOES.labels(config.name, "known").inc()
            continue
        outcome = await _take_over(tx, config, echo, conversation_id)
        await _keep(tx, envelope, echo, conversation_id)
        changed[conversation_id] = await tx.conversations.lock(conversation_id)
        ECHOES.labels(config.name, outcome).inc()
        log.info("echo.taken", conversation_id=str(conversation_id), outcome=outcome)
    await tx.arrivals.amend(list(changed))
    return changed


async def _take_over(tx: Transaction, config: ClientConfig, echo: EchoedMessage, conversation_id: UUID) -> str:
    """The person has the word for as long as after any message of theirs, counted from when they wrote it.

    An echo that comes so late that they would have lost it again takes nothing; but somebody came.
    """
    conversation = await tx.conversations.lock(conversation_id)
    hold = min(timedelta(minutes=config.takeover.minutes) - (conversation.now - echo.sent_at), _longest(config))
    if not opens_burst(echo.content):
        return "more" if hold > timedelta() else "late"
    if hold <= timedelta():
        await tx.takeovers.was_seen_to(conversation_id)
        return "late"
    await tx.conversations.first_address(conversation_id, echo.recipient.wa_id, echo.recipient.user_id)
    if conversation.mode == "human" and conversation.handoff_reason is None:
        await tx.takeovers.keep_held(conversation_id, hold)
        return "more"
    await tx.takeovers.take_over(conversation_id, hold)
    await tx.turns.cancel_open(conversation_id, TAKEN_OVER)
    await tx.deliveries.cancel_bots(conversation_id, TAKEN_OVER)
    return "takeover"


def _longest(config: ClientConfig) -> timedelta:
    """A clock of Meta's that is ahead of ours gives nobody more time."""
    return timedelta(minutes=config.takeover.minutes)


async def _keep(tx: Transaction, envelope: Envelope, echo: EchoedMessage, conversation_id: UUID) -> None:
    """In the log with its wamid, and as a part that has gone out, so that receipts find it."""
    conversation = await tx.conversations.lock(conversation_id)
    if conversation.mode == "human":
        await tx.bursts.number_for_person(conversation_id, echo.sent_at)
    position = await tx.conversations.take_positions(conversation_id, 1)
    message_id = await tx.arrivals.add_echo(conversation_id, position, echo, envelope.received_at, envelope.id)
    content = echo.content.model_dump(mode="json", exclude_none=True)
    await tx.deliveries.add_sent_elsewhere(
        conversation_id,
        await tx.conversations.take_delivery_positions(conversation_id, 1),
        {"type": content.pop("kind"), **content},
        epoch=conversation.epoch,
        message_id=message_id,
        wamid=echo.wamid,
    )
