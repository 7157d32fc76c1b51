"""What every table has in common."""

from sqlalchemy import Column, DateTime, MetaData, Text, func

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Instant = DateTime(timezone=True)


def created() -> Column[object]:
    return Column("created_at", Instant, nullable=False, server_default=func.now())


def trace() -> Column[object]:
    """W3C's `traceparent` of what wrote the row, while traces are on: whoever takes the row up goes on with it."""
    return Column("traceparent", Text)
