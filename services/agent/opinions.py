"""Showing clients what their contacts said to the question how it went."""

import asyncio
from dataclasses import dataclass

from remanso.store.turns import Turn
from services.agent.assignment import Assignment
from services.agent.desk import Desk
from services.agent.hooks import look_at_feedback

MOST = 20


@dataclass(frozen=True)
class Opinions:
    """Each answer is shown once, by whichever agent finds it; to clients without the hook, never."""

    desk: Desk

    async def sweep(self) -> None:
        clients = self.desk.registry.clients
        listening = [name for name, client in clients.items() if client.hooks.on_feedback is not None]
        if not listening:
            return
        async with self.desk.store.transaction() as tx:
            questions = await tx.feedback.take_untold(listening, MOST)
            turns = {question.id: await tx.turns.get(question.turn_id) for question in questions}
        shown = [(question, turn) for question in questions if (turn := turns[question.id]) is not None]
        await asyncio.gather(
            *(look_at_feedback(self._assignment(turn), question) for question, turn in shown), return_exceptions=True
        )

    def _assignment(self, turn: Turn) -> Assignment:
        desk = self.desk
        return Assignment(turn, desk.registry.clients[turn.client], desk.store, desk.publisher, desk.model)
