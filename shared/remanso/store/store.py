"""The way in: one `Store` per process, short transactions, and our own words for PostgreSQL's troubles."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from remanso.errors import StoreUnavailable
from remanso.store.address import asyncpg_url, wire
from remanso.store.api_keys import ApiKeys
from remanso.store.api_requests import ApiRequests
from remanso.store.apps import Apps
from remanso.store.arrivals import Arrivals
from remanso.store.attachments import Attachments
from remanso.store.attempts import Attempts
from remanso.store.audit import Audit
from remanso.store.books import Books
from remanso.store.bursts import Bursts
from remanso.store.chores import Chores
from remanso.store.collections import Collections
from remanso.store.connecting import passing_troubles
from remanso.store.contacts import Contacts
from remanso.store.conversations import Conversations
from remanso.store.credit import Credit
from remanso.store.deliveries import Deliveries
from remanso.store.dialog import Dialogs
from remanso.store.exports import Exports
from remanso.store.feedback import Feedback
from remanso.store.forgetting import Forgetting
from remanso.store.health import Health
from remanso.store.letters import Letters
from remanso.store.links import Links
from remanso.store.media import MediaFiles
from remanso.store.merging import Merging
from remanso.store.messages import Messages
from remanso.store.notifications import Notifications
from remanso.store.notified import Notified
from remanso.store.outages import Outages
from remanso.store.pace import Paces
from remanso.store.parking import Parkings
from remanso.store.persons import Persons
from remanso.store.pulse import Pulse
from remanso.store.receipts import Receipts
from remanso.store.reopenings import Reopenings
from remanso.store.reports import Reports
from remanso.store.restored import Restored
from remanso.store.retention import Retention
from remanso.store.scoped import Scope
from remanso.store.send_leases import SendLeases
from remanso.store.sessions import Sessions
from remanso.store.standing import Standing, read_standing
from remanso.store.steps import Steps
from remanso.store.summaries import Summaries
from remanso.store.takeovers import Takeovers
from remanso.store.throttle import Throttle
from remanso.store.turns import Turns
from remanso.store.uploads import Uploads
from remanso.store.users import Users
from remanso.store.views import Views
from remanso.store.waiting import WaitingRows

# A process that is stopped in the middle of a transaction must not keep a conversation's row from the others, and
# nobody may wait long for a row: both limits turn a wait into StoreUnavailable, and the work is found again.
SERVER_SETTINGS = {
    "application_name": "remanso",
    "lock_timeout": "3s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "5s",
    "jit": "off",  # compiling costs more than any of our statements: 100 ms for the first array on each connection
    "timezone": "UTC",
}

TRANSACTION_SECONDS = 20.0
"""The server ends whatever takes longer than its limits above. If it does not even say so, the wire to it is dead."""

PARTING_SECONDS = 2.0


class Transaction:
    """One open transaction: a repository for each noun, all on the same connection. Committed by `Store` alone."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.contacts = Contacts(connection)
        self.conversations = Conversations(connection)
        self.arrivals = Arrivals(connection)
        self.messages = Messages(connection)
        self.bursts = Bursts(connection)
        self.takeovers = Takeovers(connection)
        self.turns = Turns(connection)
        self.steps = Steps(connection)
        self.deliveries = Deliveries(connection)
        self.attempts = Attempts(connection)
        self.send_leases = SendLeases(connection)
        self.receipts = Receipts(connection)
        self.outages = Outages(connection)
        self.paces = Paces(connection)
        self.parkings = Parkings(connection)
        self.reports = Reports(connection)
        self.dialogs = Dialogs(connection)
        self.media = MediaFiles(connection)
        self.collections = Collections(connection)
        self.feedback = Feedback(connection)
        self.credit = Credit(connection)
        self.books = Books(connection)
        self.merging = Merging(connection)
        self.summaries = Summaries(connection)
        self.health = Health(connection)
        self.reopenings = Reopenings(connection)
        self.uploads = Uploads(connection)
        self.attachments = Attachments(connection)
        self.chores = Chores(connection)
        self.users = Users(connection)
        self.sessions = Sessions(connection)
        self.links = Links(connection)
        self.letters = Letters(connection)
        self.throttle = Throttle(connection)
        self.audit = Audit(connection)
        self.api_keys = ApiKeys(connection)
        self.api_requests = ApiRequests(connection)
        self.notifications = Notifications(connection)
        self.notified = Notified(connection)
        self.waiting = WaitingRows(connection)
        self.pulse = Pulse(connection)
        self.apps = Apps(connection)
        self.persons = Persons(connection)
        self.exports = Exports(connection)
        self.forgetting = Forgetting(connection)
        self.restored = Restored(connection)
        self.retention = Retention(connection)

    async def standing(self) -> Standing:
        """Which schema there is, and whether a restore of it is unfinished."""
        return await read_standing(self.connection)

    def within(self, scope: Scope) -> Views:
        """What a person may see: the repositories whose statements ask whose rows they are."""
        return Views(self.connection, scope)


