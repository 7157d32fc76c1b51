"""Who may call a route. Each route declares it in its signature; a test refuses a route that does not.

    async def team(viewer: AdminViewer, client: str) -> Response: …

With a path parameter `client`, the role is asked in that client: somebody else's client is 404, too small a role 403.
Rows named by other parameters are found through `viewer.views(tx)` alone, which has only what is theirs.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute

from services.console.people.roles import Role
from services.console.people.viewer import Person
from services.console.people.who import who_calls


class SignInNeeded(Exception):
    """Nobody is signed in; a page sends them to the login."""


@dataclass(frozen=True)
class Allowed:
    """The dependency that guards a route. `least` None: whoever is signed in."""

    least: Role | None

    async def __call__(self, request: Request) -> Person:
        viewer = await who_calls(request)
        if viewer is None:
            raise SignInNeeded
        client: Any = request.path_params.get("client")
        if client is not None and viewer.role_in(client) is None:
            raise HTTPException(404)
        if self.least is not None and not viewer.may(self.least, client):
            raise HTTPException(403)
        return viewer


class SignedInFirst(APIRoute):
    """A route that reads nothing from strangers: FastAPI reads a form before it asks who may call."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_if_known(request: Request) -> Response:
            if await who_calls(request) is None:
                raise SignInNeeded
            return await handle(request)

        return handle_if_known


@dataclass(frozen=True)
class Open:
    """The dependency of a route for people who are not signed in, too: gives the viewer where there is one."""

    async def __call__(self, request: Request) -> Person | None:
        return await who_calls(request)


SignedIn = Annotated[Person, Depends(Allowed(None))]
MemberViewer = Annotated[Person, Depends(Allowed(Role.MEMBER))]
AdminViewer = Annotated[Person, Depends(Allowed(Role.ADMIN))]
OperatorViewer = Annotated[Person, Depends(Allowed(Role.OPERATOR))]
Anybody = Annotated[Person | None, Depends(Open())]
