"""Every code of Meta's table against the strict simulator: what becomes of its part, and who else is kept waiting."""

from collections.abc import AsyncIterator

import pytest

from remanso.bus import Bus
from remanso.channels.whatsapp.errors import RULES, RefusalKind, Rule, Scope
from remanso.plugin.config import ClientConfig
from remanso.store import Store
from remanso.store.parking import Parking
from services.simulator.graph.faults import Fault
from services.simulator.graph.ratings import Rating
from services.simulator.graph.standin import GraphStandIn
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import a_conversation, deliveries, queue
from tests.support.school import config, registry
from tests.support.senders import Sender, Senders, receipt
from tests.support.simulated import graph_stand_in, number

ONE, SIBLING, OTHER = "700000000000001", "700000000000003", "700000000000002"


def channel(phone_number_id: str, account: str) -> dict[str, str]:
    return {"phone_number_id": phone_number_id, "display_number": "+54 9 11 5555-0000", "account": account}


SCHOOL = config(channel=ONE, channels=[channel(ONE, "1"), channel(SIBLING, "1"), channel("700000000000004", "9")])  # type: ignore[arg-type]
AT_SIBLING = SCHOOL.model_copy(update={"channels": SCHOOL.channels[1:]})
ELSEWHERE = config("other", channel=OTHER, channels=[channel(OTHER, "2")])  # type: ignore[arg-type]

WAITING = {Scope.NUMBER: {"neighbour"}, Scope.ACCOUNT: {"neighbour", "sibling"}, Scope.APP: {"neighbour", "sibling"}}
"""Who waits beside the contact it happened to."""


@pytest.fixture(scope="module")
async def meta() -> AsyncIterator[tuple[GraphStandIn, str]]:
    async with graph_stand_in(number(ONE), number(SIBLING), number(OTHER, "2")) as running:
        yield running


@pytest.fixture
async def sender(store: Store, bus: Bus, meta: tuple[GraphStandIn, str]) -> AsyncIterator[Sender]:
    await forget_everything(store)
    meta[0].reset()
    meta[0].receipts.steering.enabled = False
    found = Senders(store, bus, meta[1])
    yield await found.one(clients=registry(SCHOOL, ELSEWHERE))
    await found.close()


async def states(store: Store, conversation_id: object) -> list[str]:
    return [delivery.state for delivery in await deliveries(store, conversation_id)]  # type: ignore[arg-type]


async def parked(store: Store) -> list[Parking]:
    async with store.transaction() as tx:
        return await tx.parkings.all_open()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.first))
async def test_what_a_code_does_to_its_part_and_to_others(
    store: Store, sender: Sender, meta: tuple[GraphStandIn, str], rule: Rule
) -> None:
    businesses: dict[str, ClientConfig] = {"neighbour": SCHOOL, "sibling": AT_SIBLING, "elsewhere": ELSEWHERE}
    stricken = await a_conversation(store, business=SCHOOL)
    others = {name: await a_conversation(store, business=business) for name, business in businesses.items()}
    for conversation in (stricken, *others.values()):
        await queue(store, conversation.id, "uno")
    graph, verdict = meta[0], rule.verdict
    http = 400 if rule.first in (1, 131000) else None  # with a 5xx that one tells nothing about the message
    graph.faults.order([Fault(kind="code", code=rule.first, http=http, to=stricken.reply_wa_id)])
    for conversation in (stricken, *others.values()):
        await sender.drain.run(conversation.id)

    final = verdict.kind is RefusalKind.PERMANENT
    (part,) = await deliveries(store, stricken.id)
    assert (part.state, part.code) == ("failed" if final else "pending", rule.first)
    assert part.reason
    assert verdict.meaning in part.reason
    waiting = set() if final else WAITING.get(verdict.scope, set())
    assert {name for name, one in others.items() if await states(store, one.id) == ["pending"]} == waiting
    stopped = await parked(store)
    assert len(stopped) == (verdict.kind is RefusalKind.OPERATOR)
    for _ in range(3):
        await sender.sweep()
    tried = [request for request in graph.requests if request.to == stricken.reply_wa_id]
    async with store.transaction() as tx:
        it_is_time = part.retry_at is not None and part.retry_at <= await tx.health.now()  # on a busy machine
    assert len(tried) == 1 or it_is_time, "nothing is tried again at once"

    graph.faults.clear()
    for _ in range(3):
        await let_pass(store, 400)
        await sender.sweep()
    everybody = {name: await states(store, one.id) for name, one in others.items()}
    assert everybody == {name: ["accepted"] for name in others}
    assert await states(store, stricken.id) == ["failed" if final else "accepted"]
    assert not await parked(store)


