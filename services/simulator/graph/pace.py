"""How fast a business number may send (Meta's throughput and pair-rate limits, November 2025).

Strict: whatever the rhythm, no span of one second holds more than the throughput, and no span of `pair_seconds` more
than a burst to one contact.
"""

from collections import deque
from dataclasses import dataclass

from services.simulator.graph.refusals import Refusal


@dataclass(frozen=True)
class Limits:
    """`throughput`: messages per second of one number.

    To one contact `pair_burst` messages may go at once, then one per `pair_seconds`.
    """

    throughput: float = 80.0
    pair_burst: int = 45
    pair_seconds: float = 6.0


class Bucket:
    """A token bucket: `size` at once, `rate` per second after that."""

    def __init__(self, size: float, rate: float, now: float) -> None:
        self._size, self._rate = size, rate
        self._level, self._at = size, now

    def holds_one(self, now: float) -> bool:
        """Whether one token is there at `now`, seconds on any rising clock."""
        self._level = min(self._size, self._level + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
        # Refilling adds many small floats: a token complete but for their rounding is complete.
        return self._level >= 1 - 1e-9

    def take(self) -> None:
        """Use up one token that `holds_one` has shown to be there."""
        self._level -= 1


class Window:
    """At most `size` in any span of so many seconds."""

    def __init__(self, size: float, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._taken: deque[float] = deque()

    def holds_one(self, now: float) -> bool:
        while self._taken and self._taken[0] <= now - self._seconds + 1e-9:
            self._taken.popleft()
        return len(self._taken) < self._size

    def take(self, now: float) -> None:
        """Count one that `holds_one` has shown to be possible at `now`."""
        self._taken.append(now)


class Pace:
    """Refuses a message that comes too fast; what is refused uses up nothing."""

    def __init__(self) -> None:
        self.limits = Limits()
        self._numbers: dict[str, Window] = {}
        self._pairs: dict[tuple[str, str], tuple[Bucket, Window]] = {}

    def reset(self, limits: Limits | None = None) -> None:
        """Start afresh, with Meta's usual limits or with other ones."""
        self.limits = limits or Limits()
        self._numbers.clear()
        self._pairs.clear()

    def admit(self, phone_number_id: str, contact: str, now: float) -> None:
        """Count one message from number to contact. Raises `Refusal` 130429 or 131056."""
        limits = self.limits
        number = self._numbers.setdefault(phone_number_id, Window(limits.throughput, 1.0))
        bucket, window = self._pairs.setdefault(
            (phone_number_id, contact),
            (Bucket(limits.pair_burst, 1 / limits.pair_seconds, now), Window(limits.pair_burst, limits.pair_seconds)),
        )
        if not number.holds_one(now):
            raise Refusal(130429, "Cloud API message throughput has been reached.")
        if not (bucket.holds_one(now) and window.holds_one(now)):
            raise Refusal(
                131056,
                "Message failed to send because there were too many messages sent from this phone number to the same "
                "phone number in a short period of time.",
            )
        number.take(now)
        bucket.take()
        window.take(now)
