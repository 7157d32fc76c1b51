"""When a failed attempt is followed by another: one layer of retries, ours.

The library's own would also repeat calls that failed for want of money. What would have to wait for too long does not
sleep here: the turn is postponed, and its worker is free for others.
"""

from dataclasses import dataclass

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.stop import stop_base

from services.agent.models.trouble import Trouble

_own_wait = wait_random_exponential(multiplier=0.5, max=4.0)


@dataclass(frozen=True)
class Patience:
    """How long one question may go on: so many attempts, and none begun later than `seconds` after the first."""

    attempts: int = 3
    seconds: float = 10.0

    def retrying(self, seconds_left: float) -> AsyncRetrying:
        """For one question of a turn that has so many seconds left; the last Trouble comes through."""
        stop = _Enough(self.attempts, min(self.seconds, seconds_left))
        return AsyncRetrying(retry=retry_if_exception_type(Trouble), stop=stop, wait=_wait, reraise=True)


class _Enough(stop_base):
    """Ends the retries of one question: by their number, by what the failure is worth, by the time they would take."""

    def __init__(self, attempts: int, seconds: float) -> None:
        self._attempts = attempts
        self._seconds = seconds

    def __call__(self, retry_state: RetryCallState) -> bool:
        trouble = _trouble(retry_state)
        worth = trouble.kind.attempts if trouble else 1
        begins_at = (retry_state.seconds_since_start or 0.0) + retry_state.upcoming_sleep
        return retry_state.attempt_number >= min(self._attempts, worth) or begins_at >= self._seconds


def _wait(state: RetryCallState) -> float:
    trouble = _trouble(state)
    if trouble is None:
        return 0.0
    return max(_own_wait(state), trouble.kind.pause, trouble.retry_after or 0.0)


def _trouble(state: RetryCallState) -> Trouble | None:
    problem = state.outcome and state.outcome.exception()
    return problem if isinstance(problem, Trouble) else None
