"""From a bearer key to a viewer of one client: the same gate that people go through (docs/decisions/0020).

Each route says in its signature what a key needs: `Reader`, `Writer`, `AdminReader`, `AdminWriter`.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from remanso.model.api_key import KeyScope
from remanso.model.tokens import hashed
from remanso.store.api_keys import Use
from services.console.api.problems import Problem
from services.console.console import Console, console_of
from services.console.people.roles import Role
from services.console.people.viewer import Viewer

BURST_SECONDS = 5.0
"""So far a key may be ahead of its even pace."""

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="rmk_…",
    description="A key of the client, made on the page API of the console: `Authorization: Bearer rmk_…`.",
)


@dataclass(frozen=True)
class Program:
    """A key, as the log and the audit tell of who did something."""

    id: UUID
    name: str
    operator: bool = False
    language: str = "en"
    theme: str = "auto"


@dataclass(frozen=True)
class Caller(Viewer):
    """A program of one client. Administrator's rights come with the scope `admin`; never an operator's."""

    use: Use

    @property
    def client(self) -> str:
        return self.use.client

    def has(self, scope: KeyScope) -> bool:
        return scope in self.use.scopes


async def who_asks(request: Request) -> Caller:
    """The caller behind a request, looked up and paced once. Raises Problem 401, 403, 429."""
    if not hasattr(request.state, "caller"):
        request.state.caller = await _look_up(request)
    found: Caller = request.state.caller
    return found


async def _look_up(request: Request) -> Caller:
    console = console_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise _no_key("Send a key: Authorization: Bearer rmk_…")
    per_second = console.settings.console_api_per_second
    async with console.store.transaction() as tx:
        gap, room = timedelta(seconds=1 / per_second), timedelta(seconds=BURST_SECONDS)
        use = await tx.api_keys.use(hashed(token.strip()), gap=gap, room=room)
    if use is None:
        raise _no_key("This is no key of ours. An administrator makes one on the page API of the console.")
    if not use.counts:
        why = "was revoked" if use.revoked_at else "has expired"
        raise _no_key(f"The key {use.prefix}… {why}. An administrator makes a new one on the page API of the console.")
    if use.ahead > BURST_SECONDS:
        wait = math.ceil(use.ahead - BURST_SECONDS) or 1
        raise Problem(
            429,
            "too_many",
            f"More than {per_second:g} requests a second. Wait {wait} s.",
            headers={"Retry-After": str(wait)},
        )
    return _caller(console, use)


def _caller(console: Console, use: Use) -> Caller:
    if use.client not in console.clients:
        raise Problem(403, "not_served", f"The client {use.client} is not served here any more.")
    role = Role.ADMIN if KeyScope.ADMIN in use.scopes else Role.MEMBER
    program = Program(use.id, f"{use.name} (API)")
    return Caller(program, {use.client: role}, {use.client: console.clients[use.client]}, use)


def _no_key(detail: str) -> Problem:
    return Problem(401, "no_key", detail, headers={"WWW-Authenticate": "Bearer"})


@dataclass(frozen=True)
class Needs:
    """The dependency that guards a route of the API."""

    scopes: tuple[KeyScope, ...]

    async def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
    ) -> Caller:
        caller = await who_asks(request)
        for scope in self.scopes:
            if not caller.has(scope):
                raise Problem(403, "scope", f"This takes a key with the scope {scope}; yours has: {_told(caller)}.")
        return caller


@dataclass(frozen=True)
class NeedsOnce(Needs):
    """Of a route that changes something: it takes an Idempotency-Key (`once.py`)."""

    async def __call__(
        self,
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
        __: Annotated[
            Annotated[str, Field(pattern="^[A-Za-z0-9._:-]{1,100}$")] | SkipJsonSchema[None],
            Header(
                alias="Idempotency-Key",
                description="Made by you, new for each thing that you want done: with the same key it is done once, "
                "and a repetition within 24 hours gets the first answer, with `Idempotency-Replayed: true`.",
                examples=["6f1c2b34-order-1021"],
            ),
        ] = None,
    ) -> Caller:
        return await super().__call__(request, _)


def _told(caller: Caller) -> str:
    return ", ".join(caller.use.scopes) or "none"


Reader = Annotated[Caller, Depends(Needs((KeyScope.READ,)))]
Writer = Annotated[Caller, Depends(NeedsOnce((KeyScope.WRITE,)))]
AdminReader = Annotated[Caller, Depends(Needs((KeyScope.READ, KeyScope.ADMIN)))]
AdminWriter = Annotated[Caller, Depends(NeedsOnce((KeyScope.WRITE, KeyScope.ADMIN)))]
AnyKey = Annotated[Caller, Depends(Needs(()))]


def _console(request: Request) -> Console:
    found: Console = getattr(request.state, "console", None) or console_of(request)
    return found


Here = Annotated[Console, Depends(_console)]
"""The console; inside a request with an Idempotency-Key everything it stores is one transaction."""
