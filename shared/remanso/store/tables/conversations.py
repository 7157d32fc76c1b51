"""Who writes, what was said, and who has the word."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
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
    created(),
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
    # Why the bot asked for a person. It outlives the time in which one could have come: then `nobody_came_at` says when
    # that was over, and the mark stays until somebody of the team sees to it.
    Column("handoff_reason", Text),
    Column("nobody_came_at", Instant),
    Column("burst_opened_at", Instant),
    Column("due_at", Instant),
    Column("last_inbound_at", Instant),
    # The contact's last message when Meta said that the window is closed: until they write again it is, for us too.
    Column("shut_after", Instant),
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
    created(),
    UniqueConstraint("channel", "contact_id"),
    Index(None, "contact_id"),
    Index("ix_conversations_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    Index("ix_conversations_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_conversations_human_until", "human_until", postgresql_where=text("human_until IS NOT NULL")),
    Index("ix_conversations_wanted", "client", postgresql_where=text("handoff_reason IS NOT NULL")),
    Index("ix_conversations_feedback_due", "feedback_due_at", postgresql_where=text("feedback_due_at IS NOT NULL")),
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
    trace(),
    created(),
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

# Who had the word, and when: written with each change of a conversation's epoch, which the row itself forgets.
conversation_events = Table(
    "conversation_events",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    # Of a hand-back: `person`, `time` (theirs ran out) or `nobody` (came), and the person, where it was one.
    Column("cause", Text),
    Column("who", Text),
    created(),
    UniqueConstraint("conversation_id", "epoch"),
    Index("ix_conversation_events_nobody", "created_at", postgresql_where=text("cause = 'nobody'")),
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
    created(),
    Index(None, "turn_id"),
    Index(None, "client", "created_at"),
    Index("ix_media_expires_at", "expires_at", postgresql_where=text("content IS NOT NULL")),
)
