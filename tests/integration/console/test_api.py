"""The API does what the pages do, through the same functions; a request that comes twice is done once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.scoped import Scope
from services.console.console import Console
from tests.support.api import Program, a_key, program
from tests.support.child import child
from tests.support.clock import let_pass
from tests.support.console import SCHOOL, Visitors, a_user
from tests.support.scene import a_conversation, a_turn, conversation_of, deliveries, receive, seal
from tests.support.school import person
from tests.support.school import said as a_message

ALL = Scope(None)


@pytest.fixture
async def crm(console: Console, store: Store) -> AsyncIterator[Program]:
    """A program of the school that may do everything, and asks as quickly as it likes."""
    token, _ = await a_key(store)
    async with program(console, token) as caller:
        yield caller


async def taken(crm: Program, store: Store) -> UUID:
    conversation = await a_conversation(store)
    answer = await crm.post(f"/conversations/{conversation.id}/take-over")
    assert (answer.status_code, answer.json()["mine"]) == (200, True)
    return conversation.id


async def said(store: Store, conversation_id: UUID) -> list[dict[str, Any]]:
    return [each.payload for each in await deliveries(store, conversation_id) if each.kind == DeliveryKind.HUMAN]


async def test_which_key_this_is(crm: Program) -> None:
    me = (await crm.get("/me")).json()
    assert (me["client"], me["name"], me["scopes"]) == (SCHOOL, "CRM", ["admin", "read", "write"])


async def test_a_conversation_from_the_list_to_the_hand_back(crm: Program, store: Store, visitors: Visitors) -> None:
    turn = await a_turn(store, "quiero pagar")
    here = f"/conversations/{turn.conversation_id}"
    rows = (await crm.get("/conversations", q="pagar")).json()["data"]
    assert (rows[0]["id"], rows[0]["status"]) == (str(turn.conversation_id), "bot")
    assert (await crm.post(f"{here}/messages", {"type": "text", "text": "hola"})).status_code == 409
    assert (await crm.post(f"{here}/take-over")).json()["holder"] == "CRM (API)"
    assert (await crm.post(f"{here}/messages", {"type": "text", "text": "hola"})).status_code == 201
    assert (await crm.post(f"{here}/extend")).status_code == 200
    assert (await crm.post(f"{here}/notes", {"text": "paga mañana"})).status_code == 201
    log = (await crm.get(f"{here}/messages")).json()["data"]
    assert [each["kind"] for each in log] == ["note", "message", "taken_over", "message"]
    assert log[1]["who"] == "CRM (API)"
    assert (await crm.post(f"{here}/hand-back")).json()["status"] == "bot"
    assert (await crm.post(f"{here}/close")).json()["status"] == "closed"
    assert (await crm.post(f"{here}/reopen")).json()["status"] == "bot"
    async with store.transaction() as tx:
        done = await tx.within(ALL).deeds.latest(SCHOOL, 20)
    assert {deed.who for deed in done[:6]} == {"CRM (API)"}
    page = await (await visitors.as_user(await a_user(store, school="member"))).get(here)
    assert "CRM (API)" in page.text


async def test_people_and_programs_hold_by_the_same_rules(crm: Program, store: Store, visitors: Visitors) -> None:
    conversation_id = await taken(crm, store)
    member = await visitors.as_user(await a_user(store, school="member"))
    assert (await member.post(f"/conversations/{conversation_id}/take-over")).status_code == 409
    admin = await visitors.as_user(await a_user(store, school="admin"))
    assert (await admin.post(f"/conversations/{conversation_id}/take-over", from_another="true")).status_code == 303
    here = f"/conversations/{conversation_id}"
    refused = await crm.post(f"{here}/take-over")
    assert (refused.status_code, refused.json()["code"]) == (409, "held_by_another")
    assert (await crm.post(f"{here}/messages", {"type": "text", "text": "yo"})).json()["code"] == "not_yours"
    assert (await crm.post(f"{here}/take-over", from_another="yes")).status_code == 200


async def test_every_kind_that_can_be_said(crm: Program, store: Store) -> None:
    conversation_id = await taken(crm, store)
    reply = (await crm.post("/replies", {"title": "Hola", "text": "Hola, ¿qué tal?"})).json()
    messages: list[dict[str, Any]] = [
        {"type": "text", "text": "hola"},
        {"type": "buttons", "text": "¿Cuál?", "buttons": [{"title": "Uno"}, {"title": "Dos"}]},
        {"type": "image", "link": "https://x.example/a.png", "caption": "acá"},
        {"type": "saved_reply", "reply_id": reply["id"]},
    ]
    for message in messages:
        assert (await crm.post(f"/conversations/{conversation_id}/messages", message)).status_code == 201
    assert [each["type"] for each in await said(store, conversation_id)] == ["text", "buttons", "image", "text"]
    await let_pass(store, timedelta(hours=25))
    await crm.post(f"/conversations/{conversation_id}/take-over")
    late = await crm.post(f"/conversations/{conversation_id}/messages", messages[0])
    assert (late.status_code, late.json()["code"]) == (409, "window")
    unknown = {"type": "template", "name": "nope", "language": "es"}
    assert (await crm.post(f"/conversations/{conversation_id}/messages", unknown)).json()["code"] == "template"


async def test_the_log_never_shows_what_operators_alone_see(crm: Program, store: Store) -> None:
    turn = await a_turn(store, "hola")
    async with store.transaction() as tx:
        await tx.conversations.lock(turn.conversation_id)
        claimed = await tx.turns.claim(turn.id, "agent", timedelta(minutes=1))
        assert claimed
        await tx.turns.close(claimed, "failed", reason="TimeoutError of ours")  # type: ignore[arg-type]
    log = await crm.get(f"/conversations/{turn.conversation_id}/messages")
    assert [each["kind"] for each in log.json()["data"]] == ["handed_off", "message"]
    assert "TimeoutError" not in log.text


async def test_pages_follow_each_other_without_gap_or_repeat(crm: Program, store: Store) -> None:
    conversation_id = await taken(crm, store)
    for number in range(5):
        await a_conversation(store, f"página {number}")
        await crm.post(f"/conversations/{conversation_id}/notes", {"text": f"nota {number}"})
        await crm.post("/credit/grants", {"dollars": "1.00"})
    for path in ("/conversations", "/contacts", "/credit/ledger", f"/conversations/{conversation_id}/messages"):
        whole = (await crm.get(path, limit=100)).json()["data"]
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await crm.get(path, limit=2, **cursor)).json()
            found += page["data"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert found == whole
        assert len(whole) >= 5


async def test_the_catalogue_is_checked_as_the_page_checks_it(crm: Program, store: Store) -> None:
    collection = (await crm.get("/catalogue")).json()["data"][0]
    assert (collection["name"], "price" in collection["schema"]["properties"]) == ("courses", True)
    slug = f"pan-{uuid4().hex[:6]}".translate(str.maketrans("0123456789", "abcdefghij"))
    data = {"slug": slug, "name": "Pan", "price": 9, "link": "https://x.example/pan"}
    wrong = await crm.post("/catalogue/courses", {"data": data | {"price": -1, "color": "rojo"}})
    assert wrong.status_code == 422
    assert [each["where"] for each in wrong.json()["errors"]] == ["body.data.color", "body.data.price"]
    item = (await crm.post("/catalogue/courses", {"data": data})).json()
    assert (await crm.post("/catalogue/courses", {"data": data})).json()["code"] == "key_taken"
    here = f"/catalogue/courses/{item['id']}"
    change = {"data": data | {"price": 12}, "active": False, "version": 1}
    changed = (await crm.send("PUT", here, change)).json()
    assert (changed["data"]["price"], changed["active"], changed["version"]) == (12, False, 2)
    assert (await crm.send("PUT", here, change)).json()["code"] == "overtaken"
    other_key = {"data": data | {"slug": "otro"}, "version": 2}
    assert (await crm.send("PUT", here, other_key)).json()["code"] == "key_fixed"
    history = (await crm.get(f"{here}/history")).json()["data"]
    assert [(each["version"], each["author"]) for each in history] == [(2, "CRM"), (1, "CRM")]


async def test_a_request_that_comes_twice_is_done_once(crm: Program, store: Store) -> None:
    conversation_id = await taken(crm, store)
    path, body = f"/conversations/{conversation_id}/messages", {"type": "text", "text": "una vez"}
    answers = await asyncio.gather(*(crm.post(path, body, once="k1") for _ in range(5)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.text for each in answers}) == 1
    assert sorted(each.headers.get("idempotency-replayed", "") for each in answers) == ["", *["true"] * 4]
    assert [each["text"] for each in await said(store, conversation_id)] == ["una vez"]
    other = await crm.post(path, {"type": "text", "text": "otra"}, once="k1")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    for _ in range(2):
        assert (
            await crm.post("/credit/grants", {"dollars": "3.00", "note": "dos veces"}, once="g1")
        ).status_code == 204
    ledger = (await crm.get("/credit/ledger")).json()["data"]
    assert [each["note"] for each in ledger].count("dos veces") == 1


async def test_a_secret_is_shown_once_and_kept_nowhere(crm: Program, store: Store) -> None:
    wanted = {"url": "https://example.org/hooks", "events": ["message.received"]}
    made = await crm.post("/webhook-endpoints", wanted, once="e1")
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    again = await crm.post("/webhook-endpoints", wanted, once="e1")
    assert (again.status_code, again.json()["code"]) == (409, "answer_not_kept")
    assert len((await crm.get("/webhook-endpoints")).json()["data"]) == 1
    async with store.transaction() as tx:
        for table in ("api_requests", "webhook_endpoints", "audit"):
            rows = await tx.connection.execute(text(f"SELECT t::text FROM {table} t"))  # noqa: S608
            assert made.json()["secret"].removeprefix("whsec_") not in str(rows.all())


async def test_what_was_refused_may_be_tried_again_with_the_same_key(crm: Program, store: Store) -> None:
    conversation = await a_conversation(store)
    path, body = f"/conversations/{conversation.id}/messages", {"type": "text", "text": "hola"}
    assert (await crm.post(path, body, once="k2")).status_code == 409
    await crm.post(f"/conversations/{conversation.id}/take-over")
    assert (await crm.post(path, body, once="k2")).status_code == 201


CONSOLE = """
import asyncio, os
from types import SimpleNamespace
from remanso.store import Store
from remanso.store.api_requests import ApiRequests
from tests.support.api import program
from tests.support.console import a_console
from tests.support.stepping import lost_hints

