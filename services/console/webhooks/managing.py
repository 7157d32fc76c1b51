"""What administrators do with endpoints, each with its deed: for the page and for the API."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.endpoints import Endpoints
from services.console.console import Console
from services.console.people.viewer import Viewer
from services.console.secrets.sealed import Sealing
from services.console.webhooks.address import check
from services.console.webhooks.signing import new_secret
from services.console.webhooks.teller import PURPOSE

BOTH_VALID = timedelta(hours=24)
"""After a rotation the secret before it signs, too, for so long."""


@dataclass(frozen=True)
class Made:
    """The secret is shown this once."""

    endpoint_id: UUID
    secret: str = field(repr=False)


async def make(console: Console, viewer: Viewer, client: str, url: str, events: Collection[str]) -> Made:
    """Raises Refused for an address that webhooks may not go to."""
    check(url, loopback=console.settings.console_webhooks_to_loopback)
    made = Made(uuid7(), new_secret())
    async with console.store.transaction() as tx:
        sealed = Sealing(console.secret, PURPOSE).seal(made.endpoint_id, made.secret)
        endpoints = viewer.views(tx).endpoints
        await endpoints.add(client, made.endpoint_id, url, events, secret=sealed, made_by=viewer.user.name)
        await viewer.did(tx, "endpoint.added", client=client, subject=f"endpoint:{made.endpoint_id}")
    return made


async def change(
    console: Console, viewer: Viewer, client: str, endpoint_id: UUID, url: str, events: Collection[str]
) -> bool:
    """False when there is none. Raises Refused."""
    check(url, loopback=console.settings.console_webhooks_to_loopback)
    return await _do(
        console,
        viewer,
        client,
        endpoint_id,
        "changed",
        lambda all_: all_.change(client, endpoint_id, url=url, events=events),
    )


async def rotate(console: Console, viewer: Viewer, client: str, endpoint_id: UUID) -> Made | None:
    """A new secret; both sign for `BOTH_VALID`. None when there is no such endpoint."""
    made = Made(endpoint_id, new_secret())
    sealed = Sealing(console.secret, PURPOSE).seal(endpoint_id, made.secret)
    done = await _do(
        console,
        viewer,
        client,
        endpoint_id,
        "rotated",
        lambda all_: all_.rotate(client, endpoint_id, sealed, BOTH_VALID),
    )
    return made if done else None


async def pause(console: Console, viewer: Viewer, client: str, endpoint_id: UUID) -> bool:
    return await _do(console, viewer, client, endpoint_id, "paused", lambda all_: all_.pause(client, endpoint_id))


async def resume(console: Console, viewer: Viewer, client: str, endpoint_id: UUID) -> bool:
    return await _do(console, viewer, client, endpoint_id, "resumed", lambda all_: all_.resume(client, endpoint_id))


async def drop(console: Console, viewer: Viewer, client: str, endpoint_id: UUID) -> bool:
    return await _do(console, viewer, client, endpoint_id, "dropped", lambda all_: all_.drop(client, endpoint_id))


async def ping(console: Console, viewer: Viewer, client: str, endpoint_id: UUID) -> UUID | None:
    """Sends a notification that says nothing. None when there is no such endpoint."""
    async with console.store.transaction() as tx:
        told = await viewer.views(tx).endpoints.ping(client, endpoint_id)
        if told:
            await viewer.did(tx, "endpoint.tested", client=client, subject=f"endpoint:{endpoint_id}")
    return told


async def redeliver(console: Console, viewer: Viewer, client: str, endpoint_id: UUID, notification_id: UUID) -> bool:
    return await _do(
        console,
        viewer,
        client,
        endpoint_id,
        "redelivered",
        lambda all_: all_.redeliver(client, endpoint_id, notification_id),
    )


async def _do(
    console: Console,
    viewer: Viewer,
    client: str,
    endpoint_id: UUID,
    deed: str,
    change_it: Callable[[Endpoints], Awaitable[bool]],
) -> bool:
    async with console.store.transaction() as tx:
        done = await change_it(viewer.views(tx).endpoints)
        if done:
            await viewer.did(tx, f"endpoint.{deed}", client=client, subject=f"endpoint:{endpoint_id}")
    return done
