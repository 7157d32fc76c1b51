"""What businesses' systems are told: all of it, in order, signed, under one id however often a process dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from remanso.model.credit import account_of
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.endpoints import Told
from remanso.store.receipts import Receipt
from remanso.store.scoped import Scope
from services.console.secrets.sealed import Sealing
from services.console.webhooks.events import SUBSCRIBED
from services.console.webhooks.posting import Poster
from services.console.webhooks.signing import new_secret
from services.console.webhooks.teller import PURPOSE, Teller
from tests.support.child import Child, child
from tests.support.clock import forget_everything, let_pass
from tests.support.console import ACADEMY, CHANNELS, SCHOOL, SECRET
from tests.support.scene import a_conversation, a_turn, deliveries, queue, receive, take_over
from tests.support.school import burst, config, person
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

ALL = Scope(None)
EVERY = [event.type for event in SUBSCRIBED]


@pytest.fixture
async def receiver(store: Store) -> AsyncIterator[WebhookReceiver]:
    await forget_everything(store)
    async with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
async def teller(store: Store) -> AsyncIterator[Teller]:
    async with Poster(loopback=True, seconds=5) as poster:
        yield Teller(store, poster, SECRET)


async def an_endpoint(
    store: Store, receiver: WebhookReceiver, *, client: str = SCHOOL, events: list[str] = EVERY, url: str = ""
) -> UUID:
    endpoint_id, secret = uuid7(), new_secret()
    receiver.secrets.append(secret)
    async with store.transaction() as tx:
        sealed = Sealing(SECRET, PURPOSE).seal(endpoint_id, secret)
        endpoints = tx.within(ALL).endpoints
        await endpoints.add(client, endpoint_id, url or receiver.url, events, secret=sealed, made_by="Ana")
    return endpoint_id


async def tell(teller: Teller) -> None:
    """One sweep and all that it began."""
    await teller.sweep()
    await teller.drain()


async def notifications(store: Store, endpoint_id: UUID, client: str = SCHOOL) -> list[Told]:
    """The oldest first."""
    async with store.transaction() as tx:
        return (await tx.within(ALL).endpoints.notifications(client, endpoint_id, 100))[::-1]


async def status_of(store: Store, endpoint_id: UUID) -> str:
    async with store.transaction() as tx:
        endpoint = await tx.within(ALL).endpoints.one(SCHOOL, endpoint_id)
    assert endpoint
    return endpoint.status


async def send_out(store: Store, conversation_id: UUID, *statuses: str) -> None:
    """The newest part goes out, and Meta tells what became of it."""
    part = (await deliveries(store, conversation_id))[-1]
    async with store.transaction() as tx:
        await tx.attempts.mark_sending(part.id)
    wamid = f"wamid.{uuid4().hex}"
    async with store.transaction() as tx:
        await tx.attempts.mark_accepted(part.id, wamid)
        now = await tx.health.now()
    for status in statuses:
        async with store.transaction() as tx:
            await tx.receipts.record(
                Receipt(uuid4().hex, str(part.id), CHANNELS[SCHOOL], wamid, status, None, now, {}, None)
            )


async def test_each_fact_is_told_in_its_order_and_signed(
    store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    endpoint_id = await an_endpoint(store, receiver)
    turn = await a_turn(store, "hola")
    await queue(store, turn.conversation_id, "¡Hola!", turn_id=turn.id)
    await send_out(store, turn.conversation_id, "sent", "delivered", "read")
    async with store.transaction() as tx:
        await tx.conversations.lock(turn.conversation_id)
        await tx.takeovers.hand_off(turn.conversation_id, "quiere pagar", timedelta(minutes=30))
    await tell(teller)
    await take_over(store, turn.conversation_id)
    async with store.transaction() as tx:
        views = tx.within(ALL)
        await views.holding.lock(turn.conversation_id)
        await views.holding.hand_back(turn.conversation_id, "Ana")
    for _ in range(9):
        await tell(teller)
    assert [each.type for each in receiver.heard] == [
        "message.received",
        "message.sent",
        "message.status",
        "message.status",
        "conversation.needs_human",
        "conversation.taken_over",
        "conversation.handed_back",
    ]
    assert all(each.signed_by == (receiver.secrets[0],) for each in receiver.heard)
    assert [each.body["data"].get("status") for each in receiver.heard][2:4] == ["delivered", "read"]
    received = receiver.heard[0].body
    assert (received["client"], received["data"]["content"]["text"]) == (SCHOOL, "hola")
    assert received["data"]["conversation"]["id"] == str(turn.conversation_id)
    assert receiver.heard[1].body["data"]["content"]["text"] == "¡Hola!"
    assert receiver.heard[4].body["data"]["reason"] == "quiere pagar"
    back = receiver.heard[6].body["data"]
    assert (back["by"], back["who"], back["reason"]) == ("person", "Ana", None)
    assert {each.state for each in await notifications(store, endpoint_id)} == {"delivered"}


async def test_that_nobody_came_is_told_once_and_the_next_handoff_again(
    store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    await an_endpoint(store, receiver, events=["conversation.needs_human", "conversation.handed_back"])
    conversation = await a_conversation(store)
    for reason in ("quiere pagar", "sigue ahí"):
        async with store.transaction() as tx:
            await tx.conversations.lock(conversation.id)
            await tx.takeovers.hand_off(conversation.id, reason, timedelta())
        for _ in range(3):
            async with store.transaction() as tx:
                await tx.takeovers.end_expired(100)
        for _ in range(3):
            await tell(teller)
    assert [(each.type.split(".")[1], each.body["data"]["reason"]) for each in receiver.heard] == [
        ("needs_human", "quiere pagar"),
        ("handed_back", "quiere pagar"),
        ("needs_human", "sigue ahí"),
        ("handed_back", "sigue ahí"),
    ]
    assert {each.body["data"].get("by") for each in receiver.heard} == {None, "nobody"}


async def test_a_failed_turn_feedback_and_spent_credit_are_told(
    store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    await an_endpoint(store, receiver, events=["turn.failed", "feedback.received", "credit.exhausted"])
    turn = await a_turn(store)
    async with store.transaction() as tx:
        await tx.conversations.lock(turn.conversation_id)
        claimed = await tx.turns.claim(turn.id, "agent", timedelta(minutes=1))
        assert claimed
        await tx.turns.close(claimed, TurnState.FAILED)
    async with store.transaction() as tx:
        await tx.credit.grant(SCHOOL, None, Decimal(1), who="Ana")
        (account,) = await tx.credit.ledger.lock([account_of(SCHOOL, None)])
        for conversation in (turn.conversation_id, (await a_conversation(store)).id):
            await tx.credit.tell(conversation, account.exhaustion)
    await tell(teller)
    assert sorted(each.type for each in receiver.heard) == ["credit.exhausted", "turn.failed"]


async def test_only_what_was_asked_for_of_ones_own_client(
    store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    await an_endpoint(store, receiver, events=["conversation.taken_over"])
    await an_endpoint(store, receiver, client=ACADEMY)
    conversation = await a_conversation(store, "hola")
    await take_over(store, conversation.id)
    await tell(teller)
    assert [each.type for each in receiver.heard] == ["conversation.taken_over"]
    assert receiver.heard[0].signed_by == (receiver.secrets[0],)


async def test_what_is_taken_back_was_never_a_fact(store: Store, receiver: WebhookReceiver, teller: Teller) -> None:
    endpoint_id = await an_endpoint(store, receiver)
    conversation = await a_conversation(store, "hola")
    with pytest.raises(RuntimeError):
        async with store.transaction() as tx:
            await tx.takeovers.take_over(conversation.id, timedelta(minutes=5))
            raise RuntimeError
    await tell(teller)
    assert [each.type for each in await notifications(store, endpoint_id)] == ["message.received"]


async def test_who_is_late_to_commit_is_not_overtaken(store: Store, receiver: WebhookReceiver, teller: Teller) -> None:
    """Two transactions write about one conversation; the later fact is committed first."""
    await an_endpoint(store, receiver, events=["message.status"])
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos")
    first, second = await deliveries(store, conversation.id)
    async with store.transaction() as slow:
        await slow.attempts.hold(first.id, "closed")
        async with store.transaction() as quick:
            await quick.attempts.hold(second.id, "closed")
        await tell(teller)
        assert receiver.heard == []
    await tell(teller)
    await tell(teller)
    assert [each.body["data"]["part"]["id"] for each in receiver.heard] == [str(first.id), str(second.id)]


async def test_one_that_fails_keeps_its_line_waiting_and_no_other(
    store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    sender = person()
    endpoint_id = await an_endpoint(store, receiver)
    await receive(store, burst(sender, "uno"), config())
    receiver.answers.extend([500])
    await tell(teller)
    await receive(store, burst(sender, "dos"), config())
    await a_conversation(store, "otra persona")
    await let_pass(store, 3)  # the endpoint may be asked again, the line that failed not yet
    await tell(teller)
    assert [each.body["data"]["content"]["text"] for each in receiver.heard] == ["uno", "otra persona"]
    await let_pass(store, 6)
    for _ in range(3):
        await tell(teller)
    assert [each.body["data"]["content"]["text"] for each in receiver.heard][2:] == ["uno", "dos"]
    assert receiver.heard[0].id == receiver.heard[2].id
    first = (await notifications(store, endpoint_id))[0]
    assert [each["status"] for each in first.tries] == [204, 500]


@pytest.mark.parametrize("status", [302, 500])
async def test_an_answer_that_is_no_yes_is_tried_for_days_and_then_the_endpoint_is_off_with_a_reason(
    status: int, store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    endpoint_id = await an_endpoint(store, receiver)
    await a_conversation(store, "hola")
    receiver.answers.extend([status] * 99)
    tries = 0
    while await status_of(store, endpoint_id) != "disabled":
        await tell(teller)
        await let_pass(store, timedelta(hours=27))
        tries += 1
        assert tries < 20
    assert len(receiver.heard) == tries == 13
    assert len(set(receiver.ids)) == 1
    async with store.transaction() as tx:
        endpoint = await tx.within(ALL).endpoints.one(SCHOOL, endpoint_id)
        assert endpoint
        assert endpoint.disabled_reason == f"answered {status}"
        receiver.answers.clear()
        await tx.within(ALL).endpoints.resume(SCHOOL, endpoint_id)
    await tell(teller)
    assert await status_of(store, endpoint_id) == "active"
    assert [each.state for each in await notifications(store, endpoint_id)] == ["delivered"]


async def test_gone_means_gone(store: Store, receiver: WebhookReceiver, teller: Teller) -> None:
    endpoint_id = await an_endpoint(store, receiver)
    await a_conversation(store)
    receiver.answers.append(410)
    await tell(teller)
    assert await status_of(store, endpoint_id) == "disabled"


async def test_a_pause_keeps_what_happens_meanwhile(store: Store, receiver: WebhookReceiver, teller: Teller) -> None:
    endpoint_id = await an_endpoint(store, receiver)
    async with store.transaction() as tx:
        await tx.within(ALL).endpoints.pause(SCHOOL, endpoint_id)
    await a_conversation(store, "hola")
    await tell(teller)
    assert receiver.heard == []
    async with store.transaction() as tx:
        await tx.within(ALL).endpoints.resume(SCHOOL, endpoint_id)
    await tell(teller)
    assert [each.type for each in receiver.heard] == ["message.received"]


async def test_after_a_rotation_both_secrets_sign_for_a_time(
    store: Store, receiver: WebhookReceiver, teller: Teller
) -> None:
    endpoint_id, new = await an_endpoint(store, receiver), new_secret()
    receiver.secrets.append(new)
    async with store.transaction() as tx:
        sealed = Sealing(SECRET, PURPOSE).seal(endpoint_id, new)
        await tx.within(ALL).endpoints.rotate(SCHOOL, endpoint_id, sealed, timedelta(hours=24))
    await a_conversation(store)
    await tell(teller)
    assert receiver.heard[0].signed_by == tuple(receiver.secrets)
    await let_pass(store, timedelta(hours=25))
    await a_conversation(store)
    await tell(teller)
    assert receiver.heard[-1].signed_by == (new,)


async def test_many_consoles_tell_each_thing_once(store: Store, receiver: WebhookReceiver) -> None:
    await an_endpoint(store, receiver)
    for _ in range(12):
        await a_conversation(store, "hola")
    async with Poster(loopback=True) as poster:
        tellers = [Teller(store, poster, SECRET) for _ in range(4)]
        for _ in range(3):
            await asyncio.gather(*(tell(each) for each in tellers))
    assert len(receiver.heard) == len(set(receiver.ids)) == 12


CONSOLE = """
import asyncio, os, sys
from remanso.store import Store
from services.console.webhooks.posting import Poster
from services.console.webhooks.teller import Teller

