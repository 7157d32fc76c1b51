import asyncio
import time
from itertools import chain
from urllib.parse import urlsplit

import pytest
from pamqp.common import FieldValue
from structlog.testing import capture_logs

from remanso.bus import Bus, connection, topology
from remanso.bus.topology import AGENT_TURN_READY
from remanso.errors import ConfigurationError, PublishFailed, Unroutable
from remanso.events import ConversationChanged, DeliveryReady, Envelope, decode, wrap
from tests.support.events import turn_ready, turns_ready
from tests.support.rabbitmq import Broker
from tests.support.tcp_proxy import proxy_for, through
from tests.support.waiting import eventually


async def stored(broker: Broker) -> list[list[str]]:
    """The ids in each message of the agent's queue, taken out."""
    messages = await broker.take_all(AGENT_TURN_READY.name)
    return [[item.id for item in decode(message.body) if isinstance(item, Envelope)] for message in messages]


async def test_published_means_stored(broker: Broker) -> None:
    envelope = turn_ready().model_copy(
        update={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    )
    async with Bus.connect(broker.url, "test") as bus:
        await bus.publisher.publish(envelope)
        assert bus.healthy()

    (message,) = await broker.take_all(AGENT_TURN_READY.name)
    assert decode(message.body) == [envelope]
    assert message.delivery_mode == 2
    assert message.message_id != envelope.id
    assert message.type == "turn.ready"
    assert message.headers["traceparent"] == envelope.traceparent


async def test_one_call_with_several_types(broker: Broker) -> None:
    async with Bus.connect(broker.url, "test") as bus:
        turn = turn_ready()
        delivery = wrap(DeliveryReady(conversation_id=turn.payload.turn_id), "emprendemy")  # type: ignore[attr-defined]
        await bus.publisher.publish(turn, delivery)
    assert await broker.depth(AGENT_TURN_READY.name) == 1
    assert await broker.depth(topology.SENDER_DELIVERY_READY.name) == 1


async def test_callers_that_come_together_share_messages(broker: Broker) -> None:
    envelopes = turns_ready(300)
    async with Bus.connect(broker.url, "test") as bus:
        await asyncio.gather(*(bus.publisher.publish(envelope) for envelope in envelopes))
    messages = await stored(broker)
    assert [*chain.from_iterable(messages)] == [envelope.id for envelope in envelopes]
    assert len(messages) <= 3


async def test_unroutable_is_told_at_once_and_harms_nobody_else(broker: Broker) -> None:
    lost = wrap(ConversationChanged(conversation_id=turn_ready().payload.turn_id, what="x"), "e")  # type: ignore[attr-defined]
    async with Bus.connect(broker.url, "test") as bus:
        outcomes = await asyncio.gather(
            bus.publisher.publish(lost), bus.publisher.publish(turn_ready()), return_exceptions=True
        )
        assert isinstance(outcomes[0], Unroutable)
        assert outcomes[1] is None
        await bus.publisher.hint(lost)  # not mandatory: nobody looks, nobody is told


async def test_a_refused_publish_fails(broker: Broker) -> None:
    """A full queue with reject-publish answers with a nack, as a broker in trouble does."""
    await broker.channel.queue_delete(AGENT_TURN_READY.name)
    full: dict[str, FieldValue] = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
    queue = await broker.channel.declare_queue("full", durable=True, arguments=full)
    await queue.bind(topology.EVENTS.name, "elsewhere.full")
    async with Bus.connect(broker.url, "test") as bus:
        elsewhere = [turn_ready().model_copy(update={"type": "elsewhere.full"}) for _ in range(30)]
        with pytest.raises(PublishFailed, match="refused"):
            for envelope in elsewhere:
                await bus.publisher.publish(envelope)
        assert not bus.healthy()
        await bus.publisher.publish(turn_ready())
        assert bus.healthy(), "a success disproves the suspicion"


async def test_a_cut_connection_is_mended_within_the_timeout(broker: Broker) -> None:
    async with proxy_for(broker.url) as proxy, Bus.connect(through(proxy, broker.url), "test") as bus:
        await bus.publisher.publish(turn_ready())
        proxy.cut()
        envelopes = turns_ready(20)
        await asyncio.gather(*(bus.publisher.publish(envelope, timeout=10) for envelope in envelopes))
        assert {e.id for e in envelopes} <= set(chain.from_iterable(await stored(broker)))


async def test_connections_closed_by_an_operator_come_back(broker: Broker) -> None:
    async with Bus.connect(broker.url, "test") as bus:
        await eventually(lambda: _closed_any(broker), within=30)
        await eventually(bus.healthy)
        await bus.publisher.publish(turn_ready(), timeout=10)


async def _closed_any(broker: Broker) -> bool:
    return await broker.close_all_connections("test") > 0


async def test_a_stalled_broker_fails_the_publish_in_time_and_recovers(broker: Broker) -> None:
    async with proxy_for(broker.url) as proxy, Bus.connect(through(proxy, broker.url), "test") as bus:
        await bus.publisher.publish(turn_ready())
        proxy.stall()
        started = time.monotonic()
        outcomes = await asyncio.gather(
            *(bus.publisher.publish(turn_ready(), timeout=0.5) for _ in range(5)), return_exceptions=True
        )
        assert time.monotonic() - started < 2
        assert all(isinstance(outcome, PublishFailed) for outcome in outcomes)
        assert not bus.healthy()
        proxy.flow()
        await bus.publisher.publish(turn_ready(), timeout=10)
        assert bus.healthy()


async def test_a_publish_caught_on_a_stuck_connection_survives_its_end(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiormq gives up on a silent peer after three heartbeats, and cancels whoever waits for a confirm."""
    monkeypatch.setattr(connection, "HEARTBEAT_SECONDS", 1)
    async with proxy_for(broker.url) as proxy, Bus.connect(through(proxy, broker.url), "test") as bus:
        proxy.stall()
        envelope = turn_ready()
        publishing = asyncio.create_task(bus.publisher.publish(envelope, timeout=40))
        await eventually(lambda: not bus.healthy(), within=20)
        proxy.flow()
        await publishing
    assert envelope.id in chain.from_iterable(await stored(broker))


async def test_without_a_broker_publish_fails_in_time_and_hints_do_not_wait(broker: Broker) -> None:
    async with proxy_for(broker.url) as proxy, Bus.connect(through(proxy, broker.url), "test") as bus:
        proxy.refuse()
        await eventually(lambda: not bus.healthy())
        with pytest.raises(PublishFailed, match=r"in time|within"):
            await bus.publisher.publish(turn_ready(), timeout=0.3)
        async with asyncio.timeout(0.2):
            await bus.publisher.hint(turn_ready())
        proxy.flow()
        await bus.publisher.publish(turn_ready(), timeout=10)


async def test_a_caller_that_is_cancelled_leaves_the_others_alone(broker: Broker) -> None:
    async with Bus.connect(broker.url, "test") as bus:
        staying, leaving = turn_ready(), turn_ready()
        tasks = [asyncio.create_task(bus.publisher.publish(e)) for e in (leaving, staying)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await tasks[1]
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]


async def test_connect_waits_for_a_broker_that_is_not_there_yet(broker: Broker) -> None:
    async with proxy_for(broker.url) as proxy:
        proxy.refuse()
        with capture_logs() as lines:
            connecting = asyncio.create_task(_connect_and_publish(through(proxy, broker.url)))
            await eventually(lambda: any(line["event"] == "bus.waiting_for_broker" for line in lines))
            proxy.flow()
            await connecting
        password = urlsplit(broker.url).password or ""
        assert not any(password in str(line) for line in lines)
    assert await broker.depth(AGENT_TURN_READY.name) == 1


async def _connect_and_publish(url: str) -> None:
    async with Bus.connect(url, "test") as bus:
        await bus.publisher.publish(turn_ready())


async def test_a_queue_with_other_arguments_is_a_configuration_error(broker: Broker) -> None:
    await broker.channel.queue_delete(AGENT_TURN_READY.name)
    await broker.channel.declare_queue(AGENT_TURN_READY.name, durable=True, arguments={"x-queue-type": "quorum"})
    with pytest.raises(ConfigurationError, match=r"agent\.turn-ready"):
        async with Bus.connect(broker.url, "test"):
            pass
