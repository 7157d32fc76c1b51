"""One turn that this agent holds, with everything needed to work on it."""

import asyncio
import time
from dataclasses import dataclass, field

from remanso.bus import Publisher
from remanso.events import Event, wrap
from remanso.plugin.registry import Client
from remanso.plugin.tools import Tool
from remanso.store import Store
from remanso.store.turns import Turn
from services.agent.asking import Model
from services.agent.media.senses import Senses


@dataclass(frozen=True)
class Assignment:
    """`turn` is as it was claimed; its `attempt` is the fencing token under which everything is stored."""

    turn: Turn
    client: Client
    store: Store
    publisher: Publisher
    model: Model
    senses: Senses | None = None
    """None: files are told by what their messages say of them, and none is opened."""
    began: float = field(default_factory=time.monotonic)
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the answer is about to be stored: from here on nobody is "typing"."""

    @property
    def tools(self) -> dict[str, Tool]:
        return {tool.name: tool for tool in self.client.tools}

    @property
    def seconds(self) -> float:
        """How long this agent has worked on it."""
        return time.monotonic() - self.began

    @property
    def seconds_left(self) -> float:
        """What the client's limits leave for the rest of the turn."""
        return max(0.0, self.client.config.limits.seconds - self.seconds)

    @property
    def out_of_time(self) -> bool:
        return self.seconds_left <= 0

    async def announce(self, *events: Event) -> None:
        """Tells others what a commit has just made true. If it is lost, their sweepers find it."""
        cause = str(self.turn.id)
        await self.publisher.hint(*(wrap(event, self.client.name, correlation_id=cause) for event in events))
