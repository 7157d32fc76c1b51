"""What a client's code sees of the conversation it is called in, and what it may do to our own records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from remanso.plugin.catalogue import Catalogue, Items
from remanso.plugin.collections import ItemT
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
    """Who carries out what a client's code asks for: the agent in service, `remanso.testing` in a client's tests."""

    async def save_contact(self, name: str | None, email: str | None, facts: Mapping[str, Any]) -> None: ...

    async def hand_off(self, reason: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class TurnContext:
    """The turn that tools and hooks are called in. `now` is the database's clock, in the client's time zone."""

    client: ClientConfig
    contact: ContactView
    conversation_id: UUID
    turn_id: UUID
    now: datetime
    records: Records = field(repr=False)
    catalogue: Catalogue = field(repr=False)

    def collection(self, model: type[ItemT]) -> Items[ItemT]:
        """The client's collection of `model`, as it is stored now. Raises LookupError when there is none."""
        return self.catalogue.of(model)

    async def save_contact(self, name: str | None = None, email: str | None = None, **facts: Any) -> None:
        """Writes down what was learned about the person, at once. None leaves what is known; facts are JSON values."""
        await self.records.save_contact(name, email, facts)

    async def handoff(self, reason: str) -> None:
        """Asks for a person. It takes effect when this turn's answer is stored: the bot still says its last words."""
        await self.records.hand_off(reason)


@dataclass(frozen=True, kw_only=True)
class ToolContext(TurnContext):
    """One call of one tool. `idempotency_key` is the same when the call is run again after a crash.

    Pass the key on to whatever the tool writes to: it is how a second run finds the first one's traces.
    """

    call_id: str
    idempotency_key: str
