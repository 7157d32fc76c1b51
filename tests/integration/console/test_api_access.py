"""Every route of the API × keys that must not open it × other clients' rows. The cases come from the route table."""

import itertools
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from structlog.testing import capture_logs

from remanso.model.api_key import KeyScope
from remanso.store import Store
from remanso.store.scoped import Scope
from services.console.api.app import ROOMS
from services.console.api.caller import Needs
from services.console.console import Console
from tests.support.api import Program, a_key, program
from tests.support.clock import let_pass
from tests.support.console import ACADEMY, SCHOOL, a_user, belongings

ROUTES = [route for room in ROOMS for route in room.routes if isinstance(route, APIRoute)]
ENDPOINT = {"url": "https://example.org/hooks", "events": ["message.received"]}
PAN = {"slug": "pan", "name": "Pan", "price": 9, "link": "https://x.example/pan"}
BODIES: dict[str, Any] = {
    "messages_send": {"type": "text", "text": "hola"},
    "messages_write_note": {"text": "hola"},
    "saved_replies_save": {"title": "Hola", "text": "hola"},
    "catalogue_add": {"data": PAN},
    "catalogue_change": {"data": PAN, "version": 1},
    "credit_and_usage_top_up": {"dollars": "1.00"},
    "channels_and_templates_test": {"message": {"type": "text", "text": "hola"}},
    "webhooks_add": ENDPOINT,
    "webhooks_change": ENDPOINT,
}
"""What a route must be sent to come as far as the rows, by the operation's name."""
UPLOADS = {"messages_attach"}


def name(route: APIRoute) -> str:
    return f"{method(route)} {route.path}"


def method(route: APIRoute) -> str:
    return next(iter(route.methods or {"none"}))


def guard(route: APIRoute) -> Needs:
    (found,) = [each.call for each in _all(route.dependant) if isinstance(each.call, Needs)]
    return found


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _all(each)


def operation(route: APIRoute) -> str:
    return f"{str(route.tags[0]).lower().replace(' ', '_')}_{route.name}"


def parameters(route: APIRoute) -> list[str]:
    return [each.alias for each in route.dependant.path_params]


async def theirs(store: Store, client: str) -> dict[str, str]:
    """Rows of a client, by the name of the path parameter that names one."""
    owner = await a_user(store, {client: "admin"})
    rows = await belongings(store, client, owner)
    named = {each for route in ROUTES for each in parameters(route) if each.endswith("_id")}
    return {each: rows.of(each) for each in named} | {"collection": rows.collection_id, "kind": "feedback"}


async def call(caller: Program, route: APIRoute, rows: dict[str, str]) -> httpx.Response:
    if operation(route) in UPLOADS:
        return await caller.attach(rows["conversation_id"], "a.pdf", b"%PDF-1.7\n")
    body = BODIES.get(operation(route))
    if operation(route) == "channels_and_templates_test":
        body = {**BODIES[operation(route)], "conversation_id": rows["conversation_id"]}
    if operation(route).startswith("catalogue") and body:
        body = {**body, "data": {**PAN, "slug": "pan"}}
    return await caller.send(method(route), route.path.format(**rows), body)


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_each_route_says_what_a_key_needs_and_changes_take_write(route: APIRoute) -> None:
    scopes = guard(route).scopes
    assert (KeyScope.WRITE in scopes) == (route.methods != {"GET"})
    assert operation(route) in BODIES.keys() | UPLOADS or not route.body_field


