"""Events that were under way when their person was forgotten: in a queue, among the dead letters, or still with Meta.

What they said before that moment is not stored. What they say from then on finds nobody, and begins afresh.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from prometheus_client import Counter

from remanso.events import Envelope, MessageEchoed, MessageReceived, PreferenceChanged
from remanso.model.message import Sender
from remanso.store import Transaction

FORGOTTEN = Counter(
    "remanso_debouncer_forgotten_total", "Events not stored: their person was forgotten after them.", ["client"]
)
WHOLE_SECONDS = timedelta(seconds=1)
"""Meta's times are whole seconds, rounded down."""


async def without_the_forgotten(tx: Transaction, client: str, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """The events that may be stored, in their order."""
    people = [_person_and_time(envelope) for envelope in envelopes]
    names = sorted({alias for who, _ in people for alias in who.aliases})
    forgotten = await tx.forgetting.since(client, names) if names else {}
    kept = [
        envelope
        for envelope, (who, at) in zip(envelopes, people, strict=True)
        if not any(alias in forgotten and at + WHOLE_SECONDS <= forgotten[alias] for alias in who.aliases)
    ]
    FORGOTTEN.labels(client).inc(len(envelopes) - len(kept))
    return kept


def _person_and_time(envelope: Envelope) -> tuple[Sender, datetime]:
    match envelope.payload:
        case MessageReceived(message=message):
            return message.sender, message.sent_at
        case MessageEchoed(message=echo):
            return echo.recipient, echo.sent_at
        case PreferenceChanged(contact=contact, at=at):
            return contact, at
        case other:
            raise TypeError(f"{type(other).__name__} does not come by this queue")
