"""templates, health of channels and accounts, uploads, chores, reopening"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("reopens", INSTANT, nullable=True))
    op.create_index(
        "uq_deliveries_reopens",
        "deliveries",
        ["conversation_id", "reopens"],
        unique=True,
        postgresql_where=sa.text("kind = 'reopen' AND state <> 'cancelled'"),
    )
    op.create_index("ix_deliveries_held", "deliveries", ["conversation_id"], postgresql_where=sa.text("state = 'held'"))
    op.create_table(
        "templates",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status_at", INSTANT, nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("category_at", INSTANT, nullable=True),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.Column("quality_at", INSTANT, nullable=True),
        sa.Column("components", JSONB(), nullable=True),
        sa.Column("components_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account", "name", "language", name=op.f("pk_templates")),
    )
    op.create_index(op.f("ix_templates_client"), "templates", ["client"])
    op.create_table(
        "channel_health",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("channel_at", INSTANT, nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("status_at", INSTANT, nullable=True),
        sa.Column("quality", sa.Text(), nullable=True),
        sa.Column("quality_at", INSTANT, nullable=True),
        sa.Column("messaging_limit", sa.Text(), nullable=True),
        sa.Column("messaging_limit_at", INSTANT, nullable=True),
        sa.Column("throughput", sa.Text(), nullable=True),
        sa.Column("throughput_at", INSTANT, nullable=True),
        sa.Column("name_status", sa.Text(), nullable=True),
        sa.Column("name_status_at", INSTANT, nullable=True),
        sa.Column("security", sa.Text(), nullable=True),
        sa.Column("security_at", INSTANT, nullable=True),
        sa.Column("reported_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account", "number", name=op.f("pk_channel_health")),
    )
    op.create_index(op.f("ix_channel_health_client"), "channel_health", ["client"])
    op.create_table(
        "account_health",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("review_at", INSTANT, nullable=True),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("standing_at", INSTANT, nullable=True),
        sa.Column("restrictions", JSONB(), nullable=True),
        sa.Column("restrictions_at", INSTANT, nullable=True),
        sa.Column("violation", sa.Text(), nullable=True),
        sa.Column("violation_at", INSTANT, nullable=True),
        sa.Column("capability", JSONB(), nullable=True),
        sa.Column("capability_at", INSTANT, nullable=True),
        sa.Column("alert", JSONB(), nullable=True),
        sa.Column("alert_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_health")),
    )
    op.create_index(op.f("ix_account_health_client"), "account_health", ["client"])
    op.create_table(
        "uploads",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "sha256", "mime_type", name=op.f("pk_uploads")),
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )


def downgrade() -> None:
    for table in ("chores", "uploads", "account_health", "channel_health", "templates"):
        op.drop_table(table)
    op.drop_index("ix_deliveries_held", "deliveries")
    op.drop_index("uq_deliveries_reopens", "deliveries")
    op.drop_column("deliveries", "reopens")
