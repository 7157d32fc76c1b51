"""pace, parked numbers, receipts without a delivery"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("pair_next_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("paced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_receipts_unmatched", "receipts", ["wamid"], postgresql_where=sa.text("delivery_id IS NULL"))
    op.create_table(
        "paces",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("slowness", sa.Float(), server_default=sa.text("1"), nullable=False),
        sa.Column("slow_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("strikes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_paces")),
    )
    op.create_table(
        "parkings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("by_receipt", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("probes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probe_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parkings")),
    )
    op.create_index("uq_parkings_open", "parkings", ["key"], unique=True, postgresql_where=sa.text("ended_at IS NULL"))


def downgrade() -> None:
    op.drop_table("parkings")
    op.drop_table("paces")
    op.drop_index("ix_receipts_unmatched", table_name="receipts")
    op.drop_column("deliveries", "paced_at")
    op.drop_column("conversations", "pair_next_at")
