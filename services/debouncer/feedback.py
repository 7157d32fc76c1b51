"""How it went: contacts are asked after a silence, and what they answer is kept apart from what the bot reads.

Asked is what a timer found silent. The answer is a tap on one of the question's buttons; after a No the contact is
asked why, and the next text, unless it is a question of its own, is the reason. All of it happens under the
conversation's lock, in the transaction that found the silence or stores the message.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from uuid_utils.compat import uuid7

from remanso.model.content import Choice, Content, Text, looks_finished, opens_burst
from remanso.model.delivery import DeliveryKind
from remanso.model.message import InboundMessage
from remanso.plugin.config import ClientConfig, TextName
from remanso.store import Transaction
from remanso.store.arrivals import Arrival
from remanso.store.conversations import Conversation
from remanso.store.feedback import ReasonWanted

FEEDBACK = Counter(
    "remanso_debouncer_feedback_total", "Questions how it went, and what came of them.", ["client", "outcome"]
)

_BUTTON = re.compile(r"feedback:(yes|no):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class Given:
    """One answer of a contact, as it is stored: `yes` or `no`, or the words that followed a no."""

    conversation_id: UUID
    feedback_id: UUID
    answer: str | None = None
    reason: str | None = None

    @property
    def outcome(self) -> str:
        return self.answer or "reason"


@dataclass(frozen=True)
class Heard:
    """What a batch of arrivals said about how it went. `arrivals` are no messages for the bot."""

    arrivals: Sequence[Arrival]
    given: Sequence[Given]
    replied: Sequence[UUID]
    """Conversations in which something is to be sent."""


@dataclass
class Exchange:
    """One conversation's new messages, told apart as they are read in order."""

    conversation: Conversation
    wanted: ReasonWanted | None
    idle: bool
    """Whether the bot has the word and nothing waits for its answer."""
    heard: list[Arrival] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    went_on: bool = False
    """Whether the contact wrote something else."""


async def ask(tx: Transaction, config: ClientConfig, conversation: Conversation) -> bool:
    """Queues the question in a locked conversation, if this is the time for it; whether it did.

    It is not while a person is missed: the contact has said how it goes.
    """
    period, asks = timedelta(days=config.feedback.every_days), config.feedback.after_minutes > 0
    is_time = asks and conversation.handoff_reason is None
    turn_id = await tx.feedback.occasion(conversation.id, period) if is_time else None
    if turn_id is None:
        return False
    feedback_id = uuid7()
    language = await _language(tx, conversation)
    question_id = await _say(tx, conversation, question(config, language, feedback_id))
    await tx.feedback.ask(feedback_id, conversation, turn_id, question_id)
    return True


async def hear(
    tx: Transaction,
    config: ClientConfig,
    fresh: Sequence[Arrival],
    conversations: Mapping[UUID, Conversation],
    busy: set[UUID],
) -> Heard:
    """Takes the answers out of new messages (in order). A question not on its way yet is called off: they wrote.

    A button that is tapped again is no news, and calls nothing off.

    Args:
        conversations: those of the messages, locked.
        busy: the ones with an open turn.
    """
    speaking: dict[UUID, list[Arrival]] = defaultdict(list)
    for arrival in fresh:
        if opens_burst(arrival.message.content):
            speaking[arrival.conversation_id].append(arrival)
    wanted = await tx.feedback.reasons_wanted(list(speaking))
    exchanges = []
    for conversation_id, arrivals in speaking.items():
        conversation = conversations[conversation_id]
        exchange = Exchange(conversation, wanted.get(conversation_id), is_idle(conversation, busy))
        await _follow(tx, exchange, arrivals)
        exchanges.append(exchange)
    wrote = [exchange.conversation.id for exchange in exchanges if exchange.went_on or exchange.given]
    await tx.deliveries.cancel_waiting(wrote, DeliveryKind.FEEDBACK, "the contact wrote")
    if went_on := [exchange.conversation.id for exchange in exchanges if exchange.wanted and exchange.went_on]:
        await tx.feedback.stop_wanting_reasons(went_on)
    replied = [exchange.conversation.id for exchange in exchanges if await _reply(tx, config, exchange)]
    heard = [arrival for exchange in exchanges for arrival in exchange.heard]
    if heard:
        await tx.arrivals.keep_as_feedback(heard)
    return Heard(heard, [given for exchange in exchanges for given in exchange.given], replied)


