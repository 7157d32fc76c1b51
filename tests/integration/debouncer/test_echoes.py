"""A person of the business answers from the phone app; contacts change their names, words and minds."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from remanso.bus import Bus
from remanso.events import Envelope, MessageEchoed, PreferenceChanged, derived_id, wrap
from remanso.model.content import Content, Edit, IdentityChange, Reaction, Revoke, Text
from remanso.model.delivery import DeliveryKind
from remanso.model.dialog import EntryKind
from remanso.model.message import EchoedMessage, Sender
from remanso.store import Store
from remanso.store.messages import LogMessage
from remanso.store.receipts import Receipt
from remanso.store.turns import Turn
from services.debouncer.timers import Timers
from tests.support.clock import forget_everything, let_pass
from tests.support.debouncers import debouncer, publish
from tests.support.scene import answer, claim, conversation_of, deliveries, queue, receive, seal, take_over
from tests.support.school import CHANNEL, NAME, burst, config, person, registry, said
from tests.support.waiting import eventually


def echoed(
    to: Sender, content: Content | str = "soy Marta", *, wamid: str | None = None, ago: timedelta = timedelta()
) -> Envelope:
    """As the ingress publishes what came from the phone app."""
    name = wamid or f"wamid.{uuid4().hex}"
    message = EchoedMessage(
        channel=CHANNEL,
        wamid=name,
        sent_at=datetime.now(UTC) - ago,
        recipient=Sender(wa_id=to.wa_id, user_id=to.user_id),
        content=Text(text=content) if isinstance(content, str) else content,
    )
    return wrap(MessageEchoed(message=message), NAME, event_id=derived_id("echo", CHANNEL, name))


async def log_of(store: Store, who: Sender) -> list[LogMessage]:
    conversation = await conversation_of(store, who)
    async with store.transaction() as tx:
        return await tx.messages.of_conversation(conversation.id)


async def turns_of(store: Store, who: Sender) -> list[Turn]:
    conversation = await conversation_of(store, who)
    async with store.transaction() as tx:
        return await tx.turns.of_conversation(conversation.id)


async def test_an_echo_takes_over(store: Store, bus: Bus) -> None:
    """The open turn ends, unsent parts are called off, all before it is the person's; the bot is silent."""
    await forget_everything(store)
    ana = person()
    await receive(store, burst(ana, "hola"))
    await let_pass(store, 30)
    await seal(store)
    (turn,) = await turns_of(store, ana)
    await queue(store, turn.conversation_id, "un momento", turn_id=turn.id)
    async with debouncer(store, bus):
        echo = echoed(ana, wamid="wamid.app")
        later = said(ana, "ah, gracias", sent_at=datetime.now(UTC) + timedelta(seconds=1))
        await publish(bus, [said(ana, "¿están?", sent_at=datetime.now(UTC) - timedelta(seconds=1)), echo, echo, later])
        await eventually(lambda: _said(store, ana, 4))
    conversation = await conversation_of(store, ana)
    assert (conversation.mode, conversation.epoch, conversation.handoff_reason) == ("human", 1, None)
    assert conversation.human_until
    assert abs(conversation.human_until - conversation.now - timedelta(minutes=30)) < timedelta(seconds=20)
    assert [turn.state for turn in await turns_of(store, ana)] == ["cancelled"]
    parts = await deliveries(store, conversation.id)
    assert [(part.kind, part.state) for part in parts] == [("answer", "cancelled"), ("human", "accepted")]
    log = await log_of(store, ana)
    assert [(m.content["text"], m.author, m.fate) for m in log] == [
        ("hola", "contact", "human"),
        ("¿están?", "contact", "human"),
        ("soy Marta", "human", None),
        ("ah, gracias", "contact", None),
    ]
    await let_pass(store, 30)
    assert await seal(store) == {}


async def _said(store: Store, who: Sender, count: int) -> bool:
    async with store.transaction() as tx:
        return int((await tx.connection.execute(text("SELECT count(*) FROM messages"))).scalar_one()) == count


