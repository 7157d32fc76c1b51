"""One process's open pages. Each hears which of its conversations changed; many changes at once are told as one."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from prometheus_client import Gauge

from remanso.events import ConversationChanged, Envelope
from remanso.store.scoped import Scope

LISTENERS = Gauge("remanso_console_listeners", "Pages that are open and hear of changes.")

EVERYTHING = "everything"
"""Told instead of a conversation when something may have been missed: draw all of it again."""


@dataclass(eq=False)
class Listener:
    """What one page has not been told yet."""

    scope: Scope
    news: set[str] = field(default_factory=set)
    there: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, what: str) -> None:
        self.news.add(what)
        self.there.set()

    def take(self) -> list[str]:
        told, self.news = sorted(self.news), set()
        self.there.clear()
        return told


class Hub:
    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self.stopping = asyncio.Event()

    def hear(self, envelope: Envelope) -> None:
        """From the bus. A listener is told of its own clients' conversations alone."""
        if isinstance(envelope.payload, ConversationChanged):
            self.tell(envelope.client, envelope.payload.conversation_id)

    def tell(self, client: str, conversation_id: UUID) -> None:
        for listener in self._listeners:
            if listener.scope.has(client):
                listener.tell(str(conversation_id))

    def missed(self) -> None:
        """The bus was away: nobody knows what happened meanwhile."""
        for listener in self._listeners:
            listener.tell(EVERYTHING)

    async def until(self, stop: asyncio.Event) -> None:
        """Ends all streams as soon as `stop` is set, so that the process can end, too: browsers come again, to whoever
        answers then."""
        await stop.wait()
        self.stop()

    def stop(self) -> None:
        self.stopping.set()
        for listener in self._listeners:
            listener.there.set()

    @contextlib.contextmanager
    def listening(self, scope: Scope) -> Iterator[Listener]:
        listener = Listener(scope)
        self._listeners.add(listener)
        LISTENERS.inc()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            LISTENERS.dec()
