"""When a burst is over, and what a contact's pauses teach about it. Pure: times in, a time out.

A contact's *rhythm* is the silence, in seconds, after which nineteen times in twenty nothing more comes: an
exponentially weighted quantile of their pauses, in which a message that ended its burst counts as a pause of 0. Who
writes one message at a time is soon waited for less, who writes in bursts as long as their own longer pauses take.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp

from remanso.plugin.behaviour import Burst

QUANTILE = 0.95
STEP = 0.3
"""How fast a rhythm changes: 1.5 % down where the wait was long enough, a third up where it was too short."""

HALF_A_SECOND = 0.5
"""The channel tells whole seconds: on average half of one is missing."""


def due_at(
    now: datetime, opened_at: datetime, *, finished: bool, burst: Burst, rhythm: float | None = None
) -> datetime:
    """The moment at which the burst is sealed if nothing more comes, by PostgreSQL's clock.

    Args:
        now: when its newest message was stored.
        opened_at: when its first waiting message was stored.
        finished: whether the newest message looks like the last one (a question, a tap).
        burst: the client's quiet times and longest wait, in seconds.
        rhythm: this contact's, in seconds; None while nothing is known of it, and where the window is fixed.
    """
    quiet = quiet_seconds(rhythm, finished=finished, burst=burst)
    return min(now + timedelta(seconds=quiet), opened_at + timedelta(seconds=burst.longest))


def quiet_seconds(rhythm: float | None, *, finished: bool, burst: Burst) -> float:
    """The silence that ends a burst. Where it looks finished, as much shorter as the client would have it."""
    if rhythm is None:
        return burst.quiet_when_finished if finished else burst.quiet
    whole = _within(rhythm, burst)
    shorter = max(burst.quiet_when_finished, whole * burst.quiet_when_finished / burst.quiet)
    return min(whole, shorter) if finished else whole


def learned(rhythm: float | None, pause: float | None, burst: Burst) -> float:
    """The rhythm after one more message.

    Args:
        rhythm: what was known before; None where nothing was.
        pause: seconds between the message before and this one; None when that one had ended its burst.
        burst: where a rhythm begins (`quiet`), and between what it stays (`shortest`, `longest`).
    """
    before = _within(burst.quiet if rhythm is None else rhythm, burst)
    if pause is None or pause <= before:
        return _within(before * exp(-STEP * (1 - QUANTILE)), burst)
    return _within(min(before * exp(STEP * QUANTILE), pause), burst)


def rhythm_after(
    rhythm: float | None, heard_at: datetime | None, sent: Sequence[datetime], *, going_on: bool, burst: Burst
) -> float | None:
    """The rhythm after new messages; None as long as nothing can be learned.

    Args:
        rhythm: what was known before.
        heard_at: when the contact's last message before these was sent; None when there was none.
        sent: when each of these was sent, in order.
        going_on: whether the first of them continues a burst, waiting or not answered yet.
        burst: as for `learned`.
    """
    for at in sent:
        if heard_at is not None:
            rhythm = learned(rhythm, pause_between(heard_at, at, burst) if going_on else None, burst)
        heard_at, going_on = max(at, heard_at or at), True
    return rhythm


def pause_between(earlier: datetime, later: datetime, burst: Burst) -> float | None:
    """Seconds by the channel's clock; None for more than the longest wait: nobody types for so long."""
    seconds = max((later - earlier).total_seconds(), 0.0) + HALF_A_SECOND
    return seconds if seconds <= burst.longest else None


def _within(seconds: float, burst: Burst) -> float:
    return min(max(seconds, burst.shortest), burst.longest)