async def _follow(tx: Transaction, exchange: Exchange, arrivals: Sequence[Arrival]) -> None:
    """Tells one conversation's messages apart."""
    for arrival in arrivals:
        message, wanted = arrival.message, exchange.wanted
        if tap := tapped(message.content):
            known = await _take_tap(tx, exchange, *tap)
        elif wanted and exchange.idle and not exchange.went_on and is_reason(message, wanted):
            known = await _take_reason(tx, exchange, wanted, message)
        else:
            known = False
        if known:
            exchange.heard.append(arrival)
        else:
            exchange.went_on = True


async def _take_tap(tx: Transaction, exchange: Exchange, feedback_id: UUID, answer: str) -> bool:
    """False for a button that is none of this conversation's questions."""
    conversation_id = exchange.conversation.id
    if await tx.feedback.find(feedback_id, conversation_id) is None:
        return False
    if await tx.feedback.answer(feedback_id, answer):
        exchange.given.append(Given(conversation_id, feedback_id, answer=answer))
    return True


async def _take_reason(tx: Transaction, exchange: Exchange, wanted: ReasonWanted, message: InboundMessage) -> bool:
    reason = message.content.text if isinstance(message.content, Text) else ""
    await tx.feedback.give_reason(wanted.id, reason)
    exchange.given.append(Given(exchange.conversation.id, wanted.id, reason=reason))
    exchange.wanted = None
    return True


async def _reply(tx: Transaction, config: ClientConfig, exchange: Exchange) -> bool:
    """Asks why after a No, thanks for the rest; says nothing where the contact has gone on to something else."""
    if not exchange.given or not exchange.idle or exchange.went_on:
        return False
    newest, conversation = exchange.given[-1], exchange.conversation
    name: TextName = "feedback_reason" if newest.answer == "no" else "feedback_thanks"
    text = config.text(name, await _language(tx, conversation))
    delivery_id = await _say(tx, conversation, {"type": "text", "text": text})
    if newest.answer == "no":
        limit = timedelta(minutes=config.feedback.reason_minutes)
        await tx.feedback.want_reason(newest.feedback_id, delivery_id, limit)
    return True


async def _language(tx: Transaction, conversation: Conversation) -> str | None:
    contact = await tx.contacts.get(conversation.contact_id)
    return contact.language if contact else None


async def _say(tx: Transaction, conversation: Conversation, payload: Mapping[str, Any]) -> UUID:
    first = await tx.conversations.take_delivery_positions(conversation.id, 1)
    (delivery_id,) = await tx.deliveries.add(
        conversation.id, first, [payload], kind=DeliveryKind.FEEDBACK, epoch=conversation.epoch
    )
    return delivery_id


def question(config: ClientConfig, language: str | None, feedback_id: UUID) -> dict[str, Any]:
    """The question with its two buttons, which name it. Pure."""
    yes, no = config.text("feedback_yes", language), config.text("feedback_no", language)
    buttons = [
        {"id": f"feedback:{answer}:{feedback_id}", "title": title} for answer, title in (("yes", yes), ("no", no))
    ]
    return {"type": "buttons", "text": config.text("feedback", language), "buttons": buttons}


def tapped(content: Content) -> tuple[UUID, str] | None:
    """(feedback id, `yes` or `no`) of a tap on a question's button. Pure."""
    found = _BUTTON.fullmatch(content.choice_id) if isinstance(content, Choice) else None
    return (UUID(found[2]), found[1]) if found else None


def is_reason(message: InboundMessage, wanted: ReasonWanted) -> bool:
    """Whether this is the reason a contact was asked for: a text that came in time and asks nothing itself. Pure.

    By the channel's clock, in its whole seconds. Rather a reason is lost than a question left without an answer.
    """
    if wanted.asked_at is None or not isinstance(message.content, Text) or looks_finished(message.content):
        return False
    return wanted.asked_at.replace(microsecond=0) <= message.sent_at <= wanted.until


def is_idle(conversation: Conversation, busy: set[UUID]) -> bool:
    """Whether nothing is said here but about how it went. Pure."""
    return conversation.mode == "bot" and conversation.burst_opened_at is None and conversation.id not in busy
