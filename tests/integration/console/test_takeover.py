"""Who has the word: one holder, whatever comes at the same moment; and nothing said by anybody else, or twice."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from remanso.model.delivery import DeliveryKind
from remanso.model.health import Fact, Subject
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.scoped import Scope
from tests.support.clock import forget_everything, let_pass
from tests.support.console import SCHOOL, Browser, Visitors, a_user
from tests.support.scene import a_conversation, a_turn, conversation_of, deliveries, queue, receive, seal
from tests.support.school import burst, person, said

ALL = Scope(None)


async def a_member(visitors: Visitors, role: str = "member") -> Browser:
    return await visitors.as_user(await a_user(visitors.console.store, school=role))


async def now(store: Store, conversation_id: UUID) -> Conversation:
    async with store.transaction() as tx:
        found = await tx.conversations.get(conversation_id)
    assert found
    return found


async def take(browser: Browser, conversation_id: UUID, **form: str) -> int:
    return (await browser.post(f"/conversations/{conversation_id}/take-over", **form)).status_code


async def say(browser: Browser, conversation_id: UUID, text: str, key: str | None = None, **more: str) -> int:
    form = {"text": text, "key": key or str(uuid4()), **more}
    return (await browser.post(f"/conversations/{conversation_id}/say", **form)).status_code


async def send_template(browser: Browser, conversation_id: UUID, template: str, gaps: list[str]) -> int:
    form = {"template": template, "gap": gaps, "key": str(uuid4())}
    answer = await browser.http.post(f"/conversations/{conversation_id}/template", data=form)
    return answer.status_code


async def approve(store: Store, name: str, body: str) -> None:
    """As Graph's list of templates tells it."""
    key, parts = ("1", name, "es"), [{"type": "BODY", "text": body}]
    async with store.transaction() as tx:
        at = await tx.health.now()
        facts = [
            Fact(Subject.TEMPLATE, key, "status", "APPROVED", at),
            Fact(Subject.TEMPLATE, key, "components", parts, at),
        ]
        await tx.health.tell(SCHOOL, facts)


async def humans(store: Store, conversation_id: UUID) -> list[str]:
    sent = await deliveries(store, conversation_id)
    return [each.payload["text"] for each in sent if each.kind == DeliveryKind.HUMAN]


async def test_of_many_at_once_one_gets_it(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store)
    people = [await a_member(visitors) for _ in range(4)]
    answers = await asyncio.gather(*(take(person, conversation.id) for person in people))
    assert sorted(answers) == [303, 409, 409, 409]
    assert (await now(store, conversation.id)).epoch == conversation.epoch + 1
    winner, loser = people[answers.index(303)], people[answers.index(409)]
    assert await take(winner, conversation.id) == 303
    assert await say(loser, conversation.id, "yo") == 422
    assert await say(winner, conversation.id, "yo") == 303
    assert await humans(store, conversation.id) == ["yo"]
    assert (await loser.post(f"/conversations/{conversation.id}/hand-back")).status_code == 409
    assert (await loser.post(f"/conversations/{conversation.id}/extend")).status_code == 409
    assert await take(await a_member(visitors), conversation.id, from_another="true") == 409
    assert await take(await a_member(visitors, "admin"), conversation.id, from_another="true") == 303
    assert await say(winner, conversation.id, "todavía") == 422


async def test_the_bots_turn_ends_and_its_parts_are_of_an_older_epoch(visitors: Visitors, store: Store) -> None:
    turn = await a_turn(store)
    await queue(store, turn.conversation_id, "parte 1", "parte 2", turn_id=turn.id)
    assert await take(await a_member(visitors), turn.conversation_id) == 303
    async with store.transaction() as tx:
        stopped = await tx.turns.get(turn.id)
    assert stopped
    assert stopped.state == TurnState.CANCELLED
    conversation = await now(store, turn.conversation_id)
    assert all(part.epoch < conversation.epoch for part in await deliveries(store, turn.conversation_id))


async def test_a_request_that_comes_twice_is_said_once(visitors: Visitors, store: Store) -> None:
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await take(browser, conversation.id)
    await asyncio.gather(*(say(browser, conversation.id, "una vez", key="k1") for _ in range(5)))
    await say(browser, conversation.id, "otra", key="k2")
    assert sorted(await humans(store, conversation.id)) == ["otra", "una vez"]
    async with store.transaction() as tx:
        log = [message for message in await tx.messages.of_conversation(conversation.id) if message.author == "human"]
    assert len(log) == 2
    assert len({message.position for message in log}) == 2


