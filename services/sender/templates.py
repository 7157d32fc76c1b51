"""What may happen to a template that is the next in line. Pure, but for reading what is known of it.

The window does not matter to templates. What does: whether Meta lets it be sent, whether the contact wants it, and, of
one that asks a silent contact to write, whether they are still silent.
"""

from dataclasses import dataclass
from datetime import timedelta

from remanso.channels.whatsapp.outcome import Refused
from remanso.model.delivery import DeliveryKind, DeliveryState
from remanso.model.health import MARKETING, Fact, Standing, Subject
from remanso.plugin.registry import Client
from remanso.store import Transaction
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from services.sender.decision import Cancel, Decision, Hold, Send, Wait, decide, window_is_open

_STATES = {132015: "PAUSED", 132016: "DISABLED"}
"""Codes by which Meta refuses a template whose state we did not know (Meta docs, error codes, 2026)."""


@dataclass(frozen=True)
class Circumstances:
    standing: Standing | None
    refuses_marketing: bool
    anything_held: bool
    """Whether texts wait for the contact to write."""


def is_template(delivery: Delivery) -> bool:
    return delivery.payload.get("type") == "template"


async def circumstances(tx: Transaction, head: Delivery, conversation: Conversation, client: Client) -> Circumstances:
    name, language = str(head.payload.get("name")), str(head.payload.get("language"))
    return Circumstances(
        standing=await tx.health.standing(account_of(client, conversation.channel), name, language),
        refuses_marketing=await tx.reopenings.refuses_marketing(conversation.contact_id),
        anything_held=await tx.reopenings.anything_held(conversation.id),
    )


def account_of(client: Client, channel: str) -> str:
    """The WhatsApp Business Account that a number belongs to; empty for a number that client.toml does not have."""
    return next((one.account for one in client.config.channels if one.phone_number_id == channel), "")


def decide_template(
    head: Delivery, conversation: Conversation, window: timedelta, around: Circumstances, *, heard: bool = True
) -> Decision:
    """As `decide`, for a template."""
    if head.state != DeliveryState.PENDING:
        return decide(head, conversation, window, turn_is_open=True, heard=heard)
    if head.kind != DeliveryKind.HUMAN and head.epoch != conversation.epoch:
        return Cancel("a person took over")
    if head.kind == DeliveryKind.REOPEN and window_is_open(conversation, window):
        return Cancel("the contact wrote meanwhile")
    if head.kind == DeliveryKind.REOPEN and not around.anything_held:
        return Cancel("nothing waits any more")
    standing = around.standing
    if around.refuses_marketing and (standing is None or standing.category in (None, MARKETING)):
        return Cancel("the contact stopped marketing messages")
    if standing is not None and not standing.may_be_sent:
        why = f"the template is {standing.status}" + (f" ({standing.reason})" if standing.reason else "")
        # One that asks to write is queued anew as soon as it may be sent.
        return Cancel(why) if head.kind == DeliveryKind.REOPEN else Hold(why)
    if head.retry_at is not None and conversation.now < head.retry_at:
        return Wait()
    return Send()


async def learn_from(tx: Transaction, head: Delivery, conversation: Conversation, client: Client, no: Refused) -> None:
    """Meta refuses a template for its state: from now on it is held back, until a report says otherwise."""
    status = _STATES.get(no.code or 0)
    if status is not None and is_template(head):
        key = (account_of(client, conversation.channel), str(head.payload["name"]), str(head.payload["language"]))
        fact = Fact(Subject.TEMPLATE, key, "status", status, await tx.health.now(), {"reason": f"code {no.code}"})
        await tx.health.tell(client.name, [fact])
