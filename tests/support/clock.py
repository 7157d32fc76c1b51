"""PostgreSQL is the only clock: a test lets time pass by moving what is written down into the past."""

from datetime import timedelta

from sqlalchemy import DateTime, text

from remanso.store import Store
from remanso.store.tables import metadata


async def let_pass(store: Store, time: timedelta | float) -> None:
    """Everything in the database is `time` (seconds) older than a moment ago."""
    span = time if isinstance(time, timedelta) else timedelta(seconds=time)
    async with store.transaction() as tx:
        for table in metadata.sorted_tables:
            instants = [column.name for column in table.columns if isinstance(column.type, DateTime)]
            if instants:
                moved = ", ".join(f"{name} = {name} - CAST(:span AS interval)" for name in instants)
                await tx.connection.execute(text(f"UPDATE {table.name} SET {moved}"), {"span": span})  # noqa: S608


async def forget_everything(store: Store) -> None:
    """Empty tables, as at the start."""
    names = ", ".join(table.name for table in metadata.sorted_tables)
    async with store.transaction() as tx:
        await tx.connection.execute(text(f"TRUNCATE {names}"))