class Halting(Poster):
    async def post(self, *what):
        print("before", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        answer = await super().post(*what)
        print("after", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        return answer

async def main():
    async with Store.connect(os.environ["DATABASE"]) as store, Halting(loopback=True) as poster:
        teller = Teller(store, poster, os.environ["SECRET"])
        while True:
            await teller.sweep()
            await asyncio.sleep(0.1)

asyncio.run(main())
"""


async def go_on(console: Child) -> None:
    assert console.process.stdin
    console.process.stdin.write(b"\n")
    await console.process.stdin.drain()


@pytest.mark.parametrize("moment", ["before", "during", "after"])
async def test_a_console_killed_at_a_post_loses_nothing(
    moment: str, store: Store, database_url: str, receiver: WebhookReceiver, teller: Teller
) -> None:
    """Before it was written, while the other side works on it, and before it was written down that it arrived."""
    await an_endpoint(store, receiver)
    sender = person()
    await receive(store, burst(sender, "uno"), config())
    await receive(store, burst(sender, "dos"), config())
    if moment == "during":
        receiver.gate.clear()
    async with child(CONSOLE, {"DATABASE": database_url, "SECRET": SECRET}, within=120) as console:
        await console.until("before")
        if moment != "before":
            await go_on(console)
            await (receiver.arrived.wait() if moment == "during" else console.until("after"))
        console.process.kill()
        await console.process.wait()
    receiver.gate.set()
    already = list(receiver.ids)
    assert len(already) == (0 if moment == "before" else 1)
    await tell(teller)
    assert receiver.ids == already, "the lease of the dead console has not run out"
    await let_pass(store, 61)
    await tell(teller)
    assert [each.body["data"]["content"]["text"] for each in receiver.heard[len(already) :]] == ["uno", "dos"]
    assert receiver.ids[: len(already)] == receiver.ids[len(already) :][: len(already)]
    assert len(set(receiver.ids)) == 2
