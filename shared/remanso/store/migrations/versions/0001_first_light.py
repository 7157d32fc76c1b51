"""first light"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "channel_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_reports")),
    )
    op.create_index(
        op.f("ix_channel_reports_client_received_at"), "channel_reports", ["client", "received_at"], unique=False
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("profile_name", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("location", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_index("uq_outages_open", "outages", ["client"], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "contact_aliases",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_aliases_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client", "kind", "value", name=op.f("pk_contact_aliases")),
    )
    op.create_index(op.f("ix_contact_aliases_contact_id"), "contact_aliases", ["contact_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("reply_wa_id", sa.Text(), nullable=True),
        sa.Column("reply_user_id", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), server_default=sa.text("'bot'"), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("human_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handoff_reason", sa.Text(), nullable=True),
        sa.Column("burst_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_position", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("next_turn", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("next_delivery", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("send_token", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("send_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_conversations_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "contact_id", name=op.f("uq_conversations_channel_contact_id")),
    )
    op.create_index(op.f("ix_conversations_contact_id"), "conversations", ["contact_id"], unique=False)
    op.create_index(
        "ix_conversations_due",
        "conversations",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_conversations_feedback_due",
        "conversations",
        ["feedback_due_at"],
        unique=False,
        postgresql_where=sa.text("feedback_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_conversations_human_until",
        "conversations",
        ["human_until"],
        unique=False,
        postgresql_where=sa.text("human_until IS NOT NULL"),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("absorptions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("handoff_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_turns_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("conversation_id", "number", name=op.f("uq_turns_conversation_id_number")),
    )
    op.create_index(
        "ix_turns_open_sealed_at", "turns", ["sealed_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "uq_turns_open", "turns", ["conversation_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("cache_write_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(precision=14, scale=8), nullable=True),
        sa.Column("price_valid_from", sa.Date(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_steps_turn_id_turns"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
        sa.UniqueConstraint("turn_id", "number", name=op.f("uq_steps_turn_id_number")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column("step_id", sa.Uuid(), nullable=True),
        sa.Column("fate", sa.Text(), nullable=True),
        sa.Column("drop_reason", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wamid", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("quoted", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload_index", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_messages_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["step_id"], ["steps.id"], name=op.f("fk_messages_step_id_steps")),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_messages_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("channel", "wamid", name=op.f("uq_messages_channel_wamid")),
        sa.UniqueConstraint("conversation_id", "position", name=op.f("uq_messages_conversation_id_position")),
    )
    op.create_index(
        "ix_messages_conversation_sent",
        "messages",
        ["conversation_id", "sent_at"],
        unique=False,
        postgresql_where=sa.text("author = 'contact'"),
    )
    op.create_index("ix_messages_turn_id", "messages", ["turn_id"], unique=False)
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["conversation_id"],
        unique=False,
        postgresql_where=sa.text("author = 'contact' AND fate IS NULL"),
    )
    op.create_table(
        "tool_calls",
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["step_id"], ["steps.id"], name=op.f("fk_tool_calls_step_id_steps"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_tool_calls_turn_id_turns"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn_id", "call_id", name=op.f("pk_tool_calls")),
    )
    op.create_index(op.f("ix_tool_calls_step_id"), "tool_calls", ["step_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("outage_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("resends", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reconcile_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wamid", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_deliveries_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id_messages")),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"], name=op.f("fk_deliveries_outage_id_outages")),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_deliveries_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("conversation_id", "position", name=op.f("uq_deliveries_conversation_id_position")),
    )
    op.create_index("ix_deliveries_turn_id", "deliveries", ["turn_id"], unique=False)
    op.create_index(
        "ix_deliveries_unsettled",
        "deliveries",
        ["conversation_id", "position"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'held', 'sending', 'unknown')"),
    )
    op.create_index("ix_deliveries_wamid", "deliveries", ["wamid"], unique=False)
    op.create_index(
        "uq_deliveries_fallback_outage",
        "deliveries",
        ["conversation_id", "outage_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'fallback'"),
    )
    op.create_index(
        "uq_deliveries_fallback_turn",
        "deliveries",
        ["turn_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'fallback'"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wamid", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_receipts_delivery_id_deliveries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_delivery_id"), "receipts", ["delivery_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_receipts_delivery_id"), table_name="receipts")
    op.drop_table("receipts")
    op.drop_index("uq_deliveries_fallback_turn", table_name="deliveries", postgresql_where=sa.text("kind = 'fallback'"))
    op.drop_index(
        "uq_deliveries_fallback_outage", table_name="deliveries", postgresql_where=sa.text("kind = 'fallback'")
    )
    op.drop_index("ix_deliveries_wamid", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_unsettled",
        table_name="deliveries",
        postgresql_where=sa.text("state IN ('pending', 'held', 'sending', 'unknown')"),
    )
    op.drop_index("ix_deliveries_turn_id", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_tool_calls_step_id"), table_name="tool_calls")
    op.drop_table("tool_calls")
    op.drop_index(
        "ix_messages_waiting", table_name="messages", postgresql_where=sa.text("author = 'contact' AND fate IS NULL")
    )
    op.drop_index("ix_messages_turn_id", table_name="messages")
    op.drop_index(
        "ix_messages_conversation_sent", table_name="messages", postgresql_where=sa.text("author = 'contact'")
    )
    op.drop_table("messages")
    op.drop_table("steps")
    op.drop_index("uq_turns_open", table_name="turns", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_turns_open_sealed_at", table_name="turns", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("turns")
    op.drop_index(
        "ix_conversations_human_until", table_name="conversations", postgresql_where=sa.text("human_until IS NOT NULL")
    )
    op.drop_index(
        "ix_conversations_feedback_due",
        table_name="conversations",
        postgresql_where=sa.text("feedback_due_at IS NOT NULL"),
    )
    op.drop_index("ix_conversations_due", table_name="conversations", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_index(op.f("ix_conversations_contact_id"), table_name="conversations")
    op.drop_table("conversations")
    op.drop_index(op.f("ix_contact_aliases_contact_id"), table_name="contact_aliases")
    op.drop_table("contact_aliases")
    op.drop_index("uq_outages_open", table_name="outages", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("outages")
    op.drop_table("contacts")
    op.drop_index(op.f("ix_channel_reports_client_received_at"), table_name="channel_reports")
    op.drop_table("channel_reports")
