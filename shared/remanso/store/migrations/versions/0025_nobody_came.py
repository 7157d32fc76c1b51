"""a person was asked for and nobody came: since when, in which turn the model is told, by what a conversation went back"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from remanso.store.migrations.gently import build_indexes, drop_indexes

revision = "0025"
down_revision = "0024"

_INDEXES: tuple[dict[str, Any], ...] = (
    {
        "index_name": "ix_conversations_wanted",
        "table_name": "conversations",
        "columns": ["client"],
        "postgresql_where": sa.text("handoff_reason IS NOT NULL"),
    },
    {
        "index_name": "ix_conversation_events_nobody",
        "table_name": "conversation_events",
        "columns": ["created_at"],
        "postgresql_where": sa.text("cause = 'nobody'"),
    },
)
# Each by itself: whoever reads two of these tables at once would else wait in a circle with a migration that holds one.
_COLUMNS = (
    "ALTER TABLE conversation_events ADD COLUMN IF NOT EXISTS cause TEXT",
    "ALTER TABLE conversation_events ADD COLUMN IF NOT EXISTS who TEXT",
    "ALTER TABLE conversations ADD COLUMN IF NOT EXISTS nobody_came_at TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE turns ADD COLUMN IF NOT EXISTS nobody_came BOOLEAN DEFAULT false NOT NULL",
)
# The bot may ask again while the mark of the time before is still there: that is news.
_TOLD = """
CREATE OR REPLACE TRIGGER tell_of_handoff AFTER UPDATE OF mode, handoff_reason ON conversations FOR EACH ROW
    WHEN (NEW.handoff_reason IS NOT NULL AND NEW.mode = 'human' AND {news}) EXECUTE FUNCTION tell_of_handoff()
"""


def upgrade() -> None:
    build_indexes(*_INDEXES, columns=_COLUMNS)
    op.execute(_TOLD.format(news="(OLD.handoff_reason IS NULL OR OLD.mode = 'bot')"))


def downgrade() -> None:
    op.execute(_TOLD.format(news="OLD.handoff_reason IS NULL"))
    op.drop_column("turns", "nobody_came")
    op.drop_column("conversations", "nobody_came_at")
    drop_indexes(*_INDEXES)
    op.drop_column("conversation_events", "who")
    op.drop_column("conversation_events", "cause")
