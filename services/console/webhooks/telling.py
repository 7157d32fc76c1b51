"""A notification in words: the rows that it names, read when it is told."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from remanso.model.delivery import DeliveryKind
from remanso.model.dialog import HandedBackBy
from remanso.store import Transaction
from remanso.store.notifications import Notification
from remanso.store.notified import Sent
from services.console.webhooks import events
from services.console.webhooks.events import Body, ContactTold, ConversationTold, Event, PartTold

Read = Callable[[Transaction, Notification], Awaitable[Event]]


async def body_of(tx: Transaction, notification: Notification) -> Body:
    event = await _READ[notification.type](tx, notification)
    return Body(type=event.type, timestamp=notification.created_at, client=notification.client, data=event)


async def _conversation(tx: Transaction, conversation_id: UUID) -> ConversationTold | None:
    about = await tx.notified.conversation(conversation_id)
    if about is None:
        return None
    contact = ContactTold(id=about.contact_id, name=about.name, wa_id=about.wa_id)
    return ConversationTold(id=about.id, channel=about.channel, contact=contact)


async def _received(tx: Transaction, told: Notification) -> Event:
    said = await tx.notified.message(told.subject)
    return events.MessageReceived(
        conversation=await _conversation(tx, told.line),
        entry=f"message-{told.subject}",
        content=said.words if said else None,
        sent_at=said.sent_at if said else None,
    )


async def _sent(tx: Transaction, told: Notification) -> Event:
    sent = await tx.notified.delivery(told.subject)
    is_human = sent is not None and sent.kind == DeliveryKind.HUMAN
    return events.MessageSent(
        conversation=await _conversation(tx, told.line),
        part=_part(told, sent),
        author="human" if is_human else "bot",
        who=sent.who if sent else None,
        content=sent.payload if sent else {},
    )


async def _status(tx: Transaction, told: Notification) -> Event:
    sent = await tx.notified.delivery(told.subject)
    return events.MessageStatus(
        conversation=await _conversation(tx, told.line),
        part=_part(told, sent),
        status=told.facts["status"],
        code=told.facts.get("code"),
        reason=sent.reason if sent else None,
    )


def _part(told: Notification, sent: Sent | None) -> PartTold:
    of_log = sent is not None and sent.message_id is not None
    return PartTold(
        id=told.subject, entry=f"message-{sent.message_id}" if of_log and sent else f"delivery-{told.subject}"
    )


async def _needs_human(tx: Transaction, told: Notification) -> Event:
    about = await tx.notified.conversation(told.line)
    return events.NeedsHuman(conversation=await _conversation(tx, told.line), reason=about.reason if about else None)


async def _taken_over(tx: Transaction, told: Notification) -> Event:
    who = await tx.notified.holder(told.line, told.facts["epoch"])
    return events.TakenOver(conversation=await _conversation(tx, told.line), who=who)


async def _handed_back(tx: Transaction, told: Notification) -> Event:
    by, who = await tx.notified.handed_back(told.line, told.facts["epoch"])
    about = await tx.notified.conversation(told.line) if by == HandedBackBy.NOBODY else None
    reason = about.reason if about else None
    return events.HandedBack(conversation=await _conversation(tx, told.line), by=by, who=who, reason=reason)


async def _failed(tx: Transaction, told: Notification) -> Event:
    return events.TurnFailed(conversation=await _conversation(tx, told.line), turn_id=told.subject)


async def _feedback(tx: Transaction, told: Notification) -> Event:
    judged = await tx.notified.feedback(told.subject)
    return events.FeedbackReceived(
        conversation=await _conversation(tx, told.line),
        answer=judged.answer if judged else None,
        reason=judged.reason if judged else None,
    )


async def _credit(_: Transaction, told: Notification) -> Event:
    return events.CreditExhausted(contact_id=told.facts.get("contact_id"))


async def _tested(_: Transaction, __: Notification) -> Event:
    return events.EndpointTested()


_READ: dict[str, Read] = {
    events.MessageReceived.type: _received,
    events.MessageSent.type: _sent,
    events.MessageStatus.type: _status,
    events.NeedsHuman.type: _needs_human,
    events.TakenOver.type: _taken_over,
    events.HandedBack.type: _handed_back,
    events.TurnFailed.type: _failed,
    events.FeedbackReceived.type: _feedback,
    events.CreditExhausted.type: _credit,
    events.EndpointTested.type: _tested,
}
