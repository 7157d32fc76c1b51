from collections.abc import Sequence

import structlog
from prometheus_client import REGISTRY

from remanso.bus import Bus, Received
from remanso.bus.topology import AGENT_TURN_READY
from remanso.events import encode
from tests.support.events import turns_ready
from tests.support.rabbitmq import Broker
from tests.support.tcp_proxy import proxy_for, through
from tests.support.waiting import eventually

QUEUE = AGENT_TURN_READY.name


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"remanso_bus_{name}", labels) or 0.0


class Growth:
    """What a metric has grown by since this was made."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name, self._labels = name, labels
        self._before = counted(name, **labels)

    def __call__(self) -> float:
        return counted(self._name, **self._labels) - self._before


async def test_every_envelope_is_counted_where_it_went(broker: Broker) -> None:
    confirmed = Growth("published_total", event="turn.ready", outcome="confirmed")
    handled, buried = (Growth("consumed_total", queue=QUEUE, fate=fate) for fate in ("handled", "dead_lettered"))
    rejected, undecodable = (
        Growth("dead_lettered_total", queue=QUEUE, reason=reason) for reason in ("rejected", "undecodable")
    )
    batches, calls = (
        Growth("batch_envelopes_count", queue=QUEUE),
        Growth("handler_seconds_count", queue=QUEUE, outcome="handled"),
    )
    ages = Growth("age_seconds_count", queue=QUEUE)

    async def reject_first(items: Sequence[Received]) -> None:
        items[0].reject("nobody knows this turn")

    async with Bus.connect(broker.url, "test") as bus:
        await bus.publisher.publish(*turns_ready(3))
        await broker.put("turn.ready", encode(turns_ready(4)))
        await broker.put("turn.ready", b"nonsense")
        async with bus.consume(AGENT_TURN_READY, reject_first, prefetch=10):
            await eventually(lambda: handled() + buried() == 8)

    assert confirmed() == 3
    assert (handled(), buried()) == (5, 3)
    assert (rejected(), undecodable()) == (2, 1)
    assert (batches(), calls()) == (2, 2)
    assert ages() == 7


async def test_a_lost_connection_is_told_once_however_often_the_way_back_fails(broker: Broker) -> None:
    losses = Growth("connection_losses_total")
    async with proxy_for(broker.url) as proxy, Bus.connect(through(proxy, broker.url), "test") as bus:
        knocks = proxy.knocks
        with structlog.testing.capture_logs() as lines:
            proxy.refuse()
            await eventually(lambda: proxy.knocks >= knocks + 2)
            proxy.flow()
            await eventually(lambda: any(line["event"] == "bus.connection_back" for line in lines))
        assert [line["event"] for line in lines] == ["bus.connection_lost", "bus.connection_back"]
        assert losses() == 1
        await bus.publisher.publish(*turns_ready(1))