async def test_a_token_that_is_no_good_is_not_tried_in_a_loop(
    store: Store, sender: Sender, meta: tuple[GraphStandIn, str]
) -> None:
    """A day of it: one look at the number's health per pause, up to half an hour; no message at all after the first."""
    graph = meta[0]
    graph.faults.order([Fault(kind="token_expired", on="everything")])
    for pnid in (ONE, SIBLING):
        graph.ratings.rate(pnid, Rating(status="BANNED"))
    conversations = [await a_conversation(store, business=SCHOOL) for _ in range(5)]
    for conversation in conversations:
        await queue(store, conversation.id, "uno")
        await sender.drain.run(conversation.id)
    for _ in range(60):
        await let_pass(store, 240)
        await sender.sweep()
    assert len([r for r in graph.requests if r.kind == "message"]) == 1
    assert 8 <= len([r for r in graph.requests if r.kind == "number" and r.pnid == ONE]) <= 14
    (parking,) = await parked(store)
    assert (parking.scope, parking.code, parking.client) == ("app", 190, "school")

    graph.faults.clear()
    graph.ratings.reset()
    await let_pass(store, 1900)
    await sender.sweep()
    assert [await states(store, c.id) for c in conversations] == [["accepted"]] * 5, "it goes on by itself"
    assert not await parked(store)


async def test_health_is_asked_before_a_message_is_risked(
    store: Store, sender: Sender, meta: tuple[GraphStandIn, str]
) -> None:
    graph = meta[0]
    conversation = await a_conversation(store, business=SCHOOL)
    await queue(store, conversation.id, "uno", "dos")
    graph.faults.order([Fault(kind="code", code=133010, times=1)])
    graph.ratings.rate(ONE, Rating(can_send_message="BLOCKED"))
    await sender.drain.run(conversation.id)
    await let_pass(store, 70)
    await sender.sweep()
    assert await states(store, conversation.id) == ["pending", "pending"]
    graph.ratings.rate(ONE, Rating(can_send_message="LIMITED"))
    await let_pass(store, 130)
    await sender.sweep()
    assert await states(store, conversation.id) == ["accepted", "accepted"]


async def test_what_a_receipt_has_parked_only_a_receipt_ends(
    store: Store, sender: Sender, meta: tuple[GraphStandIn, str]
) -> None:
    """Payment problems come by webhook: Meta accepts the message, and fails it."""
    first, second = await a_conversation(store, business=SCHOOL), await a_conversation(store, business=SCHOOL)
    await queue(store, first.id, "uno")
    await queue(store, second.id, "uno")
    await sender.drain.run(first.id)
    (part,) = await deliveries(store, first.id)
    assert part.wamid
    await sender.receipts.handle([receipt(part.id, part.wamid, "failed", code=131042)])
    (part,) = await deliveries(store, first.id)
    assert (part.state, part.code, part.reason) == ("failed", 131042, "payment problem: billing must be fixed")
    await sender.drain.run(second.id)
    assert await states(store, second.id) == ["pending"]
    await let_pass(store, 70)
    await sender.sweep()
    (probe,) = await deliveries(store, second.id)
    assert (probe.state, len(await parked(store))) == ("accepted", 1)
    assert probe.wamid
    await sender.receipts.handle([receipt(probe.id, probe.wamid, "sent")])
    assert not await parked(store)
