"""What the console keeps of its own about conversations."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from remanso.store.tables.schema import Instant, created, metadata

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
    created(),
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

# Files that people of the team send, here before anything says that they are to be sent.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("filename", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary),
    Column("expires_at", Instant, nullable=False),
    created(),
    Index(None, "conversation_id"),
    Index("ix_attachments_expires_at", "expires_at", postgresql_where=text("content IS NOT NULL")),
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
    created(),
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
    created(),
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

# E-mails on their way. `subject` is what one is about: of a handoff there is one for each person, whoever notes it.
# `sealed` holds a secret link, encrypted; it is gone with the end. `tries` is the fencing token of a claim, and
# `due_at` its end.
letters = Table(
    "letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("client", Text),
    Column("sealed", Text),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("due_at", Instant, nullable=False, server_default=func.now()),
    Column("trouble", Text),
    Column("settled_at", Instant),
    created(),
    UniqueConstraint("kind", "subject", "recipient"),
    Index("ix_letters_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
)
