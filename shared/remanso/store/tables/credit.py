"""Credit, written by the agent and by who tops up. Amounts are US dollars.

No row here refers to a contact, turn or conversation by foreign key, notices apart: books outlive what they tell of.
"""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from remanso.store.tables.schema import Instant, created, metadata

Dollars = Numeric(18, 8)

# An account of a client, or of one of its contacts. Its row's lock is taken after every other one, a contact's before
# its client's, and is given back with the commit that follows at once: everybody of a client comes by the client's.
credit_accounts = Table(
    "credit_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("contact_id", Uuid),
    Column("balance", Dollars, nullable=False, server_default=text("0")),
    Column("reserved", Dollars, nullable=False, server_default=text("0")),
    # The period whose grant was made last, and the last grant: it names the exhaustion that ends with the next one.
    Column("period", Text),
    Column("last_grant", Uuid),
    created(),
    CheckConstraint("reserved >= 0 AND balance >= reserved", name="covered"),
    Index(None, "client", "contact_id"),
)

# The ledger. Rows are only added.
credit_entries = Table(
    "credit_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("credit_accounts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", Dollars, nullable=False),
    Column("turn_id", Uuid),
    Column("step", Integer),
    Column("attempt", Integer),
    # Of a hearing: the message with the sound; its step is 0.
    Column("message_id", Uuid),
    Column("period", Text),
    Column("expires_at", Instant),
    Column("note", Text),
    Column("who", Text, nullable=False),
    Column("at", Instant, nullable=False, server_default=text("clock_timestamp()")),
    CheckConstraint("amount >= 0", name="amount"),
    Index(None, "account_id", "at"),
    Index("ix_credit_entries_movements", "at", "id", postgresql_where=text("kind NOT IN ('reserve', 'release')")),
    Index("uq_credit_entries_period", "account_id", "period", unique=True, postgresql_where=text("kind = 'grant'")),
    Index(
        "uq_credit_entries_call",
        "turn_id",
        "step",
        "attempt",
        "account_id",
        "message_id",
        "kind",
        unique=True,
        postgresql_where=text("turn_id IS NOT NULL"),
        postgresql_nulls_not_distinct=True,
    ),
    Index(
        "uq_credit_entries_closing",
        "turn_id",
        "step",
        "attempt",
        "account_id",
        "message_id",
        unique=True,
        postgresql_where=text("kind IN ('settle', 'release')"),
        postgresql_nulls_not_distinct=True,
    ),
)

# What is left of each grant. Spending takes from the one that expires first; their sum is the account's balance.
credit_grants = Table(
    "credit_grants",
    metadata,
    Column("id", Uuid, ForeignKey("credit_entries.id"), primary_key=True),
    Column("account_id", Uuid, ForeignKey("credit_accounts.id"), nullable=False),
    Column("remaining", Dollars, nullable=False),
    Column("expires_at", Instant),
    CheckConstraint("remaining >= 0", name="remaining"),
    Index(None, "account_id"),
)

# Reserves that are still open: of each turn one for the model, and one for each sound. `accounts` in their order.
credit_reserves = Table(
    "credit_reserves",
    metadata,
    Column("turn_id", Uuid, nullable=False),
    Column("step", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("message_id", Uuid),
    Column("amount", Dollars, nullable=False),
    Column("accounts", ARRAY(Uuid), nullable=False),
    created(),
    Index("uq_credit_reserves_call", "turn_id", "message_id", unique=True, postgresql_nulls_not_distinct=True),
)

# Who was told that the credit is spent, once in each exhaustion.
credit_notices = Table(
    "credit_notices",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("exhaustion", Uuid, nullable=False),
    created(),
    PrimaryKeyConstraint("conversation_id", "exhaustion"),
)
