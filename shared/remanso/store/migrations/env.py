"""Alembic's entry: runs on the connection that `remanso.store.migrate` opened, or writes SQL for a test that reads it.

Each migration has a transaction of its own: what it locks is free again before the next one begins.
"""

from alembic import context

from remanso.store.tables import metadata

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", transaction_per_migration=True)
else:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
    )
with context.begin_transaction():
    context.run_migrations()
