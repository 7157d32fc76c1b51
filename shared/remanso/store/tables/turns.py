"""What the bot does about a burst: its turns, steps and tool calls; and what it makes of the history."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.tables.schema import Instant, created, metadata, trace

# At most one open turn per conversation. Written by the debouncer (sealing), then by the agent that holds the lease.
turns = Table(
    "turns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("client", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("epoch", Integer, nullable=False),
    # The fencing token: each claim raises it, and nothing is stored for a turn under an older one.
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", Instant),
    Column("holder", Text),
    Column("retry_at", Instant),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    # Those of them that were bugs of ours: too many of these give the turn up. A model may be away as long as it likes.
    Column("bugs", Integer, nullable=False, server_default=text("0")),
    Column("absorptions", Integer, nullable=False, server_default=text("0")),
    Column("opened_at", Instant, nullable=False),
    Column("sealed_at", Instant, nullable=False, server_default=func.now()),
    Column("closed_at", Instant),
    Column("reason", Text),
    Column("handoff_reason", Text),
    # The first since a person was asked for and nobody came: the model is told so before its burst.
    Column("nobody_came", Boolean, nullable=False, server_default=text("false")),
    # When the traces of its work (drafts, thoughts, tool calls) were deleted: the client keeps them for a while only.
    Column("untraced_at", Instant),
    trace(),
    UniqueConstraint("conversation_id", "number"),
    Index(
        "ix_turns_traced",
        "client",
        "closed_at",
        postgresql_where=text("closed_at IS NOT NULL AND untraced_at IS NULL"),
    ),
    Index("uq_turns_open", "conversation_id", unique=True, postgresql_where=text("state = 'open'")),
    Index("ix_turns_open_sealed_at", "sealed_at", postgresql_where=text("state = 'open'")),
    Index("ix_turns_failed", "client", "sealed_at", postgresql_where=text("state = 'failed'")),
    Index(None, "client", "closed_at"),
)

# One model call each. A discarded step was paid for, but its text was never part of the conversation.
steps = Table(
    "steps",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("turn_id", Uuid, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("draft", Text),
    # What the draft claimed without support: [{kind, text, why, about}]. Such a step is a rejected one.
    Column("problems", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("model", Text, nullable=False),
    Column("request_id", Text),
    Column("finish_reason", Text),
    Column("input_tokens", Integer, nullable=False),
    Column("cached_tokens", Integer, nullable=False),
    Column("cache_write_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("reasoning_tokens", Integer, nullable=False),
    Column("cost_usd", Numeric(14, 8)),
    Column("price_valid_from", Date),
    Column("seconds", Float, nullable=False),
    # What the model thought, encrypted by its provider; goes back to the same model within the turn.
    Column("reasoning", JSONB),
    created(),
    UniqueConstraint("turn_id", "number"),
    Index(None, "created_at"),
    Index("ix_steps_problems", "created_at", postgresql_where=text("problems <> '[]'::jsonb")),
)

# Written by the agent that holds the turn. `arguments` is the model's own text: it may be broken JSON.
tool_calls = Table(
    "tool_calls",
    metadata,
    Column("turn_id", Uuid, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("call_id", Text, nullable=False),
    Column("step_id", Uuid, ForeignKey("steps.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempt", Integer),
    Column("result", Text),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    PrimaryKeyConstraint("turn_id", "call_id"),
    Index(None, "step_id"),
)

# Where the model's history of a conversation was cut, and what was before, summed up. Written by the agent that holds
# the turn; a row is `wanted` until its text is there or the model gave none.
summaries = Table(
    "summaries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("turn_id", Uuid, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("until_position", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'wanted'")),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("text", Text),
    Column("problems", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("model", Text),
    Column("request_id", Text),
    Column("finish_reason", Text),
    Column("input_tokens", Integer, nullable=False, server_default=text("0")),
    Column("cached_tokens", Integer, nullable=False, server_default=text("0")),
    Column("cache_write_tokens", Integer, nullable=False, server_default=text("0")),
    Column("output_tokens", Integer, nullable=False, server_default=text("0")),
    Column("reasoning_tokens", Integer, nullable=False, server_default=text("0")),
    Column("cost_usd", Numeric(14, 8)),
    Column("price_valid_from", Date),
    Column("seconds", Float),
    Column("made_at", Instant),
    created(),
    UniqueConstraint("conversation_id", "until_position"),
    CheckConstraint("state IN ('wanted', 'made', 'given_up')", name="state"),
    CheckConstraint("state <> 'made' OR (text IS NOT NULL AND model IS NOT NULL)", name="made"),
    Index(None, "turn_id"),
    Index(None, "made_at"),
)

# One open outage per client: the model cannot be asked, or nobody asks it. Opened by the sender, closed by the agent.
outages = Table(
    "outages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_at", Instant, nullable=False, server_default=func.now()),
    Column("ended_at", Instant),
    Index("uq_outages_open", "client", unique=True, postgresql_where=text("ended_at IS NULL")),
)

# One question each how it went, and what the contact said to it. Written by the debouncer, the conversation locked.
# `told_at` is the agent's: when a client's hook was shown it.
feedback = Table(
    "feedback",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("turn_id", Uuid, ForeignKey("turns.id"), nullable=False),
    Column("question_id", Uuid, ForeignKey("deliveries.id"), nullable=False),
    Column("follow_up_id", Uuid, ForeignKey("deliveries.id")),
    Column("asked_at", Instant, nullable=False, server_default=func.now()),
    Column("answer", Text),
    Column("answered_at", Instant),
    Column("reason_until", Instant),
    Column("reason", Text),
    Column("reason_at", Instant),
    Column("told_at", Instant),
    UniqueConstraint("turn_id"),
    UniqueConstraint("question_id"),
    Index(None, "conversation_id", "asked_at"),
    Index(None, "client", "asked_at"),
    Index("ix_feedback_follow_up_id", "follow_up_id", postgresql_where=text("follow_up_id IS NOT NULL")),
    Index("ix_feedback_reason_wanted", "conversation_id", postgresql_where=text("reason_until IS NOT NULL")),
)
