"""A circuit breaker: a model that keeps failing is let alone for a while, instead of every turn finding out anew.

Closed, it counts. After `FAILURES` in a row within `WITHIN` seconds it opens: nobody asks. When its hold is over it is
half open: one question goes out as a probe, and its outcome closes or opens it. Pure but for the clock.
"""

import random
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum

FAILURES, WITHIN = 5, 30.0
LONG_HOLD = 300.0
"""Seconds for what no waiting heals: somebody has to act, and then it should not take for ever to notice."""
WHILE_PROBED = 1.0
"""Seconds after which to look again while somebody else's probe is on its way."""


class State(IntEnum):
    """As the metric tells it."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class CircuitOpen(Exception):
    """Not now. `seconds` until it makes sense to come back."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"open for {seconds:.1f} s")
        self.seconds = seconds


class Breaker:
    """Each question enters and ends as succeeded, failed or withdrawn, with the era in which it entered.

    An era ends whenever the circuit opens or closes: what entered in an earlier one and ends late decides nothing.
    """

    def __init__(
        self,
        hold: float = 15.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`hold` in seconds; the real one is up to twice as long, so that agents do not all probe at once."""
        self._hold = hold
        self._clock = clock
        self._chance = chance
        self._failed_at: deque[float] = deque(maxlen=FAILURES)
        self._open_until: float | None = None
        self._probing = False
        self._era = 0

    @property
    def state(self) -> State:
        if self._open_until is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._open_until else State.HALF_OPEN

    @property
    def seconds_left(self) -> float:
        """Until it may be asked again; 0 unless it is open."""
        return 0.0 if self._open_until is None else max(0.0, self._open_until - self._clock())

    def enter(self) -> int:
        """The era to end the question with. Raises CircuitOpen while nobody, or nobody else, may ask."""
        if self.state == State.OPEN:
            raise CircuitOpen(self.seconds_left)
        if self.state == State.HALF_OPEN:
            if self._probing:
                raise CircuitOpen(WHILE_PROBED)
            self._probing = True
        return self._era

    def succeeded(self, era: int) -> bool:
        """The server is there, whatever it said. True when that closed the circuit."""
        if era != self._era:
            return False
        self._failed_at.clear()
        if self._open_until is None:
            return False
        self._open_until, self._probing = None, False
        self._era += 1
        return True

    def failed(self, era: int, *, lasting: bool = False) -> bool:
        """True when that opened the circuit."""
        if lasting:
            return self._open(LONG_HOLD)
        if era != self._era:
            return False
        now = self._clock()
        self._failed_at.append(now)
        if self._probing or (len(self._failed_at) == FAILURES and now - self._failed_at[0] <= WITHIN):
            return self._open(self._hold * (1 + self._chance()))
        return False

    def withdrew(self, era: int) -> None:
        """The question ended without telling anything about the server: it was cancelled, or we were too busy."""
        if era == self._era:
            self._probing = False

    def _open(self, hold: float) -> bool:
        was_open = self.state == State.OPEN
        self._open_until = max(self._open_until or 0.0, self._clock() + hold)
        self._failed_at.clear()
        self._probing = False
        self._era += 1
        return not was_open
