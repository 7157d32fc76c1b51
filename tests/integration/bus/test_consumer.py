import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from remanso.bus import Bus, Received, consumer
from remanso.bus.topology import AGENT_TURN_READY, DEAD_QUEUE
from remanso.errors import StoreUnavailable
from remanso.events import Envelope, decode, encode
from tests.support.events import turn_ready, turns_ready
from tests.support.rabbitmq import Broker
from tests.support.tcp_proxy import proxy_for, through
from tests.support.waiting import eventually


class Desk:
    """A handler that keeps what it was given; `rule` may reject or raise."""

    def __init__(self, rule: Callable[[Sequence[Received]], Awaitable[None] | None] | None = None) -> None:
        self.batches: list[list[str]] = []
        self.done: list[str] = []
        self.rule = rule

    async def __call__(self, items: Sequence[Received]) -> None:
        ids = [item.envelope.id for item in items]
        self.batches.append(ids)
        if self.rule and (waiting := self.rule(items)):
            await waiting
        self.done += [item.envelope.id for item in items if not item.rejection]


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    async with Bus.connect(broker.url, "test") as connected:
        yield connected


async def settled(broker: Broker) -> bool:
    """Nothing ready, and nothing unacknowledged that would come back when the consumer has gone."""
    return await broker.depth(AGENT_TURN_READY.name) == 0


async def dead(broker: Broker) -> list[tuple[bytes, str, str]]:
    """(body, reason, queue) of every dead letter, taken out."""
    return [
        (message.body, str(message.headers["x-remanso-reason"]), str(message.headers["x-remanso-queue"]))
        for message in await broker.take_all(DEAD_QUEUE)
    ]


async def test_everything_arrives_in_order_in_batches_and_is_acknowledged(bus: Bus, broker: Broker) -> None:
    envelopes, desk = turns_ready(250), Desk()
    for envelope in envelopes:
        await bus.publisher.publish(envelope)
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=100, batch=50):
        await eventually(lambda: len(desk.done) == 250)
    assert desk.done == [envelope.id for envelope in envelopes]
    assert max(map(len, desk.batches)) <= 50
    assert len(desk.batches) < 50
    assert await settled(broker)


async def test_one_message_with_many_envelopes_is_one_batch(bus: Bus, broker: Broker) -> None:
    envelopes, desk = turns_ready(30), Desk()
    await broker.put("turn.ready", encode(envelopes))
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10):
        await eventually(lambda: len(desk.done) == 30)
    assert [len(batch) for batch in desk.batches] == [30]


async def test_an_event_published_twice_is_in_a_batch_once(bus: Bus, broker: Broker) -> None:
    twice, desk = turn_ready(), Desk()
    for _ in range(2):
        await broker.put("turn.ready", encode([twice]))
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10, batch=10, wait=5):
        await eventually(lambda: len(desk.batches) == 1)
    assert desk.batches == [[twice.id]]
    assert await settled(broker)


async def test_a_rejected_item_is_buried_alone_with_the_reason(bus: Bus, broker: Broker) -> None:
    envelopes = turns_ready(5)

    def reject_third(items: Sequence[Received]) -> None:
        for item in items:
            if item.envelope.id == envelopes[2].id:
                item.reject("no such\nturn ¿?")

    desk = Desk(reject_third)
    await broker.put("turn.ready", encode(envelopes))
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10, batch=10):
        await eventually(lambda: len(desk.done) == 4)
    assert await settled(broker)
    ((body, reason, queue),) = await dead(broker)
    assert decode(body) == [envelopes[2]]
    assert (reason, queue) == ("no such turn ¿?", AGENT_TURN_READY.name)


async def test_an_item_the_handler_breaks_on_is_found_and_the_others_pass(bus: Bus, broker: Broker) -> None:
    envelopes = turns_ready(21)
    poison = {envelopes[4].id, envelopes[17].id}

    def break_on_poison(items: Sequence[Received]) -> None:
        if any(item.envelope.id in poison for item in items):
            raise ZeroDivisionError("bug")

    desk = Desk(break_on_poison)
    for envelope in envelopes:
        await broker.put("turn.ready", encode([envelope]))
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=50, batch=50, wait=0.5):
        await eventually(lambda: len(desk.done) == 19)
    assert desk.done == [envelope.id for envelope in envelopes if envelope.id not in poison]
    assert await settled(broker)
    letters = await dead(broker)
    assert {item.id for body, _, _ in letters for item in decode(body) if isinstance(item, Envelope)} == poison
    assert {reason for _, reason, _ in letters} == {"ZeroDivisionError: bug"}


