"""feedback, limits of turns, rhythms"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("rhythm", sa.Float(), nullable=True))
    op.add_column("conversations", sa.Column("flood_told_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_feedback_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_feedback_turn_id_turns")),
        sa.ForeignKeyConstraint(["question_id"], ["deliveries.id"], name=op.f("fk_feedback_question_id_deliveries")),
        sa.ForeignKeyConstraint(["follow_up_id"], ["deliveries.id"], name=op.f("fk_feedback_follow_up_id_deliveries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_feedback_turn_id")),
        sa.UniqueConstraint("question_id", name=op.f("uq_feedback_question_id")),
    )
    op.create_index(op.f("ix_feedback_conversation_id_asked_at"), "feedback", ["conversation_id", "asked_at"])
    op.create_index(op.f("ix_feedback_client_asked_at"), "feedback", ["client", "asked_at"])
    op.create_index(
        "ix_feedback_reason_wanted",
        "feedback",
        ["conversation_id"],
        postgresql_where=sa.text("reason_until IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_column("conversations", "flood_told_until")
    op.drop_column("conversations", "rhythm")
