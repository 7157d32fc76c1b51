"""A channel on which nothing counts as sent before the broker has confirmed it."""

import asyncio

import structlog
from aio_pika import Message
from aio_pika.abc import AbstractExchange, AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq.exceptions import ChannelAccessRefused

from remanso.bus import topology
from remanso.bus.connection import asked_to_cancel, broker_version, connect, parting
from remanso.errors import PublishFailed, Unroutable

SUSPECT_SECONDS = 10.0  # after a failure nobody has disproved, so long is this channel called unhealthy
RECOVERY_SECONDS = 0.02  # the first try to reconnect comes about ten milliseconds after a loss

log = structlog.get_logger()


class _Cut(PublishFailed):
    """The connection went away under a message."""


class ConfirmedChannel:
    """Posts single AMQP messages. Every outcome but a confirm is one of our errors."""

    def __init__(
        self,
        connection: AbstractRobustConnection,
        channel: AbstractRobustChannel,
        exchanges: dict[topology.Exchange, AbstractExchange],
        *,
        ours: bool,
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._exchanges = exchanges
        self.ours = ours
        """Whether our user may declare the topology."""
        self._failed_at: float | None = None

    @classmethod
    async def open(cls, url: str, name: str) -> "ConfirmedChannel":
        """Connect, and declare the topology on the channel: a missing exchange would cost the whole connection.

        Raises one of `LOST`, or ConfigurationError when the broker's topology differs from ours.
        """
        connection = await connect(url, name)
        try:
            ours = await _may_declare(connection)
            channel = connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.initialize(timeout=topology.RPC_SECONDS)
            if ours:
                await topology.declare_all(channel)
            exchanges = await topology.exchanges(channel, ours=ours)
        except BaseException:
            async with parting():
                await connection.close()
            raise
        log.info("bus.connected", broker_version=broker_version(connection), declared=ours)
        return cls(connection, channel, exchanges, ours=ours)

    async def close(self) -> None:
        async with parting():
            await self._connection.close()

    def healthy(self) -> bool:
        """Connected, and the last post went well or failed a while ago. (A blocked connection looks connected.)"""
        suspect = self._failed_at is not None and _now() - self._failed_at < SUSPECT_SECONDS
        return self.connected() and not suspect

    def connected(self) -> bool:
        return self._connection.connected.is_set() and not self._channel.is_closed

    async def post(
        self,
        exchange: topology.Exchange,
        routing_key: str,
        message: Message,
        *,
        deadline: float,
        mandatory: bool = True,
    ) -> None:
        """Return when the broker has `message` safely. `deadline` is in the loop's time.

        A message caught by a lost connection is posted again when that is back; so it may be there twice.
        Raises Unroutable, or PublishFailed when it may or may not be stored.
        """
        try:
            await self._post_until(deadline, exchange, routing_key, message, mandatory)
        except PublishFailed:
            self._failed_at = _now()
            raise
        self._failed_at = None

    async def _post_until(
        self, deadline: float, exchange: topology.Exchange, routing_key: str, message: Message, mandatory: bool
    ) -> None:
        while True:
            try:
                return await self._post_once(deadline, exchange, routing_key, message, mandatory)
            except _Cut as cut:
                if _now() + RECOVERY_SECONDS > deadline:
                    raise PublishFailed(*cut.args) from cut
            # aio-pika calls a channel ready for a moment after it has died.
            await asyncio.sleep(RECOVERY_SECONDS)

    async def _post_once(
        self, deadline: float, exchange: topology.Exchange, routing_key: str, message: Message, mandatory: bool
    ) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._channel.ready()
            await self._exchanges[exchange].publish(
                message, routing_key, mandatory=mandatory, timeout=max(0.0, deadline - _now())
            )
        except PublishError as error:
            raise Unroutable(f"no queue takes {routing_key} from {exchange.name}") from error
        except DeliveryError as error:
            raise PublishFailed(f"the broker refused {routing_key}") from error
        except TimeoutError as error:
            raise PublishFailed(f"no confirm for {routing_key} in time") from error
        except asyncio.CancelledError as error:
            if asked_to_cancel():
                raise
            raise _Cut(f"the connection got stuck under {routing_key}") from error
        except Exception as error:
            raise _Cut(f"the connection was lost under {routing_key}: {type(error).__name__}") from error


async def _may_declare(connection: AbstractRobustConnection) -> bool:
    """Whether the topology is ours to declare; asked on a channel of its own, since a refusal closes the channel."""
    channel = connection.channel(publisher_confirms=False)
    try:
        await channel.initialize(timeout=topology.RPC_SECONDS)
        await channel.declare_exchange(
            topology.EVENTS.name, topology.EVENTS.kind, durable=True, robust=False, timeout=topology.RPC_SECONDS
        )
    except ChannelAccessRefused:
        return False
    finally:
        async with parting():
            await channel.close()
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
