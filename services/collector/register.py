"""The door for the fleet's own commands: which apps there are, and what `remanso fleet status` found of them.

GET, PUT, DELETE /collector/apps/{app}        who it is
PUT              /collector/apps/{app}/standing
"""

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from remanso.store import Store
from remanso.store.apps import Credentials

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Entry(BaseModel):
    """`about` is what people are shown of it: title, platform, clients."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    public_key: Hex32
    drain_hash: Hex32
    about: dict[str, Any] = {}


def register(store: Store, token: str) -> APIRouter:
    """All of it raises 401 without `token`."""

    def known(request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise HTTPException(401, "REMANSO_COLLECTOR_TOKEN is another one here", {"www-authenticate": "Bearer"})

    router = APIRouter(dependencies=[Depends(known)])

    @router.get("/{app}")
    async def look(app: Name) -> dict[str, Any]:
        async with store.transaction() as tx:
            credentials, found = await tx.apps.credentials(app), await tx.apps.get(app)
        if credentials is None or found is None:
            raise HTTPException(404, "no such app")
        return {
            "public_key": credentials.public_key,
            "drain_hash": credentials.drain_hash,
            "about": found.about,
            "heartbeat": found.heartbeat,
            "heard_at": found.heard_at,
        }

    @router.put("/{app}", status_code=204)
    async def enter(app: Name, entry: Entry) -> Response:
        async with store.transaction() as tx:
            await tx.apps.enter(app, Credentials(entry.public_key, entry.drain_hash), entry.about)
        return Response(status_code=204)

    @router.delete("/{app}", status_code=204)
    async def leave(app: Name) -> Response:
        async with store.transaction() as tx:
            await tx.apps.leave(app)
        return Response(status_code=204)

    @router.put("/{app}/standing", status_code=204)
    async def stands(app: Name, standing: dict[str, Any]) -> Response:
        async with store.transaction() as tx:
            if not await tx.apps.stands(app, standing):
                raise HTTPException(404, "no such app")
        return Response(status_code=204)

    return router
