"""credit"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

DOLLARS = sa.Numeric(18, 8)
INSTANT = sa.DateTime(timezone=True)


def _created() -> "sa.Column[object]":
    return sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_index(op.f("ix_steps_created_at"), "steps", ["created_at"], unique=False)
    op.create_table(
        "credit_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("balance", DOLLARS, server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", DOLLARS, server_default=sa.text("0"), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("last_grant", sa.Uuid(), nullable=True),
        _created(),
        sa.CheckConstraint("reserved >= 0 AND balance >= reserved", name=op.f("ck_credit_accounts_covered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_accounts")),
    )
    op.create_index(op.f("ix_credit_accounts_client_contact_id"), "credit_accounts", ["client", "contact_id"])
    op.create_table(
        "credit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", DOLLARS, nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_credit_entries_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_accounts.id"], name=op.f("fk_credit_entries_account_id_credit_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
    )
    op.create_index(op.f("ix_credit_entries_account_id_at"), "credit_entries", ["account_id", "at"])
    op.create_index(
        "uq_credit_entries_period",
        "credit_entries",
        ["account_id", "period"],
        unique=True,
        postgresql_where=sa.text("kind = 'grant'"),
    )
    op.create_index(
        "uq_credit_entries_call",
        "credit_entries",
        ["turn_id", "step", "attempt", "account_id", "kind"],
        unique=True,
        postgresql_where=sa.text("turn_id IS NOT NULL"),
    )
    op.create_index(
        "uq_credit_entries_closing",
        "credit_entries",
        ["turn_id", "step", "attempt", "account_id"],
        unique=True,
        postgresql_where=sa.text("kind IN ('settle', 'release')"),
    )
    op.create_table(
        "credit_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("remaining", DOLLARS, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_credit_grants_remaining")),
        sa.ForeignKeyConstraint(["id"], ["credit_entries.id"], name=op.f("fk_credit_grants_id_credit_entries")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_accounts.id"], name=op.f("fk_credit_grants_account_id_credit_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_grants")),
    )
    op.create_index(op.f("ix_credit_grants_account_id"), "credit_grants", ["account_id"])
    op.create_table(
        "credit_reserves",
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("amount", DOLLARS, nullable=False),
        sa.Column("accounts", sa.ARRAY(sa.Uuid()), nullable=False),
        _created(),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_credit_reserves")),
    )
    op.create_table(
        "credit_notices",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("exhaustion", sa.Uuid(), nullable=False),
        _created(),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_credit_notices_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "exhaustion", name=op.f("pk_credit_notices")),
    )


def downgrade() -> None:
    op.drop_table("credit_notices")
    op.drop_table("credit_reserves")
    op.drop_table("credit_grants")
    op.drop_table("credit_entries")
    op.drop_table("credit_accounts")
    op.drop_index(op.f("ix_steps_created_at"), table_name="steps")
