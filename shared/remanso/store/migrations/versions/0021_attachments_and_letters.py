"""files that people send, e-mails that wait, edited texts found by search"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
judged = {
    "INSERT INTO message_words": "in the body of the trigger's function; what was edited before is left as it was"
}

_INSTANT = sa.DateTime(timezone=True)

# What a message says now, as remanso.store.messages.amended has it. Fires behind `note_move_in_inbox`, by its name.
_NOTE_EDIT = """
CREATE FUNCTION note_words_of_edit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM message_words WHERE message_id = NEW.id;
    INSERT INTO message_words (message_id, conversation_id, words)
    SELECT NEW.id, NEW.conversation_id, words FROM said(NEW.content || CASE
        WHEN NEW.edited_text IS NULL THEN '{}'::jsonb
        WHEN NEW.content->>'kind' = 'text' THEN jsonb_build_object('text', NEW.edited_text)
        ELSE jsonb_build_object('caption', NEW.edited_text) END) AS words
    WHERE words <> '' AND NEW.revoked_at IS NULL;
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER note_words_of_edit AFTER UPDATE OF edited_text, revoked_at, conversation_id ON messages FOR EACH ROW
    WHEN (NEW.edited_text IS NOT NULL OR NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION note_words_of_edit()
"""


judged = {
    "INSERT INTO message_words": "inside the function: the words of the one message that changes",
    "UPDATE messages SET edited_text": "what contacts took back or worded anew, few of all rows",
}


def _created() -> sa.Column[object]:
    return sa.Column("created_at", _INSTANT, server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", _INSTANT, nullable=False),
        _created(),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_attachments_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_conversation_id"), "attachments", ["conversation_id"])
    op.create_index(
        "ix_attachments_expires_at", "attachments", ["expires_at"], postgresql_where=sa.text("content IS NOT NULL")
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("settled_at", _INSTANT, nullable=True),
        _created(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("kind", "subject", "recipient", name=op.f("uq_letters_kind_subject_recipient")),
    )
    op.create_index("ix_letters_due_at", "letters", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.add_column("users", sa.Column("mail_handoffs", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.execute(_NOTE_EDIT)
    op.execute("REVOKE EXECUTE ON FUNCTION note_words_of_edit() FROM PUBLIC")
    op.execute(_TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_words_of_edit ON messages")
    op.execute("DROP FUNCTION note_words_of_edit")
    op.drop_column("users", "mail_handoffs")
    op.drop_table("letters")
    op.drop_table("attachments")
