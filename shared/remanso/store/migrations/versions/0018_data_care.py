"""who was forgotten, by marks; what retention looks for; books of files that outlive their messages"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.migrations.gently import build_indexes, drop_indexes

revision = "0018"
down_revision = "0017"

_NOW = sa.func.now()


def _followed(table: str, column: str) -> dict[str, Any]:
    """Where a row is deleted, PostgreSQL looks who refers to it."""
    return {
        "index_name": f"ix_{table}_{column}",
        "table_name": table,
        "columns": [column],
        "postgresql_where": sa.text(f"{column} IS NOT NULL"),
    }


_INDEXES: tuple[dict[str, Any], ...] = (
    {"index_name": "ix_messages_channel_created_at", "table_name": "messages", "columns": ["channel", "created_at"]},
    {"index_name": "ix_receipts_channel_created_at", "table_name": "receipts", "columns": ["channel", "created_at"]},
    _followed("deliveries", "message_id"),
    _followed("feedback", "follow_up_id"),
    _followed("conversations", "merged_into"),
    {
        "index_name": "ix_turns_traced",
        "table_name": "turns",
        "columns": ["client", "closed_at"],
        "postgresql_where": sa.text("closed_at IS NOT NULL AND untraced_at IS NULL"),
    },
)


def upgrade() -> None:
    build_indexes(*_INDEXES, columns=["ALTER TABLE turns ADD COLUMN IF NOT EXISTS untraced_at timestamptz"])
    op.create_table(
        "forgettings",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
    )
    op.create_index("ix_forgettings_client_at", "forgettings", ["client", "at"])
    op.create_table(
        "forgotten_names",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "mark", name="pk_forgotten_names"),
    )
    op.create_table(
        "forgetting_key",
        sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_forgetting_key_only_one")),
    )
    # 244 random bits.
    op.execute(
        "INSERT INTO forgetting_key (id, key) SELECT 1, decode(replace(gen_random_uuid()::text || gen_random_uuid(), '-', ''),"
        " 'hex')"
    )
    op.drop_constraint("fk_media_message_id_messages", "media", type_="foreignkey")
    op.alter_column("media", "media_id", nullable=True)


def downgrade() -> None:
    """Files whose messages are gone lose their rows, and with them what hearing them did cost."""
    drop_indexes(*_INDEXES)
    op.drop_column("turns", "untraced_at")
    op.execute("DELETE FROM media WHERE media_id IS NULL OR message_id NOT IN (SELECT id FROM messages)")
    op.alter_column("media", "media_id", nullable=False)
    op.create_foreign_key(
        "fk_media_message_id_messages", "media", "messages", ["message_id"], ["id"], ondelete="CASCADE"
    )
    for table in ("forgetting_key", "forgotten_names", "forgettings"):
        op.drop_table(table)
