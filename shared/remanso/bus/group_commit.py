"""Envelopes of one type that wait together travel in one AMQP message.

A confirm costs the same whatever the message weighs. So one message of a type is under way at a time; what comes
meanwhile waits and goes with the next. Alone, nobody waits for anybody.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from remanso.errors import PublishFailed, RemansoError
from remanso.events import Envelope, encode

MOST_ENVELOPES = 200
MOST_BYTES = 1 << 20  # unless one envelope alone is larger
MOST_WAITING = 20_000

Post = Callable[[bytes, Sequence[Envelope], float], Awaitable[None]]
"""(body, the envelopes in it, deadline in the loop's time) → returns when confirmed, raises one of our errors."""


@dataclass(frozen=True, eq=False)
class _Waiting:
    envelope: Envelope
    deadline: float
    outcome: asyncio.Future[None]

    def settle(self, error: Exception | None) -> None:
        if self.outcome.done():  # its caller has gone
            return
        if error is None:
            self.outcome.set_result(None)
        else:
            self.outcome.set_exception(error)


class Lane:
    """The envelopes of one type on their way to the broker, in the order they came."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._waiting: deque[_Waiting] = deque()
        self._flush: asyncio.Task[None] | None = None

    def enter(self, envelope: Envelope, deadline: float) -> asyncio.Future[None]:
        """Gives the envelope's outcome, to come. Cancelling it takes the envelope out unless it is under way."""
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(envelope, deadline, outcome)
        if len(self._waiting) >= MOST_WAITING:
            waiting.settle(PublishFailed(f"{MOST_WAITING} events wait for the broker already"))
            return outcome
        self._waiting.append(waiting)
        if self._flush is None or self._flush.done():
            # In a context of its own: its log lines are about many callers, not about the first.
            self._flush = asyncio.create_task(self._flush_all(), context=contextvars.Context())
        return outcome

    async def close(self) -> None:
        """Wait for what is under way; every envelope has a deadline, so this ends."""
        if self._flush is not None:
            await asyncio.gather(self._flush, return_exceptions=True)

    async def _flush_all(self) -> None:
        while group := self._next_group():
            await self._commit(group)

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        while self._waiting and len(group) < MOST_ENVELOPES:
            waiting = self._waiting.popleft()
            if not waiting.outcome.done():
                group.append(waiting)
        return group

    async def _commit(self, group: list[_Waiting]) -> None:
        """Post the group as one message; if it is too large, or one of it cannot be encoded, in halves."""
        envelopes = [waiting.envelope for waiting in group]
        error: Exception | None = None
        try:
            body = encode(envelopes)
        except Exception as problem:
            error = problem
        if len(group) > 1 and (error or len(body) > MOST_BYTES):
            middle = len(group) // 2
            await self._commit(group[:middle])
            await self._commit(group[middle:])
            return
        try:
            if error is None:
                await self._post(body, envelopes, max(waiting.deadline for waiting in group))
        except RemansoError as problem:
            error = problem
        except asyncio.CancelledError:
            error = PublishFailed("the publisher was closed")
            raise
        finally:
            for waiting in group:
                waiting.settle(error)
