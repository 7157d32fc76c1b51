"""Idempotency-Key: what is asked twice is done once, whatever dies in between.

The request is written down in the transaction that does what it asks, and its answer with it: a process that is killed
has done both or neither. Refusals are not kept: nothing was done, so the same key may try again. Nor are answers that
hold a secret (`shown_once` in their class), or that name somebody who was forgotten since: a repetition is told so.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile

from remanso.bus.publisher import Publisher
from remanso.events import Envelope
from remanso.store import Store, Transaction
from services.console.api.caller import who_asks
from services.console.api.problems import Problem
from services.console.console import console_of

HEADER = "idempotency-key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Once(APIRoute):
    """A route of the API that heeds the header, and reads nothing from who has no key."""

    def get_route_handler(self) -> Handler:
        handle, secret = super().get_route_handler(), getattr(self.response_model, "shown_once", False)

        async def handle_once(request: Request) -> Response:
            await who_asks(request)  # before anything of it is read
            key = request.headers.get(HEADER)
            if request.method not in CHANGING or not key:
                return await handle(request)
            try:
                return await _once(request, key, handle, keep=not secret)
            finally:
                await request.close()  # the files of a form

        return handle_once


async def _once(request: Request, key: str, handle: Handler, *, keep: bool) -> Response:
    caller, console = await who_asks(request), console_of(request)
    fingerprint, hints = await _fingerprint(request), KeptHints()
    async with console.store.transaction() as tx:
        earlier = await tx.api_requests.begin(caller.use.id, key, fingerprint)
        if earlier is not None:
            return _replayed(earlier.fingerprint == fingerprint, earlier.status, earlier.body)
        request.state.console = replace(console, store=Joined(tx), publisher=hints)
        response = await handle(request)
        body = bytes(response.body).decode() if keep else None
        await tx.api_requests.end(caller.use.id, key, response.status_code, body)
    for envelope in hints.kept:
        await console.publisher.hint(envelope)
    return response


async def _fingerprint(request: Request) -> str:
    asked = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    async for part in _parts(request):
        asked.update(part)
    return asked.hexdigest()


async def _parts(request: Request) -> AsyncIterator[bytes]:
    """What was sent, so that the same is the same: of a form its fields, since what divides them differs each time."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        yield await request.body()
        return
    for name, value in (await request.form()).multi_items():
        told = value if isinstance(value, str) else f"{value.filename}:{value.size}"
        yield f"{len(name)}:{name}:{len(told)}:{told}\n".encode()
        if isinstance(value, UploadFile):
            yield await value.read()
            await value.seek(0)


def _replayed(is_the_same: bool, status: int, body: str | None) -> Response:
    if not is_the_same:
        raise Problem(409, "key_reused", "This Idempotency-Key was used for another request. Make a new one.")
    if body is None:
        raise Problem(409, "answer_not_kept", f"It was done before, with {status}. That answer is not kept; read anew.")
    return Response(body, status, {REPLAYED: "true"}, media_type="application/json" if body else None)


class Joined(Store):
    """A store all of whose transactions are one that is open already, and is committed by whoever opened it."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        yield self._tx


class KeptHints(Publisher):
    """Keeps what is announced until the transaction is committed."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []

    async def hint(self, *envelopes: Envelope) -> None:
        self.kept += envelopes
