"""What goes out, and what paces or stops it."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
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

# Inserted by whoever speaks (agent, sender's fallback, debouncer's feedback, console); moved on by the sender alone.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("turn_id", Uuid, ForeignKey("turns.id")),
    Column("message_id", Uuid, ForeignKey("messages.id")),
    Column("outage_id", Uuid, ForeignKey("outages.id")),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("resends", Integer, nullable=False, server_default=text("0")),
    Column("retry_at", Instant),
    # Since when it waits for nothing but pace: it goes before those who come later.
    Column("paced_at", Instant),
    Column("reconcile_at", Instant),
    Column("wamid", Text),
    Column("code", Integer),
    Column("reason", Text),
    Column("accepted_at", Instant),
    Column("settled_at", Instant),
    # Of a template that asks a silent contact to write: their last message before it.
    Column("reopens", Instant),
    trace(),
    created(),
    UniqueConstraint("conversation_id", "position"),
    Index(
        "uq_deliveries_reopens",
        "conversation_id",
        "reopens",
        unique=True,
        postgresql_where=text("kind = 'reopen' AND state <> 'cancelled'"),
    ),
    Index("ix_deliveries_failed", "created_at", postgresql_where=text("state = 'failed'")),
    Index("ix_deliveries_held", "conversation_id", postgresql_where=text("state = 'held'")),
    Index("uq_deliveries_fallback_turn", "turn_id", unique=True, postgresql_where=text("kind = 'fallback'")),
    Index(
        "uq_deliveries_fallback_outage",
        "conversation_id",
        "outage_id",
        unique=True,
        postgresql_where=text("kind = 'fallback'"),
    ),
    Index(
        "ix_deliveries_unsettled",
        "conversation_id",
        "position",
        postgresql_where=text("state IN ('pending', 'held', 'sending', 'unknown')"),
    ),
    Index("ix_deliveries_wamid", "wamid"),
    Index("ix_deliveries_message_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    Index("ix_deliveries_turn_id", "turn_id"),
)

# Written by the sender. The id is derived from the status itself, so a repeat is the same row.
receipts = Table(
    "receipts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("delivery_id", Uuid, ForeignKey("deliveries.id", ondelete="CASCADE")),
    Column("channel", Text, nullable=False),
    Column("wamid", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Integer),
    Column("at", Instant, nullable=False),
    Column("raw", JSONB, nullable=False),
    created(),
    Index(None, "delivery_id"),
    Index(None, "channel", "created_at"),
    Index("ix_receipts_unmatched", "wamid", postgresql_where=text("delivery_id IS NULL")),
)

# Written by the sender. A number's row is touched once for each message it sends: last in its transaction. Of accounts
# and apps only what slows them down is here; their rows are read without a lock.
paces = Table(
    "paces",
    metadata,
    Column("key", Text, primary_key=True),
    # The earliest moment for the next one, and the end of the line of those who wait.
    Column("next_at", Instant, nullable=False),
    Column("line_at", Instant, nullable=False, server_default=func.now()),
    Column("slowness", Float, nullable=False, server_default=text("1")),
    Column("slow_until", Instant),
    Column("strikes", Integer, nullable=False, server_default=text("0")),
    Column("struck_at", Instant),
)

# What Meta refuses until a person acts. Written by the sender, and by who resumes it by hand.
parkings = Table(
    "parkings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("client", Text, nullable=False),
    # The numbers of which nothing is tried; none where it is about a contact or a template.
    Column("channels", ARRAY(Text), nullable=False),
    Column("code", Integer),
    Column("detail", Text, nullable=False),
    # Told by a receipt: then only a receipt of the probe ends it, an accepted message says nothing.
    Column("by_receipt", Boolean, nullable=False),
    Column("since", Instant, nullable=False, server_default=func.now()),
    Column("probes", Integer, nullable=False, server_default=text("0")),
    Column("probe_at", Instant, nullable=False),
    Column("probe_id", Uuid),
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Index("uq_parkings_open", "key", unique=True, postgresql_where=text("ended_at IS NULL")),
)

# Written by the sender: files that Meta has already, so that nobody uploads them twice. Of one number each.
uploads = Table(
    "uploads",
    metadata,
    Column("channel", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("media_id", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    PrimaryKeyConstraint("channel", "sha256", "mime_type"),
)
