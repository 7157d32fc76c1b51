"""`/` leads to where work begins."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.pages.pages import current_client
from services.console.pages.rail import rail
from services.console.people.access import SignedIn
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter()


@routes.get("/")
async def home(request: Request, viewer: SignedIn) -> Response:
    """To the first place of the viewer's rail, in the client they looked at last; else to their account."""
    return _first(viewer, current_client(request, viewer))


@routes.get("/clients/{client}")
async def in_client(viewer: SignedIn, client: str) -> Response:
    return _first(viewer, client)


def _first(viewer: Viewer, client: str | None) -> Response:
    stops = rail(viewer, client, "/")
    return see(stops[0].path if stops else "/account")
