"""The gate a part passes when nothing else speaks against it: not parked, and at the pace Meta allows.

What passes is marked `sending`, and takes its number's place last: what comes after that is lateness. What does not
pass is told when to come back, and holds neither a slot nor a lock meanwhile: no contact and no number waits behind
another for longer than the turnstile looks ahead.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prometheus_client import Counter, Histogram

from remanso.channels.whatsapp.errors import Scope
from remanso.model.pace import PAIR_RATE, Rate, number_rate
from remanso.plugin.config import ClientConfig
from remanso.store import Transaction
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from remanso.store.pace import Pace
from remanso.store.parking import Parking
from services.sender.scopes import WHOLE_NUMBERS, Keys, channel_named, keys_of
from services.sender.turnstile import AHEAD, Turnstile

PACED = Counter(
    "remanso_sender_paced_total",
    "Waits for pace, by what was too fast: contact, number, account, app.",
    ["client", "reason"],
)
PACED_SECONDS = Histogram(
    "remanso_sender_paced_seconds",
    "How long parts that had to wait for pace did so.",
    ["client"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800),
)
SPREAD_SECONDS = 1.0
"""After a pause of many numbers not all of their contacts come back in the same instant."""

LOOK_AGAIN = timedelta(minutes=1)
"""Whether a parked contact or template was resumed by hand."""


@dataclass(frozen=True)
class Later:
    """Come back after so long; None: somebody will say when."""

    wait: timedelta | None


class Gate:
    """Args: throughput: messages per second of a number whose client.toml says nothing."""

    def __init__(self, throughput: float, turnstile: Turnstile) -> None:
        self._throughput = throughput
        self._turnstile = turnstile

    async def pass_(
        self,
        tx: Transaction,
        head: Delivery,
        conversation: Conversation,
        client: ClientConfig,
        probes: Collection[UUID] = (),
    ) -> Delivery | Later:
        """The part, marked `sending`, or when it may come back: written down, too.

        `probes` are parkings this part may go in spite of, to see whether they are over.
        """
        keys = keys_of(head.payload, conversation, client)
        parked = await tx.parkings.open_of(set(keys.values()))
        if (later := await self._parked(tx, head, parked, probes)) is not None:
            return later
        marked = await self._at_pace(tx, head, conversation, client, keys)
        if isinstance(marked, Later):
            return marked
        if head.paced_at is not None:
            PACED_SECONDS.labels(client.name).observe((conversation.now - head.paced_at).total_seconds())
        return marked

    async def _parked(
        self, tx: Transaction, head: Delivery, parked: list[Parking], probes: Collection[UUID]
    ) -> Later | None:
        """Of a contact or a template the part itself is the probe; of a number one is let through from outside."""
        claimed: list[UUID] = []
        for parking in parked:
            if parking.id in probes or (parking.scope not in WHOLE_NUMBERS and await tx.parkings.claim(parking.id)):
                claimed.append(parking.id)
            elif parking.scope in WHOLE_NUMBERS:
                return Later(None)
            else:
                moment = min(max(parking.probe_at, parking.now), parking.now + LOOK_AGAIN)
                await tx.attempts.wait_until(head.id, moment)
                return Later(None)
        if claimed:
            await tx.parkings.probing(claimed, head.id)
        return None

    async def _at_pace(
        self, tx: Transaction, head: Delivery, conversation: Conversation, client: ClientConfig, keys: Keys
    ) -> Delivery | Later:
        if pair := PAIR_RATE.wait(conversation.pair_next_at, conversation.now):
            return await self._come_back(tx, head, client, pair, Scope.CONTACT)
        found = await tx.paces.of([keys[scope] for scope in WHOLE_NUMBERS])
        for scope in (Scope.APP, Scope.ACCOUNT):
            if pause := _pause(found.get(keys[scope])):
                return await self._come_back(tx, head, client, _spread(pause), scope)
        slowness = max((pace.slowness for pace in found.values()), default=1.0)
        rate, key = self._rate(conversation, client).slowed(slowness), keys[Scope.NUMBER]
        if not _must_wait(found.get(key), waited=head.paced_at is not None):
            marked = await tx.attempts.mark_sending(head.id)
            await tx.conversations.pace_pair(
                conversation.id, PAIR_RATE.take(conversation.pair_next_at, conversation.now)
            )
            if (wait := await self._turnstile.enter(key, rate, waited=head.paced_at is not None)) is None:
                return marked
            await tx.conversations.pace_pair(conversation.id, conversation.pair_next_at)
        else:
            wait = await self._turnstile.line_up(key, rate)
        return await self._come_back(tx, head, client, wait, Scope.NUMBER)

    def _rate(self, conversation: Conversation, client: ClientConfig) -> Rate:
        channel = channel_named(client, conversation.channel)
        return number_rate((channel.throughput if channel else None) or self._throughput)

    async def _come_back(
        self, tx: Transaction, head: Delivery, client: ClientConfig, wait: timedelta, scope: Scope
    ) -> Later:
        PACED.labels(client.name, scope.value).inc()
        await tx.attempts.pace(head, wait)
        return Later(wait)


def _pause(pace: Pace | None) -> timedelta:
    return max(timedelta(), pace.next_at - pace.now) if pace else timedelta()


def _must_wait(pace: Pace | None, *, waited: bool) -> bool:
    """Seen without a lock, so that those who certainly have to wait keep nobody up."""
    if pace is None:
        return False
    soon = pace.now + AHEAD
    return pace.next_at > soon or (not waited and pace.line_at > soon)


def _spread(pause: timedelta) -> timedelta:
    return pause + timedelta(seconds=random.uniform(0, SPREAD_SECONDS))
