"""How fast one thing may follow another: the generic cell rate algorithm as virtual scheduling. Pure.

All that is remembered is `next_at`, when the next one is due at an even pace. Whoever comes later than that has saved
up room, up to `burst`; whoever comes earlier waits. In any span of w seconds at most `burst` + w / interval go.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rate:
    """One each `interval`, and up to `burst` at once after a pause."""

    interval: timedelta
    burst: int

    @property
    def depth(self) -> timedelta:
        """How far `next_at` may lie in the past: the room that a pause saves up."""
        return self.interval * (self.burst - 1)

    def wait(self, next_at: datetime | None, now: datetime) -> timedelta:
        """Until one may go; nothing where it may now."""
        return timedelta() if next_at is None else max(timedelta(), next_at - now)

    def take(self, next_at: datetime | None, now: datetime) -> datetime:
        """The new `next_at` after one has gone at `now`, which has to be no earlier than the old one."""
        floor = now - self.depth
        return (floor if next_at is None else max(next_at, floor)) + self.interval

    def slowed(self, factor: float) -> "Rate":
        """The same at 1/factor of its pace, and nothing saved up."""
        return self if factor <= 1 else Rate(self.interval * factor, 1)


NUMBER_SHARE = 0.8
"""Of a number's throughput. Meta counts messages in and out together, and by the time they arrive there."""
NUMBER_BURST_SECONDS = 0.05


def number_rate(throughput: float) -> Rate:
    """The pace of one number whose throughput at Meta is so many messages per second (Meta docs, 2026: 80).

    Burst and share together: in any second at most 85 % of the throughput is begun.
    """
    return Rate(timedelta(seconds=1 / (throughput * NUMBER_SHARE)), max(1, int(throughput * NUMBER_BURST_SECONDS)))


PAIR_RATE = Rate(timedelta(seconds=6), 40)
"""From one number to one contact: 1 per 6 s, 45 in a burst (Meta docs, 2026). A few less: the last of a burst may
overtake its allowance on the way."""
