"""credit for hearing; whether a message asks for an answer"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_CALL = ["turn_id", "step", "attempt", "account_id"]


def upgrade() -> None:
    op.add_column("messages", sa.Column("asks", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    # Of the others nobody asks any more: they have their fate.
    op.execute(
        "UPDATE messages SET asks = false WHERE author = 'contact' AND fate IS NULL"
        " AND content->>'kind' IN ('reaction', 'identity_change', 'edit', 'revoke')"
    )
    op.add_column("credit_entries", sa.Column("message_id", sa.Uuid(), nullable=True))
    _index_entries([*_CALL, "message_id"], alike_without=True)
    op.add_column("credit_reserves", sa.Column("message_id", sa.Uuid(), nullable=True))
    op.drop_constraint("pk_credit_reserves", "credit_reserves", type_="primary")
    op.create_index(
        "uq_credit_reserves_call",
        "credit_reserves",
        ["turn_id", "message_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    """Open reserves for hearing are forgotten, and stay kept in their accounts: stop the agents and let them be released."""
    op.drop_index("uq_credit_reserves_call", table_name="credit_reserves")
    op.execute("DELETE FROM credit_reserves WHERE message_id IS NOT NULL")
    op.create_primary_key("pk_credit_reserves", "credit_reserves", ["turn_id"])
    op.drop_column("credit_reserves", "message_id")
    op.execute("UPDATE credit_entries SET turn_id = NULL WHERE message_id IS NOT NULL")
    _index_entries(_CALL, alike_without=False)
    op.drop_column("credit_entries", "message_id")
    op.drop_column("messages", "asks")


def _index_entries(columns: list[str], *, alike_without: bool) -> None:
    op.drop_index("uq_credit_entries_closing", table_name="credit_entries")
    op.drop_index("uq_credit_entries_call", table_name="credit_entries")
    op.create_index(
        "uq_credit_entries_call",
        "credit_entries",
        [*columns, "kind"],
        unique=True,
        postgresql_where=sa.text("turn_id IS NOT NULL"),
        postgresql_nulls_not_distinct=alike_without,
    )
    op.create_index(
        "uq_credit_entries_closing",
        "credit_entries",
        columns,
        unique=True,
        postgresql_where=sa.text("kind IN ('settle', 'release')"),
        postgresql_nulls_not_distinct=alike_without,
    )
