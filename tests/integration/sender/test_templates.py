"""Templates in line: past held texts, held back themselves while Meta has paused them, and never in others' way."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from remanso.bus import Bus
from remanso.model.delivery import DeliveryKind
from remanso.model.outgoing import Template, Text
from remanso.store import Store
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import deliveries
from tests.support.senders import Sender, Senders
from tests.support.stages import DEFINITION, business, heard, queued, served, told, written
from tests.unit.simulator.graph_server import Stage, running_stage

SCHOOL = business()
TEMPLATE = Template(name="seguimos", language="es_AR", body=("Ana", "la escuela")).payload()
FILLED = "Hola Ana, la escuela te quiere responder."


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with running_stage() as running:
        yield running


@pytest.fixture
async def sender(store: Store, bus: Bus, stage: Stage) -> AsyncIterator[Sender]:
    await forget_everything(store)
    await stage.order("reset")
    await stage.order("graph/templates", templates=[DEFINITION])
    senders = Senders(store, bus, f"{stage.origin}/graph")
    yield await senders.one(clients=served(SCHOOL))
    await senders.close()


async def test_a_persons_template_passes_texts_that_are_held(store: Store, sender: Sender, stage: Stage) -> None:
    conversation = await written(store, SCHOOL)
    await let_pass(store, timedelta(days=2))
    await queued(store, conversation, Text(text="uno").payload(), Text(text="dos").payload())
    await queued(store, conversation, TEMPLATE, kind=DeliveryKind.HUMAN)
    await sender.drain.run(conversation.id)
    assert await heard(stage, conversation) == [FILLED]
    assert [one.state for one in await deliveries(store, conversation.id)] == ["held", "pending", "accepted"]


async def test_the_sweep_finds_a_template_behind_held_texts(store: Store, sender: Sender, stage: Stage) -> None:
    conversation = await written(store, SCHOOL)
    await let_pass(store, timedelta(days=2))
    await queued(store, conversation, Text(text="uno").payload())
    await sender.drain.run(conversation.id)
    await queued(store, conversation, TEMPLATE)
    await let_pass(store, 5)
    await sender.sweep()
    assert await heard(stage, conversation) == [FILLED]


async def test_a_paused_one_waits_lets_others_pass_and_goes_when_approved(
    store: Store, sender: Sender, stage: Stage
) -> None:
    await told(store, "PAUSED")
    conversation = await written(store, SCHOOL)
    await stage.open_window(conversation.reply_wa_id or "")
    await queued(store, conversation, Text(text="uno").payload(), TEMPLATE, Text(text="dos").payload())
    await sender.drain.run(conversation.id)
    assert await heard(stage, conversation) == ["uno", "dos"]
    held = (await deliveries(store, conversation.id))[1]
    assert (held.state, held.reason) == ("held", "the template is PAUSED")
    await told(store, "APPROVED")
    await let_pass(store, 5)
    await sender.sweep()
    assert await heard(stage, conversation) == ["uno", "dos", FILLED]


async def test_what_meta_refuses_as_paused_is_held_from_then_on(store: Store, sender: Sender, stage: Stage) -> None:
    await told(store, "APPROVED")
    await stage.order("graph/templates", templates=[DEFINITION | {"status": "PAUSED"}])
    conversation = await written(store, SCHOOL)
    await queued(store, conversation, TEMPLATE)
    await sender.drain.run(conversation.id)
    await let_pass(store, timedelta(hours=1))
    await sender.sweep()
    (held,) = await deliveries(store, conversation.id)
    assert (held.state, held.reason) == ("held", "the template is PAUSED (code 132015)")
    requests = [one for one in await stage.see("graph/requests") if one["kind"] == "message"]
    assert len(requests) == 1


async def test_what_graph_lists_holds_and_what_it_lists_no_more_is_deleted(
    store: Store, sender: Sender, stage: Stage
) -> None:
    many = [DEFINITION | {"name": f"t_{n:03}", "status": "PAUSED" if n % 2 else "APPROVED"} for n in range(230)]
    await stage.order("graph/templates", templates=many)
    await told(store, "APPROVED", name="gone")
    await let_pass(store, 60)
    await sender.upkeep.sweep()
    await sender.upkeep.sweep()  # not due again
    async with store.transaction() as tx:
        found = {one.name: one for one in await tx.health.templates_of("school")}
        (channel,) = await tx.health.channels_of("school")
        (account,) = await tx.health.accounts_of("school")
    assert len(found) == 230 + 3  # with Meta's own sample, the one of the fixture, and the one that is gone
    assert [found[name].status for name in ("t_000", "t_001", "gone")] == ["APPROVED", "PAUSED", "DELETED"]
    assert (found["t_000"].components or [])[0]["type"] == "BODY"
    assert (channel.channel, channel.quality, channel.messaging_limit) == ("800000000000001", "GREEN", "TIER_2K")
    assert account.review == "APPROVED"
    asked = [one for one in await stage.see("graph/requests") if one["kind"] == "assets"]
    assert len(asked) == 3 + 1  # three pages of templates, one of numbers


async def test_of_several_processes_one_reads_and_tries_again_after_a_failure(
    store: Store, bus: Bus, stage: Stage, sender: Sender
) -> None:
    await stage.fail("http", http=503, on="assets")
    await sender.upkeep.sweep()
    async with store.transaction() as tx:
        assert await tx.health.templates_of("school") == []
    await let_pass(store, timedelta(minutes=6))
    senders = Senders(store, bus, f"{stage.origin}/graph")
    others = [await senders.one(clients=served(SCHOOL)) for _ in range(3)]
    for other in others:
        await other.upkeep.sweep()
    asked = [one for one in await stage.see("graph/requests") if one["kind"] == "assets"]
    assert len(asked) == 1 + 2
    await senders.close()


async def test_where_nobody_answers_it_is_tried_again_at_once(
    store: Store, bus: Bus, stage: Stage, sender: Sender
) -> None:
    """As at the start of everything, when whoever plays Graph comes later; else a daily reading waits five minutes."""
    nowhere = Senders(store, bus, "http://127.0.0.1:1/graph")
    await (await nowhere.one(clients=served(SCHOOL))).upkeep.sweep()
    await let_pass(store, timedelta(seconds=20))
    await sender.upkeep.sweep()
    async with store.transaction() as tx:
        assert await tx.health.templates_of("school") != []
    await nowhere.close()
