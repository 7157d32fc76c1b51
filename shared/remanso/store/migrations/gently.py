"""What a migration may do to a table that services write to at this moment. The rules: docs/upgrades.md."""

from collections.abc import Mapping, Sequence
from typing import Any

from alembic import op

LOCK_TIMEOUT = "2s"
"""For a statement that keeps others out: they wait behind it for as long as it waits itself."""
_WITHOUT_KEEPING_OUT = "60s"
"""An index built concurrently waits for transactions that are open, and nobody waits for it. Ours end within 20 s."""


def build_indexes(*indexes: Mapping[str, Any], columns: Sequence[str] = ()) -> None:
    """Builds indexes while the tables are written to, outside a transaction: call it first in a migration.

    Cut off at any place it may run again. Each of `indexes` holds the arguments of `op.create_index`; `columns` are
    statements before it that may run twice, for columns the indexes need.
    """
    with op.get_context().autocommit_block():
        for statement in columns:
            op.execute(statement)
        op.execute(f"SET lock_timeout = '{_WITHOUT_KEEPING_OUT}'")
        for index in indexes:
            _drop(index)  # what an attempt that was cut off left is there, and useless
            op.create_index(**index, postgresql_concurrently=True)
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def drop_indexes(*indexes: Mapping[str, Any]) -> None:
    with op.get_context().autocommit_block():
        for index in indexes:
            _drop(index)


def _drop(index: Mapping[str, Any]) -> None:
    op.drop_index(index["index_name"], index["table_name"], postgresql_concurrently=True, if_exists=True)
