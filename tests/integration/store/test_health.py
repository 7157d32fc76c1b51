"""What holds now of templates and the like does not depend on the order in which it is told, nor on how often."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from remanso.model.health import Fact, Subject
from remanso.store import Store

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
TEMPLATE, CHANNEL = ("9", "ready", "es_AR"), ("9", "5491155550101")
_clients = count()


def facts() -> list[Fact]:
    """Every thing told of at different times, each a word of its own."""
    subjects = {
        Subject.TEMPLATE: (TEMPLATE, ("status", "category", "quality", "components")),
        Subject.CHANNEL: (CHANNEL, ("status", "quality", "messaging_limit", "throughput", "name_status", "security")),
        Subject.ACCOUNT: (("9",), ("review", "standing", "violation", "capability", "alert")),
    }
    return [
        Fact(
            subject,
            key,
            aspect,
            [{"n": n}]
            if aspect == "components"
            else {"n": n}
            if aspect in ("capability", "alert")
            else f"{aspect} {n}",
            EPOCH + timedelta(hours=n),
        )
        for subject, (key, aspects) in subjects.items()
        for aspect in aspects
        for n in range(4)
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_the_latest_holds_whatever_the_order(store: Store, seed: int) -> None:
    client, chance = f"health-{next(_clients)}", random.Random(seed)
    account = f"a{next(_clients)}"
    told = [Fact(f.subject, (account, *f.key[1:]), f.aspect, f.value, f.at) for f in facts()]
    batches = told + chance.sample(told, len(told) // 2)
    chance.shuffle(batches)
    while batches:
        size = chance.randint(1, 9)
        async with store.transaction() as tx:
            await tx.health.tell(client, batches[:size])
        batches = batches[size:]
    async with store.transaction() as tx:
        (template,) = await tx.health.templates_of(client)
        (channel,) = await tx.health.channels_of(client)
        (found,) = await tx.health.accounts_of(client)
    assert (template.status, template.category, template.quality) == ("status 3", "category 3", "quality 3")
    assert template.components == [{"n": 3}]
    assert (channel.messaging_limit, channel.security, channel.reported_at) == (
        "messaging_limit 3", "security 3", EPOCH + timedelta(hours=3)
    )  # fmt: skip
    assert (found.review, found.capability, found.alert) == ("review 3", {"n": 3}, {"n": 3})


async def test_a_reason_goes_with_its_state_and_a_list_that_has_none_takes_none_away(store: Store) -> None:
    async def told(value: str, reason: str | None, hours: int) -> str | None:
        fact = Fact(Subject.TEMPLATE, TEMPLATE, "status", value, EPOCH + timedelta(hours=hours), {"reason": reason})
        async with store.transaction() as tx:
            await tx.health.tell("reasons", [fact])
            (found,) = await tx.health.templates_of("reasons")
        return found.reason

    assert await told("PAUSED", "FIRST_PAUSE", 1) == "FIRST_PAUSE"
    assert await told("PAUSED", None, 2) == "FIRST_PAUSE"
    assert await told("APPROVED", None, 3) is None


async def test_restrictions_end_by_themselves(store: Store) -> None:
    async with store.transaction() as tx:
        now = await tx.health.now()
        over, lasting = (now + timedelta(hours=hours) for hours in (-1, 1))
        value = [{"type": "A", "expiration": over.timestamp()}, {"type": "B", "expiration": lasting.timestamp()}]
        value.append({"type": "C", "expiration": None})
        await tx.health.tell("restricted", [Fact(Subject.ACCOUNT, ("restricted",), "restrictions", value, now)])
        (found,) = await tx.health.accounts_of("restricted")
    assert [one["type"] for one in found.restrictions] == ["B", "C"]


async def test_a_chore_is_one_processs_at_a_time(store: Store) -> None:
    ttl = timedelta(minutes=1)
    async with store.transaction() as tx:
        first = await tx.chores.claim("sweep the yard", ttl)
        assert first is not None
        assert await tx.chores.claim("sweep the yard", ttl) is None
    async with store.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE chores SET lease_until = now() - interval '1 second'")
        second = await tx.chores.claim("sweep the yard", ttl)
        assert second is not None
        assert not await tx.chores.finish("sweep the yard", first, timedelta(days=1))
        assert await tx.chores.finish("sweep the yard", second, timedelta(days=1))
        assert await tx.chores.claim("sweep the yard", ttl) is None
