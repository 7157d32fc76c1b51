"""Events out: `publish` when the caller must know, `hint` when a sweeper will notice anyway."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from aio_pika import DeliveryMode, Message

from remanso.bus.confirmed import ConfirmedChannel
from remanso.bus.group_commit import Lane
from remanso.bus.metrics import PUBLISH_ENVELOPES, PUBLISH_SECONDS, PUBLISHED
from remanso.bus.topology import EVENTS
from remanso.bus.traced import sending
from remanso.errors import PublishFailed, RemansoError, Unroutable
from remanso.events import Envelope

HINT_SECONDS = 1.0

log = structlog.get_logger()


class Publisher:
    """Many tasks may publish at once; those with the same type of event share messages and confirms."""

    def __init__(self, channel: ConfirmedChannel) -> None:
        self._channel = channel
        self._lanes: dict[tuple[str, bool], Lane] = {}

    async def publish(self, *envelopes: Envelope, timeout: float = 3.0) -> None:
        """Return when the broker has confirmed every one of them.

        Raises PublishFailed when, after `timeout` seconds at the latest, one was refused or its fate is unknown
        (publish all again under the same ids), Unroutable when no queue is bound for one.
        """
        await self._send(envelopes, timeout, mandatory=True)

    async def hint(self, *envelopes: Envelope) -> None:
        """Announce what a commit has just made true. Failures are counted and logged: a sweeper announces again."""
        if not self._channel.connected():
            self._count(envelopes, [])
            return
        try:
            await self._send(envelopes, HINT_SECONDS, mandatory=False)
        except RemansoError as error:
            log.warning("bus.hint_lost", events=len(envelopes), error=f"{type(error).__name__}: {error}")

    def healthy(self) -> bool:
        """Would an event published now probably be confirmed?"""
        return self._channel.healthy()

    async def close(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    async def _send(self, envelopes: Sequence[Envelope], timeout: float, *, mandatory: bool) -> None:
        with sending(envelopes) as traced:
            await self._send_traced(traced, timeout, mandatory=mandatory)

    async def _send_traced(self, envelopes: Sequence[Envelope], timeout: float, *, mandatory: bool) -> None:
        deadline = asyncio.get_running_loop().time() + timeout
        outcomes = [self._lane(envelope.type, mandatory).enter(envelope, deadline) for envelope in envelopes]
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.gather(*outcomes)
        except TimeoutError as error:
            raise PublishFailed(f"not confirmed within {timeout:g} s") from error
        except RemansoError as error:
            raise type(error)(*error.args) from error  # the original is shared with everyone in its message
        finally:
            self._count(envelopes, outcomes)
            for outcome in outcomes:
                outcome.cancel()

    def _lane(self, event: str, mandatory: bool) -> Lane:
        key = (event, mandatory)
        if key not in self._lanes:
            self._lanes[key] = Lane(lambda body, group, deadline: self._post(body, group, deadline, mandatory))
        return self._lanes[key]

    async def _post(self, body: bytes, group: Sequence[Envelope], deadline: float, mandatory: bool) -> None:
        event = group[0].type
        PUBLISH_ENVELOPES.labels(event).observe(len(group))
        with PUBLISH_SECONDS.labels(event).time():
            await self._channel.post(EVENTS, event, _message(body, group), deadline=deadline, mandatory=mandatory)

    def _count(self, envelopes: Sequence[Envelope], outcomes: Sequence[asyncio.Future[None]]) -> None:
        for index, envelope in enumerate(envelopes):
            outcome = _outcome(outcomes[index]) if outcomes else "unconfirmed"
            PUBLISHED.labels(envelope.type, outcome).inc()


def _outcome(outcome: asyncio.Future[None]) -> str:
    if not outcome.done() or outcome.cancelled():
        return "unconfirmed"
    error = outcome.exception()
    if error is None:
        return "confirmed"
    return "unroutable" if isinstance(error, Unroutable) else "unconfirmed"


def _message(body: bytes, group: Sequence[Envelope]) -> Message:
    """`message_id` stays unset: aiormq tells returned messages apart by it, and ours repeat."""
    traces = {envelope.traceparent for envelope in group}
    trace = traces.pop() if len(traces) == 1 else None
    return Message(
        body,
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        timestamp=datetime.now(UTC),
        type=group[0].type,
        headers={"traceparent": trace} if trace else {},
    )
