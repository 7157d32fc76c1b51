"""`/login/forgotten`: a link to a new password by e-mail, for whoever asks.

What is asked for is one row, written alike for every address. Whether anybody has it is looked up later, by the sweep
that sends letters: neither the answer here nor its time tells. Why so: docs/decisions/0032.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from remanso.store.users import normal
from services.console.console import console_of
from services.console.login.guessing import Guessing
from services.console.mail.wording import FORGOTTEN
from services.console.pages.pages import language_of
from services.console.people.access import Anybody
from services.console.team.addresses import looks_like_address

routes = APIRouter(prefix="/login/forgotten")

SPAN = timedelta(minutes=15)
"""In which an address gets one letter, however often it is asked for."""


@routes.get("")
async def show(request: Request, _: Anybody) -> Response:
    return _page(request)


@routes.post("")
async def ask(request: Request, _: Anybody, email: Annotated[str, Form()] = "") -> Response:
    console, asking = console_of(request), Guessing(request, "forgotten", email)
    if not console.settings.sends_mail:
        return _page(request)
    if not looks_like_address(email):
        return _page(request, 422, email=email, problem="email")
    async with console.store.transaction() as tx:
        if await asking.is_too_much(tx):
            return _page(request, 429, email=email, problem="throttled")
        await asking.note(tx)
        await tx.letters.ask_for(FORGOTTEN, normal(email), language=language_of(request, None), span=SPAN)
    return _page(request, asked_for=normal(email))


def _page(request: Request, status: int = 200, *, email: str = "", problem: str = "", asked_for: str = "") -> Response:
    console = console_of(request)
    return console.pages.page(
        request,
        "reset/forgotten.html",
        status=status,
        email=email,
        problem=problem,
        asked_for=asked_for,
        sends_mail=console.settings.sends_mail,
    )