@pytest.mark.parametrize("kind", ["none", "wrong", "revoked", "expired"])
async def test_no_route_opens_to_a_key_that_does_not_count(kind: str, console: Console, store: Store) -> None:
    token: str | None = None
    if kind == "wrong":
        token = f"rmk_{'x' * 43}"
    if kind in ("revoked", "expired"):
        token, key_id = await a_key(store, lasts=timedelta(hours=1))
        if kind == "revoked":
            async with store.transaction() as tx:
                assert await tx.within(Scope(None)).keys.revoke(SCHOOL, key_id)
        else:
            await let_pass(store, timedelta(hours=2))
    rows = await theirs(store, SCHOOL)
    async with program(console, token) as caller:
        for route in ROUTES:
            answer = await call(caller, route, rows)
            assert (answer.status_code, answer.json()["code"]) == (401, "no_key"), name(route)
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("held", [tuple(each) for n in range(3) for each in itertools.combinations(KeyScope, n)])
async def test_a_key_may_what_its_scopes_say_and_no_more(
    held: tuple[KeyScope, ...], console: Console, store: Store
) -> None:
    rows, (token, _) = await theirs(store, SCHOOL), await a_key(store, scopes=held)
    async with program(console, token) as caller:
        for route in ROUTES:
            answer = await call(caller, route, rows)
            may = set(guard(route).scopes) <= set(held)
            assert (answer.status_code == 403) == (not may), name(route)
            assert may or answer.json()["code"] == "scope"


@pytest.mark.parametrize("route", [each for each in ROUTES if parameters(each)], ids=name)
async def test_other_clients_rows_are_not_there(route: APIRoute, console: Console, store: Store) -> None:
    """All rows of the other client's; then one at a time among one's own. With all of one's own it works."""
    mine, other = await theirs(store, SCHOOL), await theirs(store, ACADEMY)
    token, _ = await a_key(store)
    async with program(console, token) as caller:
        named = [each for each in parameters(route) if each != "kind"]
        for stolen in [named, *([each] for each in named)] if named else []:
            answer = await call(caller, route, mine | {each: other[each] for each in stolen})
            assert answer.status_code == 404, stolen
        allowed = await call(caller, route, mine)
        assert allowed.status_code < 300 or allowed.status_code == 409, allowed.text


async def test_a_test_message_does_not_reach_other_clients(console: Console, store: Store) -> None:
    other, (token, _) = await theirs(store, ACADEMY), await a_key(store)
    async with program(console, token) as caller:
        body = {"conversation_id": other["conversation_id"], "message": {"type": "text", "text": "hola"}}
        assert (await caller.post("/channels/test", body)).status_code == 404
        grant = {"dollars": "1.00", "contact_id": other["contact_id"]}
        assert (await caller.post("/credit/grants", grant)).status_code == 404
        reply = {"type": "saved_reply", "reply_id": other["reply_id"]}
        mine = await theirs(store, SCHOOL)
        await caller.post(f"/conversations/{mine['conversation_id']}/take-over")
        assert (await caller.post(f"/conversations/{mine['conversation_id']}/messages", reply)).status_code == 404
        for path in ("/conversations", "/contacts", "/webhook-endpoints", "/replies"):
            found = (await caller.get(path)).text
            assert not any(id_ in found for id_ in other.values()), path


async def test_one_keys_idempotency_is_nobody_elses(console: Console, store: Store) -> None:
    (mine, _), (other, _) = await a_key(store), await a_key(store, ACADEMY)
    async with program(console, mine) as caller, program(console, other) as stranger:
        first = await caller.post("/replies", {"title": "Hola", "text": "hola"}, once="same")
        second = await stranger.post("/replies", {"title": "Hola", "text": "hola"}, once="same")
    assert first.json()["id"] != second.json()["id"]


async def test_no_key_is_ever_logged(console: Console, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = [(await a_key(store, scopes=scopes))[0] for scopes in (["read"], list(KeyScope))]
    rows = await theirs(store, SCHOOL)
    with capture_logs() as lines:
        for token in (*tokens, "rmk_unknown-key-of-somebody"):
            async with program(console, token) as caller:
                for route in ROUTES:
                    answer = await call(caller, route, rows)
                    assert token not in answer.text
    told = f"{lines}{caplog.text}"
    assert not any(token in told for token in (*tokens, "unknown-key-of-somebody"))
    async with store.transaction() as tx:
        deeds = await tx.within(Scope(None)).deeds.latest(SCHOOL, 200)
    assert not any(token in str(deeds) for token in tokens)
