"""How long to wait before a part that was certainly not sent is tried again. Pure, but for the jitter."""

import random
from datetime import timedelta

from remanso.channels.whatsapp.errors import RefusalKind
from remanso.channels.whatsapp.outcome import NotSent, Refused

PAIR_RATE = 131056
"""Too many messages to one contact; Meta asks to wait 4^n seconds (Meta docs, error codes, 2026)."""

WINDOW_CLOSED = 131047
"""By Meta's reckoning; told by the answer or, more often, by a receipt. Seen inside the window, too, where it may pass:
it is tried once more, and then the part waits until the contact writes."""
WINDOW_SECONDS = 10.0
"""Until it is tried once more."""

OPERATOR_SECONDS = 0.5
"""It is parked: a probe decides when, not this part's own time."""
LONGEST_SECONDS = 300.0
LONGEST_UNSENT_SECONDS = 15.0
"""Of a part that never left us: there is nobody to be spared, and a network that is back should be used."""
LONGEST_ASKED_SECONDS = 3600.0
"""Of a Retry-After: a longer one is an error of whoever wrote it."""


def gives_up(refusal: Refused, attempts: int) -> bool:
    """Whether this refusal, at the `attempts`-th attempt, is final."""
    return refusal.kind is RefusalKind.PERMANENT or (refusal.tries is not None and attempts >= refusal.tries)


def delay(outcome: Refused | NotSent, attempts: int) -> timedelta:
    """Seconds until the next attempt after the `attempts`-th, which is counted from 1."""
    if isinstance(outcome, Refused) and outcome.kind is RefusalKind.OPERATOR:
        return timedelta(seconds=OPERATOR_SECONDS)
    if isinstance(outcome, Refused) and outcome.code == WINDOW_CLOSED:
        return timedelta(seconds=WINDOW_SECONDS)
    base = 4.0 if isinstance(outcome, Refused) and outcome.code == PAIR_RATE else 2.0
    longest = LONGEST_SECONDS if isinstance(outcome, Refused) else LONGEST_UNSENT_SECONDS
    seconds = min(base ** min(attempts, 16) / 2, longest) * random.uniform(0.75, 1.25)
    asked = outcome.retry_after if isinstance(outcome, Refused) else None
    return timedelta(seconds=max(seconds, min(asked or 0.0, LONGEST_ASKED_SECONDS)))
