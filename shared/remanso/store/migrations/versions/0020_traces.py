"""the trace that a row goes on with; what went wrong, and what a client used, are found by index"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"

TABLES = ("messages", "turns", "deliveries")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("traceparent", sa.Text))
    op.create_index("ix_turns_failed", "turns", ["client", "sealed_at"], postgresql_where=sa.text("state = 'failed'"))
    op.create_index(op.f("ix_turns_client_closed_at"), "turns", ["client", "closed_at"])
    op.create_index("ix_steps_problems", "steps", ["created_at"], postgresql_where=sa.text("problems <> '[]'::jsonb"))
    op.create_index("ix_deliveries_failed", "deliveries", ["created_at"], postgresql_where=sa.text("state = 'failed'"))


def downgrade() -> None:
    op.drop_index("ix_deliveries_failed", table_name="deliveries")
    op.drop_index("ix_steps_problems", table_name="steps")
    op.drop_index(op.f("ix_turns_client_closed_at"), table_name="turns")
    op.drop_index("ix_turns_failed", table_name="turns")
    for table in TABLES:
        op.drop_column(table, "traceparent")
