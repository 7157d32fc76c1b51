"""Files that people send: kept with their delivery or not at all, checked by their bytes, never run in a browser."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from remanso.store import Store
from services.simulator.graph.samples import samples
from tests.support.clock import let_pass
from tests.support.console import Browser, Visitors, a_user
from tests.support.scene import a_conversation, deliveries

PICTURE = samples()["image"][1]
PDF = b"%PDF-1.7\n"
SAME_SITE = {"sec-fetch-site": "same-origin"}


async def holder(visitors: Visitors, conversation_id: UUID) -> Browser:
    browser = await visitors.as_user(await a_user(visitors.console.store, school="member"))
    assert (await browser.post(f"/conversations/{conversation_id}/take-over")).status_code == 303
    return browser


async def attach(
    browser: Browser, conversation_id: UUID, name: str, content: bytes, key: str | None = None, **form: str
) -> httpx.Response:
    return await browser.http.post(
        f"/conversations/{conversation_id}/say",
        data={"key": key or str(uuid4()), **form},
        files={"file": (name, content, "image/png")},
        headers=SAME_SITE,
    )


async def test_the_bytes_are_kept_with_the_delivery_and_shown_to_the_team(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    browser = await holder(visitors, conversation.id)
    answers = await asyncio.gather(
        *(attach(browser, conversation.id, "foto.jpg", PICTURE, key="k1", text="Así queda") for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {303}
    (sent,) = await deliveries(store, conversation.id)
    assert (sent.payload["type"], sent.payload["caption"]) == ("image", "Así queda")
    async with store.transaction() as tx:
        kept = await tx.attachments.get(conversation.id, UUID(sent.payload["attachment"]))
        (said,) = [each for each in await tx.messages.of_conversation(conversation.id) if each.author == "human"]
    assert kept
    assert kept.content == PICTURE
    at = f"/conversations/{conversation.id}/media/{said.id}"
    assert at in (await browser.get(f"/conversations/{conversation.id}")).text
    shown = await browser.get(at)
    assert (shown.content, shown.headers["content-disposition"][:6]) == (PICTURE, "inline")
    stranger = await visitors.as_user(await a_user(store, academy="admin"))
    assert (await stranger.get(at)).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("page.html", b"<script>document.title='x'</script>", {}),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>", {}),
        ("foto.png", b"<script>document.title='x'</script>", {}),
        ("foto.png", b"", {}),
        ("foto.png", PICTURE.ljust(5 * 1024 * 1024 + 1, b"\0"), {}),
        ("foto.png", PICTURE, {"button": "Sí"}),
        ("nota.mp3", b"ID3\x04", {"text": "escuchá"}),
        ("foto.png", PICTURE, {"text": "x" * 1025}),
    ],
)
async def test_what_whatsapp_would_refuse_is_refused_with_nothing_kept(
    name: str, content: bytes, form: dict[str, str], visitors: Visitors, store: Store
) -> None:
    conversation = await a_conversation(store)
    answer = await attach(await holder(visitors, conversation.id), conversation.id, name, content, **form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert await deliveries(store, conversation.id) == []
    assert await kept_files(store, conversation.id) == 0


async def test_nobody_but_the_holder_leaves_bytes_here(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    await holder(visitors, conversation.id)
    other = await visitors.as_user(await a_user(store, school="member"))
    assert (await attach(other, conversation.id, "foto.png", PICTURE)).status_code == 422
    stranger = await visitors.as_user(await a_user(store, academy="member"))
    assert (await attach(stranger, conversation.id, "foto.png", PICTURE)).status_code == 404
    assert await kept_files(store, conversation.id) == 0


async def test_the_largest_file_passes_and_one_byte_more_is_told_so(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    browser = await holder(visitors, conversation.id)
    exactly = PDF.ljust(visitors.console.settings.largest_upload, b"\0")
    assert (await attach(browser, conversation.id, "a.pdf", exactly)).status_code == 303
    assert (await attach(browser, conversation.id, "a.pdf", exactly + b"\0")).status_code == 422


async def test_a_player_gets_the_part_that_it_asks_for(visitors: Visitors, store: Store) -> None:
    """Without parts iPhones play nothing, and no browser knows how long a voice note is."""
    conversation = await a_conversation(store)
    browser = await holder(visitors, conversation.id)
    await attach(browser, conversation.id, "foto.png", PICTURE)
    async with store.transaction() as tx:
        (said,) = [each for each in await tx.messages.of_conversation(conversation.id) if each.author == "human"]
    path = f"/conversations/{conversation.id}/media/{said.id}"
    part = await browser.get(path, headers={"range": "bytes=2-3"})
    assert (part.status_code, part.content) == (206, PICTURE[2:4])
    assert part.headers["content-range"] == f"bytes 2-3/{len(PICTURE)}"
    assert part.headers["content-length"] == "2"
    assert part.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await browser.get(path, headers={"range": f"bytes={len(PICTURE)}-"})).status_code == 416
    whole = await browser.get(path)
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, PICTURE, "bytes")


async def test_a_document_is_only_ever_downloaded(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    browser = await holder(visitors, conversation.id)
    text = b"<script>document.title='x'</script>"
    await attach(browser, conversation.id, '"><script>x.txt', text)
    async with store.transaction() as tx:
        (said,) = [each for each in await tx.messages.of_conversation(conversation.id) if each.author == "human"]
    file = await browser.get(f"/conversations/{conversation.id}/media/{said.id}")
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert file.headers["x-content-type-options"] == "nosniff"
    await let_pass(store, timedelta(days=8))
    async with store.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
        assert await tx.attachments.forget(100) >= 1
    assert (await browser.get(f"/conversations/{conversation.id}/media/{said.id}")).status_code == 410


async def kept_files(store: Store, conversation_id: UUID) -> int:
    async with store.transaction() as tx:
        found = await tx.connection.exec_driver_sql(
            "SELECT count(*) FROM attachments WHERE conversation_id = $1", (conversation_id,)
        )
        return int(found.scalar_one())
