"""What is done now and then, by one process at a time."""

from sqlalchemy import BigInteger, Column, Table, Text, func, text

from remanso.store.tables.schema import Instant, metadata

# What is done now and then, by one process at a time. Written by whoever holds the lease.
chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_until", Instant),
    Column("due_at", Instant, nullable=False, server_default=func.now()),
    Column("done_at", Instant),
    Column("trouble", Text),
)