@pytest.mark.parametrize(
    "body", [b"\xff\xfenot json", b"{}", b'{"envelopes": 7}', b"[" * 100_000, b"", b'{"envelopes":[{"type":"x"}]}']
)
async def test_bytes_nobody_can_read_are_kept_as_they_are(bus: Bus, broker: Broker, body: bytes) -> None:
    good, desk = turn_ready(), Desk()
    await broker.put("turn.ready", body)
    await broker.put("turn.ready", encode([good]))
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10):
        await eventually(lambda: desk.done == [good.id])
    assert await settled(broker)
    assert [letter[0] for letter in await dead(broker)] == [body]


async def test_an_unreadable_item_is_buried_without_its_neighbours(bus: Bus, broker: Broker) -> None:
    good, desk = turns_ready(2), Desk()
    mixed = encode(good).replace(b"},{", b'},{"id":"7","type":"from.the-future"},{')
    await broker.put("turn.ready", mixed)
    await broker.put("turn.ready", b'{"envelopes":[]}')
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10):
        await eventually(lambda: len(desk.done) == 2)
        await eventually(lambda: settled(broker))
    ((body, _, _),) = await dead(broker)
    assert body == b'{"envelopes":[{"id": "7", "type": "from.the-future"}]}'


@pytest.mark.parametrize("problem", [StoreUnavailable("down"), ConnectionResetError(), TimeoutError()])
async def test_a_batch_waits_for_a_peer_that_is_down(
    bus: Bus, broker: Broker, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    monkeypatch.setattr(consumer, "FIRST_PAUSE_SECONDS", 0.01)
    envelope, problems = turn_ready(), [problem] * 3

    def down_thrice(_: Sequence[Received]) -> None:
        if problems:
            raise problems.pop()

    desk = Desk(down_thrice)
    await bus.publisher.publish(envelope)
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10, batch=10):
        await eventually(lambda: desk.done == [envelope.id])
    assert desk.batches == [[envelope.id]] * 4
    assert await settled(broker)
    assert await dead(broker) == []


