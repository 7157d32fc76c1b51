"""What Meta tells of numbers, accounts and templates."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.tables.schema import Instant, created, metadata


def told(name: str, kind: type[Text] | type[JSONB] = Text) -> list[Column[object]]:
    """One thing that Meta tells of, and when it told it: what is older changes nothing any more."""
    return [Column(name, kind), Column(f"{name}_at", Instant)]


# Written by the console: what Meta tells about numbers, accounts and templates, and what nobody here knows.
channel_reports = Table(
    "channel_reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("field", Text),
    Column("channel", Text),
    Column("account", Text),
    Column("value", JSONB, nullable=False),
    Column("detail", Text),
    Column("received_at", Instant, nullable=False),
    created(),
    Index(None, "client", "received_at"),
)

# What holds now of templates, channels and accounts. Written by the console from Meta's reports, by the sender and
# `remanso templates sync` from Graph; each thing keeps the time that Meta gave it.
templates = Table(
    "templates",
    metadata,
    Column("account", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("reason", Text),
    *told("status"),
    *told("category"),
    *told("quality"),
    *told("components", JSONB),
    PrimaryKeyConstraint("account", "name", "language"),
    Index(None, "client"),
)

# By the digits of the number: reports name it by them alone.
channel_health = Table(
    "channel_health",
    metadata,
    Column("account", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("client", Text, nullable=False),
    *told("channel"),
    *told("status"),
    *told("quality"),
    *told("messaging_limit"),
    *told("throughput"),
    *told("name_status"),
    *told("security"),
    Column("reported_at", Instant),
    PrimaryKeyConstraint("account", "number"),
    Index(None, "client"),
)

account_health = Table(
    "account_health",
    metadata,
    Column("account", Text, primary_key=True),
    Column("client", Text, nullable=False),
    *told("review"),
    *told("standing"),
    *told("restrictions", JSONB),
    *told("violation"),
    *told("capability", JSONB),
    *told("alert", JSONB),
    Index(None, "client"),
)