async def test_receipts_and_the_dialog_know_an_echo(store: Store) -> None:
    ana = person()
    await receive(store, [*burst(ana, "hola"), echoed(ana, wamid=(name := f"wamid.{uuid4().hex}"))])
    receipt = Receipt(uuid4().hex, None, CHANNEL, name, "read", None, datetime.now(UTC), {})
    conversation = await conversation_of(store, ana)
    async with store.transaction() as tx:
        await tx.receipts.record(receipt)
        entries = await tx.dialogs.of_conversation(conversation.id)
    assert [(e.content.get("text"), e.author, [part.state for part in e.parts]) for e in entries] == [
        ("hola", "contact", []),
        ("soy Marta", "human", ["read"]),
        (None, None, []),
    ]


async def test_an_echo_of_what_we_sent_is_none(store: Store) -> None:
    """By its wamid, and before that is known, by the words of a part that is on its way."""
    ana = person()
    await receive(store, burst(ana, "hola"))
    conversation = await conversation_of(store, ana)
    await queue(store, conversation.id, "uno", "dos")
    async with store.transaction() as tx:
        head = await tx.deliveries.head(conversation.id)
        assert head
        await tx.attempts.mark_sending(head.id)
    await receive(store, [echoed(ana, "uno")])
    async with store.transaction() as tx:
        await tx.attempts.mark_accepted(head.id, name := f"wamid.{uuid4().hex}")
    await receive(store, [echoed(ana, "uno", wamid=name)])
    assert (await conversation_of(store, ana)).mode == "bot"
    await receive(store, [echoed(ana, "dos")])  # not tried yet: a person happens to say the same
    assert (await conversation_of(store, ana)).mode == "human"


async def test_who_holds_it_holds_on_and_a_late_echo_takes_nothing(store: Store) -> None:
    ana, bea = person(), person()
    await receive(store, [*burst(ana, "hola"), *burst(bea, "hola")])
    conversation = await conversation_of(store, ana)
    await take_over(store, conversation.id, timedelta(minutes=5))
    await receive(
        store, [echoed(ana), echoed(bea, ago=timedelta(minutes=31)), echoed(bea, Reaction(target="x", emoji="👍"))]
    )
    held = await conversation_of(store, ana)
    assert held.epoch == 1
    assert held.human_until
    assert held.human_until - held.now > timedelta(minutes=29)
    assert (await conversation_of(store, bea)).mode == "bot"
    assert [message.author for message in await log_of(store, bea)] == ["human", "human", "contact"]


async def test_a_person_who_writes_first_is_answered_to_that_address(store: Store) -> None:
    ana = Sender(user_id=f"AR.{uuid4().hex}")
    await receive(store, [echoed(ana)])
    conversation = await conversation_of(store, ana)
    assert (conversation.mode, conversation.reply_user_id, conversation.last_inbound_at) == ("human", ana.user_id, None)


