"""Every exchange and queue, as data. Whoever may declares all of it, so that no start order makes an event unroutable;
services whose users may not (`rights`) wait until it is there.

The arguments mean the same on RabbitMQ 3.10 and 4.x. They are frozen in the queue: changing one means a new queue.
"""

from dataclasses import dataclass

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from aio_pika.exceptions import ChannelPreconditionFailed

from remanso.errors import ConfigurationError

RPC_SECONDS = 10.0

# A message merely prefetched when a channel dies counts as delivered: large batches and frequent restarts would
# use up a small limit with messages nobody worked on. Poison is found by our consumer, not by this number.
DELIVERY_LIMIT = 500

# In the dead-letter queue the broker has nowhere to put a message that people looked at too often: it would drop it.
# Written out because "no limit" is said differently by 3.10 and 4.x.
DEAD_DELIVERY_LIMIT = 1_000_000


@dataclass(frozen=True)
class Exchange:
    name: str
    kind: ExchangeType


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue, named `reader.event`, fed with one type of event.

    `also`: further types that must keep their order with it.
    """

    name: str
    routing_key: str
    also: tuple[str, ...] = ()

    @property
    def routing_keys(self) -> tuple[str, ...]:
        return (self.routing_key, *self.also)

    @property
    def arguments(self) -> dict[str, str | int]:
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD.name,
            "x-dead-letter-strategy": "at-least-once",  # the default loses messages when the node dies meanwhile …
            "x-overflow": "reject-publish",  # … and without this the strategy is silently ignored
        }


EVENTS = Exchange("remanso.events", ExchangeType.TOPIC)
DEAD = Exchange("remanso.dead", ExchangeType.FANOUT)
DEAD_QUEUE = "remanso.dead"

DEBOUNCER_MESSAGE_RECEIVED = Queue(
    "debouncer.message-received", "message.received", ("message.echoed", "preference.changed")
)
SENDER_RECEIPT_RECEIVED = Queue("sender.receipt-received", "receipt.received")
CONSOLE_CHANNEL_REPORTED = Queue("console.channel-reported", "channel.reported")
AGENT_TURN_READY = Queue("agent.turn-ready", "turn.ready")
SENDER_DELIVERY_READY = Queue("sender.delivery-ready", "delivery.ready")
SENDER_MODEL_UNAVAILABLE = Queue("sender.model-unavailable", "model.unavailable")

QUEUES = (
    DEBOUNCER_MESSAGE_RECEIVED,
    SENDER_RECEIPT_RECEIVED,
    CONSOLE_CHANNEL_REPORTED,
    AGENT_TURN_READY,
    SENDER_DELIVERY_READY,
    SENDER_MODEL_UNAVAILABLE,
)


def graveyard_arguments() -> dict[str, str | int]:
    """Of `remanso.dead`, whose letters go nowhere from there."""
    return {"x-queue-type": "quorum", "x-delivery-limit": DEAD_DELIVERY_LIMIT}


async def declare_all(channel: AbstractChannel) -> None:
    """Make sure all of it exists. On a robust channel it is made again after every reconnect.

    Raises ConfigurationError when the broker has one of the queues with other arguments, and ChannelAccessRefused where
    our user may not declare.
    """
    dead = await _declare_exchange(channel, DEAD)
    graveyard = await channel.declare_queue(
        DEAD_QUEUE, durable=True, arguments={**graveyard_arguments()}, timeout=RPC_SECONDS
    )
    await graveyard.bind(dead, routing_key="", timeout=RPC_SECONDS)
    for queue in QUEUES:
        await declare_queue(channel, queue)


async def exchanges(channel: AbstractChannel, *, ours: bool) -> dict[Exchange, AbstractExchange]:
    """The exchanges to publish to. Where the topology is not `ours` to declare they have to be there: raises
    ChannelNotFoundEntity otherwise."""
    return {each: await _declare_exchange(channel, each, passive=not ours) for each in (EVENTS, DEAD)}


async def declare_queue(channel: AbstractChannel, queue: Queue, *, ours: bool = True) -> AbstractQueue:
    """One queue with its binding. Raises ConfigurationError when the broker has it with other arguments.

    Where the topology is not `ours` to declare it has to be there: raises ChannelNotFoundEntity otherwise.
    """
    if not ours:
        return await channel.declare_queue(queue.name, passive=True, timeout=RPC_SECONDS)
    events = await _declare_exchange(channel, EVENTS)
    try:
        declared = await channel.declare_queue(
            queue.name, durable=True, arguments={**queue.arguments}, timeout=RPC_SECONDS
        )
    except ChannelPreconditionFailed as error:
        raise ConfigurationError(
            f"the broker has queue {queue.name} with other arguments; empty and delete it, or use another vhost"
        ) from error
    for routing_key in queue.routing_keys:
        await declared.bind(events, routing_key, timeout=RPC_SECONDS)
    return declared


async def _declare_exchange(channel: AbstractChannel, exchange: Exchange, *, passive: bool = False) -> AbstractExchange:
    return await channel.declare_exchange(
        exchange.name, exchange.kind, durable=True, passive=passive, timeout=RPC_SECONDS
    )