end = ApiRequests.end

async def halting(self, *what):
    if os.environ["MOMENT"] == "before":
        print("there", flush=True)
        await asyncio.sleep(60)
    await end(self, *what)

async def main():
    ApiRequests.end = halting
    async with Store.connect(os.environ["DATABASE"]) as store:
        console = a_console(store, SimpleNamespace(publisher=lost_hints(), graveyard=None), None)
        async with program(console, os.environ["TOKEN"]) as crm:
            answer = await crm.post(os.environ["ASKED"], {"type": "text", "text": "hola"}, once="killed")
        assert answer.status_code == 201, answer.text
        print("there", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_process_killed_around_the_commit_and_a_repetition_do_it_once(
    moment: str, console: Console, store: Store, database_url: str
) -> None:
    """Killed when all is written and nothing committed; and when all is committed and nobody was told."""
    token, _ = await a_key(store)
    async with program(console, token) as crm:
        conversation_id = await taken(crm, store)
        path = f"/conversations/{conversation_id}/messages"
        told = {"DATABASE": database_url, "TOKEN": token, "ASKED": path, "MOMENT": moment}
        async with child(CONSOLE, told, within=120) as dying:
            await dying.until("there")
            dying.process.kill()
            await dying.process.wait()
        assert len(await said(store, conversation_id)) == (0 if moment == "before" else 1)
        again = await crm.post(path, {"type": "text", "text": "hola"}, once="killed")
        assert again.status_code == 201
        assert again.headers.get("idempotency-replayed") == (None if moment == "before" else "true")
        assert len(await said(store, conversation_id)) == 1


async def test_a_key_is_slowed_down_and_told_for_how_long(console: Console, store: Store) -> None:
    token, _ = await a_key(store, scopes=["read"])
    slow = replace(console, settings=console.settings.model_copy(update={"console_api_per_second": 2.0}))
    async with program(slow, token) as hasty:
        answers = [await hasty.get("/me") for _ in range(20)]
        refused = [each for each in answers if each.status_code == 429]
        assert refused
        assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
        await let_pass(store, 2)
        assert (await hasty.get("/me")).status_code == 200


async def test_bodies_are_bounded(crm: Program, store: Store) -> None:
    conversation = await a_conversation(store)
    path = f"/conversations/{conversation.id}/notes"
    assert (await crm.post(path, {"text": "x" * 300_000})).status_code == 413

    async def without_length() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 50_000

    answer = await crm.http.post(
        f"/api/v1{path}", content=without_length(), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("path", ["/nowhere", "/conversations/nonsense", "/me"])
async def test_every_refusal_says_what_to_do(path: str, crm: Program) -> None:
    answer = await (crm.send("PATCH", path) if path == "/me" else crm.get(path))
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    assert answer.status_code != 405 or answer.headers["allow"] == "GET"


async def test_an_id_that_a_program_keeps_leads_to_whoever_they_turn_out_to_be(crm: Program, store: Store) -> None:
    """While the two conversations of one person are still two, and once they are one."""
    whole = person()
    phone, user = Sender(wa_id=whole.wa_id), Sender(user_id=whole.user_id)
    await receive(store, [a_message(phone, "hola"), a_message(user, "¿están?")])
    old, other = await conversation_of(store, phone), await conversation_of(store, user)
    await let_pass(store, 30)
    await seal(store)
    await receive(store, [a_message(whole, "soy yo")])
    seen = (await crm.get(f"/conversations/{old.id}")).json()
    assert (seen["id"], seen["contact"]["id"]) == (str(old.id), str(other.contact_id))
    async with store.transaction() as tx:
        await tx.turns.end_open(old.id, TurnState.ANSWERED, "said")
        assert await tx.merging.follow(old.id) == other.id
    assert (await crm.get(f"/conversations/{old.id}")).json()["id"] == str(other.id)
    log = (await crm.get(f"/conversations/{old.id}/messages")).json()["data"]
    assert {each["content"]["text"] for each in log} == {"hola", "¿están?", "soy yo"}
    assert (await crm.post(f"/conversations/{old.id}/take-over")).json()["id"] == str(other.id)
    assert (await crm.post(f"/conversations/{old.id}/messages", {"type": "text", "text": "te leo"})).status_code == 201
    assert [each["text"] for each in await said(store, other.id)] == ["te leo"]


async def test_where_nobody_came_it_needs_a_person_until_it_is_seen_to(crm: Program, store: Store) -> None:
    conversation = await a_conversation(store)
    async with store.transaction() as tx:
        await tx.takeovers.hand_off(conversation.id, "quiere pagar", timedelta())
    async with store.transaction() as tx:
        await tx.takeovers.end_expired(100)
    here = f"/conversations/{conversation.id}"
    told = (await crm.get(here)).json()
    assert (told["status"], told["handoff_reason"], told["human_until"]) == ("needs_human", "quiere pagar", None)
    assert told["nobody_came_at"]
    (back,) = [each for each in (await crm.get(f"{here}/messages")).json()["data"] if each["kind"] == "handed_back"]
    assert (back["reason"], back["who"]) == ("nobody", None)
    for _ in range(2):
        seen = (await crm.post(f"{here}/seen-to")).json()
        assert (seen["status"], seen["handoff_reason"], seen["nobody_came_at"]) == ("bot", None, None)
