"""keys of the API, requests that may come twice, and what businesses' own systems are told"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

_INSTANT = sa.DateTime(timezone=True)

# Order is the order of the facts. A place is taken first and the horizon read afterwards: whoever took an earlier place
# has a transaction number below the horizon, so once all of those are over nothing earlier can turn up any more.
# With its owner's rights: services need none on endpoints and their secrets.
_NOTIFY = """
CREATE FUNCTION notify_endpoints(of_client text, event text, of_line uuid, about uuid, told jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    taken bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE client = of_client AND event = ANY(events)) THEN
        RETURN;
    END IF;
    taken := nextval('webhook_places');
    INSERT INTO webhook_notifications (id, endpoint_id, client, type, line, subject, facts, place, horizon)
    SELECT gen_random_uuid(), id, client, event, of_line, about, jsonb_strip_nulls(told), taken,
        CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
    FROM webhook_endpoints WHERE client = of_client AND event = ANY(events)
    ON CONFLICT DO NOTHING;
END $$
"""

# Sequences are nobody's but their owner's.
_PLACE = """
CREATE FUNCTION webhook_place() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$ SELECT nextval('webhook_places') $$
"""

_FACTS = {
    "tell_of_message": """
    PERFORM notify_endpoints((SELECT client FROM conversations WHERE id = NEW.conversation_id), 'message.received',
        NEW.conversation_id, NEW.id, '{}');
    """,
    "tell_of_delivery": """
    IF NEW.accepted_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.accepted_at IS NULL) THEN
        PERFORM notify_endpoints((SELECT client FROM conversations WHERE id = NEW.conversation_id), 'message.sent',
            NEW.conversation_id, NEW.id, '{}');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state IN ('held', 'unknown', 'delivered', 'read', 'played', 'failed', 'cancelled') THEN
        PERFORM notify_endpoints((SELECT client FROM conversations WHERE id = NEW.conversation_id), 'message.status',
            NEW.conversation_id, NEW.id, jsonb_build_object('status', NEW.state, 'code', NEW.code));
    END IF;
    """,
    "tell_of_handoff": """
    PERFORM notify_endpoints(NEW.client, 'conversation.needs_human', NEW.id, NEW.id, '{}');
    """,
    "tell_of_change": """
    PERFORM notify_endpoints((SELECT client FROM conversations WHERE id = NEW.conversation_id),
        'conversation.' || NEW.kind, NEW.conversation_id, NEW.conversation_id, jsonb_build_object('epoch', NEW.epoch));
    """,
    "tell_of_failure": """
    PERFORM notify_endpoints(NEW.client, 'turn.failed', NEW.conversation_id, NEW.id, '{}');
    """,
    "tell_of_feedback": """
    PERFORM notify_endpoints(NEW.client, 'feedback.received', NEW.conversation_id, NEW.id, '{}');
    """,
    "tell_of_credit": """
    PERFORM notify_endpoints(a.client, 'credit.exhausted', NEW.exhaustion, NEW.exhaustion,
        jsonb_build_object('contact_id', a.contact_id))
    FROM credit_accounts a WHERE NEW.exhaustion IN (a.id, a.last_grant);
    """,
}
"""What is told of each fact, in the transaction that writes it and whoever that is (docs/decisions/0024)."""

_TRIGGERS = {
    "tell_of_message": "AFTER INSERT ON messages FOR EACH ROW WHEN (NEW.author = 'contact')",
    "tell_of_delivery": "AFTER INSERT ON deliveries FOR EACH ROW WHEN (NEW.accepted_at IS NOT NULL)",
    "tell_of_handoff": """AFTER UPDATE OF mode, handoff_reason ON conversations FOR EACH ROW
        WHEN (NEW.handoff_reason IS NOT NULL AND NEW.mode = 'human' AND OLD.handoff_reason IS NULL)""",
    "tell_of_change": "AFTER INSERT ON conversation_events FOR EACH ROW",
    "tell_of_failure": """AFTER UPDATE OF state ON turns FOR EACH ROW
        WHEN (NEW.state = 'failed' AND OLD.state <> 'failed')""",
    "tell_of_feedback": """AFTER UPDATE OF answer, reason ON feedback FOR EACH ROW
        WHEN (NEW.answer IS DISTINCT FROM OLD.answer OR NEW.reason IS DISTINCT FROM OLD.reason)""",
    "tell_of_credit": "AFTER INSERT ON credit_notices FOR EACH ROW",
}
_LATER_STATES = """
CREATE TRIGGER tell_of_state AFTER UPDATE OF state, accepted_at ON deliveries FOR EACH ROW
    WHEN (NEW.state <> OLD.state OR (NEW.accepted_at IS NOT NULL AND OLD.accepted_at IS NULL))
    EXECUTE FUNCTION tell_of_delivery()
"""


def _created(name: str = "created_at") -> sa.Column[object]:
    return sa.Column(name, _INSTANT, server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        _created(),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.Column("last_used_at", _INSTANT, nullable=True),
        sa.Column("pace_next_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_keys_token_hash")),
    )
    op.create_index(op.f("ix_api_keys_client"), "api_keys", ["client"])
    op.create_table(
        "api_requests",
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        _created(),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_api_requests_api_key_id_api_keys"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_api_requests")),
    )
    op.create_index(op.f("ix_api_requests_created_at"), "api_requests", ["created_at"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", _INSTANT, nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        _created(),
        sa.Column("paused_at", _INSTANT, nullable=True),
        sa.Column("disabled_at", _INSTANT, nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("delivered_at", _INSTANT, nullable=True),
        _created("due_at"),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("token", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(op.f("ix_webhook_endpoints_client"), "webhook_endpoints", ["client"])
    op.create_table(
        "webhook_notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("line", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _created(),
        _created("due_at"),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_notifications_endpoint_id_webhook_endpoints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_notifications")),
    )
    pending = sa.text("state = 'pending'")
    for name, columns in {"due": ["endpoint_id", "due_at"], "line": ["endpoint_id", "line", "place"]}.items():
        op.create_index(f"ix_webhook_notifications_{name}", "webhook_notifications", columns, postgresql_where=pending)
    op.create_index(
        op.f("ix_webhook_notifications_endpoint_id_place"), "webhook_notifications", ["endpoint_id", "place"]
    )
    op.create_index(
        "uq_webhook_notifications_exhaustion",
        "webhook_notifications",
        ["endpoint_id", "subject"],
        unique=True,
        postgresql_where=sa.text("type = 'credit.exhausted'"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        _created("at"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["webhook_notifications.id"],
            name=op.f("fk_webhook_attempts_notification_id_webhook_notifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index(op.f("ix_webhook_attempts_notification_id"), "webhook_attempts", ["notification_id"])
    op.execute("CREATE SEQUENCE webhook_places")
    op.execute(_PLACE)
    op.execute(_NOTIFY)
    for name, body in _FACTS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
        op.execute(f"CREATE TRIGGER {name} {_TRIGGERS[name]} EXECUTE FUNCTION {name}()")
    op.execute(_LATER_STATES)


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_of_state ON deliveries")
    tables = {name: trigger.split(" ON ")[1].split()[0] for name, trigger in _TRIGGERS.items()}
    for name, table in tables.items():
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP FUNCTION notify_endpoints")
    op.execute("DROP FUNCTION webhook_place")
    op.execute("DROP SEQUENCE webhook_places")
    for table in ("webhook_attempts", "webhook_notifications", "webhook_endpoints", "api_requests", "api_keys"):
        op.drop_table(table)
