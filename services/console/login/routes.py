"""`/login`, `/login/code`, `/logout`."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.login.codes import take_code
from services.console.login.guessing import Guessing
from services.console.people.access import Anybody
from services.console.people.viewer import Person
from services.console.people.who import OPEN, SECOND_FACTOR, begin_session, end_session, who_calls
from services.console.redirects import own_path, see

routes = APIRouter()

Text = Annotated[str, Form()]


@routes.get("/login")
async def show(request: Request, viewer: Anybody, next: str = "/", done: str = "") -> Response:  # noqa: A002 - the query's word
    if viewer is not None:
        return see(own_path(next))
    return _page(request, next=own_path(next), done=done)


@routes.post("/login")
async def sign_in(
    request: Request,
    _: Anybody,
    email: Text = "",
    password: Text = "",
    next: Text = "/",  # noqa: A002
) -> Response:
    console, guessing = console_of(request), Guessing(request, "password", email)
    async with console.store.transaction() as tx:
        if await guessing.is_too_much(tx):
            return _page(request, 429, email=email, next=own_path(next), problem="throttled")
        user = await tx.users.by_email(email)
    right = await console.passwords.verify(password, user.password_hash if user else None)
    async with console.store.transaction() as tx:
        if user is None or not right:
            await guessing.note(tx)
            return _page(request, 422, email=email, next=own_path(next), problem="wrong")
        await guessing.forgive(tx)
        await begin_session(request, tx, user, SECOND_FACTOR if user.totp_since else OPEN)
        await tx.audit.note(user.name, "login.password", user_id=user.id)
    request.session["next"] = own_path(next)
    return see("/login/code" if user.totp_since else own_path(next))


@routes.get("/login/code")
async def show_code(request: Request, _: Anybody) -> Response:
    owing = await who_calls(request, SECOND_FACTOR)
    return _code_page(request, owing) if owing else see("/login")


@routes.post("/login/code")
async def give_code(request: Request, _: Anybody, code: Text = "") -> Response:
    console, owing = console_of(request), await who_calls(request, SECOND_FACTOR)
    if owing is None:
        return see("/login")
    guessing, goal = Guessing(request, "code", owing.user.email), own_path(request.session.get("next"))
    async with console.store.transaction() as tx:
        if await guessing.is_too_much(tx):
            return _code_page(request, owing, 429, "throttled")
        if not await take_code(console, tx, owing.user, code):
            await guessing.note(tx)
            return _code_page(request, owing, 422, "wrong")
        await guessing.forgive(tx)
        await begin_session(request, tx, owing.user)
        await owing.did(tx, "login.second_factor")
    return see(goal)


@routes.post("/logout")
async def sign_out(request: Request, viewer: Anybody, next: Text = "/login") -> Response:  # noqa: A002
    async with console_of(request).store.transaction() as tx:
        await end_session(request, tx)
        if viewer:
            await viewer.did(tx, "login.ended")
    return see(own_path(next))


def _page(
    request: Request,
    status: int = 200,
    *,
    email: str = "",
    next: str,  # noqa: A002
    problem: str = "",
    done: str = "",
) -> Response:
    return console_of(request).pages.page(
        request, "login/login.html", status=status, email=email, next=next, problem=problem, done=done
    )


def _code_page(request: Request, owing: Person, status: int = 200, problem: str = "") -> Response:
    pages = console_of(request).pages
    return pages.page(request, "login/code.html", status=status, email=owing.user.email, problem=problem)
