"""Deleting the bytes of files whose time is over. What is known of them stays: kind, size, hash, words."""

from remanso.store import Store
from services.agent import metrics

SECONDS = 60.0
"""Between two looks; a file is kept for days."""
_AT_ONCE = 50


async def forget_expired(store: Store) -> None:
    """The sweep: some in each transaction, until nothing is left that nobody else is deleting."""
    forgotten = 1
    while forgotten:
        async with store.transaction() as tx:
            forgotten = await tx.media.forget(_AT_ONCE) + await tx.attachments.forget(_AT_ONCE)
        metrics.MEDIA_FORGOTTEN.inc(forgotten)