async def test_time_that_ran_out_counts_although_no_timer_came_by(visitors: Visitors, store: Store) -> None:
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await take(browser, conversation.id)
    await let_pass(store, timedelta(minutes=29))
    assert await say(browser, conversation.id, "sigo") == 303  # and the time begins anew
    await let_pass(store, timedelta(minutes=29))
    assert await say(browser, conversation.id, "sigo acá") == 303
    await let_pass(store, timedelta(minutes=31))
    assert await say(browser, conversation.id, "tarde") == 422
    assert await humans(store, conversation.id) == ["sigo", "sigo acá"]
    assert await take(await a_member(visitors), conversation.id) == 303


async def test_handing_back_is_a_new_epoch_and_the_word_is_gone(visitors: Visitors, store: Store) -> None:
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await take(browser, conversation.id)
    held = await now(store, conversation.id)
    assert (await browser.post(f"/conversations/{conversation.id}/hand-back")).status_code == 303
    back = await now(store, conversation.id)
    assert (back.mode, back.epoch, back.human_until) == ("bot", held.epoch + 1, None)
    assert await say(browser, conversation.id, "¿yo?") == 422
    page = (await browser.get(f"/conversations/{conversation.id}")).text
    assert "Ana Díaz</b>" in page  # who took it over stays in the log


@pytest.mark.parametrize(("said", "ends", "fate", "turns"), [
    (False, "hand-back", "turn", 1),
    (True, "hand-back", "turn", 1),
    (False, "close", "human", 0),
])  # fmt: skip
async def test_what_nobody_answered_is_the_bots_again_unless_all_is_said(
    visitors: Visitors, store: Store, said: bool, ends: str, fate: str, turns: int
) -> None:
    """Who hands back wants the contact answered; who closes has read it."""
    await forget_everything(store)
    ana = person()
    await receive(store, burst(ana, "hola", ago=timedelta(seconds=5)))
    conversation, browser = await conversation_of(store, ana), await a_member(visitors)
    await take(browser, conversation.id)
    if said:
        assert await say(browser, conversation.id, "soy Marta") == 303
    await receive(store, burst(ana, "¿y el precio?"))
    await let_pass(store, 30)
    assert await seal(store) == {}
    assert (await browser.post(f"/conversations/{conversation.id}/{ends}")).status_code == 303
    assert len(await seal(store)) == turns
    async with store.transaction() as tx:
        log = [each for each in await tx.messages.of_conversation(conversation.id) if each.author == "contact"]
    assert [each.fate for each in log] == ["human" if said else fate, fate]
    assert [each.position for each in log] == ([1, 3] if said else [1, 2])
    page = (await browser.get(f"/conversations/{conversation.id}")).text
    assert "la devolvió al bot" in page
    assert (await now(store, conversation.id)).due_at is None


async def test_free_text_is_refused_once_the_window_is_closed(visitors: Visitors, store: Store) -> None:
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await let_pass(store, timedelta(hours=23, minutes=56))
    await take(browser, conversation.id)
    assert await say(browser, conversation.id, "hola") == 422
    assert await humans(store, conversation.id) == []
    await approve(store, "recordatorio", "Hola {{1}}, ¿seguimos con {{2}}?")
    assert "recordatorio" in (await browser.get(f"/conversations/{conversation.id}")).text
    for gaps in ([], ["Ana"], ["Ana", "  "]):
        assert await send_template(browser, conversation.id, "recordatorio:es", gaps) == 422
    assert await send_template(browser, conversation.id, "otra:es", ["Ana", "el curso"]) == 422
    assert await send_template(browser, conversation.id, "recordatorio:es", ["Ana", "el curso"]) == 303
    (sent,) = await deliveries(store, conversation.id)
    assert (sent.kind, sent.payload["body"]) == ("human", ["Ana", "el curso"])
    written = await browser.post(f"/conversations/{conversation.id}/note", text="llamar", key="n")
    assert written.status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {"text": "   "},
        {"text": "x" * 5000},
        {"text": "hola", "button": "un título de más de veinte"},
    ],
)
async def test_what_whatsapp_would_refuse_is_refused_here(
    form: dict[str, str], visitors: Visitors, store: Store
) -> None:
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await take(browser, conversation.id)
    assert await say(browser, conversation.id, **form) == 422
    assert await deliveries(store, conversation.id) == []


