"""People of the console; all of these are written by it alone. Tokens, codes and addresses are kept as hashes."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from remanso.store.tables.schema import Instant, created, metadata

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("operator", Boolean, nullable=False, server_default=text("false")),
    Column("language", Text, nullable=False, server_default=text("'es'")),
    Column("theme", Text, nullable=False, server_default=text("'auto'")),
    # Encrypted. It counts from `totp_since` on; `totp_counter` is the last code's, which is not taken twice.
    Column("totp_secret", Text),
    Column("totp_since", Instant),
    Column("totp_counter", BigInteger, nullable=False, server_default=text("0")),
    created(),
    # Whether they get an e-mail when a conversation of theirs needs a person.
    Column("mail_handoffs", Boolean, nullable=False, server_default=text("true")),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("code_hash", Text, nullable=False),
    PrimaryKeyConstraint("user_id", "code_hash"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("client", Text, nullable=False),
    Column("role", Text, nullable=False),
    created(),
    PrimaryKeyConstraint("user_id", "client"),
    CheckConstraint("role IN ('member', 'admin')", name="role"),
    Index(None, "client"),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("device", Text, nullable=False),
    created(),
    Column("seen_at", Instant, nullable=False, server_default=func.now()),
    Column("expires_at", Instant, nullable=False),
    Index(None, "user_id"),
)

# Invitations and password resets: whoever has the link may, once, until it expires.
account_links = Table(
    "account_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE")),
    Column("email", Text, nullable=False),
    Column("client", Text),
    Column("role", Text),
    Column("made_by", Text, nullable=False),
    created(),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index(None, "client"),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.now()),
    Index(None, "key", "at"),
)

# Who did what to which row, never with what words. Rows are only added, and outlive the user.
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("client", Text),
    Column("user_id", Uuid),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text),
    # Their own words, where an action asks for them.
    Column("reason", Text),
    Column("at", Instant, nullable=False, server_default=func.now()),
    Index(None, "client", "id"),
)