async def test_word_on_marketing_is_kept_and_an_older_one_does_not_undo_it(store: Store) -> None:
    ana = person()

    def word(*, marketing: bool, ago: int) -> Envelope:
        at = datetime.now(UTC) - timedelta(seconds=ago)
        return wrap(PreferenceChanged(channel=CHANNEL, contact=ana, marketing=marketing, at=at), NAME)

    async def stopped() -> bool:
        async with store.transaction() as tx:
            (contact_id,) = await tx.contacts.resolve(NAME, [ana])
            contact = await tx.contacts.get(contact_id)
        assert contact
        return contact.marketing_stopped_at is not None

    await receive(store, [word(marketing=False, ago=10)])
    assert await stopped()
    await receive(store, [word(marketing=True, ago=20)])
    assert await stopped()
    await receive(store, [word(marketing=True, ago=5), *burst(ana, "hola")])
    assert not await stopped()


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("early", [False, True])
async def test_edits_and_deletions_show_whenever_they_come(store: Store, *, sealed: bool, early: bool) -> None:
    """`early`: the edit comes before the message that it is about."""
    ana, first, second = person(), f"w{uuid4().hex}", f"w{uuid4().hex}"
    now = datetime.now(UTC)
    letters = [said(ana, "mañana", wamid=first, sent_at=now), said(ana, "borrame", wamid=second, sent_at=now)]
    changes = [
        said(ana, Edit(target=first, text="pasado mañana"), sent_at=now + timedelta(seconds=2)),
        said(ana, Edit(target=first, text="el lunes"), sent_at=now + timedelta(seconds=1)),
        said(ana, Revoke(target=second), sent_at=now + timedelta(seconds=3)),
        said(person(), Edit(target=first, text="de otra persona"), sent_at=now + timedelta(seconds=9)),
    ]
    before, after = (changes, letters) if early else (letters, changes)
    await receive(store, before)
    if sealed:
        await let_pass(store, 30)
        await seal(store)
    await receive(store, after)
    log = {message.wamid: message for message in await log_of(store, ana)}
    assert log[first].contact_content == Text(text="pasado mañana")
    assert log[first].content["text"] == "mañana"
    assert log[second].contact_content == Revoke(target=second)
    conversation = await conversation_of(store, ana)
    async with store.transaction() as tx:
        entries = await tx.dialogs.of_conversation(conversation.id)
        assert second not in await tx.messages.texts_of(CHANNEL, [first, second])
    shown = [entry.content for entry in entries if entry.kind == EntryKind.MESSAGE and "earlier" in entry.content]
    assert [(content["text"], content["earlier"]["text"], content.get("revoked")) for content in shown] == [
        ("pasado mañana", "mañana", None),
        ("borrame", "borrame", True),
    ]


async def test_what_was_taken_back_before_the_bot_read_it_starts_no_turn(store: Store) -> None:
    ana, name = person(), f"w{uuid4().hex}"
    await receive(store, [said(ana, "uy", wamid=name), said(ana, Revoke(target=name))])
    await let_pass(store, 30)
    await seal(store)
    assert await turns_of(store, ana) == []


async def test_two_conversations_become_one_when_nothing_is_under_way(store: Store, bus: Bus) -> None:
    """Both have an open turn when the names are shown together: each is answered, and then there is one log."""
    await forget_everything(store)
    ana = person()
    by_phone, by_user = Sender(wa_id=ana.wa_id), Sender(user_id=ana.user_id)
    await receive(store, [*burst(by_phone, "uno"), *burst(by_user, "dos")])
    await let_pass(store, 30)
    sealed = await seal(store)
    assert len(sealed) == 2
    await receive(store, [said(ana, "tres")])
    timers = Timers(store, bus.publisher, registry())
    await timers.follow_merges()
    async with store.transaction() as tx:
        assert len(await tx.conversations.of_client(NAME)) == 2
        assert len(await tx.contacts.of_client(NAME)) == 1
    for conversation_id, turn_id in sealed.items():
        await queue(store, conversation_id, "respuesta", turn_id=turn_id)
        await answer(store, turn_id)
    await timers.follow_merges()
    async with store.transaction() as tx:
        (conversation,) = await tx.conversations.of_client(NAME)
    assert (conversation.reply_wa_id, conversation.reply_user_id) == (ana.wa_id, ana.user_id)
    assert [m.content["text"] for m in await log_of(store, ana)] == ["uno", "dos", "tres"]
    assert [part.state for part in await deliveries(store, conversation.id)] == ["pending", "pending"]
    assert [turn.number for turn in await turns_of(store, ana)] == [1, 2]
    await let_pass(store, 30)
    assert list(await seal(store)) == [conversation.id]


async def test_the_one_with_an_open_turn_stays(store: Store) -> None:
    """Whoever holds that turn notices nothing."""
    ana = person()
    by_phone, by_user = Sender(wa_id=ana.wa_id), Sender(user_id=ana.user_id)
    await receive(store, burst(by_phone, "uno"))
    await let_pass(store, 30)
    await seal(store)
    (turn,) = await turns_of(store, by_phone)
    held = await claim(store, turn.id)
    await receive(store, [*burst(by_user, "dos"), said(ana, "tres")])
    assert (await conversation_of(store, by_user)).id == turn.conversation_id
    async with store.transaction() as tx:
        assert held
        await tx.conversations.lock(held.conversation_id)
        await tx.turns.hold(held)
    assert [m.content["text"] for m in await log_of(store, ana)] == ["uno", "dos", "tres"]