async def test_each_action_is_a_deed_without_words(visitors: Visitors, store: Store) -> None:
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await take(browser, conversation.id)
    await say(browser, conversation.id, "palabra secreta")
    await browser.post(f"/conversations/{conversation.id}/note", text="palabra secreta", key="n")
    await browser.post(f"/conversations/{conversation.id}/close", closed="true")
    async with store.transaction() as tx:
        done = await tx.within(ALL).deeds.latest(SCHOOL, 4)
    assert [deed.action for deed in done] == [
        "conversation.closed",
        "note.written",
        "message.sent",
        "conversation.taken_over",
    ]
    assert "secreta" not in str(done)
    assert (await now(store, conversation.id)).mode == "bot"


async def test_an_answer_stands_behind_what_it_answers(visitors: Visitors, store: Store) -> None:
    """Also where the person was quicker than the end of the burst."""
    conversation = await a_conversation(store, "¿hay lugar?", "para dos")
    ana = await a_member(visitors)
    await take(ana, conversation.id)
    assert await say(ana, conversation.id, "Sí, las espero") == 303
    async with store.transaction() as tx:
        said = sorted(await tx.messages.of_conversation(conversation.id), key=lambda each: each.position or 99)
    assert [each.content["text"] for each in said] == ["¿hay lugar?", "para dos", "Sí, las espero"]
    assert [each.fate for each in said if each.author == "contact"] == ["human", "human"]


async def test_under_an_old_id_the_conversation_is_found_that_it_was_merged_into(
    visitors: Visitors, store: Store
) -> None:
    """In a page that was open, a link in a mail, a program's memory: whoever acts has the word where the bot would."""
    whole = person()
    phone, user = Sender(wa_id=whole.wa_id), Sender(user_id=whole.user_id)
    await receive(store, [said(phone, "hola"), said(user, "¿están?")])
    known = [await conversation_of(store, name) for name in (phone, user)]
    await receive(store, [said(whole, "soy yo")])
    kept = await conversation_of(store, whole)
    (old,) = {one.id for one in known} - {kept.id}
    browser = await a_member(visitors)
    assert "soy yo" in (await browser.get(f"/conversations/{old}")).text
    assert await take(browser, old) == 303
    assert (await now(store, kept.id)).mode == "human"
    assert await say(browser, old, "te atiendo yo") == 303
    assert await humans(store, kept.id) == ["te atiendo yo"]
    assert (await browser.post(f"/conversations/{old}/note", text="cliente de antes", key="n1")).status_code == 303
    assert (await browser.post(f"/conversations/{old}/hand-back")).status_code == 303
    assert (await now(store, kept.id)).mode == "bot"
    assert (await now(store, old)).mode == "bot"
    assert await deliveries(store, old) == []


@pytest.mark.parametrize("ends", ["by a person", "by time"])
async def test_what_the_bot_said_before_it_asked_for_a_person_is_sent_though_nobody_came(
    visitors: Visitors, store: Store, ends: str
) -> None:
    """Nobody has said anything else. What waited when a person took over is called off, as ever."""
    conversation, browser = await a_conversation(store), await a_member(visitors)
    await queue(store, conversation.id, "te paso con una persona")
    async with store.transaction() as tx:
        await tx.takeovers.hand_off(conversation.id, "lo pide", timedelta(minutes=30))
    await queue(store, conversation.id, "ya viene")
    if ends == "by time":
        await let_pass(store, timedelta(minutes=31))
        async with store.transaction() as tx:
            assert conversation.id in [ended.id for ended in await tx.takeovers.end_expired(100)]
    else:
        assert (await browser.post(f"/conversations/{conversation.id}/hand-back")).status_code == 303
    epoch = (await now(store, conversation.id)).epoch
    assert [part.epoch for part in await deliveries(store, conversation.id)] == [epoch, epoch]
    assert await take(browser, conversation.id) == 303
    assert (await browser.post(f"/conversations/{conversation.id}/hand-back")).status_code == 303
    assert [part.epoch for part in await deliveries(store, conversation.id)] == [epoch, epoch]
    assert (await now(store, conversation.id)).epoch == epoch + 2
