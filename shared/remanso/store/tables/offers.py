"""What clients offer: the catalogue."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.tables.schema import Instant, created, metadata

# What clients offer. Written by seeding (agent, `remanso clients seed`) and by people (console); read in every turn.
collection_items = Table(
    "collection_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("author", Text, nullable=False),
    Column("updated_at", Instant, nullable=False, server_default=func.now()),
    created(),
    UniqueConstraint("client", "collection", "key"),
)

# Each write of an item, also of those that were taken away: what a person has touched, no seed touches again.
collection_changes = Table(
    "collection_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", JSONB),
    Column("author", Text, nullable=False),
    created(),
    Index(None, "client", "collection", "key"),
)
