"""Deployments of Remanso that tell the operators how they are. Written by the collector alone."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.tables.schema import Instant, created, metadata

# Of their secrets nothing is kept but what checks them; `about` and `standing` are what the fleet's commands tell.
apps = Table(
    "apps",
    metadata,
    Column("name", Text, primary_key=True),
    Column("public_key", Text, nullable=False),
    Column("drain_hash", Text, nullable=False),
    Column("about", JSONB, nullable=False),
    Column("standing", JSONB),
    Column("standing_at", Instant),
    Column("heartbeat", JSONB),
    Column("heartbeat_sent_at", Instant),
    Column("heard_at", Instant),
    Column("drained_at", Instant),
    Column("dynos", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    created(),
)

# Heroku's names of what it has drained: the same twice is stored once.
app_frames = Table(
    "app_frames",
    metadata,
    Column("app", Text, ForeignKey("apps.name", ondelete="CASCADE"), nullable=False),
    Column("frame", Text, nullable=False),
    created(),
    PrimaryKeyConstraint("app", "frame"),
    Index(None, "created_at"),
)

# The last lines of an app that somebody may want to read: warnings, errors, and what Heroku says of its dynos.
app_lines = Table(
    "app_lines",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("app", Text, ForeignKey("apps.name", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("dyno", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    created(),
    CheckConstraint("kind IN ('ours', 'heroku', 'plain')", name="kind"),
    Index(None, "app", "id"),
)

# How often each kind of trouble came, by day; kept for longer than the lines.
app_troubles = Table(
    "app_troubles",
    metadata,
    Column("app", Text, ForeignKey("apps.name", ondelete="CASCADE"), nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    PrimaryKeyConstraint("app", "day", "kind", "name"),
)
