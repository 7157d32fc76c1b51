"""Inviting, changing and removing people."""

import re

from remanso.store import Store
from remanso.store.scoped import Scope
from tests.support.console import SCHOOL, Visitors, a_user


def link_in(page: str) -> str:
    found = re.search(r"http://console\.test(/(?:invitations|resets)/[\w-]+)", page)
    assert found, page
    return found[1]


async def test_an_invitation_is_good_once(visitors: Visitors, store: Store) -> None:
    admin = await visitors.as_user(await a_user(store, school="admin"))
    link = link_in((await admin.post("/clients/school/team/invitations", email="New@Example.org", role="member")).text)
    newcomer = visitors.browser()
    assert (await newcomer.post(link, name="Nueva", password="short")).status_code == 422
    assert (await newcomer.post(link, name="Nueva", password="una frase bastante larga")).headers["location"] == "/"
    assert (await newcomer.get("/account")).status_code == 200
    assert (await newcomer.get("/clients/school/team")).status_code == 403
    assert (await visitors.browser().post(link, name="Otra", password="una frase bastante larga")).status_code == 404
    async with store.transaction() as tx:
        deeds = [deed.action for deed in await tx.within(Scope(frozenset({SCHOOL}))).deeds.latest(SCHOOL, 2)]
    assert deeds == ["member.joined", "member.invited"]


async def test_who_has_an_account_joins_with_it_and_with_no_other(visitors: Visitors, store: Store) -> None:
    admin = await visitors.as_user(await a_user(store, school="admin"))
    known, stranger = await a_user(store, academy="member"), await a_user(store, academy="member")
    link = link_in((await admin.post("/clients/school/team/invitations", email=known.email)).text)
    assert (await visitors.browser().get(link)).headers["location"].startswith("/login")
    assert (await (await visitors.as_user(stranger)).post(link)).status_code == 422
    assert (await (await visitors.as_user(known)).post(link)).status_code == 303
    async with store.transaction() as tx:
        assert await tx.users.roles(known.id) == {"academy": "member", "school": "member"}


async def test_a_reset_link_is_not_a_way_up(visitors: Visitors, store: Store) -> None:
    """Who administers one team sets no password of somebody who may go where they may not."""
    admin = await visitors.as_user(await a_user(store, school="admin"))
    plain, elsewhere = await a_user(store, school="member"), await a_user(store, school="member", academy="member")
    operator = await a_user(store, operator=True, school="member")
    for user in (elsewhere, operator):
        assert (await admin.post(f"/clients/school/team/members/{user.id}/reset")).status_code == 403
    link = link_in((await admin.post(f"/clients/school/team/members/{plain.id}/reset")).text)
    before = await visitors.as_user(plain)
    browser = visitors.browser()
    assert (await browser.post(link, password="una frase bastante larga")).headers["location"] == "/login?done=password"
    assert (await browser.post(link, password="una frase bastante larga")).status_code == 404
    assert (await before.get("/account")).status_code == 303
    told = await browser.post("/login", email=plain.email, password="una frase bastante larga")
    assert told.status_code == 303


async def test_the_last_admin_stays(visitors: Visitors, store: Store) -> None:
    user = await a_user(store, lonely="admin")
    visitors.console.registry.clients["lonely"] = visitors.console.registry.clients["school"]
    browser = await visitors.as_user(user)
    assert (await browser.post(f"/clients/lonely/team/members/{user.id}/remove")).status_code == 422
    assert (await browser.post(f"/clients/lonely/team/members/{user.id}/role", role="member")).status_code == 422
    async with store.transaction() as tx:
        assert await tx.users.roles(user.id) == {"lonely": "admin"}
