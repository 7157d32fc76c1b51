"""apps that tell the operators' collector how they are, and what their logs said"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "apps",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("drain_hash", sa.Text, nullable=False),
        sa.Column("about", JSONB, nullable=False),
        sa.Column("standing", JSONB),
        sa.Column("standing_at", INSTANT),
        sa.Column("heartbeat", JSONB),
        sa.Column("heartbeat_sent_at", INSTANT),
        sa.Column("heard_at", INSTANT),
        sa.Column("drained_at", INSTANT),
        sa.Column("dynos", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
    )
    owner = ("apps.name",)
    op.create_table(
        "app_frames",
        sa.Column("app", sa.Text, sa.ForeignKey(*owner, ondelete="CASCADE"), nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("app", "frame"),
    )
    op.create_index("ix_app_frames_created_at", "app_frames", ["created_at"])
    op.create_table(
        "app_lines",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("app", sa.Text, sa.ForeignKey(*owner, ondelete="CASCADE"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("dyno", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("kind IN ('ours', 'heroku', 'plain')", name="kind"),
    )
    op.create_index("ix_app_lines_app_id", "app_lines", ["app", "id"])
    op.create_table(
        "app_troubles",
        sa.Column("app", sa.Text, sa.ForeignKey(*owner, ondelete="CASCADE"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("app", "day", "kind", "name"),
    )


def downgrade() -> None:
    for table in ("app_troubles", "app_lines", "app_frames", "apps"):
        op.drop_table(table)
