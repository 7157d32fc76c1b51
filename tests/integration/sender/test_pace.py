"""Pace: many senders of one number never exceed what Meta allows, and nobody waits behind others' limits."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from remanso.bus import Bus
from remanso.model.pace import Rate
from remanso.store import Store
from services.simulator.graph.faults import Fault
from services.simulator.graph.requests import GraphRequest
from services.simulator.graph.standin import GraphStandIn
from services.simulator.graph.usage import UsageState
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import a_conversation, deliveries, queue, take_over
from tests.support.school import config, registry
from tests.support.senders import Sender, Senders
from tests.support.simulated import SHOP_NUMBER, graph_stand_in, number, sender_processes
from tests.support.waiting import eventually

MANY = 250
SECOND, PAIR_SECONDS, MINUTE = 1.0, 6.0, timedelta(minutes=1)
HERE = config(channel="700000000000001")
THERE_CHANNEL = {"phone_number_id": "700000000000002", "display_number": "+54 9 11 5555-0002", "account": "2"}
THERE = config("other", channel="700000000000002", channels=[THERE_CHANNEL])  # type: ignore[arg-type]


def most_within(times: list[float], seconds: float) -> int:
    """The most requests that any span of so many seconds holds."""
    return max((sum(1 for at in times if start <= at < start + seconds) for start in times), default=0)


def sent(graph: GraphStandIn) -> list[GraphRequest]:
    return [request for request in graph.requests if request.kind == "message"]


async def swept(sender: Sender, graph: GraphStandIn, enough: int) -> bool:
    await sender.sweep()
    return len(sent(graph)) >= enough


async def test_four_senders_of_one_number_keep_to_both_limits(store: Store, database_url: str, amqp_url: str) -> None:
    shop = config("shop", channel=SHOP_NUMBER)
    talkative = await a_conversation(store, business=shop)
    await queue(store, talkative.id, *map(str, range(60)))
    waiting = [await a_conversation(store, business=shop) for _ in range(MANY)]
    for conversation in waiting:
        await queue(store, conversation.id, "hola")
    async with graph_stand_in(number(SHOP_NUMBER)) as (graph, url):
        environment = {
            "REMANSO_AMQP_URL": amqp_url,
            "REMANSO_DATABASE_URL": database_url,
            "REMANSO_GRAPH_BASE_URL": url,
        }
        with sender_processes(4, environment):
            await eventually(lambda: len(sent(graph)) >= MANY + 41, within=120)
            requests = sent(graph)
    assert Counter(request.code for request in requests) == {None: len(requests)}, "the simulator enforces both limits"
    times = [request.at for request in requests]
    assert most_within(times, SECOND) <= 80
    assert most_within([r.at for r in requests if r.to == talkative.reply_wa_id], PAIR_SECONDS) <= 45
    bodies = [r.payload["text"]["body"] for r in requests if r.to == talkative.reply_wa_id]
    assert bodies == [str(place) for place in range(len(bodies))], "in order"
    assert set(Counter(r.to for r in requests if r.to != talkative.reply_wa_id).values()) == {1}


async def test_a_number_at_its_limit_keeps_no_other_waiting(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    async with graph_stand_in(number("700000000000001"), number("700000000000002", "2")) as (graph, url):
        senders = Senders(store, bus, url)
        sender = await senders.one(clients=registry(HERE, THERE), slots=2)
        async with store.transaction() as tx:
            await tx.paces.strike(f"number:{HERE.channels[0].phone_number_id}", MINUTE, MINUTE, MINUTE)
        slow = [await a_conversation(store, business=HERE) for _ in range(30)]
        for conversation in slow:
            await queue(store, conversation.id, "uno")
        free = await a_conversation(store, business=THERE)
        await queue(store, free.id, "uno", "dos")
        for conversation in (*slow, free):
            await sender.dispatch.start(conversation.id)
        await sender.slots.drain(20)
        assert [r.pnid for r in sent(graph)] == ["700000000000002"] * 2
        await let_pass(store, 63)
        await eventually(lambda: swept(sender, graph, 32))
        await senders.close()


async def test_a_person_who_takes_over_while_a_part_waits_for_its_pace(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    async with graph_stand_in(number("700000000000001")) as (graph, url):
        senders = Senders(store, bus, url)
        sender = await senders.one()
        async with store.transaction() as tx:
            await tx.paces.strike("number:700000000000001", MINUTE, MINUTE, MINUTE)
        conversation = await a_conversation(store)
        await queue(store, conversation.id, "uno", "dos")
        await sender.drain.run(conversation.id)
        assert {d.state for d in await deliveries(store, conversation.id)} == {"pending"}
        await take_over(store, conversation.id)
        await let_pass(store, 70)
        await sender.sweep()
        assert [d.state for d in await deliveries(store, conversation.id)] == ["cancelled"] * 2
        assert not sent(graph)
        await senders.close()


async def test_too_much_to_one_contact_slows_this_contact_alone(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    async with graph_stand_in(number("700000000000001")) as (graph, url):
        senders = Senders(store, bus, url)
        sender = await senders.one()
        first, other = await a_conversation(store), await a_conversation(store)
        graph.faults.order([Fault(kind="code", code=131056, to=first.reply_wa_id, times=1)])
        for conversation in (first, other):
            await queue(store, conversation.id, "uno", "dos")
            await sender.drain.run(conversation.id)
        assert [(r.to, r.code) for r in sent(graph)] == [
            (first.reply_wa_id, 131056), (other.reply_wa_id, None), (other.reply_wa_id, None)
        ]  # fmt: skip
        await let_pass(store, 10)
        await sender.sweep()
        assert [d.state for d in await deliveries(store, first.id)] == ["accepted", "accepted"]
        await senders.close()


async def test_nearly_used_up_limits_slow_down_before_meta_refuses(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    async with graph_stand_in(number("700000000000001")) as (graph, url):
        senders = Senders(store, bus, url)
        sender = await senders.one()
        conversation = await a_conversation(store)
        graph.usage = UsageState(app=50, account=96)
        await queue(store, conversation.id, "uno")
        await sender.drain.run(conversation.id)
        async with store.transaction() as tx:
            paces = await tx.paces.of(["account:1", "app:school"])
        assert paces["account:1"].slowness == pytest.approx(8.2)
        assert "app:school" not in paces
        graph.usage = UsageState(account=100, regain_minutes=3)
        await let_pass(store, 20)
        await queue(store, conversation.id, "dos", "tres")
        await sender.drain.run(conversation.id)
        found = await deliveries(store, conversation.id)
        assert [d.state for d in found] == ["accepted", "accepted", "pending"]
        async with store.transaction() as tx:
            now = (await tx.paces.of(["account:1"]))["account:1"].now
        assert found[2].retry_at
        assert timedelta(minutes=2.9) < found[2].retry_at - now < timedelta(minutes=3.1)
        await senders.close()


@pytest.mark.parametrize("burst", [1, 4])
async def test_the_row_reckons_as_the_pure_rules_do(store: Store, burst: int) -> None:
    """Times of a minute, so that what the statements take is nothing beside them."""
    await forget_everything(store)
    rate, randomness, next_at = Rate(timedelta(seconds=60), burst), Random(7), None
    for _ in range(40):
        await let_pass(store, pause := timedelta(seconds=randomness.choice([0, 20, 59, 61, 200])))
        next_at = next_at and next_at - pause
        async with store.transaction() as tx:
            taken = await tx.paces.take("number:1", rate, waited=True)
            pace = (await tx.paces.of(["number:1"]))["number:1"]
        assert bool(taken) == (not rate.wait(next_at, pace.now))
        if taken:
            next_at = rate.take(next_at, pace.now)
        assert next_at
        assert abs(next_at - pace.next_at) < timedelta(seconds=0.5)


async def test_who_waits_goes_before_who_comes_later(store: Store) -> None:
    await forget_everything(store)
    rate = Rate(timedelta(seconds=20), 1)
    async with store.transaction() as tx:
        assert await tx.paces.take("number:1", rate, waited=False)
        waits = [await tx.paces.queue("number:1", rate) for _ in range(2)]
    assert waits[0] < waits[1] <= timedelta(seconds=40)
    await let_pass(store, 10)
    async with store.transaction() as tx:
        assert not await tx.paces.take("number:1", rate, waited=False)
    await let_pass(store, 4)
    async with store.transaction() as tx:
        assert not await tx.paces.take("number:1", rate, waited=True)
    await let_pass(store, 15)
    async with store.transaction() as tx:
        assert await tx.paces.take("number:1", rate, waited=True)
