"""the inbox: order, words to search, holders, notes, saved replies, what was read"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

_INSTANT = sa.DateTime(timezone=True)

_FOLD = """
CREATE FUNCTION folded(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    translate(lower(words), 'áàâäãéèêëíìîïóòôöõúùûüñç', 'aaaaaeeeeiiiiooooouuuunc')
"""
_SAID = """
CREATE FUNCTION said(content jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    to_tsvector('pg_catalog.simple'::regconfig, folded(left(concat_ws(' ', content->>'text', content->>'caption',
        content->>'title', content->>'filename', content->>'name', content->>'address'), 10000)))
"""
# Whoever writes a message (debouncer, agent, console, a merge of contacts) has locked its conversation.
_NOTE = """
CREATE FUNCTION note_in_inbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM message_words WHERE message_id = NEW.id;
        DELETE FROM inbox WHERE conversation_id = OLD.conversation_id
            AND NOT EXISTS (SELECT FROM messages WHERE conversation_id = OLD.conversation_id);
    END IF;
    INSERT INTO inbox (conversation_id, client, last_at, last_message_id)
    SELECT id, client, clock_timestamp(), NEW.id FROM conversations WHERE id = NEW.conversation_id
    ON CONFLICT (conversation_id) DO UPDATE
        SET last_at = greatest(inbox.last_at, excluded.last_at), last_message_id = excluded.last_message_id;
    INSERT INTO message_words (message_id, conversation_id, words)
    SELECT NEW.id, NEW.conversation_id, words FROM said(NEW.content) AS words WHERE words <> '';
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    """
    CREATE TRIGGER note_in_inbox AFTER INSERT ON messages FOR EACH ROW
        WHEN (NEW.content->>'text' IS DISTINCT FROM '') EXECUTE FUNCTION note_in_inbox()
    """,
    """
    CREATE TRIGGER note_move_in_inbox AFTER UPDATE OF conversation_id ON messages FOR EACH ROW
        WHEN (NEW.conversation_id <> OLD.conversation_id) EXECUTE FUNCTION note_in_inbox()
    """,
)
_BACKFILL = (
    """
    INSERT INTO message_words (message_id, conversation_id, words)
    SELECT id, conversation_id, said(content) FROM messages WHERE said(content) <> ''
    """,
    """
    INSERT INTO inbox (conversation_id, client, last_at, last_message_id)
    SELECT DISTINCT ON (c.id) c.id, c.client, m.created_at, m.id
    FROM conversations c JOIN messages m ON m.conversation_id = c.id
    WHERE m.content->>'text' IS DISTINCT FROM '' ORDER BY c.id, m.created_at DESC
    """,
)


def _created() -> sa.Column[object]:
    return sa.Column("created_at", _INSTANT, server_default=sa.text("now()"), nullable=False)


def _conversation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_conversation_id_conversations")
    return sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.Column("last_message_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        _conversation("inbox"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_client_last_at_conversation_id"), "inbox", ["client", "last_at", "conversation_id"])
    op.create_index(op.f("ix_inbox_last_at_conversation_id"), "inbox", ["last_at", "conversation_id"])
    op.create_table(
        "message_words",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_words_message_id_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_words")),
    )
    op.create_index(op.f("ix_message_words_words"), "message_words", ["words"], postgresql_using="gin")
    op.create_table(
        "holds",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        _created(),
        _conversation("holds"),
        sa.PrimaryKeyConstraint("conversation_id", "epoch", name=op.f("pk_holds")),
    )
    op.create_table(
        "human_messages",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_human_messages_message_id_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_human_messages")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_human_messages_user_id_key")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        _created(),
        _conversation("notes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notes_user_id_key")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"])
    op.create_table(
        "saved_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _created(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_replies")),
    )
    op.create_index(op.f("ix_saved_replies_client"), "saved_replies", ["client"])
    op.create_table(
        "reads",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("upto", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reads_user_id_users"), ondelete="CASCADE"),
        _conversation("reads"),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name=op.f("pk_reads")),
    )
    op.create_index(op.f("ix_reads_conversation_id"), "reads", ["conversation_id"])
    for statement in (_FOLD, _SAID, _NOTE, *_TRIGGERS, *_BACKFILL):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_in_inbox ON messages")
    op.execute("DROP TRIGGER note_move_in_inbox ON messages")
    op.execute("DROP FUNCTION note_in_inbox")
    op.execute("DROP FUNCTION said")
    op.execute("DROP FUNCTION folded")
    for table in ("reads", "saved_replies", "notes", "human_messages", "holds", "message_words", "inbox"):
        op.drop_table(table)
