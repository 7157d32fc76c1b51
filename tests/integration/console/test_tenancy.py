"""Every route × role × other clients' rows. The cases come from the route table: a new route is attacked at once.

A route that declares no access, or names rows by a parameter that `Belongings` does not know, fails here.
"""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from remanso.store import Store
from services.console.app import ROOMS
from services.console.console import Console
from services.console.people.access import Allowed, Open
from services.console.people.roles import Role
from tests.support.console import ACADEMY, SCHOOL, Belongings, Browser, Visitors, a_user, belongings

ROUTES = [route for room in ROOMS for route in room.routes if isinstance(route, APIRoute)]
GUARDED = [route for route in ROUTES if "{token}" not in route.path]
SECRET_LINKS = [route for route in ROUTES if "{token}" in route.path]
REFUSED = {403, 404}
FILLED_IN = {"role": "member", "text": "hola", "title": "Hola", "reason": "una prueba", "dollars": "1", "key": "one"}
"""What else a form must hold to come as far as the rows."""


def name(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def access(route: APIRoute) -> list[Allowed | Open]:
    return [each.call for each in _all(route.dependant) if isinstance(each.call, Allowed | Open)]


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _all(each)


def rows(route: APIRoute) -> list[str]:
    """The parameters of a path, query or form that name rows or a client."""
    given = [*route.dependant.path_params, *route.dependant.query_params, *route.dependant.body_params]
    names = [each.alias for each in given]
    return [each for each in names if each == "client" or each.endswith("_id")]


async def call(browser: Browser, route: APIRoute, given: dict[str, str]) -> httpx.Response:
    path = route.path.format(**given)
    asked = {each.alias for each in route.dependant.body_params}
    filled = {key: value for key, value in FILLED_IN.items() if key in asked}
    rest = filled | {key: value for key, value in given.items() if f"{{{key}}}" not in route.path}
    method = next(iter(route.methods or ()))
    return await (browser.get(path, params=rest) if method == "GET" else browser.post(path, **rest))


@pytest.fixture(autouse=True)
def streams_end(console: Console) -> None:
    """A stream would be waited for until it ends: here each says what it begins with."""
    console.hub.stop()


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_each_route_says_who_may_call_it(route: APIRoute) -> None:
    assert len(access(route)) == 1


@pytest.mark.parametrize("route", [each for each in GUARDED if isinstance(access(each)[0], Allowed)], ids=name)
async def test_strangers_are_sent_to_the_login(route: APIRoute, visitors: Visitors, store: Store) -> None:
    theirs = await belongings(store, ACADEMY, await a_user(store, academy="admin"))
    answer = await call(visitors.browser(), route, {each: theirs.of(each) for each in rows(route)})
    if route.methods == {"GET"}:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
@pytest.mark.parametrize("route", [each for each in GUARDED if rows(each)], ids=name)
async def test_other_clients_rows_are_out_of_reach(
    route: APIRoute, role: Role, visitors: Visitors, store: Store
) -> None:
    """All rows of the other client's; then, in their own client's place, one row at a time that is not."""
    me, other = await a_user(store, school=role), await a_user(store, academy="admin")
    mine, theirs = await belongings(store, SCHOOL, me), await belongings(store, ACADEMY, other)
    browser = await visitors.as_user(me)
    for stolen in [rows(route), *([each] for each in rows(route))]:
        given = {each: (theirs if each in stolen else mine).of(each) for each in rows(route)}
        answer = await call(browser, route, given)
        assert answer.status_code in REFUSED, stolen
    assert await belongings_are_untouched(store, theirs)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", [each for each in GUARDED if isinstance(access(each)[0], Allowed)], ids=name)
async def test_a_role_may_what_it_covers_and_no_more(
    route: APIRoute, role: Role, visitors: Visitors, store: Store
) -> None:
    """With their own rows nobody who is allowed is refused: else the attacks above would prove nothing."""
    operator = role == Role.OPERATOR
    me = await a_user(store, {} if operator else {SCHOOL: role}, operator=operator)
    mine = await belongings(store, SCHOOL, me)
    (guard,) = access(route)
    assert isinstance(guard, Allowed)
    answer = await call(await visitors.as_user(me), route, {each: mine.of(each) for each in rows(route)})
    allowed = guard.least is None or role.covers(guard.least)
    assert (answer.status_code not in REFUSED) == allowed
    assert answer.status_code < 500


@pytest.mark.parametrize("route", SECRET_LINKS, ids=name)
async def test_a_guessed_link_is_no_link(route: APIRoute, visitors: Visitors) -> None:
    assert (await call(visitors.browser(), route, {"token": "guessed"})).status_code == 404


async def belongings_are_untouched(store: Store, theirs: Belongings) -> bool:
    async with store.transaction() as tx:
        roles = await tx.users.roles(theirs.user_id)
    return roles == {theirs.client: "member"}
