"""From a cookie to a viewer, and how log-ins begin and end."""

from datetime import timedelta

from fastapi import Request

from remanso.model.tokens import hashed, new_token
from remanso.store import Transaction
from remanso.store.users import User
from services.console.console import Console, console_of
from services.console.people.device import device_name
from services.console.people.viewer import Person

LASTS = timedelta(days=14)
CODE_LASTS = timedelta(minutes=10)
"""How long somebody who gave the right password may take to find their phone."""

OPEN, SECOND_FACTOR = "open", "second_factor"
_TOKEN = "token"  # noqa: S105 - the cookie's key


async def who_calls(request: Request, stage: str = OPEN) -> Person | None:
    """The viewer of an open session, looked up once in each request."""
    if not hasattr(request.state, f"viewer_{stage}"):
        setattr(request.state, f"viewer_{stage}", await _look_up(request, stage))
    found: Person | None = getattr(request.state, f"viewer_{stage}")
    return found


async def _look_up(request: Request, stage: str) -> Person | None:
    token = request.session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    console = console_of(request)
    async with console.store.transaction() as tx:
        found = await tx.sessions.signed_in(hashed(token), stage)
    if found is None:
        return None
    return Person(found.user, found.roles, _menu(console, found.user, found.roles), found.session)


def _menu(console: Console, user: User, roles: dict[str, str]) -> dict[str, str]:
    names = {*console.clients} if user.operator else set(roles)
    titles = {name: console.clients.get(name, name) for name in names}
    return dict(sorted(titles.items(), key=lambda item: item[1].casefold()))


async def still_open(request: Request, viewer: Person) -> bool:
    """Whether a viewer of some time ago would still be let in, with the same roles."""
    now = await _look_up(request, OPEN)
    return now is not None and (now.session.id, now.scope) == (viewer.session.id, viewer.scope)


async def begin_session(request: Request, tx: Transaction, user: User, stage: str = OPEN) -> None:
    """A new token each time, so that nobody can have planted the one that becomes valuable (session fixation)."""
    await end_session(request, tx)
    token = new_token()
    lasts = LASTS if stage == OPEN else CODE_LASTS
    await tx.sessions.begin(user.id, hashed(token), stage, device_name(request.headers.get("user-agent", "")), lasts)
    request.session[_TOKEN] = token


async def end_session(request: Request, tx: Transaction) -> None:
    """Ends the one this browser has, if any."""
    token = request.session.get(_TOKEN)
    if isinstance(token, str) and (session := await tx.sessions.find(hashed(token))):
        await tx.sessions.end(session.user_id, session.id)
    request.session.clear()
