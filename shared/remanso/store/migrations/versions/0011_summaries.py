"""cuts in the model's history, and what was before them, summed up"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

INSTANT = sa.DateTime(timezone=True)


def _tokens(kind: str) -> "sa.Column[int]":
    return sa.Column(f"{kind}_tokens", sa.Integer(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "summaries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("until_position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'wanted'"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("problems", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        *map(_tokens, ("input", "cached", "cache_write", "output", "reasoning")),
        sa.Column("cost_usd", sa.Numeric(precision=14, scale=8), nullable=True),
        sa.Column("price_valid_from", sa.Date(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'made', 'given_up')", name=op.f("ck_summaries_state")),
        sa.CheckConstraint(
            "state <> 'made' OR (text IS NOT NULL AND model IS NOT NULL)", name=op.f("ck_summaries_made")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_summaries_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_summaries_turn_id_turns"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
        sa.UniqueConstraint(
            "conversation_id", "until_position", name=op.f("uq_summaries_conversation_id_until_position")
        ),
    )
    op.create_index(op.f("ix_summaries_turn_id"), "summaries", ["turn_id"], unique=False)
    op.create_index(op.f("ix_summaries_made_at"), "summaries", ["made_at"], unique=False)


def downgrade() -> None:
    op.drop_table("summaries")
