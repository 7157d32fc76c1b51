"""Blue ticks and "typing…" while a turn is worked on: a courtesy that nothing waits for and nothing depends on.

It belongs to the agent, which alone knows that somebody is writing an answer: shown when the turn is taken, again
before the 25 s are over after which WhatsApp takes it away, and never once the turn is not ours or not open any more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from remanso.channels.whatsapp.client import GraphClient
from remanso.errors import RemansoError
from remanso.model.turn import TurnState
from services.agent.assignment import Assignment

RENEW_SECONDS = 20.0
"""WhatsApp shows it for 25 s (Meta docs, typing indicators, 2026)."""
LONGEST_SECONDS = 3.0
"""For one call: a courtesy that comes late is none."""

SHOWN = Counter(
    "remanso_agent_presence_total", "Read receipts and typing indicators, by outcome.", ["client", "outcome"]
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Presence:
    graph: GraphClient
    renew_seconds: float = RENEW_SECONDS

    @asynccontextmanager
    async def shown(self, assignment: Assignment) -> AsyncIterator[None]:
        """Shown beside the block, and taken off the line when it ends: no call is begun, or left running, after it."""
        wanted = assignment.client.config.presence
        if not wanted.read and not wanted.typing:
            yield
            return
        showing = asyncio.create_task(self._show(assignment, typing=wanted.typing))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show(self, assignment: Assignment, *, typing: bool) -> None:
        """Until the answer is about to be stored: a call still on its way then is cut off, lest it come after it."""
        answering = asyncio.create_task(assignment.answering.wait())
        call = None
        try:
            while not answering.done():
                call = asyncio.create_task(self._once(assignment, typing=typing))
                await asyncio.wait({call, answering}, return_when=asyncio.FIRST_COMPLETED)
                if not call.done() or not call.result() or not typing:
                    return
                await asyncio.wait({answering}, timeout=self.renew_seconds)
        finally:
            for task in filter(None, (answering, call)):
                task.cancel()

    async def _once(self, assignment: Assignment, *, typing: bool) -> bool:
        """Whether the turn is still ours to be shown. Looked up each time: this process may have slept."""
        turn, client = assignment.turn, assignment.client
        try:
            async with assignment.store.transaction() as tx:
                found = await tx.turns.get(turn.id)
                conversation = await tx.conversations.get(turn.conversation_id)
                newest = await tx.messages.newest_inbound(turn.conversation_id)
            if found is None or found.attempt != turn.attempt or found.state != TurnState.OPEN:
                return False
            if conversation is None or conversation.epoch != turn.epoch or newest is None:
                return False
            async with asyncio.timeout(LONGEST_SECONDS):
                token = client.secret("access_token")
                taken = await self.graph.mark_read(conversation.channel, token, newest, typing=typing)
            SHOWN.labels(client.name, "shown" if taken else "refused").inc()
        except (RemansoError, TimeoutError) as problem:
            SHOWN.labels(client.name, "failed").inc()
            log.info("presence.not_shown", error=type(problem).__name__)
        return True
