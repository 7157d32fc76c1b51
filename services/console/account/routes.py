"""`/account`: what a person may change about themselves."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from markupsafe import Markup

from services.console.account.preferences import AUTO, THEMES
from services.console.console import console_of
from services.console.login.codes import recovery_hash, take_code
from services.console.login.guessing import Guessing
from services.console.pages.words import DEFAULT, LANGUAGES
from services.console.people.access import SignedIn
from services.console.people.viewer import Person
from services.console.people.who import begin_session
from services.console.redirects import see
from services.console.secrets.passwords import is_acceptable
from services.console.secrets.second_factor import new_recovery_codes

routes = APIRouter(prefix="/account")

Text = Annotated[str, Form()]


@routes.get("")
async def show(request: Request, viewer: SignedIn, done: str = "") -> Response:
    return await _page(request, viewer, done=done)


@routes.post("/preferences")
async def prefer(
    request: Request,
    viewer: SignedIn,
    name: Text = "",
    language: Text = "",
    theme: Text = "",
    mail_handoffs: Annotated[bool, Form()] = False,
) -> Response:
    if not name.strip():
        return await _page(request, viewer, 422, problem="name", at="preferences")
    console = console_of(request)
    async with console.store.transaction() as tx:
        await tx.users.set_preferences(
            viewer.user.id,
            name=name.strip()[:80],
            language=language if language in LANGUAGES else DEFAULT,
            theme=theme if theme in THEMES else AUTO,
        )
        if console.settings.sends_mail:
            await tx.users.want_handoffs(viewer.user.id, mail_handoffs)
        await viewer.did(tx, "account.changed")
    return see("/account?done=preferences")


@routes.post("/password")
async def change_password(request: Request, viewer: SignedIn, present: Text = "", password: Text = "") -> Response:
    """Needs the present one. Everything else that is signed in as them is signed out."""
    console, guessing = console_of(request), Guessing(request, "password", viewer.user.email)
    async with console.store.transaction() as tx:
        if await guessing.is_too_much(tx):
            return await _page(request, viewer, 429, problem="throttled", at="password")
    if not await console.passwords.verify(present, viewer.user.password_hash):
        async with console.store.transaction() as tx:
            await guessing.note(tx)
        return await _page(request, viewer, 422, problem="present", at="password")
    if not is_acceptable(password):
        return await _page(request, viewer, 422, problem="password", at="password")
    hash_ = await console.passwords.hash(password)
    async with console.store.transaction() as tx:
        await tx.users.set_password(viewer.user.id, hash_)
        await tx.sessions.end_all(viewer.user.id)
        await begin_session(request, tx, viewer.user)
        await viewer.did(tx, "password.changed")
    return see("/account?done=password#password-card")


@routes.post("/second-factor")
async def propose(request: Request, viewer: SignedIn) -> Response:
    """Shows a code to scan; it counts once a first one-time code was given."""
    console = console_of(request)
    async with console.store.transaction() as tx:
        await tx.users.propose_totp(viewer.user.id, console.second_factors.new(viewer.user.id))
    return see("/account#second-factor")


@routes.post("/second-factor/confirm")
async def confirm(request: Request, viewer: SignedIn, code: Text = "") -> Response:
    """From here on it counts. The recovery codes are shown this once."""
    console, user = console_of(request), viewer.user
    counter = console.second_factors.counter(user.id, user.totp_secret, code)
    if counter is None:
        return await _page(request, viewer, 422, problem="code", at="second-factor")
    codes = new_recovery_codes()
    async with console.store.transaction() as tx:
        if not await tx.users.confirm_totp(user.id, counter, [recovery_hash(console, user, each) for each in codes]):
            raise HTTPException(409)
        await tx.sessions.end_all(user.id)
        await begin_session(request, tx, user)
        await viewer.did(tx, "second_factor.began")
    return console.pages.page(request, "account/recovery.html", viewer, codes=codes)


@routes.post("/second-factor/drop")
async def drop(request: Request, viewer: SignedIn, code: Text = "") -> Response:
    """Needs a code: who finds an open laptop cannot take it off."""
    console, guessing = console_of(request), Guessing(request, "code", viewer.user.email)
    async with console.store.transaction() as tx:
        too_much = await guessing.is_too_much(tx)
        right = not too_much and (viewer.user.totp_since is None or await take_code(console, tx, viewer.user, code))
        if right:
            await tx.users.drop_totp(viewer.user.id)
            await viewer.did(tx, "second_factor.ended")
        elif not too_much:
            await guessing.note(tx)
    if right:
        return see("/account?done=second-factor#second-factor")
    problem = "throttled" if too_much else "code"
    return await _page(request, viewer, 429 if too_much else 422, problem=problem, at="second-factor")


@routes.post("/sessions/{session_id}/end")
async def end(request: Request, viewer: SignedIn, session_id: UUID) -> Response:
    async with console_of(request).store.transaction() as tx:
        if not await tx.sessions.end(viewer.user.id, session_id):
            raise HTTPException(404)
        await viewer.did(tx, "session.ended")
    return see("/account?done=session#sessions")


@routes.post("/sessions/end-others")
async def end_others(request: Request, viewer: SignedIn) -> Response:
    async with console_of(request).store.transaction() as tx:
        await tx.sessions.end_all(viewer.user.id, but=viewer.session.id)
        await viewer.did(tx, "session.others_ended")
    return see("/account?done=session#sessions")


async def _page(
    request: Request, viewer: Person, status: int = 200, *, done: str = "", problem: str = "", at: str = ""
) -> Response:
    """`at` is the card in which the problem is told."""
    console, user = console_of(request), viewer.user
    async with console.store.transaction() as tx:
        sessions = await tx.sessions.of_user(user.id)
    secret = None if user.totp_since else user.totp_secret
    drawing = console.second_factors.qr_code(user.id, secret, user.email) if secret else None
    return console.pages.page(
        request,
        "account/account.html",
        viewer,
        status=status,
        sessions=sessions,
        qr_code=Markup(drawing) if drawing else None,  # noqa: S704 - drawn by segno from our own text
        secret=console.second_factors.plain(user.id, secret) if drawing else None,
        address=console.second_factors.address(user.id, secret, user.email) if secret else None,
        themes=THEMES,
        sends_mail=console.settings.sends_mail,
        done=done,
        problem=problem,
        problem_at=at,
    )
