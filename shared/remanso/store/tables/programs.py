"""What programs of a client do and are told: keys of the API, requests that may come twice, webhooks."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.tables.schema import Instant, created, metadata

# Programs that act for a client. Only the hash of a key's token is kept; `pace_next_at` as for conversations.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("made_by", Text, nullable=False),
    created(),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Column("pace_next_at", Instant),
    Index(None, "client"),
)

# Requests with an Idempotency-Key and what they were answered, stored with what they did: whoever asks again is told.
api_requests = Table(
    "api_requests",
    metadata,
    Column("api_key_id", Uuid, ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    created(),
    PrimaryKeyConstraint("api_key_id", "key"),
    Index(None, "created_at"),
)

# Where a client's own systems want to be told. Secrets are encrypted. One console at a time holds the lease.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("secret", Text, nullable=False),
    # Signs beside the new one until then, so that the other side can change over.
    Column("previous_secret", Text),
    Column("previous_until", Instant),
    Column("made_by", Text, nullable=False),
    created(),
    Column("paused_at", Instant),
    Column("disabled_at", Instant),
    Column("disabled_reason", Text),
    # Rounds in a row that brought nothing there; nothing is tried before `due_at`.
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("trouble", Text),
    Column("delivered_at", Instant),
    Column("due_at", Instant, nullable=False, server_default=func.now()),
    Column("lease_until", Instant),
    Column("token", BigInteger, nullable=False, server_default=text("0")),
    Index(None, "client"),
)

# One fact to be told to one endpoint. Written by triggers on the tables that hold the facts, whoever writes there
# (docs/decisions/0024). It names rows and holds no texts. `line` orders: a conversation, or what else stands alone.
webhook_notifications = Table(
    "webhook_notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("endpoint_id", Uuid, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("client", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("line", Uuid, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("place", BigInteger, nullable=False),
    # Once every transaction below this number is over, nobody can turn up with an earlier place.
    Column("horizon", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    created(),
    Column("due_at", Instant, nullable=False, server_default=func.now()),
    Column("settled_at", Instant),
    Index("ix_webhook_notifications_due", "endpoint_id", "due_at", postgresql_where=text("state = 'pending'")),
    Index("ix_webhook_notifications_line", "endpoint_id", "line", "place", postgresql_where=text("state = 'pending'")),
    Index(None, "endpoint_id", "place"),
    Index(
        "uq_webhook_notifications_exhaustion",
        "endpoint_id",
        "subject",
        unique=True,
        postgresql_where=text("type = 'credit.exhausted'"),
    ),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("notification_id", Uuid, ForeignKey("webhook_notifications.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False, server_default=func.now()),
    Column("status", Integer),
    Column("trouble", Text),
    Column("seconds", Float, nullable=False),
    Index(None, "notification_id"),
)
