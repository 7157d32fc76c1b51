"""Every table, with the service that writes it. Constraints carry the promises: what they forbid cannot happen.

`alembic check` (a test) keeps the migrations equal to these files.
"""

from remanso.store.tables import (
    channels,
    chores,
    console,
    conversations,
    credit,
    forgetting,
    offers,
    people,
    programs,
    sending,
    turns,
)
from remanso.store.tables.schema import metadata

__all__ = [
    "channels",
    "chores",
    "console",
    "conversations",
    "credit",
    "forgetting",
    "metadata",
    "offers",
    "people",
    "programs",
    "sending",
    "turns",
]
