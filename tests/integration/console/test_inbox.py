"""The list: complete, in order, found again; and what of a dialog is shown to whom."""

from datetime import timedelta
from uuid import UUID

import pytest

from remanso.bus import Bus
from remanso.events import ConversationChanged, wrap
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.inbox import Choice, Counts, Cursor
from remanso.store.scoped import Scope, Scoped, Unscoped
from services.console.live.hub import Hub
from tests.support.clock import forget_everything, let_pass
from tests.support.console import ACADEMY, CHANNELS, SCHOOL, Visitors, a_user
from tests.support.scene import a_conversation, queue, receive, take_over
from tests.support.school import burst, config, person
from tests.support.waiting import eventually


async def listed(store: Store, scope: Scope, user: UUID, **asked: object) -> list[UUID]:
    async with store.transaction() as tx:
        rows = await tx.within(scope).inbox.page(user, **asked)  # type: ignore[arg-type]
    return [row.id for row in rows]


async def academy(store: Store, *texts: str) -> Conversation:
    return await a_conversation(store, *texts, business=config(ACADEMY, CHANNELS[ACADEMY]))


async def test_pages_hold_every_row_once_newest_first(store: Store) -> None:
    await forget_everything(store)
    user = (await a_user(store, school="member")).id
    made = [(await a_conversation(store, f"hola {number}")).id for number in range(7)]
    await academy(store)
    mine = Scope(frozenset({SCHOOL}))
    seen: list[UUID] = []
    after: Cursor | None = None
    while True:
        async with store.transaction() as tx:
            rows = await tx.within(mine).inbox.page(user, after=after, limit=3)
        if not rows:
            break
        seen += [row.id for row in rows]
        after = Cursor(rows[-1].last_at, rows[-1].id)
    assert seen == made[::-1]
    assert len(await listed(store, Scope(None), user)) == 8
    assert await listed(store, mine, user, client=ACADEMY) == []
    assert await listed(store, Scope(frozenset()), user) == []


async def test_words_names_and_numbers_are_found(store: Store) -> None:
    user = (await a_user(store, school="member")).id
    mine = Scope(frozenset({SCHOOL}))
    said = await a_conversation(store, "¿Tienen PROGRAMACIÓN avanzada?")
    await academy(store, "programación en la academia")
    ana = person()
    await receive(store, burst(ana.model_copy(update={"profile_name": "Zoë Ñandú 100%"}), "buenas"))
    for search in ("programacion", "programación", "avanz", "avanzada progra"):
        assert await listed(store, mine, user, search=search) == [said.id], search
    assert len(await listed(store, mine, user, search="nandu")) == 1
    assert len(await listed(store, mine, user, search=(ana.wa_id or "")[3:11])) == 1
    for nothing in ("inexistente", "100_", "' OR 1=1 --", "programacion & !", ":*"):
        found = await listed(store, mine, user, search=nothing)
        assert found in ([], [said.id]) or nothing == ":*", nothing


async def test_each_choice_holds_what_it_says(store: Store) -> None:
    await forget_everything(store)
    me, other = (await a_user(store, school="member")).id, (await a_user(store, school="member")).id
    mine = Scope(frozenset({SCHOOL}))
    bot, wanted, held, closed, closing, by_phone = [await a_conversation(store) for _ in range(6)]
    async with store.transaction() as tx:
        await tx.takeovers.take_over(by_phone.id, timedelta(hours=1))
        await tx.takeovers.hand_off(wanted.id, "quiere un humano", timedelta(hours=1))
        epoch = await tx.takeovers.take_over(held.id, timedelta(hours=1))
        await tx.within(mine).holding.note_holder(held.id, epoch, me, "Ana")
        await tx.within(mine).inbox.set_closed(closed.id, closed=True)
    for choice, expected in {
        Choice.OPEN: {bot.id, wanted.id, held.id, closing.id, by_phone.id},
        Choice.MINE: {held.id},
        Choice.NEEDS_HUMAN: {wanted.id},
        Choice.UNASSIGNED: {wanted.id, by_phone.id},
        Choice.HUMAN: {wanted.id, held.id, by_phone.id},
        Choice.BOT: {bot.id, closing.id},
        Choice.FAILED: set(),
        Choice.CLOSED: {closed.id},
        Choice.CLOSING: set(),
    }.items():
        assert set(await listed(store, mine, me, choice=choice)) == expected, choice
    assert await listed(store, mine, other, choice=Choice.MINE) == []
    await let_pass(store, 22.5 * 3600)
    assert set(await listed(store, mine, me, choice=Choice.CLOSING)) >= {bot.id, closing.id}


