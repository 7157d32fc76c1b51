"""E-mails to the team, against a real mail server: one for each person and handoff, whoever is killed on the way."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.scoped import Scope
from services.console.console import Console
from services.console.forgetting import Forgetting
from services.console.mail.post import LEASE, MOST_TRIES, Post
from tests.support.child import child
from tests.support.clock import let_pass
from tests.support.console import SCHOOL, SECRET, Visitors, a_user
from tests.support.mail import MailServer
from tests.support.scene import a_conversation

HOLD = timedelta(hours=48)


async def handed_off(store: Store) -> Conversation:
    conversation = await a_conversation(store)
    async with store.transaction() as tx:
        await tx.takeovers.hand_off(conversation.id, "pide hablar con\nuna persona", HOLD)
    return conversation


async def test_each_person_of_the_team_is_told_once_of_each_handoff(
    mailing: Console, store: Store, server: MailServer
) -> None:
    ana, beto = await a_user(store, school="member"), await a_user(store, school="admin")
    quiet, stranger = await a_user(store, school="member"), await a_user(store, academy="member")
    async with store.transaction() as tx:
        await tx.users.want_handoffs(quiet.id, False)
    conversation = await handed_off(store)
    await asyncio.gather(*(Post(mailing).sweep() for _ in range(4)))
    await Post(mailing).sweep()
    assert [len(server.to(each.email)) for each in (ana, beto, quiet, stranger)] == [1, 1, 0, 0]
    (mail,) = server.to(ana.email)
    assert mail["Subject"].endswith("pide una persona")
    text = mail.get_content()
    assert f"http://console.test/conversations/{conversation.id}" in text
    assert "pide hablar con una persona" in text
    assert not re.search(r"\d{8}", text.replace(str(conversation.id), ""))  # nobody's number
    async with store.transaction() as tx:
        views = tx.within(_scope())
        await views.holding.lock(conversation.id)
        await views.holding.hand_back(conversation.id, "Ana")
        await tx.takeovers.hand_off(conversation.id, "otra vez", HOLD)
    await Post(mailing).sweep()
    assert len(server.to(ana.email)) == 2


async def test_that_nobody_came_is_told_once_until_it_is_seen_to(
    mailing: Console, store: Store, server: MailServer
) -> None:
    """A handoff in the same talk is news again, and so is that nobody came to that one either."""
    ana = await a_user(store, school="member")
    conversation = await handed_off(store)
    for news in (2, 4):
        await Post(mailing).sweep()
        await let_pass(store, HOLD * 1.1)
        async with store.transaction() as tx:
            await tx.takeovers.end_expired(10)
        for _ in range(3):
            await Post(mailing).sweep()
            await Forgetting(store).sweep()
            await let_pass(store, timedelta(days=40))
        assert len(server.to(ana.email)) == news
        async with store.transaction() as tx:
            await tx.takeovers.hand_off(conversation.id, "otra vez", HOLD)
    assert [mail["Subject"].split(": ")[1].split()[0] for mail in server.to(ana.email)] == ["Ana", "nadie"] * 2
    assert "nadie atendió a tiempo" in server.to(ana.email)[1].get_content()


async def test_nobody_is_told_where_somebody_came_first(
    mailing: Console, store: Store, server: MailServer, visitors: Visitors
) -> None:
    ana = await a_user(store, school="member")
    conversation = await handed_off(store)
    server.answer = "451 later"
    await Post(mailing).sweep()
    browser = await visitors.as_user(ana)
    await browser.post(f"/conversations/{conversation.id}/take-over")
    server.answer = "250 OK"
    await let_pass(store, timedelta(minutes=5))
    await Post(mailing).sweep()
    assert server.mails == []
    assert await states(store) == {"moot": 1}


async def test_a_server_that_is_away_is_asked_again_and_one_that_refuses_is_not(
    mailing: Console, store: Store, server: MailServer
) -> None:
    await a_user(store, school="member")
    await handed_off(store)
    away = replace(mailing, settings=mailing.settings.model_copy(update={"console_smtp_port": 1}))
    await Post(away).sweep()
    await Post(away).sweep()
    assert await states(store) == {"waiting": 1}
    await let_pass(store, timedelta(seconds=31))
    await Post(mailing).sweep()
    assert (len(server.mails), await states(store)) == (1, {"sent": 1})
    await a_user(store, school="member")
    server.answer = "550 no such user"
    await Post(mailing).sweep()
    assert await states(store) == {"sent": 1, "failed": 1}
    await a_user(store, school="member")
    for _ in range(MOST_TRIES):
        await Post(away).sweep()
        await let_pass(store, timedelta(hours=1))
    assert await states(store) == {"sent": 1, "failed": 2}


@pytest.mark.parametrize(("killed_at", "arrive"), [("RCPT", 1), ("DATA", 2)])
async def test_a_console_killed_while_it_sends_loses_nothing(
    killed_at: str, arrive: int, mailing: Console, store: Store, server: MailServer, database_url: str, amqp_url: str
) -> None:
    """Killed between the server's having it and our knowing so it goes again: as the same message, by its id."""
    ana = await a_user(store, school="member")
    await handed_off(store)
    server.stuck_at = killed_at
    async with a_console_process(database_url, amqp_url, server.port):
        async with asyncio.timeout(30):
            await server.reached.wait()
    server.stuck_at = ""
    await Post(mailing).sweep()
    assert len(server.to(ana.email)) == arrive - 1
    await let_pass(store, LEASE)
    await Post(mailing).sweep()
    assert len(server.to(ana.email)) == arrive
    assert len({mail["Message-ID"] for mail in server.mails}) == 1
    assert await states(store) == {"sent": 1}