async def test_a_peer_down_for_longer_sends_the_batch_back_to_others(
    bus: Bus, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RETURN_AFTER_SECONDS", 0.0)
    envelope = turn_ready()

    def down(_: Sequence[Received]) -> None:
        raise StoreUnavailable("down")

    broken, sound = Desk(down), Desk()
    await bus.publisher.publish(envelope)
    async with bus.consume(AGENT_TURN_READY, broken, prefetch=1):
        await eventually(lambda: bool(broken.batches))
        async with bus.consume(AGENT_TURN_READY, sound, prefetch=1):
            await eventually(lambda: sound.done == [envelope.id])
    assert await settled(broker)
    assert await dead(broker) == []


async def test_while_the_peer_does_not_answer_everything_is_left_to_others(
    bus: Bus, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what was prefetched; and it is not fetched again and again, for that would use up the delivery limit."""
    monkeypatch.setattr(consumer, "RETURN_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(consumer, "LOOK_SECONDS", 0.01)
    envelopes, up = turns_ready(5), False

    def down(_: Sequence[Received]) -> None:
        if not up:
            raise StoreUnavailable("down")

    async def ready() -> bool:
        return up

    desk, sound = Desk(down), Desk()
    for envelope in envelopes:
        await bus.publisher.publish(envelope)
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=4, batch=2, ready=ready) as consuming:
        await eventually(lambda: bool(desk.batches))
        await eventually(lambda: _depth_is(broker, 5))
        assert len(desk.batches) == 1
        assert consuming.in_work() > 0
        async with bus.consume(AGENT_TURN_READY, sound, prefetch=4):
            await eventually(lambda: len(sound.done) == 5)
        up = True
        await bus.publisher.publish(last := turn_ready())
        await eventually(lambda: desk.done == [last.id])
        await eventually(lambda: consuming.in_work() == 0)
    assert await settled(broker)
    assert await dead(broker) == []


async def test_who_is_stopped_while_the_peer_is_away_leaves_at_once(
    bus: Bus, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RETURN_AFTER_SECONDS", 0.0)

    def down(_: Sequence[Received]) -> None:
        raise StoreUnavailable("down")

    async def ready() -> bool:
        return False

    desk = Desk(down)
    await bus.publisher.publish(turn_ready())
    async with asyncio.timeout(10):
        async with bus.consume(AGENT_TURN_READY, desk, prefetch=1, ready=ready):
            await eventually(lambda: bool(desk.batches))
    await eventually(lambda: _depth_is(broker, 1))


async def test_stopping_finishes_the_batch_in_work_and_leaves_the_rest(bus: Bus, broker: Broker) -> None:
    envelopes = turns_ready(5)
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        entered.set()
        await go_on.wait()

    desk = Desk(lambda _: slowly())
    for envelope in envelopes:
        await bus.publisher.publish(envelope)
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10):
        await entered.wait()
        asyncio.get_running_loop().call_later(0.2, go_on.set)
    assert desk.done == [envelopes[0].id]
    await eventually(lambda: _depth_is(broker, 4))


async def _depth_is(broker: Broker, depth: int) -> bool:
    return await broker.depth(AGENT_TURN_READY.name) == depth


async def test_work_goes_on_while_the_connection_is_lost_and_the_copy_comes_again(broker: Broker) -> None:
    envelope = turn_ready()
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        entered.set()
        await go_on.wait()

    desk = Desk(lambda _: slowly())
    async with proxy_for(broker.url) as proxy:
        url = through(proxy, broker.url)
        async with Bus.connect(url, "test") as bus, bus.consume(AGENT_TURN_READY, desk, prefetch=10, batch=10):
            await bus.publisher.publish(envelope)
            await entered.wait()
            proxy.cut()
            await eventually(lambda: not bus.healthy())
            go_on.set()
            await eventually(lambda: desk.done == [envelope.id] * 2)
            assert bus.healthy()
            await bus.publisher.publish(turn_ready())
            await eventually(lambda: len(desk.done) == 3)
    assert await settled(broker)


async def test_consuming_goes_on_after_an_operator_closed_the_connections(bus: Bus, broker: Broker) -> None:
    desk = Desk()
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10, batch=10):
        await eventually(lambda: _closed(broker), within=30)
        await eventually(bus.healthy)
        await bus.publisher.publish(turn_ready(), timeout=10)
        await eventually(lambda: len(desk.done) == 1)
    assert await settled(broker)


async def _closed(broker: Broker) -> bool:
    return await broker.close_all_connections("test consuming") > 0


async def test_many_cuts_lose_nothing(broker: Broker) -> None:
    envelopes, desk = turns_ready(400), Desk()
    async with proxy_for(broker.url) as proxy:
        url = through(proxy, broker.url)
        async with Bus.connect(url, "test") as bus, bus.consume(AGENT_TURN_READY, desk, prefetch=50, batch=20):
            for start in range(0, 400, 100):
                publishing = [
                    asyncio.create_task(bus.publisher.publish(envelope, timeout=20))
                    for envelope in envelopes[start : start + 100]
                ]
                await asyncio.sleep(0.01)
                proxy.cut()
                await asyncio.gather(*publishing)
            await eventually(lambda: set(desk.done) == {envelope.id for envelope in envelopes}, within=30)
            await eventually(lambda: settled(broker), within=30)  # a lost acknowledgement brings its message again
    assert await dead(broker) == []


async def test_a_deleted_queue_is_made_again_under_its_consumer(bus: Bus, broker: Broker) -> None:
    desk = Desk()
    async with bus.consume(AGENT_TURN_READY, desk, prefetch=10):
        await broker.channel.queue_delete(AGENT_TURN_READY.name)

        async def arrives() -> bool:
            with contextlib.suppress(Exception):
                await bus.publisher.publish(turn_ready())
            return bool(desk.done)

        await eventually(arrives)


async def test_a_consumer_that_breaks_cancels_its_block_and_is_heard(bus: Bus) -> None:
    with pytest.raises(AttributeError):
        async with bus.consume(AGENT_TURN_READY, Desk(), prefetch=10) as consuming:
            await consuming.take(object())  # type: ignore[arg-type]
            await asyncio.Event().wait()


async def test_what_the_block_raises_comes_out_as_it_is(bus: Bus) -> None:
    with pytest.raises(ZeroDivisionError):
        async with bus.consume(AGENT_TURN_READY, Desk(), prefetch=10):
            raise ZeroDivisionError


@pytest.mark.parametrize("trouble", ["stall", "refuse"])
async def test_leaving_does_not_wait_for_a_broker_that_has_gone(broker: Broker, trouble: str) -> None:
    async with (
        proxy_for(broker.url) as proxy,
        asyncio.timeout(None) as patience,
        Bus.connect(through(proxy, broker.url), "test") as bus,
        bus.consume(AGENT_TURN_READY, Desk(), prefetch=10),
    ):
        getattr(proxy, trouble)()
        patience.reschedule(asyncio.get_running_loop().time() + 12)
