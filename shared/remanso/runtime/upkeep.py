"""Brings what is stored of a client's templates, numbers and accounts in line with what Graph says of them now."""

from datetime import timedelta

from remanso.channels.whatsapp.assets import Assets
from remanso.model.health import Fact, Subject
from remanso.plugin.registry import Client
from remanso.store import Store

SKEW = timedelta(seconds=5)
"""A list is taken to be so much older than its request: Meta's times are whole seconds of another clock, and what a
webhook told within the last seconds may be newer than the list."""


async def synchronise(store: Store, assets: Assets, client: Client) -> list[Fact]:
    """Reads everything of the client's accounts and stores it; gives what was read.

    Raises GraphUnreadable or StoreUnavailable; what was stored until then holds.
    """
    token, read = client.secret("access_token"), []
    for account in sorted({channel.account for channel in client.config.channels}):
        async with store.transaction() as tx:
            at = await tx.health.now() - SKEW
        templates = await assets.templates(account, token, at)
        facts = templates + await assets.numbers(account, token, at) + await assets.account(account, token, at)
        async with store.transaction() as tx:
            await tx.health.tell(client.name, facts)
            await tx.health.forget_templates(account, _listed(templates), at)
        read += facts
    return read


def _listed(facts: list[Fact]) -> set[tuple[str, str]]:
    return {(fact.key[1], fact.key[2]) for fact in facts if fact.subject is Subject.TEMPLATE}
