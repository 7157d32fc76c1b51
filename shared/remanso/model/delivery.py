"""A delivery: one outgoing message and its fate. Pure rules; the store and the sender only apply them."""

from enum import StrEnum


class DeliveryState(StrEnum):
    PENDING = "pending"
    HELD = "held"
    """The 24-hour window is closed; released when the contact writes again."""
    SENDING = "sending"
    """Written down before the POST: from here on the outside may have seen it."""
    UNKNOWN = "unknown"
    """The POST's outcome is not known; a receipt bearing the delivery's id settles it."""
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Not sent: a person took over, or the turn it spoke for was answered already."""


class DeliveryKind(StrEnum):
    ANSWER = "answer"
    FALLBACK = "fallback"
    """The client's text while the model is down; at most one per turn and per outage of a conversation."""
    FEEDBACK = "feedback"
    """The question how it went, what is asked behind it, and the thanks."""
    NOTICE = "notice"
    """The contact wrote more than will be answered; at most one in the period of the limit."""
    HUMAN = "human"
    REOPEN = "reopen"
    """The client's template that asks a silent contact to write; at most one in each span that the window is closed."""


ASIDES = frozenset({DeliveryKind.FEEDBACK, DeliveryKind.NOTICE})
"""Said in passing: worth nothing a day later, and nothing while a person has the word."""


UNSETTLED = frozenset({DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENDING, DeliveryState.UNKNOWN})
"""States that keep every later delivery of the conversation waiting: order is never broken to save time."""

RECEIPTS = frozenset(
    {
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.READ,
        DeliveryState.PLAYED,
        DeliveryState.FAILED,
    }
)
"""States that a status webhook can report. Our other words may turn up there with another meaning (a payment's
`pending`), and a delivery moved to one of them by mistake would wait for ever."""

_RANK = {
    DeliveryState.PENDING: 0,
    DeliveryState.HELD: 0,
    DeliveryState.CANCELLED: 0,
    DeliveryState.SENDING: 1,
    DeliveryState.UNKNOWN: 1,
    DeliveryState.ACCEPTED: 2,
    DeliveryState.SENT: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.DELIVERED: 5,
    DeliveryState.READ: 6,
    DeliveryState.PLAYED: 7,
}


def after_receipt(state: DeliveryState, receipt: DeliveryState) -> DeliveryState:
    """The state after a receipt: receipts only move a delivery upward.

    `failed` counts only while nothing above `sent` is known, and a later `delivered` overrides it: with several
    devices Meta may report both (reference: status webhooks, Meta docs 2026).
    """
    return receipt if _RANK[receipt] > _RANK[state] else state