class Store:
    """PostgreSQL for one process. Raises StoreUnavailable whenever it cannot be reached or asks to try again."""

    def __init__(self, engine: AsyncEngine, single: AsyncEngine | None = None) -> None:
        self._engine = engine
        self._single = single or engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, *, name: str = "remanso", pool_size: int = 10) -> AsyncIterator["Store"]:
        """A store on `url` (postgresql:// or postgresql+asyncpg://), closed at the end of the block.

        It does not wait for the server: the first transaction raises StoreUnavailable while there is none. Raises
        ConfigurationError for parameters on TLS that mean nothing or name files that are not there.
        """
        engine = _engine(url, name, pool_size, max_overflow=pool_size)
        single = _engine(url, name, 1, isolation_level="AUTOCOMMIT")
        try:
            yield cls(engine, single)
        finally:
            await asyncio.gather(_part_with(engine), _part_with(single))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: committed when the block ends, rolled back when it raises.

        After StoreUnavailable the commit may or may not have happened; all that we store can be stored again.
        """
        async with _on(self._engine) as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Transaction]:
        """For rows that everybody comes by: each statement is a transaction, over before its answer is on its way here.

        So nobody waits for such a row while this process is busy with something else. It has a connection of its own,
        one for the process, which is opened when it is first asked for: safe inside a transaction.
        """
        async with _on(self._single) as connection:
            yield Transaction(connection)

    async def ping(self) -> bool:
        """Whether PostgreSQL answers and our tables are there."""
        try:
            async with self.transaction() as tx:
                await tx.connection.execute(text("SELECT 1 FROM conversations LIMIT 1"))
        except (StoreUnavailable, DBAPIError):
            return False
        return True


def _engine(url: str, name: str, pool_size: int, **more: Any) -> AsyncEngine:
    return create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text ends in logs and dead letters, the parameters are what people wrote
        connect_args={**wire(url), "timeout": 5, "server_settings": SERVER_SETTINGS | {"application_name": name}},
        **{"max_overflow": 0, **more},
    )


async def _part_with(engine: AsyncEngine) -> None:
    """A farewell waits for the other end, for ever where that hangs: then the connections are dropped, unclosed."""
    try:
        async with asyncio.timeout(PARTING_SECONDS):
            await engine.dispose()
    except TimeoutError:
        await engine.dispose(close=False)


@asynccontextmanager
async def _on(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A half-open connection looks well until it is used, and the others are as old: each would cost as long.

    So they are dropped once time is up, unclosed: a farewell would wait for the other end.
    """
    pool = engine.pool
    with passing_troubles():
        try:
            async with asyncio.timeout(TRANSACTION_SECONDS) as limit, engine.begin() as connection:
                yield connection
        finally:
            if limit.expired() and engine.pool is pool:
                await engine.dispose(close=False)
