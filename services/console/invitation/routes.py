"""`/invitations/{token}`: whoever has the link joins, with a new account or with the one of that address."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from remanso.model.tokens import hashed
from remanso.store.links import Link
from remanso.store.users import normal
from services.console.console import console_of
from services.console.pages.pages import language_of
from services.console.people.access import Anybody
from services.console.people.viewer import Person
from services.console.people.who import begin_session
from services.console.redirects import see, to_login
from services.console.secrets.passwords import is_acceptable

routes = APIRouter()

Text = Annotated[str, Form()]


@routes.get("/invitations/{token}")
async def show(request: Request, viewer: Anybody, token: str) -> Response:
    link, has_account = await _find(request, token)
    if link is None:
        return _over(request, viewer)
    if viewer is None and has_account:
        return to_login(request.url.path)
    return _page(request, viewer, link)


@routes.post("/invitations/{token}")
async def accept(request: Request, viewer: Anybody, token: str, name: Text = "", password: Text = "") -> Response:
    """A signed-in person joins as themselves; anybody else makes an account first."""
    link, has_account = await _find(request, token)
    if link is None:
        return _over(request, viewer)
    if viewer is not None:
        return await _join(request, viewer, link, token)
    if has_account:
        return to_login(request.url.path)
    if not name.strip() or not is_acceptable(password):
        return _page(request, None, link, 422, name=name, problem="name" if not name.strip() else "password")
    return await _begin(request, link, token, name.strip()[:80], password)


async def _find(request: Request, token: str) -> tuple[Link | None, bool]:
    """The invitation, if it is still good, and whether its address has an account."""
    async with console_of(request).store.transaction() as tx:
        link = await tx.links.find(hashed(token))
        if link is None or link.kind != "invitation":
            return None, False
        return link, await tx.users.by_email(link.email) is not None


async def _join(request: Request, viewer: Person, link: Link, token: str) -> Response:
    if not _is_for(link, viewer):
        return _page(request, viewer, link, 422)
    async with console_of(request).store.transaction() as tx:
        taken = await tx.links.use(hashed(token))
        if taken is None or taken.client is None or taken.role is None:
            return _over(request, viewer)
        await tx.users.join(viewer.user.id, taken.client, taken.role)
        await viewer.did(tx, "member.joined", client=taken.client, subject=f"user:{viewer.user.id}")
    return see("/")


async def _begin(request: Request, link: Link, token: str, name: str, password: str) -> Response:
    console = console_of(request)
    hash_ = await console.passwords.hash(password)
    async with console.store.transaction() as tx:
        taken = await tx.links.use(hashed(token))
        if taken is None or taken.client is None or taken.role is None:
            return _over(request, None)
        user = await tx.users.add(taken.email, name, hash_, language=language_of(request, None))
        if user is None:
            raise HTTPException(409)
        await tx.users.join(user.id, taken.client, taken.role)
        await begin_session(request, tx, user)
        await tx.audit.note(name, "member.joined", user_id=user.id, client=taken.client, subject=f"user:{user.id}")
    return see("/")


def _page(
    request: Request, viewer: Person | None, link: Link, status: int = 200, *, name: str = "", problem: str = ""
) -> Response:
    console = console_of(request)
    title = console.clients.get(link.client or "", link.client)
    return console.pages.page(
        request,
        "invitation/invitation.html",
        viewer,
        status=status,
        link=link,
        title=title,
        name=name,
        problem=problem,
        is_mine=viewer is None or _is_for(link, viewer),
    )


def _is_for(link: Link, viewer: Person) -> bool:
    return normal(viewer.user.email) == normal(link.email)


def _over(request: Request, viewer: Person | None) -> Response:
    """Used, withdrawn, too old, or never there: nobody is told which."""
    return console_of(request).pages.page(request, "invitation/over.html", viewer, status=404)
