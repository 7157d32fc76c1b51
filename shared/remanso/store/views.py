"""What a person of the console sees and touches: one repository for each noun, all within their scope."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from remanso.store.about import Abouts
from remanso.store.api_keys import KeyRing
from remanso.store.audit import Deeds
from remanso.store.endpoints import Endpoints
from remanso.store.holding import Holding
from remanso.store.inbox import Inbox
from remanso.store.lines import Lines
from remanso.store.members import Members
from remanso.store.offers import Offers
from remanso.store.people import People
from remanso.store.quality import Quality
from remanso.store.scoped import Scope, Scoped
from remanso.store.spending import Spending
from remanso.store.watch import Watch


class Admission(Scoped):
    """Whether rows are the person's: asked before anything is done to one by the services' own repositories."""

    async def of_conversation(self, conversation_id: UUID) -> str | None:
        """Its client, or None: it is somebody else's, or there is none."""
        found = await self._run(
            f"SELECT client FROM conversations WHERE id = :id AND {self._mine('client')}",  # noqa: S608
            id=conversation_id,
        )
        return found.scalar_one_or_none()


class Views:
    """Made by `Transaction.within(scope)`."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self.scope = scope
        self.admission = Admission(connection, scope)
        self.members = Members(connection, scope)
        self.deeds = Deeds(connection, scope)
        self.inbox = Inbox(connection, scope)
        self.holding = Holding(connection, scope)
        self.about = Abouts(connection, scope)
        self.lines = Lines(connection, scope)
        self.watch = Watch(connection, scope)
        self.spending = Spending(connection, scope)
        self.quality = Quality(connection, scope)
        self.offers = Offers(connection, scope)
        self.people = People(connection, scope)
        self.keys = KeyRing(connection, scope)
        self.endpoints = Endpoints(connection, scope)
