"""`/clients/{client}/team`."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from remanso.model.tokens import hashed, new_token
from remanso.store import Transaction
from remanso.store.users import User, normal
from services.console.console import console_of
from services.console.mail.links import write
from services.console.mail.wording import INVITATION, RESET
from services.console.people.access import AdminViewer
from services.console.people.roles import Role
from services.console.people.viewer import Viewer
from services.console.redirects import see
from services.console.team.addresses import looks_like_address

routes = APIRouter(prefix="/clients/{client}/team")

Text = Annotated[str, Form()]

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=24)
ROLES = (Role.MEMBER, Role.ADMIN)


@routes.get("")
async def show(request: Request, viewer: AdminViewer, client: str) -> Response:
    return await _page(request, viewer, client)


@routes.post("/invitations")
async def invite(
    request: Request, viewer: AdminViewer, client: str, email: Text = "", role: Text = Role.MEMBER
) -> Response:
    """Makes a link, shown this once: whoever has it may join."""
    if not looks_like_address(email):
        return await _page(request, viewer, client, 422, email=email, problem="email")
    console, token = console_of(request), new_token()
    async with console.store.transaction() as tx:
        await tx.links.invite(
            hashed(token),
            email=normal(email),
            client=client,
            role=Role(role) if role in ROLES else Role.MEMBER,
            made_by=viewer.user.name,
            lasts=INVITATION_LASTS,
        )
        await write(
            console,
            tx,
            INVITATION,
            f"/invitations/{token}",
            normal(email),
            language=viewer.user.language,
            client=client,
            made_by=viewer.user.name,
        )
        await viewer.did(tx, "member.invited", client=client)
    return await _page(request, viewer, client, link=f"/invitations/{token}", link_for=normal(email))


@routes.post("/invitations/{invitation_id}/withdraw")
async def withdraw(request: Request, viewer: AdminViewer, client: str, invitation_id: UUID) -> Response:
    async with console_of(request).store.transaction() as tx:
        if not await viewer.views(tx).members.withdraw(client, invitation_id):
            raise HTTPException(404)
        await viewer.did(tx, "invitation.withdrawn", client=client, subject=f"invitation:{invitation_id}")
    return see(f"/clients/{client}/team")


@routes.post("/members/{user_id}/role")
async def change_role(request: Request, viewer: AdminViewer, client: str, user_id: UUID, role: Text = "") -> Response:
    if role not in ROLES:
        raise HTTPException(422)
    async with console_of(request).store.transaction() as tx:
        if role != Role.ADMIN and await _is_last_admin(tx, viewer, client, user_id):
            return await _page(request, viewer, client, 422, problem="last_admin")
        if not await viewer.views(tx).members.set_role(client, user_id, role):
            raise HTTPException(404)
        await viewer.did(tx, f"member.made_{role}", client=client, subject=f"user:{user_id}")
    return see(f"/clients/{client}/team")


@routes.post("/members/{user_id}/remove")
async def remove(request: Request, viewer: AdminViewer, client: str, user_id: UUID) -> Response:
    async with console_of(request).store.transaction() as tx:
        if await _is_last_admin(tx, viewer, client, user_id):
            return await _page(request, viewer, client, 422, problem="last_admin")
        if not await viewer.views(tx).members.remove(client, user_id):
            raise HTTPException(404)
        await viewer.did(tx, "member.removed", client=client, subject=f"user:{user_id}")
    return see(f"/clients/{client}/team")


@routes.post("/members/{user_id}/reset")
async def reset(request: Request, viewer: AdminViewer, client: str, user_id: UUID) -> Response:
    """A link to a new password, shown this once. Not for people who are more, or elsewhere, than the viewer rules."""
    console, token = console_of(request), new_token()
    async with console.store.transaction() as tx:
        user = await _member(tx, viewer, client, user_id)
        if not await _rules(tx, viewer, user):
            return await _page(request, viewer, client, 403, problem="not_yours")
        await tx.links.reset(hashed(token), user.id, user.email, made_by=viewer.user.name, lasts=RESET_LASTS)
        await write(
            console,
            tx,
            RESET,
            f"/resets/{token}",
            user.email,
            language=user.language,
            client=client,
            made_by=viewer.user.name,
        )
        await viewer.did(tx, "member.reset", client=client, subject=f"user:{user_id}")
    return await _page(request, viewer, client, link=f"/resets/{token}", link_for=user.email)


async def _member(tx: Transaction, viewer: Viewer, client: str, user_id: UUID) -> User:
    members = {member.user_id for member in await viewer.views(tx).members.of_client(client)}
    user = await tx.users.get(user_id) if user_id in members else None
    if user is None:
        raise HTTPException(404)
    return user


async def _rules(tx: Transaction, viewer: Viewer, user: User) -> bool:
    """Who sets a password can log in as that person: so nobody does it for somebody who may go where they may not."""
    if viewer.is_operator:
        return True
    return not user.operator and all(viewer.may(Role.ADMIN, client) for client in await tx.users.roles(user.id))


async def _is_last_admin(tx: Transaction, viewer: Viewer, client: str, user_id: UUID) -> bool:
    return await viewer.views(tx).members.admins(client) == [user_id] and not viewer.is_operator


async def _page(
    request: Request,
    viewer: Viewer,
    client: str,
    status: int = 200,
    *,
    email: str = "",
    problem: str = "",
    link: str = "",
    link_for: str = "",
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        views = viewer.views(tx)
        members, invitations = await views.members.of_client(client), await views.members.invitations(client)
        deeds = await views.deeds.latest(client, 30)
    return console.pages.page(
        request,
        "team/team.html",
        viewer,
        status=status,
        members=members,
        invitations=invitations,
        deeds=deeds,
        email=email,
        problem=problem,
        link=console.link(link) if link else "",
        link_for=link_for,
        sends_mail=console.settings.sends_mail,
    )
