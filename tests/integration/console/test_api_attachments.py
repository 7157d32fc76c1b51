"""Files through the API: added by their bytes, then named by messages; kept like people's own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from remanso.store import Store
from services.console.composer.attaching import UNSAID
from services.console.console import Console
from services.simulator.graph.samples import samples
from tests.support.api import Program, a_key, program
from tests.support.clock import let_pass
from tests.support.console import ACADEMY, CHANNELS, Visitors, a_user
from tests.support.scene import a_conversation, deliveries
from tests.support.school import config

PICTURE = samples()["image"][1]
PDF = b"%PDF-1.7\n"


@pytest.fixture
async def crm(console: Console, store: Store) -> AsyncIterator[Program]:
    token, _ = await a_key(store)
    async with program(console, token) as caller:
        yield caller


async def taken(crm: Program, store: Store) -> UUID:
    conversation = await a_conversation(store)
    assert (await crm.post(f"/conversations/{conversation.id}/take-over")).status_code == 200
    return conversation.id


async def say(crm: Program, conversation_id: UUID, attachment_id: object, kind: str = "image", **more: Any) -> Any:
    message = {"type": kind, "attachment_id": str(attachment_id), **more}
    return await crm.post(f"/conversations/{conversation_id}/messages", message)


async def kept(store: Store, conversation_id: UUID) -> list[tuple[UUID, bool]]:
    """The conversation's files, and of each whether its bytes are there."""
    async with store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT id, content IS NOT NULL FROM attachments WHERE conversation_id = :id ORDER BY created_at"),
            {"id": conversation_id},
        )
        return [tuple(row) for row in found.all()]


async def test_a_file_is_added_then_said_and_comes_back_whole(crm: Program, store: Store, visitors: Visitors) -> None:
    conversation_id = await taken(crm, store)
    added = await crm.attach(conversation_id, "foto.jpg", PICTURE)
    assert added.status_code == 201, added.text
    told = added.json()
    assert (told["type"], told["size"], told["filename"]) == ("image", len(PICTURE), "foto.jpg")
    said = await say(crm, conversation_id, told["id"], caption="Así queda")
    assert said.status_code == 201, said.text
    (sent,) = await deliveries(store, conversation_id)
    assert (sent.payload["attachment"], sent.payload["caption"]) == (told["id"], "Así queda")
    message_id = said.json()["id"].removeprefix("message-")
    file = await crm.get(f"/conversations/{conversation_id}/messages/{message_id}/file")
    assert (file.content, file.headers["content-type"]) == (PICTURE, told["mime_type"])
    page = await (await visitors.as_user(await a_user(store, school="member"))).get(f"/conversations/{conversation_id}")
    assert f"/media/{message_id}" in page.text
    document = (await crm.attach(conversation_id, "programa.pdf", PDF)).json()
    assert (await say(crm, conversation_id, document["id"], "document")).status_code == 201
    assert (await deliveries(store, conversation_id))[-1].payload["filename"] == "programa.pdf"


async def test_the_same_upload_twice_is_one_file_whatever_divides_its_form(crm: Program, store: Store) -> None:
    conversation_id = await taken(crm, store)
    answers = await asyncio.gather(*(crm.attach(conversation_id, "a.jpg", PICTURE, once="u1") for _ in range(3)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.text for each in answers}) == 1
    assert len(await kept(store, conversation_id)) == 1
    for other in (("b.jpg", PICTURE), ("a.jpg", PDF)):
        assert (await crm.attach(conversation_id, *other, once="u1")).json()["code"] == "key_reused"


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("page.html", b"<script>document.title='x'</script>", 422, "file_kind"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>", 422, "file_kind"),
        ("foto.png", b"", 422, "file_kind"),
        ("foto.jpg", PICTURE.ljust(5 * 1024 * 1024 + 1, b"\0"), 413, "file_large"),
        ("a.pdf", PDF.ljust(16 * 1024 * 1024 + 1, b"\0"), 413, "file_large"),
    ],
)
async def test_what_whatsapp_would_refuse_is_refused_with_nothing_kept(
    name: str, content: bytes, status: int, code: str, crm: Program, store: Store
) -> None:
    conversation_id = await taken(crm, store)
    answer = await crm.attach(conversation_id, name, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await kept(store, conversation_id) == []


async def test_a_file_is_said_as_what_it_is_from_one_place_and_a_sound_without_words(
    crm: Program, store: Store
) -> None:
    conversation_id = await taken(crm, store)
    picture = (await crm.attach(conversation_id, "foto.jpg", PICTURE)).json()["id"]
    sound = (await crm.attach(conversation_id, "nota.mp3", b"ID3\x04")).json()["id"]
    assert (await say(crm, conversation_id, picture, "document")).json()["code"] == "file_kind"
    assert (await say(crm, conversation_id, sound, "audio", caption="escuchá")).json()["code"] == "file_buttons"
    both = await say(crm, conversation_id, picture, link="https://x.example/a.png")
    neither = await crm.post(f"/conversations/{conversation_id}/messages", {"type": "image"})
    assert (both.status_code, neither.status_code) == (422, 422)
    assert await deliveries(store, conversation_id) == []


async def test_nobody_but_the_holder_leaves_bytes_here(crm: Program, store: Store, console: Console) -> None:
    held, free = await taken(crm, store), await a_conversation(store)
    refused = await crm.attach(free.id, "foto.jpg", PICTURE)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    reading, _ = await a_key(store, scopes=["read"])
    async with program(console, reading) as reader:
        assert (await reader.attach(held, "foto.jpg", PICTURE)).status_code == 403
    assert await kept(store, held) + await kept(store, free.id) == []


async def test_other_conversations_files_are_not_there(crm: Program, store: Store, console: Console) -> None:
    """Neither another client's, nor one's own of somebody else: a picture goes to whom it was added for."""
    mine, other = await taken(crm, store), await taken(crm, store)
    business = config(ACADEMY, CHANNELS[ACADEMY])
    theirs, (token, _) = await a_conversation(store, business=business), await a_key(store, ACADEMY)
    assert (await crm.attach(theirs.id, "foto.jpg", PICTURE)).status_code == 404
    async with program(console, token) as stranger:
        assert (await stranger.post(f"/conversations/{theirs.id}/take-over")).status_code == 200
        stolen = (await stranger.attach(theirs.id, "foto.jpg", PICTURE)).json()["id"]
    elsewhere = (await crm.attach(other, "foto.jpg", PICTURE)).json()["id"]
    for attachment_id in (stolen, elsewhere, uuid4()):
        answer = await say(crm, mine, attachment_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "file_gone")
    assert await deliveries(store, mine) == []


async def test_what_nobody_says_is_deleted_after_a_day_and_what_is_said_stays(crm: Program, store: Store) -> None:
    conversation_id = await taken(crm, store)
    said, unsaid = [(await crm.attach(conversation_id, "foto.jpg", PICTURE)).json()["id"] for _ in range(2)]
    await say(crm, conversation_id, said)
    await let_pass(store, UNSAID)
    await forget(store)
    assert await kept(store, conversation_id) == [(UUID(said), True)]
    assert (await say(crm, conversation_id, unsaid)).json()["code"] == "file_gone"
    async with store.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
    await let_pass(store, timedelta(days=7))
    await forget(store)
    assert await kept(store, conversation_id) == [(UUID(said), False)]


async def forget(store: Store) -> None:
    """As the agent's sweep."""
    async with store.transaction() as tx:
        await tx.attachments.forget(100)
