"""the trace that a row goes on with; what went wrong, and what a client used, are found by index"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from remanso.store.migrations.gently import build_indexes, drop_indexes

revision = "0020"
down_revision = "0019"

_TABLES = ("messages", "turns", "deliveries")
_INDEXES: tuple[dict[str, Any], ...] = (
    {
        "index_name": "ix_turns_failed",
        "table_name": "turns",
        "columns": ["client", "sealed_at"],
        "postgresql_where": sa.text("state = 'failed'"),
    },
    {"index_name": "ix_turns_client_closed_at", "table_name": "turns", "columns": ["client", "closed_at"]},
    {
        "index_name": "ix_steps_problems",
        "table_name": "steps",
        "columns": ["created_at"],
        "postgresql_where": sa.text("problems <> '[]'::jsonb"),
    },
    {
        "index_name": "ix_deliveries_failed",
        "table_name": "deliveries",
        "columns": ["created_at"],
        "postgresql_where": sa.text("state = 'failed'"),
    },
    {
        "index_name": "ix_credit_entries_movements",
        "table_name": "credit_entries",
        "columns": ["at", "id"],
        "postgresql_where": sa.text("kind NOT IN ('reserve', 'release')"),
    },
)


def upgrade() -> None:
    build_indexes(*_INDEXES)
    for table in _TABLES:
        op.add_column(table, sa.Column("traceparent", sa.Text))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "traceparent")
    drop_indexes(*_INDEXES)
