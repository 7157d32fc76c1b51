"""Messages come in by the broker: each is stored once, in order, whatever comes with it and whoever is away."""

import json
import random
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from sqlalchemy import text

from remanso.bus import Bus
from remanso.bus.topology import DEAD_QUEUE, DEBOUNCER_MESSAGE_RECEIVED
from remanso.events import encode
from remanso.model.content import IdentityChange, Location
from remanso.model.message import Sender
from remanso.store import Store
from tests.support.clock import forget_everything, let_pass
from tests.support.debouncers import debouncer, publish
from tests.support.rabbitmq import Broker
from tests.support.scene import conversation_of, seal
from tests.support.school import burst, config, person, registry, said
from tests.support.tcp_proxy import tcp_proxy
from tests.support.waiting import eventually


async def stored(store: Store) -> int:
    async with store.transaction() as tx:
        return int((await tx.connection.execute(text("SELECT count(*) FROM messages"))).scalar_one())


async def texts(store: Store, sender: Sender, client: str = "school") -> list[str]:
    conversation = await conversation_of(store, sender, client)
    async with store.transaction() as tx:
        log = await tx.messages.of_conversation(conversation.id)
    return [message.content["text"] for message in log]


async def test_poison_dies_alone(store: Store, bus: Bus, broker: Broker) -> None:
    """NUL and half a surrogate pair, which no ingress of ours lets through, a message of nobody, a strange client."""
    await forget_everything(store)
    good = [said(person()) for _ in range(6)]
    nul, nobody = said(person(), "a\x00b"), said(Sender())
    body = json.loads(encode([said(person(), "half"), nul, nobody, said(person(), client="stranger"), *good]))
    body["envelopes"][0]["payload"]["message"]["raw"] = {"half": "\ud800"}
    async with debouncer(store, bus):
        await broker.put(DEBOUNCER_MESSAGE_RECEIVED.routing_key, json.dumps(body).encode())
        await eventually(lambda: _depth(broker, DEAD_QUEUE, 4))
        await eventually(lambda: _is(store, 6))
    reasons = [str(dead.headers["x-remanso-reason"]) for dead in await broker.take_all(DEAD_QUEUE)]
    assert len(reasons) == 4
    assert not any("a\x00b" in reason or "hola" in reason for reason in reasons)


async def test_repeats_across_batches_and_processes_are_stored_once(store: Store, bus: Bus, broker: Broker) -> None:
    """A thousand messages of forty contacts, each three times in any order, with three debouncers."""
    await forget_everything(store)
    people = [person() for _ in range(40)]
    bursts = {who: burst(who, *(f"{n}" for n in range(25))) for who in people}
    everything = [envelope for found in bursts.values() for envelope in found] * 3
    random.Random(7).shuffle(everything)
    async with AsyncExitStack() as stack:
        await publish(bus, everything)
        for name in "abc":
            other = await stack.enter_async_context(Bus.connect(broker.url, name))
            await stack.enter_async_context(debouncer(store, other, batch=50))
        await eventually(lambda: _is(store, 1000), within=60)
        await eventually(lambda: _depth(broker, DEBOUNCER_MESSAGE_RECEIVED.name, 0), within=60)
    assert await broker.depth(DEAD_QUEUE) == 0
    await let_pass(store, 30)
    assert len(await seal(store)) == 40
    for who in people:
        assert await texts(store, who) == [f"{n}" for n in range(25)]


async def test_without_the_database_the_batch_waits_and_is_stored_once(
    store: Store, database_url: str, bus: Bus, broker: Broker
) -> None:
    await forget_everything(store)
    parts = urlsplit(database_url)
    messages = [said(person()) for _ in range(30)]
    async with tcp_proxy(parts.hostname or "", parts.port or 5432) as proxy:
        url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}").geturl()
        async with Store.connect(url) as shaky, debouncer(shaky, bus):
            await publish(bus, messages[:10])
            await eventually(lambda: _is(store, 10))
            proxy.refuse()
            await publish(bus, messages)
            assert not await shaky.ping()
            assert await stored(store) == 10
            proxy.flow()
            await eventually(lambda: _is(store, 30))
    assert await broker.depth(DEAD_QUEUE) == 0


