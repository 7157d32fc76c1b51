"""Asking for a new password oneself: nobody learns who has an account, nobody is flooded, and a link is good once."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from remanso.store import Store
from remanso.store.users import User
from services.console.console import Console
from services.console.login.guessing import MOST_BY_ADDRESS
from services.console.mail.links import FORGOTTEN_LASTS
from services.console.mail.post import Post
from services.console.reset.forgotten import SPAN
from tests.support.clock import let_pass
from tests.support.console import PASSWORD, Browser, Visitors, a_user
from tests.support.mail import MailServer
from tests.support.statements import statements

NEW = "un gato en la luna"


@pytest.fixture
async def strangers(mailing: Console) -> AsyncIterator[Visitors]:
    """Browsers on a console that sends mail."""
    visitors = Visitors.of(mailing)
    yield visitors
    for http in visitors.open:
        await http.aclose()


async def ask(browser: Browser, email: str) -> tuple[int, str]:
    answer = await browser.post("/login/forgotten", email=email)
    return answer.status_code, answer.text.replace(email.lower(), "ADDRESS")


async def link_in(mailing: Console, server: MailServer, user: User) -> str:
    """The path of the link in the newest letter."""
    await Post(mailing).sweep()
    return str(re.findall(r"/resets/[\w-]+", server.to(user.email)[-1].get_content())[0])


async def signs_in(visitors: Visitors, user: User, password: str) -> bool:
    answer = await visitors.browser().post("/login", email=user.email, password=password)
    return answer.status_code == 303


async def test_a_letter_a_link_a_new_password_and_everybody_else_is_out(
    strangers: Visitors, mailing: Console, store: Store, server: MailServer
) -> None:
    user = await a_user(store, school="member")
    stolen = await strangers.as_user(user)
    assert "/login/forgotten" in (await strangers.browser().get("/login")).text
    assert (await ask(strangers.browser(), user.email.upper()))[0] == 200
    link = await link_in(mailing, server, user)
    assert (await stolen.get("/account")).status_code == 200, "nothing has changed yet"
    assert await signs_in(strangers, user, PASSWORD)
    owner = strangers.browser()
    assert (await owner.get(link)).status_code == 200
    assert (await owner.post(link, password="corta")).status_code == 422
    assert (await owner.post(link, password=NEW)).headers["location"] == "/login?done=password"
    assert (await stolen.get("/account")).status_code == 303
    assert not await signs_in(strangers, user, PASSWORD)
    assert await signs_in(strangers, user, NEW)
    assert (await owner.post(link, password="otra contraseña más")).status_code == 404
    async with store.transaction() as tx:
        deeds = await tx.connection.execute(
            text("SELECT action FROM audit WHERE user_id = :id ORDER BY id"), {"id": user.id}
        )
        assert list(deeds.scalars())[:1] == ["password.forgotten"]
        assert await tx.connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'password.reset'")) == 1


async def test_whether_there_is_an_account_shows_in_nothing_that_is_answered_or_done(
    strangers: Visitors, mailing: Console, store: Store, server: MailServer
) -> None:
    """The same words, and the same statements in the same order: so the same time, too."""
    user = await a_user(store, school="member")
    await ask(strangers.browser(), "warm@example.org")
    with statements() as for_somebody:
        known = await ask(strangers.browser(), user.email)
    with statements() as for_nobody:
        unknown = await ask(strangers.browser(), "nobody@example.org")
    assert known == unknown
    assert for_somebody == for_nobody
    assert not any("users" in each for each in for_nobody)
    await Post(mailing).sweep()
    assert [mail["To"] for mail in server.mails] == [user.email]


async def test_an_address_gets_one_letter_in_a_while_however_often_it_is_asked_for(
    strangers: Visitors, mailing: Console, store: Store, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await a_user(store, school="member")
    asked = await asyncio.gather(*(ask(strangers.browser(), user.email) for _ in range(6)))
    assert {status for status, _ in asked} == {200}
    await asyncio.gather(*(Post(mailing).sweep() for _ in range(3)))
    assert len(server.to(user.email)) == 1
    monkeypatch.setattr("services.console.reset.forgotten.SPAN", SPAN / 7)
    await ask(strangers.browser(), user.email)
    newest = await link_in(mailing, server, user)
    first = re.findall(r"/resets/[\w-]+", server.to(user.email)[0].get_content())[0]
    assert len(server.to(user.email)) == 2
    assert [(await strangers.browser().get(link)).status_code for link in (first, newest)] == [404, 200]


async def test_whoever_asks_for_many_is_slowed_down(strangers: Visitors, store: Store) -> None:
    answers = [await ask(strangers.browser(), f"{number}@example.org") for number in range(MOST_BY_ADDRESS + 1)]
    assert [status for status, _ in answers].count(200) == MOST_BY_ADDRESS
    assert answers[-1][0] == 429
    user = await a_user(store, school="member")
    assert await signs_in(strangers, user, PASSWORD), "asking is not guessing"
    await let_pass(store, SPAN)
    assert (await ask(strangers.browser(), user.email))[0] == 200


async def test_a_link_is_good_for_an_hour_and_a_late_letter_is_not_sent(
    strangers: Visitors, mailing: Console, store: Store, server: MailServer
) -> None:
    user = await a_user(store, school="member")
    await ask(strangers.browser(), user.email)
    server.answer = "451 later"
    await Post(mailing).sweep()
    await let_pass(store, FORGOTTEN_LASTS + timedelta(seconds=1))
    server.answer = "250 OK"
    await Post(mailing).sweep()
    assert server.mails == []
    await let_pass(store, SPAN)
    async with store.transaction() as tx:
        await tx.connection.execute(text("DELETE FROM letters"))
    await ask(strangers.browser(), user.email)
    link = await link_in(mailing, server, user)
    await let_pass(store, FORGOTTEN_LASTS + timedelta(seconds=1))
    assert (await strangers.browser().post(link, password=NEW)).status_code == 404
    assert await signs_in(strangers, user, PASSWORD)


async def test_a_letter_is_tried_again_with_the_same_link(
    strangers: Visitors, mailing: Console, store: Store, server: MailServer
) -> None:
    user = await a_user(store, school="member")
    await ask(strangers.browser(), user.email)
    server.answer = "451 later"
    await Post(mailing).sweep()
    async with store.transaction() as tx:
        before = await tx.connection.scalar(text("SELECT sealed FROM letters"))
    await let_pass(store, timedelta(minutes=2))
    server.answer = "250 OK"
    link = await link_in(mailing, server, user)
    async with store.transaction() as tx:
        rows = (await tx.connection.execute(text("SELECT l::text FROM account_links l"))).scalars().all()
    assert before
    assert len(rows) == 1
    assert link.rpartition("/")[2] not in f"{rows}{before}"
    assert (await strangers.browser().get(link)).status_code == 200


@pytest.mark.parametrize(
    ("language", "words"), [("es", "pidió una contraseña nueva"), ("en", "asked for a new password")]
)
async def test_the_letter_speaks_its_readers_language_whoever_asked(
    language: str, words: str, strangers: Visitors, mailing: Console, store: Store, server: MailServer
) -> None:
    user = await a_user(store, school="member")
    async with store.transaction() as tx:
        await tx.users.set_preferences(user.id, name="Ana", language=language, theme="auto")
    await ask(strangers.browser(), user.email)
    await Post(mailing).sweep()
    assert words in server.to(user.email)[0].get_content()


@pytest.mark.parametrize(
    "nonsense", ["", "ana", "ana@example.org\nBcc: all@example.org", "<a@b.co>", "a@b.co,c@d.co e@f.co"]
)
async def test_what_is_no_address_is_told_so(nonsense: str, strangers: Visitors, store: Store) -> None:
    assert (await ask(strangers.browser(), nonsense))[0] == 422
    async with store.transaction() as tx:
        assert await tx.connection.scalar(text("SELECT count(*) FROM letters")) == 0


async def test_without_mail_the_page_says_who_can_help(visitors: Visitors, store: Store) -> None:
    user, browser = await a_user(store, school="member"), visitors.browser()
    page = (await browser.get("/login/forgotten")).text
    assert "Quien administra tu equipo" in page
    assert "<input" not in page
    assert (await ask(browser, user.email))[0] == 200
    async with store.transaction() as tx:
        assert await tx.connection.scalar(text("SELECT count(*) FROM letters WHERE kind = 'forgotten'")) == 0
