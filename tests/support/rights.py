"""In tests of services each transaction has the rights of the service whose code opens it, as in production.

The role is asked of the stack: whoever is nearest to `Store.transaction`, a service's code or a test's. A test's own
look into the tables has all rights.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote, urlsplit

import httpx
from sqlalchemy import text

from fleet.local.rabbitmq import RabbitServer
from remanso.bus.rights import OWNER, PARTS, definitions
from remanso.store import Store, Transaction
from remanso.store.granting import PREFIX, grant
from remanso.store.rights import RIGHTS

ROOT = Path(__file__).parents[2]


@contextmanager
def rights_of_services() -> Iterator[None]:
    """Inside the block, for every store of this process."""
    unlimited = Store.transaction
    Store.transaction = _limited(unlimited)  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Store.transaction = unlimited  # type: ignore[method-assign]


def _limited(
    unlimited: Callable[[Store], AbstractAsyncContextManager[Transaction]],
) -> Callable[[Store], AbstractAsyncContextManager[Transaction]]:
    @asynccontextmanager
    async def transaction(store: Store, service: str | None) -> AsyncIterator[Transaction]:
        async with unlimited(store) as tx:
            if service is not None:
                await tx.connection.execute(text(f'SET LOCAL ROLE "{PREFIX}{service}"'))
            yield tx

    return lambda store: transaction(store, _service(sys._getframe(1)))


def _service(frame: FrameType | None) -> str | None:
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT / "services"):
            service = path.relative_to(ROOT / "services").parts[0]
            return service if service in RIGHTS else None
        if path.is_relative_to(ROOT / "tests") and path != Path(__file__):
            return None
        frame = frame.f_back
    return None


async def own_users(database_url: str, amqp_url: str, server: RabbitServer) -> dict[str, Mapping[str, str]]:
    """For each service the variables with which it is itself alone, at the database (migrated) and at the broker.

    A broker given by its URL has no management address we know of: there all are the one user.
    """
    passwords = {name: f"of-{name}" for name in (OWNER, *PARTS, *RIGHTS)}
    role = f"{urlsplit(database_url).path.removeprefix('/')}_"
    await grant(database_url, passwords, prefix=role)
    variables = {name: {"REMANSO_DATABASE_URL": _as(database_url, f"{role}{name}", f"of-{name}")} for name in RIGHTS}
    variables["ingress"] = {"REMANSO_DATABASE_URL": ""}
    if server.management_url is not None:
        vhost = urlsplit(amqp_url).path.removeprefix("/") or "/"
        prefix = f"{vhost}-"
        async with httpx.AsyncClient(base_url=f"{server.management_url}/api", timeout=60) as management:
            wanted = definitions(passwords, vhost=vhost, prefix=prefix)
            (await management.post("/definitions", json=wanted)).raise_for_status()
        for name in PARTS:
            variables[name] |= {"REMANSO_AMQP_URL": _as(amqp_url, f"{prefix}{name}", f"of-{name}")}
    return {**variables}


def _as(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{quote(user)}:{password}@{parts.hostname}:{parts.port}").geturl()
