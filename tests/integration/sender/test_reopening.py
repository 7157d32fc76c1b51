"""The window is closed: one template asks the contact to write, and what was held goes when they do."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from remanso.bus import Bus
from remanso.model.delivery import DeliveryKind
from remanso.store import Store
from remanso.store.conversations import Conversation
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import deliveries, take_over
from tests.support.senders import Sender, Senders, receipt
from tests.support.stages import DEFINITION, REOPEN, business, heard, queued, served, told, writes_again, written
from tests.support.waiting import eventually
from tests.unit.simulator.graph_server import Stage, running_stage

SCHOOL = business(templates={"reopen": REOPEN})
UNO, DOS = {"type": "text", "text": "uno"}, {"type": "text", "text": "dos"}
ASKED = "Hola Ana, School te quiere responder."
MARGIN = 300


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
    yield await senders.one(clients=served(SCHOOL), sender_window_margin_seconds=MARGIN)
    await senders.close()


async def silent(store: Store, sender: Sender, silence: timedelta = timedelta(days=2)) -> Conversation:
    """Texts for a contact who has not written for long."""
    conversation = await written(store, SCHOOL)
    await let_pass(store, silence)
    await queued(store, conversation, UNO, DOS)
    await sender.drain.run(conversation.id)
    return conversation


async def test_once_in_each_closed_span_and_the_texts_follow_in_order(
    store: Store, sender: Sender, stage: Stage
) -> None:
    await told(store, "APPROVED")
    conversation = await silent(store, sender)
    for _ in range(3):
        await sender.sweep()
    assert await heard(stage, conversation) == [ASKED]
    assert [one.state for one in await deliveries(store, conversation.id)] == ["held", "pending", "accepted"]
    await writes_again(store, stage, SCHOOL, conversation)
    await sender.sweep()
    assert await heard(stage, conversation) == [ASKED, "uno", "dos"]

    await let_pass(store, timedelta(days=2))
    stage.simulator.graph.conversations.reset()
    await queued(store, conversation, UNO)
    await sender.drain.run(conversation.id)
    for _ in range(2):
        await sender.sweep()
    assert await heard(stage, conversation) == [ASKED]
    assert not [one for one in stage.endpoint.statuses() if one["status"] == "failed"]


@pytest.mark.parametrize(("seconds_before", "asks"), [(5, False), (0, True)])
async def test_to_the_second_and_with_the_margin(
    store: Store, sender: Sender, stage: Stage, seconds_before: int, asks: bool
) -> None:
    await told(store, "APPROVED")
    conversation = await written(store, SCHOOL)
    await stage.open_window(conversation.reply_wa_id or "")
    await let_pass(store, timedelta(hours=24, seconds=-MARGIN - seconds_before))
    await queued(store, conversation, UNO)
    await sender.drain.run(conversation.id)
    await sender.sweep()
    assert await heard(stage, conversation) == ([ASKED] if asks else ["uno"])


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED", "REJECTED", "PENDING", None])
async def test_only_an_approved_one_and_as_soon_as_it_is(
    store: Store, sender: Sender, stage: Stage, status: str | None
) -> None:
    if status is not None:
        await told(store, status)
    conversation = await silent(store, sender)
    await sender.sweep()
    assert await heard(stage, conversation) == []
    await told(store, "APPROVED")
    await sender.sweep()
    assert await heard(stage, conversation) == [ASKED]


async def test_nobody_who_stopped_marketing_is_asked_by_marketing(store: Store, sender: Sender, stage: Stage) -> None:
    await told(store, "APPROVED", category="MARKETING")
    conversation = await silent(store, sender)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE contacts SET marketing_stopped_at = now()"))
    await sender.sweep()
    assert await heard(stage, conversation) == []
    await told(store, "APPROVED", category="UTILITY")
    await sender.sweep()
    assert await heard(stage, conversation) == [ASKED]


async def test_a_text_that_a_take_over_called_off_asks_nobody(store: Store, sender: Sender, stage: Stage) -> None:
    await told(store, "APPROVED")
    conversation = await silent(store, sender)
    await take_over(store, conversation.id)
    await sender.sweep()
    assert await heard(stage, conversation) == []
    await queued(store, conversation, {"type": "text", "text": "soy Eva"}, kind=DeliveryKind.HUMAN)
    async with store.transaction() as tx:  # as a person's text is, once a sender has looked at it
        await tx.connection.execute(text("UPDATE deliveries SET state = 'held' WHERE kind = 'human'"))
    await sender.sweep()
    assert await heard(stage, conversation) == [ASKED]


async def test_a_contact_who_writes_first_is_not_asked(store: Store, sender: Sender, stage: Stage) -> None:
    await told(store, "APPROVED")
    conversation = await silent(store, sender)
    async with store.transaction() as tx:
        (one,) = await tx.reopenings.silent("school", 5, window=timedelta(hours=23))
        await tx.conversations.lock(conversation.id)
        position = await tx.conversations.take_delivery_positions(conversation.id, 1)
        asked = {"type": "template", "name": "seguimos", "language": "es_AR", "body": ["Ana", "School"]}
        assert await tx.reopenings.ask(one, position, asked, epoch=0)
        assert not await tx.reopenings.ask(one, position + 1, asked, epoch=0)
    await writes_again(store, stage, SCHOOL, conversation)
    await sender.drain.run(conversation.id)
    assert await heard(stage, conversation) == ["uno", "dos"]
    last = (await deliveries(store, conversation.id))[-1]
    assert (last.state, last.reason) == ("cancelled", "the contact wrote meanwhile")


async def test_without_a_template_texts_are_held_and_shown(store: Store, bus: Bus, stage: Stage) -> None:
    senders = Senders(store, bus, f"{stage.origin}/graph")
    sender = await senders.one(clients=served(business()))
    conversation = await silent(store, sender)
    await sender.sweep()
    found = await deliveries(store, conversation.id)
    assert [(one.state, one.reason) for one in found] == [("held", "the 24-hour window is closed"), ("pending", None)]
    await senders.close()


async def test_where_meta_calls_the_window_closed_texts_wait_and_the_contact_is_asked(
    store: Store, sender: Sender, stage: Stage
) -> None:
    """By our reckoning it is open: Meta has not counted what they wrote. It takes the parts, and fails them later."""
    await told(store, "APPROVED")
    conversation = await written(store, SCHOOL)
    await queued(store, conversation, UNO, DOS)
    await sender.drain.run(conversation.id)
    await eventually(lambda: len([one for one in stage.endpoint.statuses() if one["status"] == "failed"]) == 2)
    failed = [one for one in stage.endpoint.statuses() if one["status"] == "failed"]
    for one in (*reversed(failed), *failed):
        await sender.receipts.handle([receipt(one["biz_opaque_callback_data"], one["id"], "failed", 131047)])
    for one in failed:  # late, and of the sending that failed
        await sender.receipts.handle([receipt(one["biz_opaque_callback_data"], one["id"], "sent")])
    assert [(one.state, one.code) for one in await deliveries(store, conversation.id)] == [("held", 131047)] * 2
    stage.simulator.graph.conversations.reset()
    for _ in range(3):
        await sender.sweep()
    assert await heard(stage, conversation) == [ASKED]
    await writes_again(store, stage, SCHOOL, conversation)
    await sender.sweep()
    assert await heard(stage, conversation) == [ASKED, "uno", "dos"]


@pytest.mark.parametrize(
    ("language", "asked"), [("en-GB", "Hi Ana, School has an answer."), ("pt", ASKED), (None, ASKED)]
)
async def test_in_the_language_of_the_contact(
    store: Store, bus: Bus, stage: Stage, language: str | None, asked: str
) -> None:
    await forget_everything(store)
    await stage.order("reset")
    english = {**DEFINITION, "language": "en_US", "body": "Hi {{1}}, {{2}} has an answer."}
    await stage.order("graph/templates", templates=[DEFINITION, english])
    senders = Senders(store, bus, f"{stage.origin}/graph")
    spoken = business(templates={"reopen": {**REOPEN, "others": [{**REOPEN, "language": "en_US"}]}})
    sender = await senders.one(clients=served(spoken), sender_window_margin_seconds=MARGIN)
    for code in ("es_AR", "en_US"):
        await told(store, "APPROVED", language=code)
    conversation = await silent(store, sender)
    async with store.transaction() as tx:
        await tx.contacts.save(conversation.contact_id, language=language)
    await sender.sweep()
    assert await heard(stage, conversation) == [asked]
    await senders.close()