async def test_a_person_who_holds_one_of_two_holds_both(store: Store) -> None:
    ana = person()
    by_phone, by_user = Sender(wa_id=ana.wa_id), Sender(user_id=ana.user_id)
    await receive(store, [*burst(by_phone, "uno"), *burst(by_user, "dos")])
    await take_over(store, (await conversation_of(store, by_phone)).id)
    await queue(store, (await conversation_of(store, by_phone)).id, "soy Marta", kind=DeliveryKind.HUMAN)
    await receive(store, [said(ana, "tres")])
    conversation = await conversation_of(store, ana)
    assert (conversation.mode, conversation.epoch) == ("human", 1)
    assert [(part.state, part.epoch) for part in await deliveries(store, conversation.id)] == [("pending", 1)]


async def test_what_the_team_knows_of_one_of_two_goes_along(store: Store) -> None:
    both = person()
    by_id, by_phone = Sender(user_id=both.user_id), Sender(wa_id=both.wa_id)
    await receive(store, burst(by_phone, "hola"))
    other = await conversation_of(store, by_phone)
    await take_over(store, other.id)
    async with store.transaction() as tx:
        epoch = (await tx.conversations.lock(other.id)).epoch
        values = {"id": uuid4(), "c": other.id, "u": uuid4(), "epoch": epoch}
        for statement in (
            "INSERT INTO notes (id, conversation_id, user_id, who, text, key) VALUES (:id, :c, :u, 'Ana', 'nota', 'k')",
            "INSERT INTO holds (conversation_id, epoch, user_id, who) VALUES (:c, :epoch, :u, 'Ana')",
        ):
            await tx.connection.execute(text(statement), values)
    await receive(store, burst(by_id, "hola de nuevo"))
    await receive(store, burst(both, "soy yo"))
    kept = await conversation_of(store, both)
    assert kept.id != other.id
    async with store.transaction() as tx:
        for table in ("notes", "holds"):
            found = await tx.connection.execute(
                text(f"SELECT conversation_id FROM {table} WHERE user_id = :u"),  # noqa: S608
                {"u": values["u"]},
            )
            assert set(found.scalars()) == {kept.id}


@pytest.mark.parametrize(
    ("seen", "dialled"),
    [("5491155550111", "541155550111"), ("5215555550122", "525555550122"), ("551187654321", "5511987654321")],
)
async def test_two_spellings_are_one_person_who_is_answered_where_they_wrote_from(
    store: Store, seen: str, dialled: str
) -> None:
    await forget_everything(store)
    await receive(store, [said(Sender(wa_id=seen), "uno"), said(Sender(wa_id=dialled), "dos")])
    conversation = await conversation_of(store, Sender(wa_id=seen))
    assert conversation.reply_wa_id == dialled
    assert len(await log_of(store, Sender(wa_id=dialled))) == 2


async def test_who_changes_the_number_is_answered_there_even_if_they_wrote_before_it_was_told(store: Store) -> None:
    ana, new = person(), person()
    told = IdentityChange(reason="user_changed_number", new_wa_id=new.wa_id, new_user_id=new.user_id)
    await receive(store, burst(ana, "hola"))
    await receive(store, burst(new, "soy yo"))
    await receive(store, [said(ana, told)])
    conversation = await conversation_of(store, new)
    assert conversation.id == (await conversation_of(store, ana)).id
    assert (conversation.reply_wa_id, conversation.reply_user_id) == (new.wa_id, new.user_id)
    assert {m.content.get("text") for m in await log_of(store, new)} == {"hola", "soy yo", None}


async def test_nobody_gets_the_history_of_a_recycled_number(store: Store) -> None:
    ana = person()
    heir = Sender(wa_id=ana.wa_id, user_id=f"AR.{uuid4().hex}")
    await receive(store, [*burst(ana, "hola"), *burst(heir, "soy otra")], config())
    assert [m.content["text"] for m in await log_of(store, heir)] == ["soy otra"]
    assert [m.content["text"] for m in await log_of(store, Sender(user_id=ana.user_id))] == ["hola"]
