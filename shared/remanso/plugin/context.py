"""What a tool sees of the conversation it is called in, and what it may do to our own records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from remanso.plugin.config import ClientConfig


@dataclass(frozen=True)
class ContactView:
    """What is known about the person. `location` has the keys of a location message (degrees, WGS 84)."""

    name: str | None = None
    email: str | None = None
    language: str | None = None
    location: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Records(Protocol):
    """Who carries out what a tool asks for: the agent in service, `remanso.testing` in a client's tests."""

    async def save_contact(self, name: str | None, email: str | None, facts: Mapping[str, Any]) -> None: ...

    async def hand_off(self, reason: str) -> None: ...


@dataclass(frozen=True)
class ToolContext:
    """One call of one tool. `idempotency_key` is the same when the call is run again after a crash.

    Pass the key on to whatever the tool writes to: it is how a second run finds the first one's traces.
    """

    client: ClientConfig
    contact: ContactView
    conversation_id: UUID
    turn_id: UUID
    call_id: str
    idempotency_key: str
    records: Records = field(repr=False)

    async def save_contact(self, name: str | None = None, email: str | None = None, **facts: Any) -> None:
        """Writes down what was learned about the person, at once. None leaves what is known; facts are JSON values."""
        await self.records.save_contact(name, email, facts)

    async def handoff(self, reason: str) -> None:
        """Asks for a person. It takes effect when this turn's answer is stored: the bot still says its last words."""
        await self.records.hand_off(reason)
