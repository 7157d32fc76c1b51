"""Files of a client's folder, and attached ones: uploaded once for a number, sent by id, or refused before that."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from remanso.bus import Bus
from remanso.model.outgoing import Media
from remanso.store import Store
from remanso.store.conversations import Conversation
from services.console.composer.uploads import Upload
from services.simulator.graph.samples import samples
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import deliveries
from tests.support.senders import Senders
from tests.support.stages import business, queued, served, written
from tests.unit.simulator.graph_server import Stage, running_stage

SCHOOL = business()
PLAN = Media(type="document", file="files/plan.pdf", caption="El plan").payload()


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with running_stage() as running:
        yield running


@pytest.fixture
async def folder(tmp_path: Path, store: Store, stage: Stage) -> Path:
    await forget_everything(store)
    await stage.order("reset")
    (tmp_path / "files").mkdir()
    (tmp_path / "files/plan.pdf").write_bytes(samples()["document"][1])
    (tmp_path / "files/big.png").write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    (tmp_path / "files/run.exe").write_bytes(b"x")
    return tmp_path


@pytest.fixture
async def senders(store: Store, bus: Bus, stage: Stage) -> AsyncIterator[Senders]:
    found = Senders(store, bus, f"{stage.origin}/graph")
    yield found
    await found.close()


async def open_conversation(store: Store, stage: Stage) -> Conversation:
    conversation = await written(store, SCHOOL)
    await stage.open_window(conversation.reply_wa_id or "")
    return conversation


async def uploads(stage: Stage) -> int:
    return len([one for one in await stage.see("graph/requests") if one["kind"] == "media"])


async def test_uploaded_once_whoever_sends_and_again_when_it_has_expired(
    store: Store, senders: Senders, stage: Stage, folder: Path
) -> None:
    conversation = await open_conversation(store, stage)
    for count in (1, 1, 2):
        await queued(store, conversation, PLAN, PLAN)
        await (await senders.one(clients=served(SCHOOL, folder))).drain.run(conversation.id)
        assert await uploads(stage) == count
        if count == 1:
            await let_pass(store, timedelta(days=14, hours=13))
            await stage.open_window(conversation.reply_wa_id or "")
            async with store.transaction() as tx:
                await tx.conversations.lock(conversation.id)
                await tx.connection.exec_driver_sql("UPDATE conversations SET last_inbound_at = now()")
    sent = [one for one in await stage.conversation(conversation.reply_wa_id or "") if one["direction"] == "out"]
    assert [one["payload"]["document"]["filename"] for one in sent] == ["plan.pdf"] * 6
    assert len({one["payload"]["document"]["id"] for one in sent}) == 2


async def test_a_sender_killed_behind_the_upload_does_not_upload_again(
    store: Store, senders: Senders, stage: Stage, folder: Path
) -> None:
    conversation = await open_conversation(store, stage)
    await queued(store, conversation, PLAN)
    await stage.fail("timeout_before")
    slow = await senders.one(clients=served(SCHOOL, folder), graph_timeout_seconds=1.0)
    await slow.drain.run(conversation.id)
    assert [one.state for one in await deliveries(store, conversation.id)] == ["unknown"]
    await let_pass(store, 90)
    await (await senders.one(clients=served(SCHOOL, folder))).drain.run(conversation.id)
    assert [one.state for one in await deliveries(store, conversation.id)] == ["accepted"]
    assert await uploads(stage) == 1


async def test_an_upload_that_meta_has_lost_is_made_anew(
    store: Store, senders: Senders, stage: Stage, folder: Path
) -> None:
    conversation = await open_conversation(store, stage)
    sender = await senders.one(clients=served(SCHOOL, folder))
    await queued(store, conversation, PLAN)
    await sender.drain.run(conversation.id)
    stage.simulator.graph.media.reset()
    await queued(store, conversation, PLAN)
    await sender.drain.run(conversation.id)
    await let_pass(store, 60)
    await sender.drain.run(conversation.id)
    assert [one.state for one in await deliveries(store, conversation.id)] == ["accepted", "accepted"]
    assert await uploads(stage) == 2


async def test_trouble_of_an_upload_is_tried_again(store: Store, senders: Senders, stage: Stage, folder: Path) -> None:
    conversation = await open_conversation(store, stage)
    sender = await senders.one(clients=served(SCHOOL, folder))
    await stage.fail("http", http=503, on="media")
    await queued(store, conversation, PLAN)
    await sender.drain.run(conversation.id)
    (waiting,) = await deliveries(store, conversation.id)
    assert (waiting.state, waiting.reason) == ("pending", "503 for an upload")
    await let_pass(store, 60)
    await sender.drain.run(conversation.id)
    assert [one.state for one in await deliveries(store, conversation.id)] == ["accepted"]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("files/big.png", "image may have from 1 to 5242880 bytes"),
        ("files/run.exe", "cannot be sent as image"),
        ("files/none.png", "no such file"),
    ],
)
async def test_what_whatsapp_does_not_take_is_refused_before_it_leaves(
    store: Store, senders: Senders, stage: Stage, folder: Path, file: str, said: str
) -> None:
    conversation = await open_conversation(store, stage)
    await queued(store, conversation, Media(type="image", file=file).payload(), {"type": "text", "text": "sigue"})
    await (await senders.one(clients=served(SCHOOL, folder))).drain.run(conversation.id)
    refused, text = await deliveries(store, conversation.id)
    assert (refused.state, text.state) == ("failed", "accepted")
    assert said in (refused.reason or "")
    assert await uploads(stage) == 0


async def test_an_attached_file_goes_from_its_row_and_its_bytes_stay_until_it_went(
    store: Store, senders: Senders, stage: Stage, folder: Path
) -> None:
    """Also by a sender that never saw who attached it; what is due to be forgotten waits for what is to be sent."""
    conversation = await open_conversation(store, stage)
    photo = Upload("foto.png", "image/png", "image", samples()["image"][1])
    await attached(store, conversation, photo, Media(type="image", attachment=photo.id, caption="Así queda"))
    await let_pass(store, timedelta(hours=2))
    assert await forgotten(store) == 0
    sender = await senders.one(clients=served(SCHOOL, folder))
    await sender.drain.run(conversation.id)
    (sent,) = [one for one in await stage.conversation(conversation.reply_wa_id or "") if one["direction"] == "out"]
    assert stage.simulator.graph.media.get(sent["payload"]["image"]["id"]).content == photo.content
    assert sent["payload"]["image"]["caption"] == "Así queda"
    assert await forgotten(store) == 1
    await queued(store, conversation, Media(type="document", attachment=photo.id).payload())
    await sender.drain.run(conversation.id)
    late = (await deliveries(store, conversation.id))[-1]
    assert (late.state, late.reason) == ("failed", "the attached file is not kept any more")


async def attached(store: Store, conversation: Conversation, file: Upload, message: Media) -> None:
    async with store.transaction() as tx:
        await tx.attachments.add(conversation.id, file, timedelta(hours=1))
    await queued(store, conversation, message.payload())


async def forgotten(store: Store) -> int:
    async with store.transaction() as tx:
        return await tx.attachments.forget(10)
