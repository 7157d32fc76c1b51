"""Programs that call the console's API with a key."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from remanso.model.api_key import KeyScope, new_key
from remanso.model.tokens import hashed
from remanso.store import Store
from remanso.store.scoped import Scope
from services.console.api.app import PREFIX
from services.console.app import create_app
from services.console.console import Console
from tests.support.console import ORIGIN, SCHOOL

EVERYTHING = tuple(KeyScope)


async def a_key(
    store: Store,
    client: str = SCHOOL,
    scopes: Collection[str] = EVERYTHING,
    *,
    name: str = "CRM",
    lasts: timedelta | None = None,
) -> tuple[str, UUID]:
    """A fresh key of a client, and its id."""
    token, prefix = new_key()
    async with store.transaction() as tx:
        keys = tx.within(Scope(None)).keys
        key_id = await keys.add(
            client, name, prefix=prefix, token_hash=hashed(token), scopes=scopes, made_by="Ana", lasts=lasts
        )
    return token, key_id


class Program:
    """Calls the API, by default with every scope of the school."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"{PREFIX}{path}", params=query)

    async def post(
        self, path: str, body: Any = None, *, once: str | None = None, headers: Mapping[str, str] = {}, **query: Any
    ) -> httpx.Response:
        return await self.send("POST", path, body, once=once, headers=headers, **query)

    async def attach(
        self, conversation_id: object, name: str, content: bytes, *, once: str | None = None
    ) -> httpx.Response:
        """Adds a file to a conversation."""
        path, sent = f"{PREFIX}/conversations/{conversation_id}/attachments", {"idempotency-key": once} if once else {}
        return await self.http.post(path, files={"file": (name, content, "x/y")}, headers=sent)

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        once: str | None = None,
        headers: Mapping[str, str] = {},
        **query: Any,
    ) -> httpx.Response:
        sent = {**headers, **({"idempotency-key": once} if once else {})}
        return await self.http.request(method, f"{PREFIX}{path}", json=body, params=query, headers=sent)


@asynccontextmanager
async def program(console: Console, token: str | None) -> AsyncIterator[Program]:
    transport = httpx.ASGITransport(create_app(console), raise_app_exceptions=True)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as http:
        yield Program(http)