async def test_what_the_server_has_is_settled_before_the_farewell(
    mailing: Console, store: Store, server: MailServer
) -> None:
    """A farewell that hangs, or is cut off, is no reason to send it again."""
    await a_user(store, school="member")
    await handed_off(store)
    server.stuck_at = "QUIT"
    sending = asyncio.create_task(Post(mailing).sweep())
    async with asyncio.timeout(30):
        await server.reached.wait()
    assert await states(store) == {"sent": 1}
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_no_letter_is_begun_once_the_process_stops(mailing: Console, store: Store, server: MailServer) -> None:
    await a_user(store, school="member")
    await handed_off(store)
    stopping = asyncio.Event()
    stopping.set()
    await Post(mailing, stopping).sweep()
    assert (server.mails, await states(store)) == ([], {"waiting": 1})


async def test_a_link_that_is_good_no_more_is_not_sent(mailing: Console, store: Store, server: MailServer) -> None:
    visitors = Visitors.of(mailing)
    admin = await visitors.as_user(await a_user(store, school="admin"))
    await admin.post("/clients/school/team/invitations", email="nueva@example.org", role="member")
    async with store.transaction() as tx:
        views = tx.within(_scope())
        assert await views.members.withdraw(SCHOOL, (await views.members.invitations(SCHOOL))[-1].id)
    await Post(mailing).sweep()
    assert (server.mails, await states(store)) == ([], {"moot": 1})
    for http in visitors.open:
        await http.aclose()


async def test_links_go_by_mail_and_lie_nowhere_in_the_clear(
    mailing: Console, store: Store, server: MailServer
) -> None:
    visitors = Visitors.of(mailing)
    colleague = await a_user(store, school="member")
    admin = await visitors.as_user(await a_user(store, school="admin"))
    page = await admin.post("/clients/school/team/invitations", email="nueva@example.org", role="member")
    link = re.findall(r"http://console\.test/invitations/[\w-]+", page.text)[0]
    await admin.post(f"/clients/school/team/members/{colleague.id}/reset")
    async with store.transaction() as tx:
        rows = (await tx.connection.exec_driver_sql("SELECT letters::text FROM letters")).scalars().all()
    assert len(rows) == 2
    assert not any(link.rpartition("/")[2] in row or "/resets/" in row for row in rows)
    await Post(mailing).sweep()
    assert link in server.to("nueva@example.org")[0].get_content()
    reset = re.findall(r"/resets/[\w-]+", server.to(colleague.email)[0].get_content())[0]
    assert (await visitors.browser().get(reset)).status_code == 200
    async with store.transaction() as tx:
        left = await tx.connection.exec_driver_sql("SELECT count(*) FROM letters WHERE sealed IS NOT NULL")
    assert left.scalar_one() == 0
    for http in visitors.open:
        await http.aclose()


@asynccontextmanager
async def a_console_process(database_url: str, amqp_url: str, smtp_port: int) -> AsyncIterator[None]:
    """The real program; killed without a word at the end of the block."""
    environment = {
        "REMANSO_DATABASE_URL": database_url,
        "REMANSO_AMQP_URL": amqp_url,
        "REMANSO_HTTP_PORT": "0",
        "REMANSO_CONSOLE_SECRET": SECRET,
        "REMANSO_CONSOLE_URL": "http://console.test",
        "REMANSO_CONSOLE_SMTP_HOST": "127.0.0.1",
        "REMANSO_CONSOLE_SMTP_PORT": str(smtp_port),
        "REMANSO_CONSOLE_SMTP_SECURITY": "none",
        "REMANSO_CONSOLE_SMTP_FROM": "bot@example.org",
    }
    program = "import runpy; runpy.run_module('services.console', run_name='__main__')"
    async with child(program, environment) as running:
        yield
        running.process.kill()


async def states(store: Store) -> dict[str, int]:
    async with store.transaction() as tx:
        found = await tx.connection.exec_driver_sql(
            "SELECT jsonb_object_agg(state, count) FROM (SELECT state, count(*) FROM letters GROUP BY state) counted"
        )
        counted: dict[str, int] = found.scalar_one()
        return counted


def _scope() -> Scope:
    return Scope(frozenset({SCHOOL}))
