"""`/resets/{token}`: a new password for whoever has the link. The second factor stays."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from remanso.model.tokens import hashed
from remanso.store.links import Link
from services.console.console import console_of
from services.console.login.guessing import Guessing
from services.console.people.access import Anybody
from services.console.redirects import see
from services.console.secrets.passwords import is_acceptable

routes = APIRouter()


@routes.get("/resets/{token}")
async def show(request: Request, _: Anybody, token: str) -> Response:
    link = await _find(request, token)
    return _page(request, link) if link else _over(request)


@routes.post("/resets/{token}")
async def change(request: Request, _: Anybody, token: str, password: Annotated[str, Form()] = "") -> Response:
    console, link = console_of(request), await _find(request, token)
    if link is None:
        return _over(request)
    if not is_acceptable(password):
        return _page(request, link, 422, "password")
    hash_ = await console.passwords.hash(password)
    async with console.store.transaction() as tx:
        taken = await tx.links.use(hashed(token))
        if taken is None or taken.user_id is None:
            return _over(request)
        await tx.users.set_password(taken.user_id, hash_)
        await tx.sessions.end_all(taken.user_id)
        await Guessing(request, "password", taken.email).forgive(tx)
        await tx.audit.note(taken.email, "password.reset", user_id=taken.user_id)
    request.session.clear()
    return see("/login?done=password")


async def _find(request: Request, token: str) -> Link | None:
    """The link, if it is still good."""
    async with console_of(request).store.transaction() as tx:
        link = await tx.links.find(hashed(token))
    return link if link and link.kind == "reset" else None


def _page(request: Request, link: Link, status: int = 200, problem: str = "") -> Response:
    pages = console_of(request).pages
    return pages.page(request, "reset/reset.html", status=status, link=link, problem=problem)


def _over(request: Request) -> Response:
    """Used, too old, or never there: nobody is told which."""
    return console_of(request).pages.page(request, "reset/over.html", status=404)
