"""What may happen to the first unsettled delivery of a conversation, right now. Pure.

The rows are read under the conversation's lock, so nothing can change between the decision and its being written down:
once a take-over has committed, no part of the bot's starts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from remanso.model.delivery import ASIDES, DeliveryKind, DeliveryState
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery


@dataclass(frozen=True)
class Send:
    """Write down `sending`, then POST."""


@dataclass(frozen=True)
class Wait:
    """Not yet: a retry time, a receipt, or the contact is waited for."""


@dataclass(frozen=True)
class Hold:
    """Kept back and shown: until the contact writes or, of a template, until Meta lets it be sent."""

    reason: str = "the 24-hour window is closed"


@dataclass(frozen=True)
class Release:
    """The window is open again: look at it afresh."""


@dataclass(frozen=True)
class Cancel:
    reason: str


@dataclass(frozen=True)
class Doubt:
    """Whoever was sending it is gone: nobody knows whether it went out."""


@dataclass(frozen=True)
class SendAgain:
    """No receipt came within the limit: back to the queue."""


@dataclass(frozen=True)
class GiveUp:
    reason: str


MOST_RESENDS = 3
"""Each waits twice as long for a receipt as the one before: a Graph that swallows everything has minutes to recover."""

Decision = Send | Wait | Hold | Release | Cancel | Doubt | SendAgain | GiveUp


def decide(
    head: Delivery, conversation: Conversation, window: timedelta, *, turn_is_open: bool, heard: bool = True
) -> Decision:
    """The next thing to do with `head`.

    Args:
        window: how long after the contact's last message free text may be sent.
        turn_is_open: whether the turn that `head` belongs to still waits for its answer.
        heard: whether receipts that have come so far would have reached us; else silence means nothing.
    """
    if head.kind in ASIDES and head.state in (DeliveryState.PENDING, DeliveryState.HELD):
        return _aside(head, conversation, window)
    match DeliveryState(head.state):
        case DeliveryState.SENDING:
            return Doubt()
        case DeliveryState.UNKNOWN:
            return _doubtful(head, conversation.now) if heard else Wait()
        case DeliveryState.HELD:
            return Release() if window_is_open(conversation, window) else Wait()
        case _:
            return _pending(head, conversation, window, turn_is_open=turn_is_open)


def _aside(head: Delivery, conversation: Conversation, window: timedelta) -> Decision:
    """Now or never: kept until the contact writes again, it would come a day late and beside the point."""
    if conversation.mode != "bot" or head.epoch != conversation.epoch:
        return Cancel("a person took over")
    if head.state == DeliveryState.HELD or not window_is_open(conversation, window):
        return Cancel("the 24-hour window is closed")
    if head.retry_at is not None and conversation.now < head.retry_at:
        return Wait()
    return Send()


def window_is_open(conversation: Conversation, window: timedelta) -> bool:
    """Whether the contact wrote within `window`, by Meta's timestamp against PostgreSQL's clock.

    Meta has the last word: what it calls closed opens with the contact's next message.
    """
    heard_at = conversation.last_inbound_at
    return heard_at is not None and heard_at != conversation.shut_after and conversation.now < heard_at + window


def can_wait(part: Delivery) -> bool:
    """Whether it is worth something still when the contact writes again; a template needs no window."""
    return part.kind not in ASIDES and part.payload.get("type") != "template"


def _doubtful(head: Delivery, now: datetime) -> Decision:
    if head.reconcile_at is not None and now < head.reconcile_at:
        return Wait()
    if head.resends < MOST_RESENDS:
        return SendAgain()
    return GiveUp(f"sent {head.resends + 1} times, no receipt for any")


def _pending(head: Delivery, conversation: Conversation, window: timedelta, *, turn_is_open: bool) -> Decision:
    if head.kind != DeliveryKind.HUMAN and head.epoch != conversation.epoch:
        return Cancel("a person took over")
    if head.kind == DeliveryKind.FALLBACK and not turn_is_open:
        return Cancel("answered meanwhile")
    if head.retry_at is not None and conversation.now < head.retry_at:
        return Wait()
    return Send() if window_is_open(conversation, window) else Hold()
