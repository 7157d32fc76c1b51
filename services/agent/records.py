"""What a tool may write down about the person it speaks with, stored at once under the turn's lease."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from remanso.events import ConversationChanged
from remanso.store.contacts import Contact
from services.agent.assignment import Assignment


@dataclass(frozen=True)
class AgentRecords:
    """Carries out what a tool asks of its `ToolContext`. Both raise LeaseLost when the turn is no longer ours."""

    assignment: Assignment
    contact: Contact

    async def save_contact(
        self, name: str | None, email: str | None, language: str | None, facts: Mapping[str, Any]
    ) -> None:
        async with self.assignment.store.transaction() as tx:
            await tx.contacts.save(self.contact.id, name=name, email=email, language=language, facts=facts)
            await tx.turns.hold(self.assignment.turn)
        await self.assignment.announce(ConversationChanged(conversation_id=self._conversation, what="contact"))

    async def hand_off(self, reason: str) -> None:
        async with self.assignment.store.transaction() as tx:
            turn = await tx.turns.hold(self.assignment.turn)
            await tx.turns.ask_handoff(turn.id, reason)

    @property
    def _conversation(self) -> UUID:
        return self.assignment.turn.conversation_id
