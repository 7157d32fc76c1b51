"""Every table, with the service that writes it. Constraints carry the promises: what they forbid cannot happen.

`alembic check` (a test) keeps the migrations equal to this file.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Instant = DateTime(timezone=True)


def _created() -> Column[object]:
    return Column("created_at", Instant, nullable=False, server_default=func.now())


# Written by the debouncer (who wrote), the agent (what tools learned) and later the console.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("profile_name", Text),
    Column("name", Text),
    Column("email", Text),
    Column("language", Text),
    Column("location", JSONB),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    # The contact that this one turned out to be. Its aliases are that one's, and nobody writes as this one any more.
    Column("merged_into", Uuid, ForeignKey("contacts.id", ondelete="CASCADE")),
    # When the contact asked for no more marketing; `changed` is the newest word on it, also after they took it back.
    Column("marketing_stopped_at", Instant),
    Column("marketing_changed_at", Instant),
    _created(),
    Index("ix_contacts_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
)

contact_aliases = Table(
    "contact_aliases",
    metadata,
    Column("client", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("contact_id", Uuid, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("client", "kind", "value"),
    Index(None, "contact_id"),
)

# The row whose lock orders everything about one conversation; held only inside short transactions.
conversations = Table(
    "conversations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("contact_id", Uuid, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("reply_wa_id", Text),
    Column("reply_user_id", Text),
    Column("mode", Text, nullable=False, server_default=text("'bot'")),
    # Raised by each take-over and hand-back: what the bot composed under an older epoch is not sent.
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("human_until", Instant),
    Column("handoff_reason", Text),
    Column("burst_opened_at", Instant),
    Column("due_at", Instant),
    Column("last_inbound_at", Instant),
    Column("feedback_due_at", Instant),
    Column("rhythm", Float),
    Column("flood_told_until", Instant),
    Column("next_position", BigInteger, nullable=False, server_default=text("1")),
    Column("next_turn", Integer, nullable=False, server_default=text("1")),
    Column("next_delivery", BigInteger, nullable=False, server_default=text("1")),
    Column("send_token", BigInteger, nullable=False, server_default=text("0")),
    Column("send_lease_until", Instant),
    # Where everything of this conversation is now; the row stays for those who still hold its id.
    Column("merged_into", Uuid, ForeignKey("conversations.id", ondelete="CASCADE")),
    # When the next message to this contact is due at an even pace; in the past, it is room saved up.
    Column("pair_next_at", Instant),
    _created(),
    UniqueConstraint("channel", "contact_id"),
    Index(None, "contact_id"),
    Index("ix_conversations_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    Index("ix_conversations_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_conversations_human_until", "human_until", postgresql_where=text("human_until IS NOT NULL")),
    Index("ix_conversations_feedback_due", "feedback_due_at", postgresql_where=text("feedback_due_at IS NOT NULL")),
)

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
    Column("absorptions", Integer, nullable=False, server_default=text("0")),
    Column("opened_at", Instant, nullable=False),
    Column("sealed_at", Instant, nullable=False, server_default=func.now()),
    Column("closed_at", Instant),
    Column("reason", Text),
    Column("handoff_reason", Text),
    # When the traces of its work (drafts, thoughts, tool calls) were deleted: the client keeps them for a while only.
    Column("untraced_at", Instant),
    UniqueConstraint("conversation_id", "number"),
    Index(
        "ix_turns_traced",
        "client",
        "closed_at",
        postgresql_where=text("closed_at IS NOT NULL AND untraced_at IS NULL"),
    ),
    Index("uq_turns_open", "conversation_id", unique=True, postgresql_where=text("state = 'open'")),
    Index("ix_turns_open_sealed_at", "sealed_at", postgresql_where=text("state = 'open'")),
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
    _created(),
    UniqueConstraint("turn_id", "number"),
    Index(None, "created_at"),
)

# The one log of a conversation: contact's messages (debouncer), the bot's (agent), people's (console).
# `position` is the only order: of the model's context, of the console, of an export. Waiting messages have none yet.
messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("author", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("position", BigInteger),
    Column("turn_id", Uuid, ForeignKey("turns.id")),
    Column("step_id", Uuid, ForeignKey("steps.id")),
    Column("fate", Text),
    Column("drop_reason", Text),
    Column("channel", Text, nullable=False),
    Column("wamid", Text),
    Column("event_id", Text),
    Column("quoted", Text),
    Column("sent_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("payload_index", Integer, nullable=False, server_default=text("0")),
    Column("raw", JSONB),
    # Of a contact's: whether it opens a burst. Others (edits, most reactions) wait for one that does.
    Column("asks", Boolean, nullable=False, server_default=text("true")),
    # Of what a tool had sent: its call in this turn.
    Column("call_id", Text),
    # What the author made of it later; `content` stays as it was said first.
    Column("edited_text", Text),
    Column("edited_at", Instant),
    Column("revoked_at", Instant),
    _created(),
    UniqueConstraint("channel", "wamid"),
    UniqueConstraint("conversation_id", "position"),
    Index("ix_messages_turn_id", "turn_id"),
    Index(None, "channel", "created_at"),
    Index("ix_messages_conversation_sent", "conversation_id", "sent_at", postgresql_where=text("author = 'contact'")),
    Index(
        "ix_messages_waiting",
        "conversation_id",
        postgresql_where=text("author = 'contact' AND fate IS NULL"),
    ),
    Index(
        "ix_messages_amendments",
        "conversation_id",
        postgresql_where=text("content->>'kind' IN ('edit', 'revoke')"),
    ),
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
    _created(),
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
    _created(),
    UniqueConstraint("conversation_id", "position"),
    Index(
        "uq_deliveries_reopens",
        "conversation_id",
        "reopens",
        unique=True,
        postgresql_where=text("kind = 'reopen' AND state <> 'cancelled'"),
    ),
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
    _created(),
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

# Written by the console: what Meta tells about numbers, accounts and templates, and what nobody here knows.
channel_reports = Table(
    "channel_reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("field", Text),
    Column("channel", Text),
    Column("account", Text),
    Column("value", JSONB, nullable=False),
    Column("detail", Text),
    Column("received_at", Instant, nullable=False),
    _created(),
    Index(None, "client", "received_at"),
)

# Who had the word, and when: written with each change of a conversation's epoch, which the row itself forgets.
conversation_events = Table(
    "conversation_events",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    _created(),
    UniqueConstraint("conversation_id", "epoch"),
)

# Written by the agent: what became of each file that a contact sent, under its message. Only pictures keep their bytes,
# because the model is shown them again in every step; what is over by `expires_at` loses them, and keeps its row. So do
# those whose message is gone: a row here is also the bill of a hearing, and books outlive what they tell of.
media = Table(
    "media",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("turn_id", Uuid, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("client", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("media_id", Text),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("mime_type", Text),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("content", LargeBinary),
    Column("transcript", Text),
    Column("model", Text),
    Column("request_id", Text),
    Column("audio_seconds", Float),
    Column("input_tokens", Integer, nullable=False, server_default=text("0")),
    Column("output_tokens", Integer, nullable=False, server_default=text("0")),
    Column("cost_usd", Numeric(14, 8)),
    Column("price_valid_from", Date),
    Column("seconds", Float, nullable=False),
    Column("expires_at", Instant, nullable=False),
    _created(),
    Index(None, "turn_id"),
    Index(None, "client", "created_at"),
    Index("ix_media_expires_at", "expires_at", postgresql_where=text("content IS NOT NULL")),
)

# What clients offer. Written by seeding (agent, `remanso clients seed`) and by people (console); read in every turn.
collection_items = Table(
    "collection_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("author", Text, nullable=False),
    Column("updated_at", Instant, nullable=False, server_default=func.now()),
    _created(),
    UniqueConstraint("client", "collection", "key"),
)

# Each write of an item, also of those that were taken away: what a person has touched, no seed touches again.
collection_changes = Table(
    "collection_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", JSONB),
    Column("author", Text, nullable=False),
    _created(),
    Index(None, "client", "collection", "key"),
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

# Credit, written by the agent and by who tops up. Amounts are US dollars. No row here refers to a contact, turn or
# conversation by foreign key: books outlive what they tell of.
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
    _created(),
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
    _created(),
    Index("uq_credit_reserves_call", "turn_id", "message_id", unique=True, postgresql_nulls_not_distinct=True),
)

# Who was told that the credit is spent, once in each exhaustion.
credit_notices = Table(
    "credit_notices",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("exhaustion", Uuid, nullable=False),
    _created(),
    PrimaryKeyConstraint("conversation_id", "exhaustion"),
)


def _told(name: str, kind: type[Text] | type[JSONB] = Text) -> list[Column[object]]:
    """One thing that Meta tells of, and when it told it: what is older changes nothing any more."""
    return [Column(name, kind), Column(f"{name}_at", Instant)]


# What holds now of templates, channels and accounts. Written by the console from Meta's reports, by the sender and
# `remanso templates sync` from Graph; each thing keeps the time that Meta gave it.
templates = Table(
    "templates",
    metadata,
    Column("account", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("reason", Text),
    *_told("status"),
    *_told("category"),
    *_told("quality"),
    *_told("components", JSONB),
    PrimaryKeyConstraint("account", "name", "language"),
    Index(None, "client"),
)

# By the digits of the number: reports name it by them alone.
channel_health = Table(
    "channel_health",
    metadata,
    Column("account", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("client", Text, nullable=False),
    *_told("channel"),
    *_told("status"),
    *_told("quality"),
    *_told("messaging_limit"),
    *_told("throughput"),
    *_told("name_status"),
    *_told("security"),
    Column("reported_at", Instant),
    PrimaryKeyConstraint("account", "number"),
    Index(None, "client"),
)

account_health = Table(
    "account_health",
    metadata,
    Column("account", Text, primary_key=True),
    Column("client", Text, nullable=False),
    *_told("review"),
    *_told("standing"),
    *_told("restrictions", JSONB),
    *_told("violation"),
    *_told("capability", JSONB),
    *_told("alert", JSONB),
    Index(None, "client"),
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

# What is done now and then, by one process at a time. Written by whoever holds the lease.
chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_until", Instant),
    Column("due_at", Instant, nullable=False, server_default=func.now()),
    Column("done_at", Instant),
    Column("trouble", Text),
)

# People of the console; all of these are written by it alone. Tokens, codes and addresses are kept as hashes.
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
    _created(),
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
    _created(),
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
    _created(),
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
    _created(),
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

# The inbox's order and the words to search by. Both are kept by a trigger on `messages`, whoever writes there; the
# console alone writes `closed_at`. Why a trigger: docs/decisions/0021.
inbox = Table(
    "inbox",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("client", Text, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("last_message_id", Uuid, nullable=False),
    # Closed by a person; a later message opens it again.
    Column("closed_at", Instant),
    Index(None, "client", "last_at", "conversation_id"),
    Index(None, "last_at", "conversation_id"),
)

message_words = Table(
    "message_words",
    metadata,
    Column("message_id", Uuid, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", Uuid, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    Index(None, "words", postgresql_using="gin"),
)

# Who took the conversation over in this epoch. It holds while the conversation is in human mode and of that epoch, so
# nothing has to be cleared when it goes back, by whatever way.
holds = Table(
    "holds",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("who", Text, nullable=False),
    _created(),
    PrimaryKeyConstraint("conversation_id", "epoch"),
)

# Who wrote a message of a person. `key` is the browser's: what it sends twice is said once.
human_messages = Table(
    "human_messages",
    metadata,
    Column("message_id", Uuid, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("who", Text, nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("user_id", "key"),
)

# What people of the team write for each other; never sent, never shown to the model.
notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("key", Text, nullable=False),
    _created(),
    UniqueConstraint("user_id", "key"),
    Index(None, "conversation_id"),
)

saved_replies = Table(
    "saved_replies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    _created(),
    Index(None, "client"),
)

# Up to which message of a contact, by its own clock, somebody has looked at a conversation.
reads = Table(
    "reads",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("upto", Instant, nullable=False),
    PrimaryKeyConstraint("user_id", "conversation_id"),
    Index(None, "conversation_id"),
)

# That somebody was forgotten: who asked for it, when, how much of what. Nothing here names them. Written by whoever
# forgets: `remanso privacy`, the console.
forgettings = Table(
    "forgettings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("user_id", Uuid),
    Column("counts", JSONB, nullable=False),
    Column("at", Instant, nullable=False, server_default=func.now()),
    Index(None, "client", "at"),
)

# The names of the forgotten as marks, which tell a name only to whoever has it and the key: what they wrote before
# `at` and comes late is not stored, and a backup that still knows them is made to forget them again.
forgotten_names = Table(
    "forgotten_names",
    metadata,
    Column("client", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("client", "mark"),
)

# One row, made by its migration: with it marks are made. Why it lies here: docs/decisions/0028.
forgetting_key = Table(
    "forgetting_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
)
