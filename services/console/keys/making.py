"""Keys made and revoked, each with its deed."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from remanso.model.api_key import KeyScope, new_key
from remanso.model.tokens import hashed
from services.console.console import Console
from services.console.people.viewer import Viewer


@dataclass(frozen=True)
class NewKey:
    """The only time that the whole key is known to anybody but its owner."""

    id: UUID
    name: str
    key: str = field(repr=False)


async def make_key(
    console: Console, viewer: Viewer, client: str, name: str, scopes: Collection[KeyScope], lasts: timedelta | None
) -> NewKey:
    key, prefix = new_key()
    async with console.store.transaction() as tx:
        key_id = await viewer.views(tx).keys.add(
            client,
            name,
            prefix=prefix,
            token_hash=hashed(key),
            scopes=scopes,
            made_by=viewer.user.name,
            lasts=lasts,
        )
        await viewer.did(tx, "key.made", client=client, subject=f"key:{key_id}")
    return NewKey(key_id, name, key)


async def revoke_key(console: Console, viewer: Viewer, client: str, key_id: UUID) -> bool:
    """False: there is none, or it was revoked before."""
    async with console.store.transaction() as tx:
        gone = await viewer.views(tx).keys.revoke(client, key_id)
        if gone:
            await viewer.did(tx, "key.revoked", client=client, subject=f"key:{key_id}")
    return gone
