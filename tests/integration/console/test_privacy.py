"""A client's administrator downloads what is held about a contact, and has the contact forgotten."""

import json
from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

import pytest

from remanso.store import Store
from tests.support.console import SCHOOL, Belongings, Browser, Visitors, a_user, belongings


@pytest.fixture
async def scene(store: Store, visitors: Visitors) -> tuple[Browser, Belongings]:
    me = await a_user(store, school="admin")
    return await visitors.as_user(me), await belongings(store, SCHOOL, me)


def at(contact: UUID, rest: str = "") -> str:
    return f"/clients/{SCHOOL}/contacts/{contact}/privacy{rest}"


async def deeds(store: Store) -> list[tuple[str, str | None]]:
    async with store.transaction() as tx:
        from remanso.store.scoped import Scope

        return [(deed.action, deed.subject) for deed in await tx.within(Scope(None)).deeds.latest(SCHOOL)]


async def test_an_archive_holds_rows_and_files(scene: tuple[Browser, Belongings], store: Store) -> None:
    browser, mine = scene
    answer = await browser.post(at(mine.contact_id, "/archive"))
    with ZipFile(BytesIO(answer.content)) as archive:
        document = json.loads(archive.read("contact.json"))
        (file,) = document["files"]
        assert archive.read(file["path"]) == b"\x89PNG"
    assert document["contact_id"] == str(mine.contact_id)
    assert len(document["tables"]["messages"]) == 1
    assert (await deeds(store))[0] == ("contact.exported", f"contact:{mine.contact_id}")


async def test_forgetting_asks_for_the_word_and_leaves_a_deed_without_a_name(
    scene: tuple[Browser, Belongings], store: Store
) -> None:
    browser, mine = scene
    page = await browser.get(f"/conversations/{mine.conversation_id}")
    assert at(mine.contact_id) in page.text
    refused = await browser.post(at(mine.contact_id, "/forget"), confirmed="sí")
    assert refused.status_code == 422 and "OLVIDAR" in refused.text
    done = await browser.post(at(mine.contact_id, "/forget"), confirmed=" Olvidar ")
    assert done.status_code == 303
    for gone in (f"/conversations/{mine.conversation_id}", at(mine.contact_id)):
        assert (await browser.get(gone)).status_code == 404
    found = await deeds(store)
    assert found[0] == ("contact.forgotten", None)
    assert not any(str(mine.contact_id) in (subject or "") for _, subject in found)


async def test_a_member_does_neither(store: Store, visitors: Visitors) -> None:
    me = await a_user(store, school="member")
    browser, mine = await visitors.as_user(me), await belongings(store, SCHOOL, me)
    assert (await browser.post(at(mine.contact_id, "/archive"))).status_code == 403
    assert (await browser.post(at(mine.contact_id, "/forget"), confirmed="olvidar")).status_code == 403
    assert at(mine.contact_id) not in (await browser.get(f"/conversations/{mine.conversation_id}")).text