async def test_where_nobody_came_it_needs_a_person_until_somebody_sees_to_it(visitors: Visitors, store: Store) -> None:
    await forget_everything(store)
    me = await a_user(store, school="member")
    mine = Scope(frozenset({SCHOOL}))
    marked, taken, seen, closed = [await a_conversation(store) for _ in range(4)]
    async with store.transaction() as tx:
        for each in (marked, taken, seen, closed):
            await tx.takeovers.hand_off(each.id, "quiere un humano", timedelta(minutes=1))
    await let_pass(store, 120)
    async with store.transaction() as tx:
        await tx.takeovers.end_expired(10)
        row = await tx.within(mine).inbox.row(me.id, marked.id)
        assert await tx.within(mine).inbox.counts(me.id, None) == Counts(mine=0, needs_human=4, missed=4)
    assert row
    assert (row.status, row.handoff_reason) == ("needs_human", "quiere un humano")
    assert row.nobody_came_at
    browser = await visitors.as_user(me)
    assert (await browser.post(f"/conversations/{taken.id}/take-over")).status_code == 303
    assert (await browser.post(f"/conversations/{seen.id}/seen-to")).status_code == 303
    assert (await browser.post(f"/conversations/{closed.id}/close", closed="true")).status_code == 303
    assert await listed(store, mine, me.id, choice=Choice.NEEDS_HUMAN) == [marked.id]
    assert set(await listed(store, mine, me.id, choice=Choice.BOT)) == {marked.id, seen.id}
    assert (await browser.get("/inbox/waiting")).json() == {"waiting": 1, "missed": 1}
    page = (await browser.get("/inbox?view=needs_human")).text
    assert "Nadie atendió" in page
    async with store.transaction() as tx:
        for each in (taken, seen, closed):
            found = await tx.conversations.get(each.id)
            assert found
            assert found.handoff_reason is None


async def test_unread_is_what_came_since_i_looked(visitors: Visitors, store: Store) -> None:
    me = await a_user(store, school="member")
    sender = person()
    await receive(store, burst(sender, "uno", "dos"))
    async with store.transaction() as tx:
        (found,) = await tx.within(Scope(frozenset({SCHOOL}))).inbox.page(me.id, search=sender.wa_id or "")
    assert found.unread == 1  # the first is older than my account by the channel's clock
    browser = await visitors.as_user(me)
    await browser.get(f"/conversations/{found.id}")
    assert (await browser.post(f"/conversations/{found.id}/read")).status_code == 204
    await receive(store, burst(sender, "tres"))
    async with store.transaction() as tx:
        row = await tx.within(Scope(None)).inbox.row(me.id, found.id)
    assert row
    assert row.unread == 1


async def test_markup_of_contacts_stays_text(visitors: Visitors, store: Store) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    sender = person().model_copy(update={"profile_name": evil})
    await receive(store, burst(sender, evil))
    browser = await visitors.as_user(await a_user(store, school="member"))
    inbox = (await browser.get("/inbox")).text
    async with store.transaction() as tx:
        (contact,) = await tx.contacts.resolve(SCHOOL, [sender])
        (row,) = [each for each in await tx.conversations.of_client(SCHOOL) if each.contact_id == contact]
    await browser.post(f"/conversations/{row.id}/note", text=evil, key="x")
    for page in (inbox, (await browser.get(f"/conversations/{row.id}")).text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


async def test_tools_and_costs_are_for_operators(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "visible para todos")
    member = await visitors.as_user(await a_user(store, school="admin"))
    operator = await visitors.as_user(await a_user(store, operator=True))
    path = f"/conversations/{conversation.id}"
    assert "US$" not in (await member.get(path)).text
    assert "US$" in (await operator.get(path)).text
    assert "visible para todos" in (await member.get(path)).text


async def test_a_held_conversation_shows_who_wants_a_person(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    await take_over(store, conversation.id)
    page = (await (await visitors.as_user(await a_user(store, school="member"))).get("/inbox?view=human")).text
    assert str(conversation.id) in page


async def test_what_changed_is_told_to_those_whose_it_is(store: Store, amqp_url: str) -> None:
    mine, theirs = await a_conversation(store), await academy(store)
    hub = Hub()
    async with (
        Bus.connect(amqp_url, "console") as bus,
        bus.overhear(ConversationChanged.type, hub.hear, missed=hub.missed),
    ):
        with hub.listening(Scope(frozenset({SCHOOL}))) as member, hub.listening(Scope(None)) as operator:
            for conversation in (mine, theirs, mine):
                changed = ConversationChanged(conversation_id=conversation.id, what="message")
                await bus.publisher.hint(wrap(changed, conversation.client))
            await eventually(lambda: len(operator.news) == 2)
            assert member.take() == [str(mine.id)]
            assert set(operator.take()) == {str(mine.id), str(theirs.id)}
            hub.missed()
            assert member.take() == ["everything"]


async def test_a_statement_that_does_not_say_whose_rows_is_refused(store: Store) -> None:
    class Careless(Scoped):
        async def everything(self) -> None:
            await self._run("SELECT * FROM conversations")

    async with store.transaction() as tx:
        with pytest.raises(Unscoped):
            await Careless(tx.connection, Scope(None)).everything()
