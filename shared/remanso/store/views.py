"""What a person of the console sees and touches: one repository for each noun, all within their scope."""

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
from remanso.store.scoped import Scope
from remanso.store.spending import Spending
from remanso.store.watch import Watch


class Views:
    """Made by `Transaction.within(scope)`."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self.scope = scope
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
