"""Each service's user at a real broker: what it needs is let, everything else refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from uuid import uuid4

import aio_pika
import httpx
import pytest
from aio_pika.exceptions import AMQPException
from structlog.testing import capture_logs

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus, Received
from remanso.bus.graveyard import Buried
from remanso.bus.rights import OWNER, PARTS, definitions, queues_of
from remanso.bus.topology import DEAD, DEAD_QUEUE, EVENTS, QUEUES, Queue
from remanso.errors import PublishFailed
from remanso.events import (
    CATALOGUE,
    ChannelReported,
    ConversationChanged,
    DeliveryReady,
    Envelope,
    Event,
    ModelUnavailable,
    PreferenceChanged,
    ReceiptReceived,
    TurnReady,
    wrap,
)
from remanso.model.message import Sender
from tests.support.events import turn_ready
from tests.support.waiting import eventually

REFUSED = "ACCESS_REFUSED"


@dataclass(frozen=True)
class Users:
    """A vhost that was set up by our definitions, and the way in for each of its users."""

    server: str
    vhost: str

    def url(self, service: str) -> str:
        return f"amqp://{self.vhost}-{service}:secret-of-{service}@{self.server}/{self.vhost}"


@pytest.fixture(scope="module")
async def users(rabbitmq: RabbitServer) -> AsyncIterator[Users]:
    if rabbitmq.management_url is None:
        pytest.skip("a broker given by its URL has no management address")
    vhost = "rights-of-services"
    passwords = {name: f"secret-of-{name}" for name in (OWNER, *PARTS)}
    async with httpx.AsyncClient(base_url=f"{rabbitmq.management_url}/api", timeout=60) as management:
        wanted = definitions(passwords, vhost=vhost, prefix=f"{vhost}-")
        (await management.post("/definitions", json=wanted)).raise_for_status()
        address = urlsplit(rabbitmq.url)
        yield Users(f"{address.hostname}:{address.port}", vhost)
        for name in passwords:
            await management.delete(f"/users/{quote(f'{vhost}-{name}')}")
        await management.delete(f"/vhosts/{vhost}")


async def refused(url: str, *steps: str) -> bool:
    """Whether the broker refuses the step, such as ("take", "agent.turn-ready"), for want of rights."""
    what, name, *key = steps
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        try:
            async with asyncio.timeout(20):
                await _do(channel, what, name, *key)
        except AMQPException as problem:
            assert REFUSED in str(problem), problem
            return True
        return False


async def _do(channel: aio_pika.abc.AbstractChannel, what: str, name: str, key: str = "") -> None:
    match what:
        case "take":
            if message := await (await channel.get_queue(name, ensure=False)).get(fail=False):
                await message.reject(requeue=True)
        case "purge":
            await (await channel.get_queue(name, ensure=False)).purge()
        case "delete":
            await channel.queue_delete(name)
        case "declare":
            await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
        case "bind":
            await (await channel.get_queue(name, ensure=False)).bind(EVENTS.name, key)
        case "publish":
            exchange = await channel.get_exchange(name, ensure=False) if name else channel.default_exchange
            await exchange.publish(aio_pika.Message(b'{"envelopes":[]}'), key, mandatory=False)


@pytest.mark.parametrize("service", PARTS)
async def test_a_service_tells_only_what_is_its_own_to_tell(users: Users, service: str) -> None:
    told = set(PARTS[service].tells)
    for event in CATALOGUE:
        assert await refused(users.url(service), "publish", EVENTS.name, event) == (event not in told), event
    assert await refused(users.url(service), "publish", DEAD.name) is (service == "ingress")
    assert await refused(users.url(service), "publish", "", QUEUES[0].name) is (service != "console")


@pytest.mark.parametrize("service", PARTS)
async def test_a_service_takes_only_from_its_own_queues(users: Users, service: str) -> None:
    own = {queue.name for queue in queues_of(service)} | ({DEAD_QUEUE} if service == "console" else set())
    for name in (*(queue.name for queue in QUEUES), DEAD_QUEUE):
        assert await refused(users.url(service), "take", name) == (name not in own), name


@pytest.mark.parametrize("service", PARTS)
async def test_a_service_changes_nothing_of_the_topology(users: Users, service: str) -> None:
    other = next(queue for queue in QUEUES if queue not in queues_of(service))
    assert await refused(users.url(service), "declare", "a.queue-of-its-own")
    assert await refused(users.url(service), "delete", other.name)
    assert await refused(users.url(service), "purge", other.name)
    for queue in queues_of(service):
        assert await refused(users.url(service), "delete", queue.name)
        assert await refused(users.url(service), "bind", queue.name, "#")


def samples() -> list[tuple[Queue, Event]]:
    """One event for each queue."""
    now, nobody = datetime.now(UTC), Sender(wa_id="5491100000000")
    events: list[Event] = [
        PreferenceChanged(channel="1", contact=nobody, marketing=False, at=now),
        ReceiptReceived(channel="1", wamid="wamid.A", status="sent", at=now),
        ChannelReported(kind="field"),
        TurnReady(turn_id=uuid4()),
        DeliveryReady(conversation_id=uuid4()),
        ModelUnavailable(turn_id=uuid4(), reason="a test"),
    ]
    return [(queue, event) for queue in QUEUES for event in events if event.type in queue.routing_keys]


def test_there_is_a_sample_for_every_queue() -> None:
    assert [queue for queue, _ in samples()] == list(QUEUES)


@pytest.mark.parametrize(("queue", "event"), samples(), ids=[queue.name for queue in QUEUES])
async def test_every_event_comes_from_who_tells_it_to_who_reads_it(users: Users, queue: Queue, event: Event) -> None:
    """Through our own bus, that may declare nothing."""
    got: list[str] = []

    async def handle(items: Sequence[Received]) -> None:
        got.extend(item.envelope.id for item in items)

    async with (
        Bus.connect(users.url(queue.name.partition(".")[0]), "reader") as reader,
        reader.consume(queue, handle, prefetch=10),
    ):
        for teller in (name for name, part in PARTS.items() if event.type in part.tells):
            sent = wrap(event, "emprendemy")
            async with Bus.connect(users.url(teller), "teller") as bus:
                await bus.publisher.publish(sent, timeout=10)
            await eventually(lambda sent=sent: sent.id in got)  # type: ignore[misc]


async def test_the_console_overhears_digs_and_sends_back(users: Users) -> None:
    heard, seen = list[str](), list[str]()

    async def fails(items: Sequence[Received]) -> None:
        items[0].reject("nobody can")

    async def sees(items: Sequence[Received]) -> None:
        seen.extend(item.envelope.id for item in items)

    letter = turn_ready()
    (agents,) = queues_of("agent")
    async with (
        Bus.connect(users.url("console"), "console") as console,
        Bus.connect(users.url("debouncer"), "debouncer") as debouncer,
        Bus.connect(users.url("agent"), "agent") as agent,
        console.overhear(ConversationChanged.type, lambda item: heard.append(item.id), missed=lambda: None),
    ):
        changed = wrap(ConversationChanged(conversation_id=letter.payload.turn_id, what="mode"), "emprendemy")  # type: ignore[attr-defined]
        await debouncer.publisher.publish(changed, letter)
        await eventually(lambda: heard == [changed.id])
        async with agent.consume(agents, fails, prefetch=1):
            await eventually(lambda: _found(console, letter))
        (buried,) = await _about(console, letter)
        assert await console.graveyard.replay(buried.id)
        async with agent.consume(agents, sees, prefetch=1):
            await eventually(lambda: seen == [letter.id])
        assert {depth.queue for depth in await console.graveyard.depths()} > {agents.name, DEAD_QUEUE}


async def _about(console: Bus, letter: Envelope) -> list[Buried]:
    return [each for each in await console.graveyard.letters() if letter.id in each.body]


async def _found(console: Bus, letter: Envelope) -> bool:
    return bool(await _about(console, letter))


async def test_a_service_that_tells_what_it_may_not_is_told_so_and_can_go_on(users: Users) -> None:
    async with Bus.connect(users.url("agent"), "agent") as bus:
        with pytest.raises(PublishFailed):
            await bus.publisher.publish(turn_ready(), timeout=1.0)
        ready = wrap(DeliveryReady(conversation_id=turn_ready().payload.turn_id), "emprendemy")  # type: ignore[attr-defined]
        await bus.publisher.publish(ready)


async def test_who_may_not_declare_waits_for_the_topology(users: Users, rabbitmq: RabbitServer) -> None:
    """A vhost on which nothing was declared yet: the service says so, and goes on once somebody did."""
    vhost, user = "without-topology", f"{users.vhost}-agent"
    async with httpx.AsyncClient(base_url=f"{rabbitmq.management_url}/api", timeout=60) as management:
        (await management.put(f"/vhosts/{vhost}")).raise_for_status()
        rights = {"configure": "^$", "write": ".*", "read": ".*"}
        (await management.put(f"/permissions/{vhost}/{user}", json=rights)).raise_for_status()
        try:
            with capture_logs() as logs:
                connecting = asyncio.create_task(_publish(f"{users.url('agent').rpartition('/')[0]}/{vhost}"))
                await eventually(lambda: any("no exchange" in str(line.get("error")) for line in logs))
                async with Bus.connect(f"{rabbitmq.url.rstrip('/')}/{vhost}", "owner"):
                    await connecting
        finally:
            await management.delete(f"/vhosts/{vhost}")


async def _publish(url: str) -> None:
    async with Bus.connect(url, "agent") as bus:
        await bus.publisher.publish(turn_ready())


def test_nothing_of_a_password_is_in_the_definitions() -> None:
    text = str(definitions({name: f"secret-of-{name}" for name in (OWNER, *PARTS)}))
    assert "secret-of" not in text


def test_every_event_has_somebody_who_tells_it() -> None:
    assert {event for part in PARTS.values() for event in part.tells} == set(CATALOGUE)
