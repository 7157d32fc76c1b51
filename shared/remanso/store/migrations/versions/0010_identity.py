"""one person under several names: merged contacts and conversations; edits, deletions; word on marketing"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("contacts", "conversations"):
        op.add_column(table, sa.Column("merged_into", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            f"fk_{table}_merged_into_{table}", table, table, ["merged_into"], ["id"], ondelete="CASCADE"
        )
    op.create_index(
        "ix_contacts_merged_into", "contacts", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.add_column("contacts", sa.Column("marketing_stopped_at", _INSTANT, nullable=True))
    op.add_column("contacts", sa.Column("marketing_changed_at", _INSTANT, nullable=True))
    op.add_column("messages", sa.Column("edited_text", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("edited_at", _INSTANT, nullable=True))
    op.add_column("messages", sa.Column("revoked_at", _INSTANT, nullable=True))
    op.create_index(
        "ix_messages_amendments",
        "messages",
        ["conversation_id"],
        postgresql_where=sa.text("content->>'kind' IN ('edit', 'revoke')"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_amendments", "messages")
    for column in ("revoked_at", "edited_at", "edited_text"):
        op.drop_column("messages", column)
    for column in ("marketing_changed_at", "marketing_stopped_at"):
        op.drop_column("contacts", column)
    op.drop_index("ix_contacts_merged_into", "contacts")
    for table in ("conversations", "contacts"):
        op.drop_constraint(f"fk_{table}_merged_into_{table}", table)
        op.drop_column(table, "merged_into")
