"""Alembic's entry: runs on the connection that `remanso.store.migrate` opened."""

from alembic import context

from remanso.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
