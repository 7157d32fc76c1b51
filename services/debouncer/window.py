"""When a burst is over. Pure: times in, a time out; all of them PostgreSQL's."""

from datetime import datetime, timedelta

from remanso.plugin.config import Burst


def due_at(now: datetime, opened_at: datetime, *, finished: bool, burst: Burst) -> datetime:
    """The moment at which the burst is sealed if nothing more comes.

    Args:
        now: when its newest message was stored.
        opened_at: when its first waiting message was stored.
        finished: whether the newest message looks like the last one (a question, a tap).
        burst: the client's quiet times and longest wait, in seconds.
    """
    quiet = burst.quiet_when_finished if finished else burst.quiet
    return min(now + timedelta(seconds=quiet), opened_at + timedelta(seconds=burst.longest))
