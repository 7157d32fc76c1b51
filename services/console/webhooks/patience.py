"""How long an endpoint is tried. Pure."""

import random
from datetime import timedelta

PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 86400)
)
"""After each attempt of one notification: in all a little over three days."""

MOST_BETWEEN_ROUNDS = timedelta(minutes=5)
"""An endpoint that fails is asked once in so long at least, about whatever is due by then."""


def pause_after(attempts: int) -> timedelta | None:
    """Until the next attempt after so many; None: that was the last one. A little at random, so that not all come at
    once."""
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * random.uniform(0.9, 1.1)


def between_rounds(failures: int) -> timedelta:
    """Of an endpoint that so many rounds in a row did not reach."""
    return min(timedelta(seconds=2 ** min(failures, 10)), MOST_BETWEEN_ROUNDS) if failures else timedelta()