async def test_before_the_migration_nothing_is_buried(store: Store, bus: Bus, broker: Broker) -> None:
    """A release that comes before its tables: the messages wait for them."""
    await forget_everything(store)
    await _alter(store, "ALTER TABLE messages RENAME TO messages_of_yesterday")
    async with debouncer(store, bus):
        await publish(bus, [said(person())])
        await eventually(lambda: _depth(broker, DEBOUNCER_MESSAGE_RECEIVED.name, 0))
        await _alter(store, "ALTER TABLE messages_of_yesterday RENAME TO messages")
        await eventually(lambda: _is(store, 1))
    assert await broker.depth(DEAD_QUEUE) == 0


async def test_flood_is_kept_but_not_handed_to_the_bot(store: Store, bus: Bus, broker: Broker) -> None:
    await forget_everything(store)
    ana = person()
    business = config(flood={"messages": 5, "seconds": 60})
    async with debouncer(store, bus, registry(business)):
        await publish(bus, burst(ana, *(f"{n}" for n in range(8))))
        await eventually(lambda: _is(store, 8))
    await let_pass(store, 30)
    (turn,) = (await seal(store)).values()
    conversation = await conversation_of(store, ana)
    async with store.transaction() as tx:
        log = await tx.messages.of_conversation(conversation.id)
    assert [m.content["text"] for m in log if m.turn_id == turn] == ["0", "1", "2", "3", "4"]
    assert [(m.fate, m.drop_reason, m.position) for m in log[5:]] == [("dropped", "flood", None)] * 3


async def test_what_a_message_tells_about_the_person_is_saved_at_once(store: Store, bus: Bus, broker: Broker) -> None:
    await forget_everything(store)
    ana = person()
    changed = Sender(wa_id="5491100000000", user_id="AR.new", profile_name="Ana María")
    messages = [
        *burst(ana, "hola"),
        said(ana, Location(latitude=-31.4, longitude=-64.2, name="Plaza")),
        said(ana, IdentityChange(reason="new number", new_wa_id=changed.wa_id, new_user_id=changed.user_id)),
    ]
    async with debouncer(store, bus):
        await publish(bus, messages)
        await eventually(lambda: _is(store, 3))
        await publish(bus, [said(changed, "soy yo")])
        await eventually(lambda: _is(store, 4))
    async with store.transaction() as tx:
        (contact,) = await tx.contacts.of_client("school")
    assert contact.profile_name == "Ana María"
    assert contact.location == {"latitude": -31.4, "longitude": -64.2, "name": "Plaza"}
    conversation = await conversation_of(store, ana)
    assert (conversation.reply_wa_id, conversation.reply_user_id) == (changed.wa_id, changed.user_id)


async def test_an_older_location_does_not_replace_a_newer_one(store: Store, bus: Bus, broker: Broker) -> None:
    """One batch, in the wrong order."""
    await forget_everything(store)
    ana = person()
    first, second = burst(ana, "x", "y")
    here = Location(latitude=2, longitude=2)
    there = Location(latitude=1, longitude=1)
    times = [e.payload.message.sent_at for e in (first, second)]  # type: ignore[attr-defined]
    async with debouncer(store, bus):
        await publish(bus, [said(ana, here, sent_at=times[1]), said(ana, there, sent_at=times[0])])
        await eventually(lambda: _is(store, 2))
    async with store.transaction() as tx:
        (contact,) = await tx.contacts.of_client("school")
    assert contact.location == {"latitude": 2.0, "longitude": 2.0}


async def _is(store: Store, count: int) -> bool:
    return await stored(store) == count


async def _depth(broker: Broker, queue: str, count: int) -> bool:
    return await broker.depth(queue) == count


async def _alter(store: Store, statement: str) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text(statement))
