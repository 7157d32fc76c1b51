"""Who was forgotten, so that nobody can tell who it was but whoever has the name."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.tables.schema import Instant, metadata

# That somebody was forgotten: who asked for it, when, how much of what. Nothing here names them. Written by whoever
# forgets: `remanso privacy`, the console.
forgettings = Table(
    "forgettings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("user_id", Uuid),
    Column("counts", JSONB, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.now()),
    Index(None, "client", "at"),
)

# The names of the forgotten as marks, which tell a name only to whoever has it and the key: what they wrote before
# `at` and comes late is not stored, and a backup that still knows them is made to forget them again.
forgotten_names = Table(
    "forgotten_names",
    metadata,
    Column("client", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("client", "mark"),
)

# One row, made by its migration: with it marks are made. Why it lies here: docs/decisions/0028.
forgetting_key = Table(
    "forgetting_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
)
